"""From options to a claims topic and the protocol on it, imported when it is wanted."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar

import typer

from agentctl.cli.wiring import length_ms, writers
from agentctl.errors import NotFoundError, UsageError
from agentctl.model.event import Role
from agentctl.settings.layers import Settings
from agentctl.surroundings import Surroundings

if TYPE_CHECKING:
    from agentctl.claims.protocol import ClaimProtocol
    from agentctl.events.mapping import FieldMapping


@dataclass(frozen=True, slots=True)
class ClaimantOptions:
    """Who claims, and where."""

    panel: ClassVar = "Options"

    agent: Annotated[
        str, typer.Option("--agent", metavar="NAME", help="Who claims: a name that no other process uses.")
    ]
    claims_topic: Annotated[
        str | None,
        typer.Option(
            "--claims-topic", metavar="TOPIC", help="The topic of claims; else the only one of that role."
        ),
    ] = None
    create_time: Annotated[
        bool,
        typer.Option(
            "--allow-create-time",
            help="Accept leases by the agents' own clocks, if you know that they agree.",
        ),
    ] = False


@contextmanager
def protocol(
    options: ClaimantOptions, settings: Settings, surroundings: Surroundings
) -> "Iterator[ClaimProtocol]":
    """Give the protocol on the claims topic of this call."""
    from agentctl.claims.protocol import ClaimProtocol
    from agentctl.events.mapping import field_mapping
    from agentctl.sources.claims_topic import KafkaClaims

    properties = settings.connection_properties(surroundings)
    topic = options.claims_topic or _only_one(properties, field_mapping(settings.profiles, settings.topics))
    written = settings.topics.get(topic, {})
    tables = {**settings.topics, topic: {**(written if isinstance(written, dict) else {}), "role": "claim"}}
    log = KafkaClaims(properties, topic, surroundings.now_ms)
    try:
        yield ClaimProtocol(
            log,
            options.agent,
            field_mapping(settings.profiles, tables, writers=writers(settings, surroundings)),
            allow_create_time=options.create_time,
        )
    finally:
        log.close()


def ttl_ms(ttl: str | None) -> int | None:
    """Return what ``--ttl`` says. Raises UsageError when that is no length of time."""
    return None if ttl is None else length_ms(ttl, "--ttl")


def _only_one(properties: "dict[str, str]", mapping: "FieldMapping") -> str:
    from agentctl.kafka.connection import Connection
    from agentctl.kafka.topics import names

    found = [name for name in names(Connection(properties)) if mapping.role(name)[0] is Role.CLAIM]
    if len(found) == 1:
        return found[0]
    if not found:
        raise NotFoundError(
            "no topic has the role of claims",
            hint='name it with --claims-topic, or configure role = "claim" for it',
        )
    raise UsageError(
        f"several topics have the role of claims: {', '.join(found)}", hint="choose one with --claims-topic"
    )
