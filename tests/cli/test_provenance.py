"""How an answer was made is told, and no secret with it."""

from dataclasses import replace

import pytest

from agentctl import __version__
from agentctl.cli.provenance import command, provenance
from tests.screens import Screen


def test_the_command_can_be_typed_again() -> None:
    words = ("replay", "an id", "--since", "-12h", "--export", "incident.html")
    assert command(words) == "agentctl replay 'an id' --since -12h --export incident.html"


@pytest.mark.parametrize(
    "words",
    [
        ("-X", "sasl.password=hunter2"),
        ("-Xsasl.password=hunter2",),
        ("-X", "sasl.pasword=hunter2"),
        ("-Xsasl.pasword=hunter2",),
        ("--source", "https://user:hunter2@host/x"),
        ("-X", "ssl.key.pem=hunter2"),
    ],
)
def test_secrets_are_masked(words: tuple[str, ...]) -> None:
    said = command(("replay", *words))
    assert "hunter2" not in said
    assert "••••••" in said


def test_what_is_no_secret_is_told() -> None:
    said = command(("replay", "-F", "client.properties", "-X", "security.protocol=SASL_SSL"))
    assert said == "agentctl replay -F client.properties -X security.protocol=SASL_SSL"


def test_versions_and_context_are_named() -> None:
    around = replace(Screen().surroundings, words=("replay",))
    made = dict(provenance("prod", around))
    assert made["context"] == "prod"
    assert made["agentctl"] == __version__
    assert made["Python"].startswith("3.")
    assert "context" not in dict(provenance(None, around))
