"""The objects of an archive as a View."""

from collections.abc import Sequence
from dataclasses import dataclass

from agentctl.archive.keys import ObjectKey
from agentctl.archive.metadata import Beside, beside
from agentctl.archive.store import Stored, Thaw
from agentctl.model.query import Window
from agentctl.model.view import Column, Kind, Row, Shown, View

_COLUMNS = (
    Column("key", "KEY", shown=Shown.PLAIN),
    Column("topic", "TOPIC"),
    Column("partition", "P", Kind.NUMBER),
    Column("first", "FIRST", Kind.NUMBER),
    Column("next", "NEXT", Kind.NUMBER),
    Column("records", "RECORDS", Kind.NUMBER),
    Column("bytes", "BYTES", Kind.NUMBER),
    Column("min_time", "FROM", Kind.TIME_MS),
    Column("max_time", "TO", Kind.TIME_MS, Shown.PLAIN),
    Column("storage_class", "CLASS"),
    Column("frozen", "FROZEN", Kind.FLAG, Shown.PLAIN),
    Column("state", "STATE", shown=Shown.SCREEN),
)
_FROZEN = (Thaw.FROZEN, Thaw.THAWING)


@dataclass(frozen=True, slots=True)
class Listed:
    """One object, as its name and the store tell of it."""

    key: ObjectKey
    stored: Stored

    @property
    def said(self) -> Beside:
        """What stands beside it."""
        return beside(self.stored.metadata)

    def may_hold(self, window: Window) -> bool:
        """Whether a record of the window may stand in it; unknown times may be any."""
        said = self.said
        after = (
            window.until_ms is not None
            and said.min_time_ms is not None
            and said.min_time_ms >= window.until_ms
        )
        before = (
            window.since_ms is not None
            and said.max_time_ms is not None
            and said.max_time_ms < window.since_ms
        )
        return not (after or before)


def list_view(address: str, objects: Sequence[Listed], window: Window) -> View:
    """Show objects in the order of topic, generation, partition and position."""
    shown = sorted(objects, key=lambda one: one.key)
    frozen = sum(one.stored.thaw in _FROZEN for one in shown)
    size = sum(one.stored.size for one in shown)
    unknown = sum(one.said.next_offset is None for one in shown)
    records = sum(one.said.records or 0 for one in shown)
    notes = (f"{_holding(unknown)}, as agentctl lets them",) if unknown else ()
    return View(
        name="archive-list",
        title=f"archive {address}",
        columns=_COLUMNS,
        rows=[_row(one) for one in shown],
        summary={"objects": len(shown), "records": records, "bytes": size, "frozen": frozen},
        facts=(f"{len(shown):,} objects", f"{size:,} bytes", *((f"{frozen:,} frozen",) if frozen else ())),
        notes=notes,
        window=window if window.bounded else None,
        nothing=f"There is no object in {address}" + (" of that topic or time." if window.bounded else "."),
    )


def _holding(unknown: int) -> str:
    return (
        "1 object does not say what it holds"
        if unknown == 1
        else f"{unknown:,} objects do not say what they hold"
    )


def _row(one: Listed) -> Row:
    said, stored = one.said, one.stored
    return {
        "key": stored.key,
        "topic": one.key.topic,
        "partition": one.key.partition,
        "first": one.key.position,
        "next": said.next_offset,
        "records": said.records,
        "bytes": stored.size,
        "min_time": said.min_time_ms,
        "max_time": said.max_time_ms,
        "storage_class": stored.storage_class,
        "frozen": stored.thaw in _FROZEN,
        "state": "" if stored.thaw is Thaw.HOT else stored.thaw.value,
    }
