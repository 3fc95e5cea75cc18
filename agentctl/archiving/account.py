"""What a run of the archive has done, partition by partition."""

from dataclasses import dataclass, field

from agentctl.archive.writing import End
from agentctl.kafka.offsets import Partition


@dataclass(slots=True)
class Tally:
    """What was done in one partition of one generation."""

    topic: str
    generation: str
    partition: int
    found_at: int | None = None
    """Where the archive ended when the writer came; None while that is not known."""
    archived_to: int | None = None
    """The first offset that it does not cover now."""
    objects: int = 0
    """Put by this run."""
    records: int = 0
    size_bytes: int = 0
    others: int = 0
    """Objects that another writer had committed before."""
    holes: int = 0
    """Offsets covered by this run's objects at which nothing could be read."""
    unindexed: int = 0
    """Objects of this run whose sidecar or lookups could not be put."""
    end: End | None = None
    unarchived: int = 0
    """Records that were read and are in no object yet."""


@dataclass(slots=True)
class Account:
    """What was done in all partitions."""

    tallies: dict[tuple[Partition, str], Tally] = field(default_factory=dict)
    troubles: list[str] = field(default_factory=list)
    """What could not be archived, each in a sentence."""
    remarks: list[str] = field(default_factory=list)
    began_ms: int = 0
    ended_ms: int = 0

    def tally(self, place: Partition, generation: str) -> Tally:
        """Return the tally of a partition."""
        found = self.tallies.get((place, generation))
        if found is None:
            found = self.tallies[place, generation] = Tally(place[0], generation, place[1])
        return found

    @property
    def objects(self) -> int:
        """How many objects were put."""
        return sum(one.objects for one in self.tallies.values())

    @property
    def records(self) -> int:
        """How many records are in them."""
        return sum(one.records for one in self.tallies.values())

    @property
    def size_bytes(self) -> int:
        """How large they are."""
        return sum(one.size_bytes for one in self.tallies.values())

    @property
    def unarchived(self) -> int:
        """How many records were read and not archived."""
        return sum(one.unarchived for one in self.tallies.values())
