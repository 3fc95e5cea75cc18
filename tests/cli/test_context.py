"""``agentctl context list|use|show``, as a user runs it."""

from pathlib import Path

import pytest

from tests.harness import Program

PASSWORD = "hunter2"
CONFIG = """
[context.production]
brokers = ["p1:9093", "p2:9093"]
protected = true
archive = "s3://events/prod"
[context.production.kafka]
"security.protocol" = "SASL_SSL"
"sasl.password_env" = "PROD_PASSWORD"
[context.lab]
brokers = "127.0.0.1:1"
"""


@pytest.fixture
def config(isolation: Path) -> Path:
    """The user's own configuration, with two contexts."""
    path = isolation / "config" / "agentctl" / "config.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(CONFIG)
    return path


@pytest.fixture
def state(isolation: Path) -> Path:
    """The file that names the current context; not there at first."""
    return isolation / "state" / "agentctl" / "current-context"


def test_without_any_context_the_list_is_empty_and_says_how_to_get_one(agentctl: Program) -> None:
    answer = agentctl("context", "list", "-o", "json")
    assert answer.exit_code == 0
    assert answer.json["schema"] == "agentctl.contexts/1"
    assert answer.json["rows"] == []
    assert "agentctl sandbox up" in agentctl("context", "list", "-o", "table").stdout


@pytest.mark.usefixtures("config")
def test_the_list_names_each_context(agentctl: Program) -> None:
    answer = agentctl("context", "list", "-o", "ndjson")
    assert [(row["name"], row["brokers"], row["current"], row["protected"]) for row in answer.rows] == [
        ("lab", "127.0.0.1:1", False, False),
        ("production", "p1:9093,p2:9093", False, True),
    ]


@pytest.mark.usefixtures("config")
def test_use_chooses_the_context_of_the_calls_that_follow(agentctl: Program, state: Path) -> None:
    assert agentctl("context", "show", "-o", "json").json["context"] is None
    assert agentctl("context", "use", "lab").exit_code == 0
    assert state.read_text() == "lab\n"
    assert state.stat().st_mode & 0o777 == 0o600
    shown = agentctl("context", "show", "-o", "json").json
    assert shown["context"] == "lab"
    assert shown["summary"] == {"context": "lab", "context_origin": str(state), "protected": False}
    assert (
        agentctl("--context", "production", "context", "show", "-o", "json").json["context"] == "production"
    )
    assert agentctl("context", "use", "--none").exit_code == 0
    assert not state.exists()


@pytest.mark.usefixtures("config")
def test_use_of_an_unknown_context_changes_nothing(agentctl: Program, state: Path) -> None:
    answer = agentctl("context", "use", "prodution")
    assert (answer.exit_code, answer.stdout) == (4, "")
    assert "did you mean production?" in answer.stderr
    assert not state.exists()


@pytest.mark.usefixtures("config")
def test_show_gives_each_setting_with_its_origin(agentctl: Program) -> None:
    (agentctl.folder / "agentctl.toml").write_text('[topics.content-claims]\nttl = "24h"\n')
    answer = agentctl(
        *("context", "show", "--context", "production", "-X", "client.id=me", "-o", "ndjson"),
        environment={"AGENTCTL_S3_ENDPOINT": "http://127.0.0.1:9"},
    )
    assert answer.exit_code == 0
    origins = {row["setting"]: (row["value"], str(row["origin"])) for row in answer.rows}
    context = "context production, "
    assert origins["kafka.client.id"] == ("me", "-X")
    assert origins["s3_endpoint"] == ("http://127.0.0.1:9", "$AGENTCTL_S3_ENDPOINT")
    assert origins["topics.content-claims.ttl"] == ("24h", "agentctl.toml")
    assert origins["brokers"][0] == "p1:9093,p2:9093"
    assert origins["brokers"][1].startswith(context)
    assert origins["kafka.sasl.password"][0] == "•••••• from $PROD_PASSWORD"


@pytest.mark.usefixtures("config")
@pytest.mark.parametrize("form", ["table", "wide", "text", "json", "ndjson", "csv", "md"])
def test_no_output_tells_a_secret(agentctl: Program, form: str) -> None:
    (agentctl.folder / "client.properties").write_text(f"ssl.key.password={PASSWORD}\n")
    answer = agentctl(
        *("context", "show", "--context", "production", "-o", form, "--debug", "-F", "client.properties"),
        *("-X", f"sasl.oauthbearer.client.secret={PASSWORD}", "-X", f"sasl.pasword={PASSWORD}"),
        environment={"PROD_PASSWORD": PASSWORD, "AGENTCTL_KAFKA_SSL_KEY_PEM": PASSWORD},
    )
    assert answer.exit_code == 0
    assert "sasl.password" in answer.stdout
    assert PASSWORD not in answer.stdout + answer.stderr


def test_a_broken_file_is_shown_with_line_and_column(agentctl: Program, config: Path) -> None:
    config.write_text('[context.a]\nbrokers = "x\n')
    for words in (["context", "list"], ["context", "show"], ["context", "use", "a"]):
        answer = agentctl(*words)
        assert (answer.exit_code, answer.stdout) == (2, "")
        assert f"{config}, line 2, column 13: " in answer.stderr


def test_a_project_file_of_somebody_runs_nothing(agentctl: Program) -> None:
    (agentctl.folder / "agentctl.toml").write_text(
        'brokers = "127.0.0.1:1"\n[kafka]\n"sasl.password_command" = "touch ran"\n'
    )
    for words in (["context", "show"], ["replay", "w"]):
        answer = agentctl(*words)
        assert answer.exit_code == 2
        assert "not read from a project file" in answer.stderr
    assert not (agentctl.folder / "ran").exists()


@pytest.mark.usefixtures("config")
def test_completion_offers_contexts(agentctl: Program) -> None:
    assert agentctl("__complete", "contexts").stdout == "lab\nproduction\n"
    assert agentctl("__complete", "contexts", "pro").stdout == "production\n"
