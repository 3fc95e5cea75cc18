"""A story as a View: every column that scripts rely on, and a timeline that is ready to be drawn."""

from collections.abc import Iterable, Mapping

from agentctl.errors import UsageError
from agentctl.model.coverage import Coverage
from agentctl.model.instant import instant
from agentctl.model.portable import portable_fields
from agentctl.model.query import Clock, Window
from agentctl.model.record import FrozenRecord, TimestampType
from agentctl.model.span import span
from agentctl.model.view import Column, Kind, Row, Shown, View
from agentctl.timeline.lanes import drawn
from agentctl.timeline.reads import Consumed
from agentctl.timeline.story import Entry, Story
from agentctl.timeline.words import what

_COLUMNS = (
    Column("n", "#", Kind.NUMBER),
    Column("time", "TIME", Kind.TIME_MS),
    Column("gap_ms", "GAP", Kind.DURATION_MS),
    Column("agent", "AGENT"),
    Column("type", "TYPE", shown=Shown.WIDE),
    Column("workflow_id", "WORKFLOW", shown=Shown.WIDE),
    Column("work_item", "WORK ITEM", shown=Shown.WIDE),
    Column("event_id", "EVENT ID", shown=Shown.MACHINE),
    Column("what", "WHAT"),
    Column("topic", "TOPIC", shown=Shown.MACHINE),
    Column("partition", "PARTITION", Kind.NUMBER, Shown.MACHINE),
    Column("offset", "OFFSET", Kind.NUMBER, Shown.MACHINE),
    Column("timestamp", "TIMESTAMP", Kind.TIME_MS, Shown.MACHINE),
    Column("timestamp_type", "TIMESTAMP TYPE", shown=Shown.MACHINE),
    Column("event_time", "EVENT TIME", Kind.TIME_MS, Shown.MACHINE),
    Column("cause", "CAUSE", Kind.DATA, Shown.MACHINE),
    Column("cause_kind", "CAUSE KIND", shown=Shown.MACHINE),
    Column("reordered", "REORDERED", Kind.FLAG, Shown.MACHINE),
    Column("transaction", "TRANSACTION", shown=Shown.MACHINE),
    Column("read_age_ms", "READ AGE", Kind.DURATION_MS, Shown.MACHINE),
    Column("step", "STEP", Kind.NUMBER, Shown.MACHINE),
    Column("total", "TOTAL", Kind.NUMBER, Shown.MACHINE),
    Column("status", "STATUS", shown=Shown.MACHINE),
    Column("schema_version", "VERSION", Kind.DATA, Shown.MACHINE),
    Column("source", "SOURCE", shown=Shown.MACHINE),
    Column("consumed", "CONSUMED", Kind.DATA, Shown.MACHINE),
    Column("findings", "FINDINGS", Kind.LIST, Shown.MACHINE),
    Column("downstream_of", "DOWNSTREAM OF", Kind.LIST, Shown.MACHINE),
    Column("undecodable", "UNDECODABLE", shown=Shown.MACHINE),
)

FROZEN = "its bytes are frozen in the archive"
"""What stands as the reason in the row of an event that only an index knows."""
_MARK_COLUMNS = (Column("from_mark_ms", "FROM MARK", Kind.DURATION_MS, Shown.MACHINE),)
_MOST_SAID = 3
"""Of how many findings the number of events downstream is said above the rows; each says its own."""

_PAYLOAD_COLUMNS = (
    Column("key", "KEY", Kind.DATA, Shown.MACHINE),
    Column("value", "VALUE", Kind.DATA, Shown.MACHINE),
    Column("headers", "HEADERS", Kind.DATA, Shown.MACHINE),
    Column("payload", "PAYLOAD", Kind.DATA),
)


def story_view(
    story: Story,
    coverage: Coverage | None,
    window: Window,
    *,
    payload: bool = False,
    unfolded: bool = False,
    mark: int | None = None,
    nothing: str | None = None,
    notes: Iterable[str] = (),
) -> View:
    """Show a story.

    ``payload`` adds key, value, headers and the decoded payload to each row, so that an export can be
    replayed; ``unfolded`` draws progress rows one by one; ``nothing`` is said when there is no event.
    """
    marked_ms = _marked(story, mark)
    timeline = drawn(story, unfolded=unfolded, mark=mark)
    hidden = (f"{_count(timeline.hidden, 'progress row')} folded (--all)",) if timeline.hidden else ()
    counted = () if mark is None else (f"T#{mark}: time from event #{mark}",)
    more = (f"{story.more:,} more events follow (--limit)",) if story.more else ()
    return View(
        name="replay",
        title=" ".join(story.ids) or "everything",
        columns=_COLUMNS + (_MARK_COLUMNS if mark else ()) + (_PAYLOAD_COLUMNS if payload else ()),
        rows=[
            _row(entry, payload=payload)
            if mark is None
            else {**_row(entry, payload=payload), "from_mark_ms": _from(entry.time_ms, marked_ms)}
            for entry in story.entries
        ],
        summary=_summary(story),
        summary_kinds={"started": Kind.TIME_MS, "ended": Kind.TIME_MS},
        facts=_facts(story),
        notes=(_clock(story), *_downstream(story), *_frozen(story), *notes, *counted, *hidden, *more),
        findings=story.findings,
        window=window,
        coverage=coverage,
        timeline=timeline,
        next=_next(story),
        nothing=nothing,
    )


