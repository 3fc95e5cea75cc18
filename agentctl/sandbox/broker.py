"""The sandbox's brokers: which kinds there are, and the embedded one.

The embedded broker is noida-db: one executable out of a wheel that speaks Kafka's protocol. It needs
neither Java nor a container, answers within a second, and knows no tiers and no commit history.
"""

import logging
import os
from collections.abc import Callable, Mapping
from enum import StrEnum
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from agentctl.errors import AgentctlError
from agentctl.sandbox.process import LOCALHOST
from agentctl.sandbox.server import Server, start_server

_METADATA_SECONDS = 0.5

_SILENT = logging.Logger("agentctl.sandbox", level=logging.CRITICAL + 1)
"""Takes librdkafka's log: a broker that is not up yet is no news here."""


class BrokerKind(StrEnum):
    """What the sandbox's broker is."""

    EMBEDDED = "embedded"
    APACHE = "apache"


def admin_client(bootstrap: str) -> AdminClient:
    """Return a client for the sandbox's own broker that keeps librdkafka's log to itself."""
    return AdminClient(quiet(bootstrap))


def quiet(bootstrap: str) -> dict[str, Any]:
    """Return settings of a client for the sandbox's own broker that keeps librdkafka's log to itself."""
    return {
        "bootstrap.servers": bootstrap,
        "reconnect.backoff.max.ms": 200,
        "error_cb": _unheard,
        "logger": _SILENT,
    }


def start_embedded(folder: Path, environment: Mapping[str, str]) -> Server:
    """Start the embedded broker with its data in ``folder``, which must exist."""
    program = _noida()

    def command(port: int) -> list[str]:
        data = str(folder / "data")
        return [str(program), "start", "--only", "kafka", "--kafka-port", str(port), "--data-dir", data]

    return start_server(
        "the embedded broker", command, folder / "broker.log", environment, metadata_answers()
    )


def metadata_answers(ready: Callable[[set[str]], bool] = lambda topics: True) -> Callable[[int], bool]:
    """Return a question to a starting broker: do you answer for your topics, and are they ``ready``?"""
    clients: dict[int, AdminClient] = {}

    def answers(port: int) -> bool:
        client = clients.setdefault(port, admin_client(f"{LOCALHOST}:{port}"))
        try:
            return ready(set(client.list_topics(timeout=_METADATA_SECONDS).topics))
        except KafkaException:
            return False

    return answers


def _noida() -> Path:
    """Find the executable inside its package: the script beside it would be one more process."""
    package = find_spec("noida_db")
    if package is None or package.origin is None:
        raise AgentctlError(
            "The embedded broker (noida-db) is not installed.", hint="pip install 'agentctl[sandbox]'"
        )
    program = Path(package.origin).with_name("noida-db")
    if program.exists() and not os.access(program, os.X_OK):
        program.chmod(0o755)
    return program


def _unheard(_error: object) -> None:
    """Take librdkafka's error events; the question that was asked fails by itself."""
