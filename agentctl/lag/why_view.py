"""Why a group is behind, as a View: one sentence, then what it rests on."""

from collections.abc import Iterable, Iterator
from shlex import quote

from agentctl.lag.rows import LagRow
from agentctl.lag.summing import order, partitions_behind
from agentctl.lag.why import Cause, Evidence, Movement, cause
from agentctl.model.coverage import Coverage
from agentctl.model.event import Event
from agentctl.model.instant import instant
from agentctl.model.next_commands import lag_history
from agentctl.model.span import span
from agentctl.model.view import Column, Kind, Row, View

_COLUMNS = (
    Column("evidence", "EVIDENCE"),
    Column("place", "WHERE"),
    Column("says", "WHAT IT SAYS", wrapped=True),
)
_MOST_SIBLINGS = 5


def why_view(found: Evidence, *, troubles: tuple[str, ...] = (), remarks: Iterable[str] = ()) -> View:
    """Show why a group is behind."""
    code = cause(found)
    worst = found.worst
    words = sentence(found, code)
    return View(
        name="lag.why",
        title=f"lag why {found.group.name}",
        columns=_COLUMNS,
        rows=[_row("cause", words, code.value), *_rows(found, worst)],
        summary={
            "group": found.group.name,
            "cause": code.value,
            "sentence": words,
            "state": found.group.state,
            "topic": None if worst is None else worst.topic,
            "partition": None if worst is None else worst.partition,
            "committed": None if worst is None else worst.committed,
            "lag": sum(row.lag or 0 for row in found.rows),
            "lag_seconds": None if worst is None else worst.lag_seconds,
            "workflows_waiting": len(found.waiting.workflows),
            "waiting_is_whole": found.waiting.whole,
            "as_of": found.as_of_ms,
        },
        summary_kinds={"as_of": Kind.TIME_MS},
        notes=tuple(remarks),
        coverage=Coverage(complete=not troubles, reasons=troubles, as_of_ms=found.as_of_ms),
        next=tuple(_next(found, code, worst)),
    )


def sentence(found: Evidence, code: Cause) -> str:
    """Say in one sentence why the group is behind."""
    name, worst = found.group.name, found.worst
    if worst is None:
        return f"{name}{_nowhere(found, code)}."
    return f"{name} {_predicate(found, code, worst)}."


def _nowhere(found: Evidence, code: Cause) -> str:
    """Say of a group that is nowhere known to be behind what follows its name."""
    if code is Cause.CAUGHT_UP:
        return " has read all that there is to read"
    if code is Cause.NEVER_COMMITTED:
        return " has no commit that is kept, and nobody reads for it"
    if found.group.refusal is not None:
        return f" may be behind or not, where it stands is not known: {found.group.refusal}"
    unknown = [row for row in found.rows if row.lag is None]
    others = "" if len(unknown) == 1 else f" and {len(unknown) - 1:,} more"
    why = unknown[0].notes[0] if unknown[0].notes else "nobody tells"
    return f" may be behind on {unknown[0].topic}[{unknown[0].partition}]{others}: {why}"


def _predicate(found: Evidence, code: Cause, worst: LagRow) -> str:
    where = _place(worst)
    move = found.moves.get((worst.topic, worst.partition))
    behind = f"{worst.lag:,} records and {_seconds(worst)} behind on {worst.topic}[{worst.partition}]"
    match code:
        case Cause.NEVER_COMMITTED:
            return (
                f"has never committed: whether it reads at all is not known; {worst.lag:,} records are kept"
            )
        case Cause.OPEN_TRANSACTION:
            return (
                f"waits for a transaction that is open at {where}: nothing behind it can be read as committed"
            )
        case Cause.REBALANCING:
            count = found.recent_rebalances
            often = f": {count} rebalances within the last hour" if count else f" (it is {found.group.state})"
            return f"is rebalancing instead of reading{often}; it is {behind}"
        case Cause.REWOUND:
            return f"went back and reads again what it had read; it is {behind}"
        case Cause.NO_MEMBER:
            state = found.group.state
            return f"has no living member (it is {state}); it stands at {where}{_since(move)}, {behind}"
        case Cause.POISON_RECORD:
            return (
                f"stands on {where}{_since(move)} while it moves in other partitions: probably it cannot get "
                f"past this record"
            )
        case Cause.STOPPED:
            return (
                f"has members, and moves in no partition that has something to read{_since(move)}: it hangs, "
                f"or what it calls does; it is {behind}"
            )
        case Cause.HOT_KEY:
            hot = found.waiting.hot_key
            assert hot is not None
            return (
                f"is behind in one partition, where one key has {hot[1]:.0%} of what waits: more members do "
                f"not help; it is {behind}"
            )
        case Cause.TOO_SLOW:
            return f"reads {_rates(worst)}: too slow; it is {behind}"
        case Cause.CATCHING_UP:
            drain = worst.drain_seconds
            done = f", done in {span(round(drain * 1_000))}" if drain is not None else ""
            return f"reads {_rates(worst)} and catches up{done}; it is {behind}"
        case _:
            return f"is {behind}; whether it moves is not known (--sample 15s watches it)"


def _rows(found: Evidence, worst: LagRow | None) -> Iterator[Row]:
    """Give what is known, a row each."""
    if worst is not None:
        yield from _standing(found, worst)
        yield _row("waits", _waits(found))
        hot = found.waiting.hot_key
        if hot is not None:
            yield _row("hot-key", _hot(hot), f"{worst.topic}[{worst.partition}]")
        if None not in (worst.rates.into, worst.rates.out):
            yield _row("rates", f"reads {_rates(worst)}", f"{worst.topic}[{worst.partition}]")
        yield _row("verdict", _verdict(worst), f"{worst.topic}[{worst.partition}]")
        for row in sorted(found.siblings, key=order)[:_MOST_SIBLINGS]:
            yield _row("sibling", _sibling(found, row), f"{row.topic}[{row.partition}]")
    yield from _members(found, worst)
    yield _row("rebalances", _rebalances(found))


