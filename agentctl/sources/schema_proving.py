"""Has the events of a cluster, an archive or a file proved, partition by partition, here or by workers."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from hashlib import blake2b
from pathlib import Path
from typing import Any, Protocol

import orjson

from agentctl.errors import AgentctlError, NotFoundError
from agentctl.events.prefilter import Everything
from agentctl.model.coverage import Coverage, PartitionCoverage, Pruned, joined
from agentctl.model.expectation import Expectation
from agentctl.model.query import Query, Window
from agentctl.ports import Progress, Source
from agentctl.schemas.prover import Prover
from agentctl.schemas.proving import Tally
from agentctl.settings.contexts import write_private
from agentctl.sources.archive import ArchiveSource
from agentctl.sources.kafka import KafkaSource
from agentctl.sources.tiers import TieredSource

Part = tuple[str, int]
"""Topic and partition."""


class Proving(Protocol):
    """What makes a prover in whatever process it is asked; it can be sent there."""

    def prover(self) -> Prover:
        """Return one that has judged nothing."""


@dataclass(frozen=True, slots=True)
class Proved:
    """What came of some partitions."""

    parts: tuple[Part, ...]
    tally: Tally
    coverage: Coverage

    def to_json(self) -> dict[str, object]:
        """Return it as JSON can hold it."""
        return {"parts": self.parts, "tally": self.tally.to_json(), "coverage": asdict(self.coverage)}

    @classmethod
    def of_json(cls, told: dict[str, Any]) -> "Proved":
        """Read what ``to_json`` gave. Raises ValueError, KeyError or TypeError for anything else."""
        said = told["coverage"]
        partitions = tuple(
            PartitionCoverage(**{**one, "pruned": one["pruned"] and Pruned(one["pruned"])})
            for one in said["partitions"]
        )
        texts = {name: tuple(said[name]) for name in ("reasons", "remarks")}
        coverage = Coverage(**{**said, **texts, "partitions": partitions})
        parts = tuple((topic, number) for topic, number in told["parts"])
        return cls(parts, Tally.of_json(told["tally"]), coverage)


class Silent:
    """Progress that nobody looks at."""

    def advance(self, records: int, bytes_: int) -> None:
        """Say nothing."""

    def expect(self, coming: Expectation) -> None:
        """Say nothing."""


def parts_of(source: Source, query: Query) -> tuple[Part, ...]:
    """Return the partitions that a query concerns; none of a file, which is read as a whole.

    Raises what a scan raises, NotFoundError for a topic that is not there.
    """
    if isinstance(source, TieredSource):
        return tuple(sorted(_of_both(source, query)))
    if isinstance(source, KafkaSource):
        return tuple(sorted(_of_cluster(source, query)))
    if isinstance(source, ArchiveSource):
        source.scan(query, Everything(), Silent())  # names near ones of a topic that is not there
        return tuple(sorted(_of_archive(source, query)))
    return ()


def _of_both(source: TieredSource, query: Query) -> set[Part]:
    try:
        found = set(_of_cluster(source.hot, query))
    except NotFoundError:
        # What only the archive has, where it has it: the scan says so where it has not.
        return _of_archive(source.cold, query)
    return found | _of_archive(source.cold, query) if query.window.since_ms is not None else found


def _of_cluster(source: KafkaSource, query: Query) -> Iterator[Part]:
    for one in source.plan(query).ranges:
        yield one.place


def _of_archive(source: ArchiveSource, query: Query) -> set[Part]:
    wanted = frozenset(query.topics)
    return {
        (topic, partition)
        for topic, _, partition in source.find(query).spans
        if not wanted or topic in wanted
    }


def prove_parts(
    opened: Callable[[], Source], proving: Proving, query: Query, parts: tuple[Part, ...], progress: Progress
) -> Proved:
    """Read some partitions, or everything where none is named, and prove what is in them."""
    prover = proving.prover()
    scan = opened().scan(replace(query, partitions=parts), Everything(), progress)
    for batch in scan:
        prover.take(batch)
    return Proved(parts, prover.tally, scan.coverage)


@dataclass(frozen=True, slots=True)
class Task:
    """Proves partitions in a process of its own, where nobody looks at the progress."""

    opened: Callable[[], Source]
    proving: Proving
    query: Query

    def __call__(self, parts: tuple[Part, ...]) -> Proved:
        """Prove them."""
        return prove_parts(self.opened, self.proving, self.query, parts, Silent())


def spread(parts: Sequence[Part], tasks: int) -> list[tuple[Part, ...]]:
    """Return the partitions as so many tasks, or as one a partition where those are fewer."""
    count = max(1, min(tasks, len(parts)))
    return [tuple(parts[at::count]) for at in range(count) if parts[at::count]]


class Diary:
    """What of a proof is done, in a file: a proof that was stopped goes on where it was."""

    def __init__(self, folder: Path, asked: object) -> None:
        """Take the folder of such files and what is asked, as JSON: both together name the file."""
        name = blake2b(orjson.dumps(asked, option=orjson.OPT_SORT_KEYS), digest_size=12).hexdigest()
        self.path = folder / f"{name}.json"
        self.window: Window | None = None
        """The window that the proof began with; None where there is none yet."""
        self.done: list[Proved] = []

    def read(self) -> None:
        """Read how far it is. Raises NotFoundError where nothing was begun, AgentctlError if it is broken."""
        try:
            told = orjson.loads(self.path.read_bytes())
            self.window = Window(*told["window"])
            self.done = [Proved.of_json(one) for one in told["done"]]
        except FileNotFoundError:
            raise NotFoundError(
                "no such proof was begun and stopped", hint="the same words without --resume begin one"
            ) from None
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise AgentctlError(
                f"cannot read how far the proof was: {self.path} ({error})",
                hint="begin anew, without --resume",
            ) from error

    def begin(self, window: Window) -> None:
        """Begin anew."""
        self.window, self.done = window, []

    def note(self, proved: Proved) -> None:
        """Take down that some partitions are proved. Raises AgentctlError when it cannot be written.

        What could not be read to its end is not written: going on means reading it anew.
        """
        self.done.append(proved)
        assert self.window is not None
        told = {
            "window": [self.window.since_ms, self.window.until_ms],
            "done": [one.to_json() for one in self.done if one.coverage.complete],
        }
        write_private(self.path, orjson.dumps(told).decode())

    def end(self) -> None:
        """Forget it: nothing is left to be resumed."""
        self.path.unlink(missing_ok=True)

    def left(self, parts: Iterable[Part]) -> list[Part]:
        """Return the partitions that are still to be proved."""
        done = {part for one in self.done for part in one.parts}
        return [part for part in parts if part not in done]


def added(proved: Iterable[Proved]) -> Proved:
    """Add up what came of all partitions."""
    all_, tally = list(proved), Tally()
    for one in all_:
        tally.add(one.tally)
    parts = tuple(part for one in all_ for part in one.parts)
    coverage = joined(one.coverage for one in all_)
    ordered = sorted(coverage.partitions, key=lambda part: (part.source, part.topic, part.partition))
    return Proved(parts, tally, replace(coverage, partitions=tuple(ordered)))
