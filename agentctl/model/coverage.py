"""What a Source really read, and whether that is all there was."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum


class Pruned(StrEnum):
    """Why a partition did not have to be read."""

    EMPTY = "empty"
    TIME = "time"
    KEY = "key"


@dataclass(frozen=True, slots=True)
class PartitionCoverage:
    """What was read of one partition. Offsets are Kafka's; None is unknown."""

    topic: str
    partition: int
    source: str
    log_start: int | None = None
    high_watermark: int | None = None
    end: int | None = None
    """The offset up to which the scan had to go, exclusive, as found at its start."""
    first: int | None = None
    """First offset covered; None when nothing had to be read."""
    last: int | None = None
    """Last offset covered, inclusive."""
    scanned: int = 0
    """Records delivered."""
    retained_since_ms: int | None = None
    """Time of the first record that retention kept."""
    pruned: Pruned | None = None
    lost: int = 0
    """Offsets between ``first`` and ``last`` that were removed before they could be read."""
    by_index: bool = False
    """Whether an index told which of the offsets hold what was asked for, so that only those were read."""

    @property
    def place(self) -> tuple[str, int]:
        """Topic and number."""
        return self.topic, self.partition

    @property
    def holes(self) -> int | None:
        """Offsets covered that hold no record: compacted, aborted, markers of transactions.

        So what is covered = scanned + lost + holes. None where nothing is covered, where an index told what
        to read, and of a file, which does not tell what else the log held.
        """
        if self.by_index or self.first is None or self.last is None or self.end is None:
            return None
        return self.last - self.first + 1 - self.scanned - self.lost


@dataclass(frozen=True, slots=True)
class Coverage:
    """What was read over all partitions, and in words what was not, and why."""

    partitions: tuple[PartitionCoverage, ...] = ()
    complete: bool = True
    reasons: tuple[str, ...] = ()
    """What was not read, and why."""
    max_inversion_ms: int = 0
    """Largest (running maximum of timestamps - timestamp) seen in the order of a partition."""
    undecodable: int = 0
    records_scanned: int = 0
    bytes_scanned: int = 0
    remarks: tuple[str, ...] = ()
    """What is worth knowing although nothing is missing."""
    as_of_ms: int | None = None
    """When the ends of the partitions were asked for: what was written before is covered. None is unknown."""

    @property
    def topics(self) -> tuple[str, ...]:
        """The topics that were asked for, each once."""
        return tuple(dict.fromkeys(part.topic for part in self.partitions))


def joined(coverages: Iterable[Coverage]) -> Coverage:
    """Return one Coverage for several Sources that answered the same Query."""
    parts = tuple(coverages)
    return Coverage(
        partitions=tuple(partition for part in parts for partition in part.partitions),
        complete=all(part.complete for part in parts),
        reasons=tuple(dict.fromkeys(reason for part in parts for reason in part.reasons)),
        remarks=tuple(dict.fromkeys(remark for part in parts for remark in part.remarks)),
        as_of_ms=min((part.as_of_ms for part in parts if part.as_of_ms is not None), default=None),
        max_inversion_ms=max((part.max_inversion_ms for part in parts), default=0),
        undecodable=sum(part.undecodable for part in parts),
        records_scanned=sum(part.records_scanned for part in parts),
        bytes_scanned=sum(part.bytes_scanned for part in parts),
    )


def completed(first: Coverage, second: Coverage) -> Coverage:
    """Return the Coverage of a scan and of another one that read what the first had left out.

    A partition that both name, of the same source, stands as the second one read it. What the first remarked
    on what it left out is void.
    """
    later = {_known_as(part): part for part in second.partitions}
    known = {_known_as(part) for part in first.partitions}
    both = joined((first, second))
    return replace(
        both,
        remarks=second.remarks,
        partitions=(
            *(later.get(_known_as(part), part) for part in first.partitions),
            *(part for known_as, part in later.items() if known_as not in known),
        ),
    )


def _known_as(part: PartitionCoverage) -> tuple[str, str, int]:
    return part.source, part.topic, part.partition
