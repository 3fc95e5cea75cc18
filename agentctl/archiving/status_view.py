"""The status of an archive as a View."""

from agentctl.archiving.status import Standing, Status
from agentctl.model.coverage import Coverage
from agentctl.model.span import span
from agentctl.model.view import Column, Kind, Row, Shown, View

_COLUMNS = (
    Column("topic", "TOPIC"),
    Column("partition", "P", Kind.NUMBER),
    Column("archived_to", "ARCHIVED TO", Kind.NUMBER),
    Column("log_start", "LOG START", Kind.NUMBER, Shown.WIDE),
    Column("log_end", "LOG END", Kind.NUMBER),
    Column("margin_seconds", "MARGIN SECONDS", Kind.NUMBER, Shown.PLAIN),
    Column("margin", "LEAVES KAFKA", Kind.NUMBER, Shown.SCREEN),
    Column("objects", "OBJECTS", Kind.NUMBER),
    Column("bytes", "BYTES", Kind.NUMBER),
    Column("from", "FROM", Kind.TIME_MS, Shown.WIDE),
    Column("until", "UNTIL", Kind.TIME_MS),
)


def status_view(status: Status) -> View:
    """Show how far the archive is, what is next to leave Kafka first."""
    rows = sorted(status.partitions, key=lambda one: (_order(one), one.place))
    unknown = [f"{one.place[0]}[{one.place[1]}]: {one.reason}" for one in rows if one.reason is not None]
    return View(
        name="archive-status",
        title=f"archive {status.address}",
        columns=_COLUMNS,
        rows=[_row(one, status.now_ms) for one in rows],
        summary={
            "archive": status.address,
            "objects": sum(one.held.objects for one in rows),
            "bytes": sum(one.held.size_bytes for one in rows),
            "margin_seconds": _least(rows, status.now_ms),
            "lost_offsets": sum(one.lost for one in rows),
            "sentence": sentence(status),
        },
        notes=(sentence(status), *_lost(rows), *status.remarks),
        coverage=Coverage(complete=not unknown, reasons=tuple(unknown), as_of_ms=status.now_ms),
        next=("agentctl archive run -t TOPIC --once",) if _least(rows, status.now_ms) is not None else (),
        nothing=f"Nothing is archived in {status.address}.",
    )


def sentence(status: Status) -> str:
    """Say how long there is until the first unarchived event may be gone."""
    leaving = [one.leaves_ms for one in status.partitions if one.leaves_ms is not None]
    if leaving:
        left_ms = min(leaving) - status.now_ms
        if left_ms <= 0:
            over = span(-left_ms)
            return f"the oldest unarchived event may leave Kafka any moment: its time was over {over} ago"
        return f"the oldest unarchived event leaves Kafka in {span(left_ms)}"
    behind = any(
        one.log_end is not None and one.held.next_offset is not None and one.held.next_offset < one.log_end
        for one in status.partitions
    )
    if behind:
        return "no unarchived event leaves Kafka: retention is off, or nothing readable is left to archive"
    return "every event is archived"


def _order(one: Standing) -> float:
    return float("inf") if one.leaves_ms is None else one.leaves_ms


def _margin(one: Standing, now_ms: int) -> float | None:
    return None if one.leaves_ms is None else max((one.leaves_ms - now_ms) / 1000, 0)


def _least(rows: list[Standing], now_ms: int) -> float | None:
    return min((margin for one in rows if (margin := _margin(one, now_ms)) is not None), default=None)


def _lost(rows: list[Standing]) -> tuple[str, ...]:
    return tuple(
        f"{one.place[0]}[{one.place[1]}]: {one.lost:,} offsets left Kafka before they were archived; "
        "the next object tells of them as a hole"
        for one in rows
        if one.lost and one.held.objects
    )


def _row(one: Standing, now_ms: int) -> Row:
    margin = _margin(one, now_ms)
    return {
        "topic": one.place[0],
        "partition": one.place[1],
        "archived_to": one.held.next_offset,
        "log_start": one.log_start,
        "log_end": one.log_end,
        "margin_seconds": margin,
        "margin": None if margin is None else span(round(margin * 1000)),
        "objects": one.held.objects,
        "bytes": one.held.size_bytes,
        "from": one.held.from_ms,
        "until": one.held.until_ms,
    }
