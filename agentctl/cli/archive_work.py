"""From the options of ``archive run`` and ``status`` to a writer at work; edges are imported when wanted."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agentctl.archive.writing import Rotation, Settled
from agentctl.archiving.account import Account
from agentctl.archiving.drafts import Desk, Finished
from agentctl.archiving.generations import Generation, generations
from agentctl.archiving.run_view import run_view
from agentctl.archiving.running import ArchiveRun, Told
from agentctl.archiving.sharing import GROUP, Alone, Member, Share
from agentctl.archiving.status import Status, archived_topics, standings
from agentctl.cli import wiring
from agentctl.errors import InterruptedScan
from agentctl.events.mapping import field_mapping
from agentctl.kafka.connection import Connection
from agentctl.kafka.topics import names
from agentctl.model.span import span
from agentctl.model.view import View
from agentctl.render.complaints import warn
from agentctl.settings.layers import Settings
from agentctl.surroundings import Surroundings

if TYPE_CHECKING:
    from agentctl.store.s3 import S3Store


@dataclass(frozen=True, slots=True)
class Work:
    """What a writer is to do."""

    topics: tuple[str, ...]
    group: str | None
    """Whose partitions are shared; None: with --once nobody's."""
    storage_class: str
    rotation: Rotation
    profile: str | None


def worked(work: Work, store: "S3Store", settings: Settings, surroundings: Surroundings) -> View:
    """Archive, and return what was done. Ctrl-C raises InterruptedScan with it."""
    writers = wiring.keeping_writers(settings, surroundings, store)
    mapping = field_mapping(settings.profiles, settings.topics, work.profile, writers)
    connection = Connection(settings.connection_properties(surroundings))
    topics = generations(connection, work.topics)
    for line in _plan(work, store.address, topics):
        warn(line, surroundings)
    with wiring.progress(surroundings) as progress:
        told = Told(
            progress,
            lambda text: warn(text, surroundings),
            (lambda settled: None) if work.rotation.once else _teller(surroundings),
            surroundings.now_ms,
        )
        desk = Desk(mapping, work.storage_class, surroundings.now_ms)
        share = _share(work, connection, topics)
        run = ArchiveRun(connection, store, share, topics, work.rotation, desk, told)
        try:
            return run_view(run.work(), store.address)
        except KeyboardInterrupt:
            raise InterruptedScan(_stopped(run.account)) from None


def stands(topics: Sequence[str], store: "S3Store", settings: Settings, surroundings: Surroundings) -> Status:
    """Return how far the archive is, of topics or of all that are archived and still in Kafka."""
    connection = Connection(settings.connection_properties(surroundings))
    remarks: list[str] = []
    if topics:
        found = generations(connection, topics)
    else:
        there = set(names(connection))
        archived = archived_topics(store)
        found = generations(connection, [name for name in archived if name in there])
        remarks += [f"{name} is archived, and no longer in Kafka" for name in archived if name not in there]
    with wiring.progress(surroundings) as progress:
        rows = standings(connection, store, found, progress)
    return Status(store.address, rows, surroundings.now_ms(), tuple(remarks))


def _share(work: Work, connection: Connection, topics: dict[str, Generation]) -> Share:
    if work.rotation.once and work.group is None:
        every = [(one.name, number) for one in topics.values() for number in one.topic.partitions]
        return Alone(connection, GROUP, every)
    return Member(connection, work.group or GROUP, list(topics))


def _plan(work: Work, address: str, topics: dict[str, Generation]) -> Sequence[str]:
    partitions = sum(len(one.topic.partitions) for one in topics.values())
    how = "up to what is committed now" if work.rotation.once else "and what comes, until Ctrl-C"
    lines = [
        f"archiving {', '.join(topics)} ({partitions} partition{'s' if partitions != 1 else ''}) "
        f"to {address}, {how}; class {work.storage_class}"
    ]
    lines += [
        f"{one.name} has no id on this broker: made anew under the same name, it could not be told from "
        "itself, and its archive would have to be begun under another prefix"
        for one in topics.values()
        if not one.has_id
    ]
    return lines


def _teller(surroundings: Surroundings) -> "_Teller":
    return _Teller(surroundings)


@dataclass(frozen=True, slots=True)
class _Teller:
    """Tells of each object as it is there."""

    surroundings: Surroundings

    def __call__(self, settled: Settled[Finished]) -> None:
        key = settled.sealed.key
        place = f"{key.topic}[{key.partition}]"
        if settled.own:
            said = (
                f"archived {place} {key.position:,} to {settled.next:,}: {settled.sealed.records:,} records"
            )
        else:
            said = f"another writer has archived {place} {key.position:,} to {settled.next:,}"
        warn(said, self.surroundings)


def _stopped(account: Account) -> str:
    took = span(max(account.ended_ms - account.began_ms, 0))
    said = f"Stopped by Ctrl-C after {took}: {account.objects:,} objects with {account.records:,} records put"
    if account.unarchived:
        said += f"; {account.unarchived:,} records that were read wait in Kafka for the next run"
    return said + "."