def _standing(found: Evidence, worst: LagRow) -> Iterator[Row]:
    move = found.moves.get((worst.topic, worst.partition))
    if found.stands_on is not None:
        yield _row("stands-on", _record(found.stands_on, found.as_of_ms), str(found.stands_on.place))
    if move is not None:
        yield _row("commits", _commits(move, found.as_of_ms), f"{worst.topic}[{worst.partition}]")


def _record(event: Event, now_ms: int) -> str:
    record = event.record
    size = len(record.key or b"") + len(record.value or b"")
    words = [event.type]
    words += [f"workflow {event.workflow_id}"] if event.workflow_id is not None else []
    words += [f"by {event.agent}"] if event.agent is not None else []
    words += [f"{size:,} bytes"]
    if record.timestamp_ms is not None:
        words += [f"written {instant(record.timestamp_ms)}, {span(max(now_ms - record.timestamp_ms, 0))} ago"]
    words += [f"undecodable: {event.undecodable}"] if event.undecodable is not None else []
    return ", ".join(words)


def _commits(move: Movement, now_ms: int) -> str:
    stood = (
        f"stands there since {instant(move.stood_since_ms)} ({span(max(now_ms - move.stood_since_ms, 0))})"
    )
    least = ", or longer" if move.longer else ""
    return f"{stood}{least}; last commit {instant(move.last_ms)}, {_count(move.commits, 'commit')} known"


def _waits(found: Evidence) -> str:
    waiting = found.waiting
    least = "" if waiting.whole else "at least "
    workflows = len(waiting.workflows)
    of = "1 workflow waits" if workflows == 1 else f"{workflows:,} workflows wait"
    others = f", {waiting.nameless:,} records of no workflow among them" if waiting.nameless else ""
    lag = sum(row.lag or 0 for row in found.rows)
    seen = "" if waiting.whole else f", of which {waiting.records:,} were looked through"
    parts = partitions_behind(found.rows)
    where = "1 partition" if parts == 1 else f"{parts:,} partitions"
    return f"{least}{of} in {lag:,} unread offsets of {where}{seen}{others}"


def _hot(hot: tuple[bytes | None, float]) -> str:
    key, share = hot
    name = "records without a key" if key is None else f"key {key.decode(errors='backslashreplace')!r}"
    return f"{share:.0%} of what waits there has {name}" if key is not None else f"{share:.0%} are {name}"


def _sibling(found: Evidence, row: LagRow) -> str:
    stuck = found.stuck(row)
    if row.lag is None:
        return f"not known{f': {row.notes[0]}' if row.notes else ''}"
    moves = "not known whether it moves" if stuck is None else "stands still" if stuck else "moves"
    if not found.group.members:
        moves = "nobody reads it"
    return "all read" if not row.lag else f"{row.lag:,} behind, {moves}"


def _verdict(row: LagRow) -> str:
    judged = row.judged
    by = f" by {_count(judged.commits, 'commit')}" if judged.commits else ""
    return f"{judged.verdict.value}{by}{f' ({judged.reason})' if judged.reason else ''}"


def _members(found: Evidence, worst: LagRow | None) -> Iterator[Row]:
    members = found.group.members
    if not members and found.group.refusal is not None:
        yield _row("members", "not known")
        return
    if not members:
        yield _row("members", f"none; the group is {found.group.state}")
        return
    count = "1 member" if len(members) == 1 else f"{len(members):,} members"
    yield _row("members", f"{count}; the group is {found.group.state}")
    reader = None if worst is None else worst.member
    if reader is not None and worst is not None:
        says = (
            f"{reader.client_id} at {reader.host}, {len(reader.partitions):,} partitions ({reader.member_id})"
        )
        yield _row("reader", says, f"{worst.topic}[{worst.partition}]")


def _rebalances(found: Evidence) -> str:
    if not found.rebalances:
        return "none seen in what is kept of the group's history"
    last = found.rebalances[-1]
    return (
        f"{len(found.rebalances):,} seen, {found.recent_rebalances:,} within the last hour, the last "
        f"{instant(last.time_ms)} (generation {last.number})"
    )


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _row(evidence: str, says: str, place: str | None = None) -> Row:
    return {"evidence": evidence, "place": place, "says": says}


def _place(row: LagRow) -> str:
    offset = row.committed
    if row.unread is not None and row.unread.offset is not None:
        offset = row.unread.offset
    return f"{row.topic}[{row.partition}]@{offset}"


def _seconds(row: LagRow) -> str:
    return "unknown seconds" if row.lag_seconds is None else span(round(row.lag_seconds * 1_000))


def _since(move: Movement | None) -> str:
    return "" if move is None else f" since {instant(move.stood_since_ms)}"


def _rates(row: LagRow) -> str:
    into, out = row.rates.into or 0.0, row.rates.out or 0.0
    return f"{out:.2g} records a second where {into:.2g} come in"


def _next(found: Evidence, code: Cause, worst: LagRow | None) -> Iterator[str]:
    if worst is None:
        return
    if found.stands_on is not None and found.stands_on.workflow_id is not None:
        yield f"agentctl replay {quote(found.stands_on.workflow_id)}"
    if code is not Cause.NEVER_COMMITTED:
        yield lag_history(found.group.name, worst.topic)
