"""Configuration files: which are read, and what is said of one that is broken."""

import pytest

from agentctl.cli.values import complete
from agentctl.errors import UsageError
from agentctl.settings.contexts import known
from agentctl.settings.files import leaves, merged, read_files
from tests.settings.home import Home


@pytest.mark.parametrize(
    ("text", "line", "column", "why"),
    [
        ('[context.a]\nbrokers = "x\n', 2, 13, "illegal character '\\n'"),
        ("brokers = ", 1, 11, "invalid value"),
        ("a = 1\n\n  b b\n", 3, 5, "expected"),
        ('brokers = "a"\nbrokers = "b"\n', 2, 14, "cannot overwrite"),
        ("[context.a", 1, 11, "expected"),
    ],
)
def test_broken_toml_is_shown_with_its_line_and_column(
    home: Home, text: str, line: int, column: int, why: str
) -> None:
    path = home.own(text)
    with pytest.raises(UsageError) as caught:
        home.settings()
    assert caught.value.message.startswith(f"{path}, line {line}, column {column}: {why}")
    assert caught.value.hint


def test_bytes_that_are_no_text_are_shown_with_their_line_and_column(home: Home) -> None:
    path = home.own("")
    path.write_bytes('# ü\nbrokers = "'.encode() + b"\xff")
    with pytest.raises(UsageError, match="line 2, column 12: a byte that is no UTF-8"):
        home.settings()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("a = " + "[" * 5000, "nests its tables too deep"),
        ("brokers = " + "9" * 5000, "holds a number that is too long"),
    ],
)
def test_a_hostile_file_is_refused_in_words(home: Home, text: str, why: str) -> None:
    home.project(text)
    with pytest.raises(UsageError, match=why):
        home.settings()


@pytest.mark.parametrize(
    ("text", "unknown", "near"),
    [
        ('broker = "h:1"', "broker", "did you mean brokers?"),
        ("[contxt.a]", "contxt", "did you mean context?"),
        ("[context.a]\nprotect = true", "context.a.protect", "did you mean context.a.protected?"),
        ("[topic.claims]", "topic", "did you mean topics?"),
        ("zzz = 1", "zzz", "known here: brokers, archive"),
    ],
)
def test_an_unknown_key_is_named_with_the_one_that_was_meant(
    home: Home, text: str, unknown: str, near: str
) -> None:
    path = home.own(text)
    with pytest.raises(UsageError) as caught:
        home.settings()
    assert caught.value.message == f"unknown setting {unknown} in {path}"
    assert (caught.value.hint or "").startswith(near)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("kafka = 1", "kafka in .* is not a table"),
        ('context = "prod"', "context in .* is not a table"),
        ("[context]\nprod = 1", r"context\.prod in .* is not a table"),
        ("[context.a]\nkafka = []", r"context\.a\.kafka in .* is not a table"),
        ("[context.a]\nprotected = 'yes'", r"context\.a\.protected in .* is neither true nor false"),
        ("topics = 1", "topics in .* is not a table"),
        ("brokers = 2026-11-23", "brokers in .* is no text"),
        ("brokers = ['a:1', {}]", "brokers in .* is no text"),
        ("[kafka]\n'client.id' = ['a']", r"kafka\.client\.id in .* is no text"),
    ],
)
def test_a_value_of_the_wrong_kind_is_named(home: Home, text: str, why: str) -> None:
    home.own(text)
    with pytest.raises(UsageError, match=why):
        home.settings()


def test_a_file_that_cannot_be_read_is_named(home: Home) -> None:
    home.environment["XDG_CONFIG_HOME"] = "/" + "x" * 5000
    with pytest.raises(UsageError, match=r"cannot read the configuration in .*: File name too long"):
        home.settings()


def test_the_weakest_file_comes_first_and_only_the_users_are_their_own(home: Home) -> None:
    home.own("")
    home.own("", "contexts.d/b.toml")
    home.own("", "contexts.d/a.toml")
    home.own("not read", "contexts.d/a.toml~")
    home.project("")
    read = [(file.path.name, file.own) for file in read_files(home.surroundings())]
    assert read == [("config.toml", True), ("a.toml", True), ("b.toml", True), ("agentctl.toml", False)]


def test_the_folder_of_the_configuration_may_be_named(home: Home) -> None:
    home.environment["XDG_CONFIG_HOME"] = str(home.root / "elsewhere")
    (home.root / "elsewhere" / "agentctl").mkdir(parents=True)
    (home.root / "elsewhere" / "agentctl" / "config.toml").write_text('brokers = "e:1"\n')
    assert home.settings().get("brokers") == "e:1"


@pytest.fixture
def inside(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand in the working directory of that home, with its configuration."""
    monkeypatch.chdir(home.surroundings().folder)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home.config.parent))


@pytest.mark.usefixtures("inside")
def test_completion_offers_the_contexts_that_the_settings_know(home: Home) -> None:
    home.own("[context.prod]\n[context.'with space']\n[context.lab]\n")
    home.own("[context.sandbox]\n", "contexts.d/sandbox.toml")
    home.own("[context.stale]\n", "contexts.d/.stale.toml.x7f")
    home.project("[context.project]\n")
    offered = complete(["contexts"]).splitlines()
    assert offered == ["lab", "prod", "project", "sandbox"]
    assert set(known(read_files(home.surroundings()))) == {*offered, "with space"}
    assert complete(["contexts", "pro"]) == "prod\nproject\n"
    assert complete(["planets"]) == complete([]) == ""


@pytest.mark.usefixtures("inside")
@pytest.mark.parametrize("text", ["context = 1", "[[[", "a = " + "[" * 5000, "a = " + "9" * 5000])
def test_completion_is_silent_about_files_that_are_broken(home: Home, text: str) -> None:
    home.own("[context.lab]\n")
    home.project(text)
    assert complete(["contexts"]) == "lab\n"


def test_merging_keeps_what_only_one_side_has() -> None:
    assert merged({"a": {"x": 1, "y": 2}, "b": 3}, {"a": {"y": 4}, "b": {"z": 5}}) == {
        "a": {"x": 1, "y": 4},
        "b": {"z": 5},
    }
    assert dict(leaves({"a": {"x": 1, "y": {"z": []}}, "b": 3})) == {
        ("a", "x"): 1,
        ("a", "y", "z"): [],
        ("b",): 3,
    }
