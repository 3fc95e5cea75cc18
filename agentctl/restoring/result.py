"""What a restore came to, as scripts read it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b

from agentctl.archive.store import Requests
from agentctl.model.query import Query


@dataclass(frozen=True, slots=True)
class Used:
    """One object that took part."""

    key: str
    storage_class: str | None
    """None: it was read without asking, which only hot and thawed ones let happen."""
    frozen: bool
    records: int
    """How many of its records are what was looked for; of a frozen one as its sidecar tells."""


@dataclass(frozen=True, slots=True)
class Hole:
    """Offsets ``[first, until)`` of a partition without a record that could be had."""

    topic: str
    partition: int
    first: int
    until: int
    reason: str


@dataclass(frozen=True, slots=True)
class Result:
    """Everything that the contract promises of a restore."""

    restore_id: str
    matched: int
    written: int
    target: str | None
    objects: Sequence[Used]
    requests: Requests
    complete: bool
    gaps: Sequence[Hole]
    skipped: int = 0

    def fields(self) -> Mapping[str, object]:
        """Return the fields that scripts rely on."""
        asked = self.requests
        return {
            "restore_id": self.restore_id,
            "matched": self.matched,
            "written": self.written,
            "skipped": self.skipped,
            "target": self.target,
            "objects": [
                {
                    "key": one.key,
                    "storage_class": one.storage_class,
                    "frozen": one.frozen,
                    "records": one.records,
                }
                for one in self.objects
            ],
            "requests": {"get": asked.get, "list": asked.list, "head": asked.head, "post": asked.post},
            "bytes_read": asked.bytes_read,
            "complete": self.complete,
            "gaps": [
                {
                    "topic": gap.topic,
                    "partition": gap.partition,
                    "from": gap.first,
                    "to": gap.until,
                    "reason": gap.reason,
                }
                for gap in self.gaps
            ],
        }


def restore_id(address: str, query: Query, target: str = "") -> str:
    """Return the name of a restore: the same question to the same archive, for one target, has the same."""
    window = query.window
    asked = (address, *query.ids, "", *query.topics, "", *query.agents, window.since_ms, window.until_ms)
    text = "\0".join(map(str, (*asked, target) if target else asked))
    return f"r{blake2b(text.encode('utf-8', 'replace'), digest_size=6).hexdigest()}"
