"""Contexts: which one a call uses, and what ``context use`` leaves behind."""

import pytest

from agentctl.errors import AgentctlError, NotFoundError
from agentctl.settings.contexts import current, forget, known, use, write_private
from agentctl.settings.files import read_files
from agentctl.settings.view import list_view, settings_view
from tests.settings.home import Home


@pytest.fixture(autouse=True)
def contexts(home: Home) -> None:
    """Three contexts, one of them in a file of its own."""
    home.own(
        '[context.production]\nbrokers = ["p:1", "p:2"]\nprotected = true\n[context.lab]\nbrokers = "l:1"\n'
    )
    home.own('[context.sandbox]\nbrokers = "127.0.0.1:1"\n', "contexts.d/sandbox.toml")


def use_now(home: Home, name: str) -> None:
    around = home.surroundings()
    use(name, read_files(around), around)


def test_a_flag_comes_before_a_variable_before_the_current_one(home: Home) -> None:
    assert home.settings().context is None
    use_now(home, "sandbox")
    settings = home.settings()
    assert (settings.context, settings.context_origin) == ("sandbox", str(home.state))
    home.environment["AGENTCTL_CONTEXT"] = "lab"
    settings = home.settings()
    assert (settings.context, settings.context_origin) == ("lab", "$AGENTCTL_CONTEXT")
    settings = home.settings(context="production")
    assert (settings.context, settings.context_origin) == ("production", "--context")
    assert settings.get("brokers") == "p:1,p:2"


@pytest.mark.parametrize(
    ("name", "hint"), [("prodution", "did you mean production?"), ("zzz", "there are: lab")]
)
def test_an_unknown_context_is_answered_with_those_that_exist(home: Home, name: str, hint: str) -> None:
    with pytest.raises(NotFoundError, match=f"there is no context '{name}', which --context names") as caught:
        home.settings(context=name)
    assert (caught.value.hint or "").startswith(hint)


def test_a_current_context_that_is_gone_says_how_to_leave_it(home: Home) -> None:
    use_now(home, "sandbox")
    (home.config / "contexts.d" / "sandbox.toml").unlink()
    with pytest.raises(NotFoundError, match="current-context") as caught:
        home.settings()
    assert "agentctl context use --none" in (caught.value.hint or "")
    view = list_view(known(read_files(home.surroundings())), current(home.surroundings()))
    assert "The current context sandbox is not defined any more." in view.notes


def test_the_current_context_is_kept_in_a_private_file_of_its_own(home: Home) -> None:
    before = (home.config / "config.toml").read_text()
    use_now(home, "lab")
    assert home.state.read_text() == "lab\n"
    assert home.state.stat().st_mode & 0o777 == 0o600
    assert home.state.parent.stat().st_mode & 0o777 == 0o700
    assert (home.config / "config.toml").read_text() == before
    assert [path.name for path in home.state.parent.iterdir()] == ["current-context"]


def test_an_unknown_context_is_not_made_the_current_one(home: Home) -> None:
    use_now(home, "lab")
    with pytest.raises(NotFoundError):
        use_now(home, "zzz")
    assert current(home.surroundings()) == "lab"


def test_forgetting_leaves_none_current_and_may_be_repeated(home: Home) -> None:
    use_now(home, "lab")
    forget(home.surroundings())
    forget(home.surroundings())
    assert current(home.surroundings()) is None


@pytest.mark.parametrize("content", [b"", b"\n"])
def test_an_empty_state_file_names_no_context(home: Home, content: bytes) -> None:
    home.state.parent.mkdir(parents=True)
    home.state.write_bytes(content)
    assert home.settings().context is None


def test_a_state_that_cannot_be_read_or_written_is_one_sentence(home: Home) -> None:
    home.state.mkdir(parents=True)
    with pytest.raises(AgentctlError, match="cannot read the current context"):
        home.settings()
    with pytest.raises(AgentctlError, match="cannot remove"):
        forget(home.surroundings())
    with pytest.raises(AgentctlError, match="cannot write"):
        use_now(home, "lab")
    assert [path.name for path in home.state.parent.iterdir()] == ["current-context"]


def test_a_private_file_takes_the_place_of_an_open_one(home: Home) -> None:
    path = home.own("secret", "x.toml")
    path.chmod(0o644)
    write_private(path, "new")
    assert path.read_text() == "new"
    assert path.stat().st_mode & 0o777 == 0o600


def test_the_list_says_which_is_current_and_which_is_protected(home: Home) -> None:
    view = list_view(known(read_files(home.surroundings())), "lab")
    assert [(row["name"], row["current"], row["brokers"], row["protected"]) for row in view.rows] == [
        ("lab", True, "l:1", False),
        ("production", False, "p:1,p:2", True),
        ("sandbox", False, "127.0.0.1:1", False),
    ]
    assert view.summary == {"current": "lab"}


def test_protection_is_in_the_answer(home: Home) -> None:
    assert settings_view(home.settings(context="production")).summary["protected"] is True
    assert settings_view(home.settings(context="lab")).summary["protected"] is False


def test_every_setting_is_shown_with_its_origin(home: Home) -> None:
    home.project('[topics.claims]\nwork_item = { all = ["$key"] }\nttl = "24h"\n')
    rows = settings_view(home.settings("client.id=me", context="lab")).rows
    assert [tuple(row.values()) for row in rows] == [
        ("brokers", "l:1", "context lab, ~/.config/agentctl/config.toml"),
        ("kafka.client.id", "me", "-X"),
        ("topics.claims.work_item.all", '["$key"]', "agentctl.toml"),
        ("topics.claims.ttl", "24h", "agentctl.toml"),
    ]
