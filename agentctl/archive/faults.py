"""What can be wrong with an archive, each with where it is, what that means and what mends it."""

from dataclasses import dataclass
from enum import StrEnum

_OBJECT = (
    "put the object back from a copy, or archive its offsets anew under another prefix while Kafka has them"
)
_INDEX = "agentctl archive index --execute"
_ALL = "agentctl archive index --all --execute"


class FaultKind(StrEnum):
    """The classes of faults; scripts may rely on the words."""

    HEADER = "header-damaged"
    BLOCK = "block-damaged"
    LOST_BLOCK = "block-missing"
    BEHIND = "bytes-behind"
    FORMAT = "format-unknown"
    MISPLACED = "object-misplaced"
    METADATA = "metadata-wrong"
    RECORDS = "records-wrong"
    """Records are not those that the header counts, or not in the order of offsets."""
    GAPS = "gaps-wrong"
    """Offsets without a record that the object does not tell of, or the other way round."""
    HOLE = "offsets-missing"
    OVERLAP = "offsets-twice"
    OBJECT = "object-missing"
    """Its sidecar or a lookup knows of it."""
    NO_SIDECAR = "sidecar-missing"
    SIDECAR = "sidecar-damaged"
    STALE_SIDECAR = "sidecar-stale"
    NO_LOOKUP = "lookup-missing"
    LOOKUP = "lookup-damaged"
    STALE_LOOKUP = "lookup-stale"


_MENDS = {
    FaultKind.FORMAT: "update agentctl: a newer one wrote it",
    FaultKind.MISPLACED: "move it to the name that its header says",
    FaultKind.METADATA: "copy the object onto itself with the metadata that its header says",
    FaultKind.NO_SIDECAR: _INDEX,
    FaultKind.SIDECAR: _ALL,
    FaultKind.STALE_SIDECAR: _ALL,
    FaultKind.NO_LOOKUP: _INDEX,
    FaultKind.LOOKUP: _ALL,
    FaultKind.STALE_LOOKUP: _ALL,
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong."""

    key: str
    """The object, sidecar or lookup; of a missing object the name that it should have."""
    kind: FaultKind
    explanation: str
    block: int | None = None
    """Which block of the object, from 0; None where it is not one block."""

    @property
    def mend(self) -> str:
        """Return what mends it, as a command where there is one."""
        return _MENDS.get(self.kind, _OBJECT)
