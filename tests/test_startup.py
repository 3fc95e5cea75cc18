"""Which modules each entry of the program loads: what is heavy comes only when it is wanted."""

import subprocess
import sys

import pytest

from tests.harness import Program

HEAVY = {"confluent_kafka", "boto3", "botocore", "fastavro", "rich", "moto", "dateutil", "pydantic"}
HEAVY |= {"prometheus_client"}
COMMANDS = {"typer", "click"}
"""What makes commands out of functions; it takes longer than all that ``--version`` does."""

# Runs the program as its entry point would, and writes the loaded modules to a file of their own, so that
# the entry's output is seen as it is.
_SCRIPT = """
import sys
path = sys.argv.pop(1)
from agentctl.__main__ import answered
code = answered(sys.argv[1:])
with open(path, "w") as file:
    file.write("\\n".join({name.partition(".")[0] for name in sys.modules} | set(sys.modules)))
sys.exit(code)
"""


def loaded(agentctl: Program, *words: str, exit_code: int = 0) -> set[str]:
    """Return the names of the modules that a call has loaded at its end, packages and their parts."""
    path = agentctl.folder / "modules"
    done = subprocess.run(
        [sys.executable, "-c", _SCRIPT, str(path), *words],
        cwd=agentctl.folder,
        env=dict(agentctl.environment),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == exit_code, done.stderr
    return set(path.read_text().splitlines())


@pytest.mark.parametrize(
    "words",
    [
        ["--version"],
        ["__complete", "contexts"],
        ["--help"],
        ["replay", "--help"],
        ["context", "list"],
        ["context", "list", "-o", "json"],
        ["context", "show", "-o", "text"],
    ],
)
def test_nothing_heavy_is_loaded_for(agentctl: Program, words: list[str]) -> None:
    modules = loaded(agentctl, *words)
    assert "agentctl" in modules
    assert HEAVY & modules == set()


@pytest.mark.parametrize("words", [["--version"], ["-V"], ["__complete", "contexts", "p"], ["__complete"]])
def test_what_scripts_and_the_tab_key_ask_for_loads_not_even_the_commands(
    agentctl: Program, words: list[str]
) -> None:
    modules = loaded(agentctl, *words)
    assert (HEAVY | COMMANDS) & modules == set()
    assert {name for name in modules if name.startswith("agentctl.cli.")} <= {"agentctl.cli.values"}
    assert not {"dataclasses", "pathlib", "subprocess", "argparse"} & modules


def test_help_loads_no_command_and_a_command_no_other(agentctl: Program) -> None:
    commands = {
        "agentctl.cli.replay",
        "agentctl.cli.workflows",
        "agentctl.cli.context",
        "agentctl.cli.sandbox",
    }
    assert commands & loaded(agentctl, "--help") == set()
    assert commands & loaded(agentctl, "context", "list") == {"agentctl.cli.context"}


def test_words_for_times_load_their_parser_and_nothing_of_kafka(agentctl: Program) -> None:
    modules = loaded(agentctl, "replay", "-b", "127.0.0.1:1", "--since", "soon", exit_code=2)
    assert HEAVY & modules == {"dateutil"}


def test_heavy_modules_are_seen_where_they_are_loaded(agentctl: Program) -> None:
    # A property that librdkafka does not know: it is loaded, and refuses before anything is connected.
    words = ("replay", "w", "-b", "127.0.0.1:1", "-X", "no.such.property=1")
    assert {"typer", "confluent_kafka"} <= loaded(agentctl, *words, exit_code=2)


@pytest.mark.parametrize("words", [["lag", "--help"], ["lag", "rules"], ["lag", "dashboard"]])
def test_what_serves_metrics_is_loaded_for_serving_alone(agentctl: Program, words: list[str]) -> None:
    assert {"prometheus_client", "confluent_kafka"} & loaded(agentctl, *words) == set()


def test_a_schema_registry_is_loaded_for_events_that_need_it_alone(agentctl: Program) -> None:
    words = ("replay", "w", "-b", "127.0.0.1:1", "-X", "no.such.property=1")
    modules = loaded(agentctl, *words, "-X", "schema.registry.url=http://127.0.0.1:1", exit_code=2)
    assert {"confluent_kafka.schema_registry", "authlib", "httpx2", "fastavro"} & modules == set()
