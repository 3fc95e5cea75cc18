"""How an answer was made: the command as it was typed, without its secrets, and what it ran on."""

import shlex
import sys

from agentctl import __version__
from agentctl.settings.secrets import shown, without_secrets
from agentctl.surroundings import Surroundings


def provenance(context: str | None, surroundings: Surroundings) -> tuple[tuple[str, str], ...]:
    """Give each thing with its name, for the end of a report."""
    kafka = sys.modules.get("confluent_kafka")  # named where it was used, and never loaded to be named
    return (
        ("command", command(surroundings.words)),
        *((("context", context),) if context else ()),
        ("agentctl", __version__),
        ("Python", ".".join(map(str, sys.version_info[:3]))),
        *((("librdkafka", kafka.libversion()[0]),) if kafka is not None else ()),
    )


def command(words: tuple[str, ...]) -> str:
    """Return the command line so that it can be typed again; secrets in it are masked."""
    return shlex.join(["agentctl", *map(_harmless, words)])


def _harmless(word: str) -> str:
    lead = "-X" if word.startswith("-X") else ""  # -Xsasl.password=… is one word
    return lead + shown("word", without_secrets(word.removeprefix(lead)))
