"""The options that say what is read, shared by every command that scans, and what they come to."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Annotated, ClassVar

import typer

from agentctl.cli import wiring
from agentctl.cli.options import ConnectionOptions, OutputOptions
from agentctl.events.mapping import FieldMapping, field_mapping
from agentctl.model.event import Event
from agentctl.model.query import DEFAULT_SLACK_MS, Isolation, Query
from agentctl.ports import Source
from agentctl.settings.layers import Settings
from agentctl.sources.selection import chosen_topics
from agentctl.surroundings import Surroundings
from agentctl.timeline.deposition import Deposition


@dataclass(frozen=True, slots=True)
class ScanOptions:
    """Where to look, and when."""

    panel: ClassVar = "What is read"

    topics: Annotated[
        list[str] | None,
        typer.Option(
            *("--topic", "-t"),
            metavar="TOPIC",
            help="Topics to read; else those with a role, else all that are not internal.",
        ),
    ] = None
    since: Annotated[
        str | None,
        typer.Option(
            metavar="TIME",
            help="From then on: RFC 3339, '2026-02-14 03:00', 14:15, -12h, '2h ago', yesterday, epoch.",
        ),
    ] = None
    until: Annotated[str | None, typer.Option(metavar="TIME", help="Before then.")] = None
    slack: Annotated[
        str | None,
        typer.Option(
            metavar="DURATION",
            help="How far past --until to read for records whose timestamps run backwards. [default: 10m]",
        ),
    ] = None
    exact: Annotated[bool, typer.Option("--exact", help="Read past --until to the very end.")] = False
    isolation: Annotated[
        Isolation,
        typer.Option(help="read_uncommitted shows records of aborted and open transactions, too."),
    ] = Isolation.READ_COMMITTED
    keyed: Annotated[
        bool,
        typer.Option(
            "--keyed",
            help="The ID is the record's key: read only its partition, where the keys bear that out.",
        ),
    ] = False
    source: Annotated[
        str, typer.Option(metavar="auto|kafka|archive|FILE", help="Kafka, the archive, or an exported file.")
    ] = "auto"
    profile: Annotated[
        str | None, typer.Option("--fields", metavar="PROFILE", help="Field mapping for this call.")
    ] = None


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, of whom, and how what is found is to be read."""

    query: Query
    source: Source
    mapping: FieldMapping
    settings: Settings
    deposition: Deposition | None = None
    """What an exported file tells beside its records; None of a cluster, which can be asked."""

    @property
    def recorded(self) -> tuple[Event, ...]:
        """The events beside its own that an exported file has with it."""
        return tuple(map(self.mapping.event, self.deposition.around)) if self.deposition else ()

    @property
    def notes(self) -> tuple[str, ...]:
        """What of an exported file could not be used."""
        return self.deposition.notes if self.deposition else ()

    def present(self, now: Callable[[], int]) -> Callable[[], int]:
        """Return the clock to judge by: that of an export is its moment; of a cluster it is ``now``."""
        as_of_ms = None if self.deposition is None else self.deposition.as_of_ms
        return now if as_of_ms is None else lambda: as_of_ms


def question(
    scan: ScanOptions,
    connection: ConnectionOptions,
    output: OutputOptions,
    surroundings: Surroundings,
    query: Query,
) -> Question:
    """Complete a query with where and when, and choose what answers it.

    Everything that can be refused without a broker is refused first. Raises AgentctlError.
    """
    wiring.output(output, surroundings)
    settings = wiring.settings(connection, surroundings)
    writers = wiring.writers(settings, surroundings, scan.source)
    mapping = field_mapping(settings.profiles, settings.topics, scan.profile, writers)
    query = replace(
        query,
        topics=tuple(scan.topics or query.topics),
        window=wiring.window(scan.since, scan.until, output, surroundings),
        isolation=scan.isolation,
        slack_ms=_slack_ms(scan),
        keyed=scan.keyed or None,
    )
    source = wiring.source(scan.source, settings, mapping, surroundings)
    deposition = wiring.deposition(source)
    if deposition is None:
        topics = chosen_topics(query, source, mapping)
    else:
        # An incident is read whole: which topics belong to it was decided when it was exported.
        topics = query.topics or tuple(source.topics())
        mapping = mapping.recalling(deposition.topic_settings())
    return Question(replace(query, topics=topics), source, mapping, settings, deposition)


def _slack_ms(scan: ScanOptions) -> int | None:
    if scan.exact:
        return None
    return DEFAULT_SLACK_MS if scan.slack is None else wiring.length_ms(scan.slack, "--slack")


def as_claims(asked: Question, topic: str | None, profile: str | None) -> Question:
    """Return the question with the topic that is named read as one of claims, whatever its name."""
    if topic is None:
        return asked
    topics = asked.settings.topics
    written = topics.get(topic, {})
    table = {**(written if isinstance(written, dict) else {}), "role": "claim"}
    tables = {**topics, topic: table}
    mapping = field_mapping(asked.settings.profiles, tables, profile, asked.mapping.writers)
    return replace(asked, mapping=mapping)
