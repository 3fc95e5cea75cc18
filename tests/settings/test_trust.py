"""A project file comes with somebody's code: it runs nothing, and no secret follows where it points."""

import pytest

from agentctl.errors import UsageError
from tests.settings.home import Home

PASSWORD = "hunter2"


@pytest.mark.parametrize(
    "line",
    [
        '"sasl.password_command" = "touch ran"',
        '"sasl.password_command" = ["touch", "ran"]',
        '"ssl.key.password_file" = "/etc/passwd"',
        '"sasl.password_env" = "AWS_SECRET_ACCESS_KEY"',
        '"client.id_command" = "touch ran"',
        '"bootstrap.servers_command" = "touch ran"',
        '"plugin.library.paths" = "./evil.so"',
        '"ssl.engine.location" = "./evil.so"',
        '"ssl.providers" = "evil"',
        '"sasl.kerberos.kinit.cmd" = "touch ran"',
        '"sasl.kerberos.principal" = "a; touch ran"',
        '"sasl.kerberos.keytab" = "$(touch ran)"',
        '"sasl.oauthbearer.metadata.authentication.type" = "azure_imds"',
        '"sasl.oauthbearer.assertion.private.key.file" = "~/.ssh/id_rsa"',
        '"ssl.key.location" = "~/.ssh/id_rsa"',
        '"ssl.keystore.location" = "~/key.p12"',
    ],
)
@pytest.mark.parametrize("place", ["top", "context"])
def test_a_project_file_neither_runs_code_nor_says_who_we_are(home: Home, line: str, place: str) -> None:
    if place == "top":
        home.project(f'brokers = "127.0.0.1:1"\n[kafka]\n{line}\n')
    else:
        home.project(f'[context.theirs]\nbrokers = "127.0.0.1:1"\n[context.theirs.kafka]\n{line}\n')
    with pytest.raises(UsageError, match="not read from a project file"):
        home.connection(context="theirs" if place == "context" else None)
    assert list(home.folder.iterdir()) == [home.folder / "agentctl.toml"]


def lend_a_password(home: Home, place: str) -> tuple[str, ...]:
    """Put a password of the user's somewhere; return the words of ``-X`` that go with it."""
    home.environment["PW"] = PASSWORD
    if place == "own file":
        home.own('[kafka]\n"sasl.password_env" = "PW"\n')
    elif place == "own context":
        home.own('[context.lab.kafka]\n"sasl.password_env" = "PW"\n')
    elif place == "variable":
        home.environment["AGENTCTL_KAFKA_SASL_PASSWORD"] = PASSWORD
    return (f"sasl.password={PASSWORD}",) if place == "-X" else ()


PLACES = ["own file", "own context", "variable", "-X"]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(
    "theirs",
    [
        'brokers = "evil:1"',
        '[context.lab]\nbrokers = "evil:1"',
        '[kafka]\n"bootstrap.servers" = "evil:1"',
        '[kafka]\n"metadata.broker.list" = "evil:1"',
    ],
)
def test_no_secret_goes_to_brokers_of_a_project_file(home: Home, place: str, theirs: str) -> None:
    words = lend_a_password(home, place)
    home.own("[context.lab]\n", "contexts.d/lab.toml")
    home.project(theirs)
    with pytest.raises(UsageError, match="it would be sent where the project file says") as caught:
        home.connection(*words, context="lab")
    assert PASSWORD not in f"{caught.value.message} {caught.value.hint}"


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(
    "weaker",
    [
        '"security.protocol" = "SASL_PLAINTEXT"',
        '"enable.ssl.certificate.verification" = false',
        '"ssl.ca.location" = "./ca.pem"',
        '"ssl.endpoint.identification.algorithm" = "none"',
    ],
)
def test_a_project_file_does_not_weaken_a_connection_with_a_secret(
    home: Home, place: str, weaker: str
) -> None:
    words = lend_a_password(home, place)
    home.own("[context.lab]\n", "contexts.d/lab.toml")
    home.project(f"[kafka]\n{weaker}\n")
    with pytest.raises(UsageError, match="it would be sent where the project file says"):
        home.connection(*words, brokers="ours:1", context="lab")


def test_a_flag_takes_the_place_of_what_the_project_file_says(home: Home) -> None:
    lend_a_password(home, "own file")
    home.project('brokers = "evil:1"\n')
    found = home.connection(brokers="ours:1")
    assert (found["bootstrap.servers"], found["sasl.password"]) == ("ours:1", PASSWORD)


def test_a_project_file_may_name_a_broker_for_those_without_secrets(home: Home) -> None:
    home.project('brokers = "127.0.0.1:9092"\n[kafka]\n"security.protocol" = "PLAINTEXT"\n')
    assert home.connection()["bootstrap.servers"] == "127.0.0.1:9092"


def test_a_harmless_setting_of_a_project_file_stands_beside_a_secret(home: Home) -> None:
    lend_a_password(home, "own file")
    home.project('[kafka]\n"client.id" = "their-tool"\n[topics.claims]\nrole = "claim"\n')
    assert home.connection(brokers="ours:1")["client.id"] == "their-tool"


def test_a_project_file_does_not_unprotect_a_context(home: Home) -> None:
    home.own('[context.prod]\nbrokers = "p:1"\nprotected = true\n')
    home.project("[context.prod]\nprotected = false\n")
    assert home.settings(context="prod").protected
