"""Secrets reach the broker from everywhere and the screen from nowhere: ``run`` searches what is said."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.harness import ROOT
from tests.secured.cluster import ALICE, ALICE_PASSWORD, OPEN, SECRET, WORKFLOW, Secured
from tests.secured.conftest import Replay, ids
from tests.secured.logins import oauth, plain, words

pytestmark = pytest.mark.xdist_group("secured")

WAYS = ["-X", "-F of kcat", "-F of java", "environment", "_file", "_env", "_command", "_file of environment"]
REPLAY = ("replay", WORKFLOW, "-t", OPEN, "-o", "json")
WRONG = "s3cret-but-wrong"


@dataclass(frozen=True)
class Given:
    """A password as a user may give it: words, variables."""

    words: Sequence[str] = ()
    environment: dict[str, str] = field(default_factory=dict)


Give = Callable[[str, str], Given]
each_way = pytest.mark.parametrize("way", WAYS)


@pytest.fixture
def give(secured_broker: Secured, isolation: Path, tmp_path: Path) -> Give:
    """Return how to give a password in that way."""

    def given(way: str, password: str) -> Given:
        brokers, login = secured_broker.at("PLAIN"), plain(password=password)
        del login["sasl.password"]
        open_ = ("-b", brokers, *words(login))
        kept = tmp_path / "kept"
        kept.write_text(password + "\n")
        if way == "-X":
            return Given((*open_, "-X", f"sasl.password={password}"))
        if way.startswith("-F"):
            jaas = f'a.PlainLoginModule required username="{ALICE}" password="{password}";'
            secret = f"sasl.jaas.config={jaas}" if way.endswith("java") else f"sasl.password={password}"
            path = tmp_path / "client.properties"
            path.write_text("".join(f"{key}={value}\n" for key, value in login.items()) + secret)
            return Given(("-b", brokers, "-F", str(path)))
        if way == "environment":
            return Given(open_, {"AGENTCTL_KAFKA_SASL_PASSWORD": password})
        if way == "_file of environment":
            return Given(open_, {"AGENTCTL_KAFKA_SASL_PASSWORD_FILE": str(kept)})
        where = {
            "_file": f'"{kept}"',
            "_env": '"MY_PASSWORD"',
            "_command": f'["echo", "{password}"]',
        }[way]
        folder = isolation / "config" / "agentctl"
        folder.mkdir(parents=True)
        (folder / "config.toml").write_text(
            f'[context.prod]\nbrokers = "{brokers}"\n[context.prod.kafka]\n'
            + "".join(f'"{key}" = "{value}"\n' for key, value in login.items())
            + f'"sasl.password{way}" = {where}\n'
        )
        return Given(("--context", "prod"), {"MY_PASSWORD": password})

    return given


@each_way
def test_a_password_gets_in_and_is_not_told(run: Replay, give: Give, way: str) -> None:
    given = give(way, ALICE_PASSWORD)
    answer = run(*REPLAY, *given.words, environment=given.environment)
    assert (answer.exit_code, answer.stderr) == (0, "")
    assert len(ids(answer)) == 3


@each_way
def test_a_password_that_is_refused_is_not_told_even_to_who_looks_for_defects(
    run: Replay, give: Give, way: str
) -> None:
    given = give(way, WRONG)
    answer = run(*REPLAY, "--debug", *given.words, environment=given.environment)
    assert (answer.exit_code, answer.stdout) == (5, "")
    assert "Traceback" in answer.stderr
    assert "refused the credentials: invalid username or password" in answer.stderr


@each_way
@pytest.mark.parametrize("format_", ["table", "wide", "text", "json", "ndjson", "csv", "md"])
def test_the_settings_are_shown_without_it(run: Replay, give: Give, way: str, format_: str) -> None:
    given = give(way, ALICE_PASSWORD)
    answer = run("context", "show", *given.words, "-o", format_, environment=given.environment)
    assert answer.exit_code == 0
    assert "sasl.password" in answer.stdout
    assert ALICE in answer.stdout


@pytest.mark.parametrize("debug", [(), ("--debug",)], ids=["", "debug"])
def test_a_crash_tells_no_secret(run: Replay, give: Give, tmp_path: Path, debug: tuple[str, ...]) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import agentctl.kafka.offsets as offsets\n"
        "def broken(connection, *_):\n"
        "    raise RuntimeError(f'broken with {connection._properties}')\n"
        "offsets.high_watermark = broken\n"
    )
    given = give("-X", ALICE_PASSWORD)
    path = {"PYTHONPATH": f"{tmp_path}:{ROOT}"}
    answer = run(*REPLAY, *given.words, *debug, environment=path)
    assert (answer.exit_code, answer.stdout) == (1, "")
    assert "this is a defect of agentctl (RuntimeError)" in answer.stderr
    assert ("broken with {" in answer.stderr) is bool(debug)


def test_librdkafkas_own_debugging_reaches_no_screen(run: Replay, give: Give) -> None:
    given = give("-X", ALICE_PASSWORD)
    answer = run(*REPLAY, *given.words, "-X", "debug=all")
    assert (answer.exit_code, answer.stderr) == (0, "")


def test_a_token_is_not_told(run: Replay, secured_broker: Secured) -> None:
    login = oauth("principal=alice scope=s3cret lifeSeconds=600")
    named = ("-b", secured_broker.at("OAUTH"), *words(login))
    assert len(ids(run(*REPLAY, *named))) == 3
    assert run("context", "show", *named).exit_code == 0


@pytest.mark.parametrize(
    "word", ["sasl.pasword=s3cret", "sasl.password", "s3cret", "=s3cret", "socket.timeout.ms=s3cret"]
)
def test_what_librdkafka_does_not_take_is_named_without_its_value(
    run: Replay, secured_broker: Secured, word: str
) -> None:
    answer = run(*REPLAY, "-b", secured_broker.at("OPEN"), "-X", word)
    assert (answer.exit_code, answer.stdout) == (2, "")


def test_the_search_for_secrets_would_find_one(run: Replay) -> None:
    with pytest.raises(AssertionError):
        run("replay", "--source", SECRET)
