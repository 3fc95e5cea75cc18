"""What a Source really read, and whether that is all there was."""

from collections.abc import Iterable
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Coverage:
    """What was read over all partitions, and in words what was not, and why."""

    partitions: tuple[PartitionCoverage, ...] = ()
    complete: bool = True
    reasons: tuple[str, ...] = ()
    max_inversion_ms: int = 0
    """Largest (running maximum of timestamps - timestamp) seen in the order of a partition."""
    undecodable: int = 0
    records_scanned: int = 0
    bytes_scanned: int = 0

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
        max_inversion_ms=max((part.max_inversion_ms for part in parts), default=0),
        undecodable=sum(part.undecodable for part in parts),
        records_scanned=sum(part.records_scanned for part in parts),
        bytes_scanned=sum(part.bytes_scanned for part in parts),
    )