def _summary(story: Story) -> Mapping[str, object]:
    return {
        "workflow_ids": list(story.workflow_ids),
        "agents": list(story.agents),
        "topics": list(story.topics),
        "events": len(story.entries),
        "started": story.started_ms,
        "ended": story.ended_ms,
        "duration_ms": _duration(story),
        "more": story.more,
    }


def _marked(story: Story, mark: int | None) -> int | None:
    """Return the time of the event that times are counted from. Raises UsageError when there is none."""
    if mark is None or not story.entries:
        return None
    if mark > len(story.entries):
        raise UsageError(
            f"there is no event #{mark} to count from", hint=f"--mark 1 to --mark {len(story.entries)}"
        )
    return story.entries[mark - 1].time_ms


def _from(time_ms: int | None, marked_ms: int | None) -> int | None:
    return None if time_ms is None or marked_ms is None else time_ms - marked_ms


def _row(entry: Entry, *, payload: bool) -> Row:
    event, record = entry.event, entry.event.record
    row: dict[str, object] = {
        "n": entry.n,
        "time": entry.time_ms,
        "gap_ms": entry.gap_ms,
        "agent": event.agent,
        "type": event.type,
        "workflow_id": event.workflow_id,
        "work_item": event.work_item,
        "event_id": event.event_id,
        "what": what(event),
        "topic": record.topic,
        "partition": record.partition,
        "offset": record.offset,
        "timestamp": record.timestamp_ms,
        "timestamp_type": record.timestamp_type.value,
        "event_time": event.event_time_ms,
        "cause": entry.cause,
        "cause_kind": entry.cause_kind,
        "reordered": entry.reordered,
        "transaction": record.transaction.value if record.transaction else None,
        "read_age_ms": entry.read_age_ms,
        "step": event.step,
        "total": event.total,
        "status": event.status,
        "schema_version": event.schema_version,
        "source": record.source.value,
        "consumed": [_consumed(one) for one in entry.consumed],
        "findings": list(entry.findings),
        "downstream_of": list(entry.downstream),
        "undecodable": event.undecodable,
    }
    if isinstance(record, FrozenRecord):
        row["undecodable"] = FROZEN
    elif payload:  # of a frozen one null would say that there was none
        row |= _bytes_of(entry)
    return row


def _consumed(one: Consumed) -> Mapping[str, object]:
    return {
        "group": one.group,
        "at": None if one.at_ms is None else instant(one.at_ms),
        "behind_ms": one.behind_ms,
        "certain": one.certain,
    }


def _bytes_of(entry: Entry) -> Mapping[str, object]:
    return {**portable_fields(entry.event.record), "payload": entry.event.payload}


def _duration(story: Story) -> int | None:
    if story.started_ms is None or story.ended_ms is None:
        return None
    return story.ended_ms - story.started_ms


def _facts(story: Story) -> tuple[str, ...]:
    duration = _duration(story)
    return (
        _count(len(story.agents), "agent"),
        _count(len(story.topics), "topic"),
        _count(len(story.entries), "event"),
        *(() if duration is None else (span(duration),)),
    )


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _clock(story: Story) -> str:
    """Say which clock orders the rows, and whose it is."""
    order = "order: offset, then cause"
    if story.clock is Clock.EVENT:
        return f"clock: the events' own times · {order}"
    types = {entry.event.record.timestamp_type for entry in story.entries}
    names = {
        TimestampType.CREATE: "agents' (CreateTime)",
        TimestampType.APPEND: "the broker's (LogAppendTime)",
        TimestampType.NONE: "none",
    }
    clocks = ", ".join(name for kind, name in names.items() if kind in types)
    return f"clock: {clocks or 'none'} · {order}"


def _frozen(story: Story) -> tuple[str, ...]:
    """Say how many events only an index knows, and what follows from that."""
    frozen = sum(isinstance(entry.event.record, FrozenRecord) for entry in story.entries)
    return (f"{_count(frozen, 'event')} frozen: known by an index, judged when thawed",) if frozen else ()


def _downstream(story: Story) -> tuple[str, ...]:
    """Say how much stands causally after what was found."""
    found = [(finding.id, len(finding.downstream)) for finding in story.findings if finding.downstream]
    return tuple(f"{_count(number, 'event')} downstream of {label}" for label, number in found[:_MOST_SAID])


def _next(story: Story) -> tuple[str, ...]:
    """Name the one or two commands that a person would want now."""
    if story.ids or not story.workflow_ids:
        return ()
    return (f"agentctl replay {story.workflow_ids[0]}",)
