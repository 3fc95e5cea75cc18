"""How far groups are behind as a View: partition by partition, or summed up."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from agentctl.lag.answer import Answer
from agentctl.lag.limits import By, Limits
from agentctl.lag.pressure import advice
from agentctl.lag.rows import INACTIVE, LagRow, Rates, Verdict
from agentctl.lag.summing import ORDER, Summed, furthest, largest, order, partitions_behind, summed, too_far
from agentctl.lag.unread import Method
from agentctl.model.coverage import Coverage
from agentctl.model.next_commands import lag_history, lag_why
from agentctl.model.span import span
from agentctl.model.view import Column, Drawn, Kind, Row, Shown, View

_SCREEN_END = (
    Column("lag_time", "LAG TIME", Kind.NUMBER, Shown.SCREEN),
    Column("says", "VERDICT", shown=Shown.SCREEN, fixed=True),
    Column("behind", "BEHIND", Kind.NUMBER, Shown.SCREEN, fixed=True),
    Column("rates", "IN/OUT", Kind.NUMBER, Shown.SCREEN, fixed=True),
    Column("drain", "DRAIN", Kind.NUMBER, Shown.SCREEN, fixed=True),
)
"""What fits in no line stands below it, and only where something is left to read."""
PARTITION_COLUMNS = (
    Column("flag", " ", shown=Shown.SCREEN),
    Column("group", "GROUP"),
    Column("state", "STATE", shown=Shown.PLAIN),
    Column("topic", "TOPIC"),
    Column("partition", "P", Kind.NUMBER),
    Column("committed", "COMMITTED", Kind.NUMBER, Shown.WIDE),
    Column("log_start", "LOG START", Kind.NUMBER, Shown.MACHINE),
    Column("log_end", "LOG END", Kind.NUMBER, Shown.WIDE),
    Column("stable_end", "STABLE END", Kind.NUMBER, Shown.MACHINE),
    Column("lag", "LAG", Kind.NUMBER),
    Column("lag_seconds", "LAG SECONDS", Kind.NUMBER, Shown.PLAIN),
    Column("oldest_unread_seconds", "OLDEST UNREAD", Kind.NUMBER, Shown.PLAIN),
    Column("behind_seconds", "BEHIND", Kind.NUMBER, Shown.PLAIN),
    Column("method", "METHOD", shown=Shown.PLAIN),
    Column("error_seconds", "ERROR", Kind.NUMBER, Shown.PLAIN),
    Column("rate_in", "IN", Kind.NUMBER, Shown.PLAIN),
    Column("rate_out", "OUT", Kind.NUMBER, Shown.PLAIN),
    Column("drain_seconds", "DRAIN", Kind.NUMBER, Shown.PLAIN),
    *_SCREEN_END,
    Column("verdict", "VERDICT", shown=Shown.PLAIN),
    Column("commits_judged", "COMMITS", Kind.NUMBER, Shown.MACHINE),
    Column("member", "MEMBER", shown=Shown.MACHINE),
    Column("client_id", "CLIENT", shown=Shown.WIDE),
    Column("host", "HOST", shown=Shown.WIDE),
    Column("remarks", "NOTES", Kind.LIST, Shown.SCREEN, fixed=True),
    Column("notes", "NOTES", Kind.LIST, Shown.PLAIN),
)
_SUMMED_COLUMNS = (
    Column("partitions", "PARTS", Kind.NUMBER),
    Column("groups", "GROUPS", Kind.NUMBER, Shown.PLAIN),
    Column("lag", "LAG", Kind.NUMBER),
    Column("lag_seconds", "LAG SECONDS", Kind.NUMBER, Shown.PLAIN),
    Column("rate_in", "IN", Kind.NUMBER, Shown.PLAIN),
    Column("rate_out", "OUT", Kind.NUMBER, Shown.PLAIN),
    Column("drain_seconds", "DRAIN", Kind.NUMBER, Shown.PLAIN),
    *_SCREEN_END,
    Column("verdict", "VERDICT", shown=Shown.PLAIN),
)
_NAMES: dict[By | None, tuple[Column, ...]] = {
    None: (Column("group", "GROUP"), Column("topic", "TOPIC")),
    By.TOPIC: (Column("topic", "TOPIC"),),
    By.GROUP: (Column("group", "GROUP"),),
    By.MEMBER: (Column("group", "GROUP"), Column("member", "MEMBER")),
}
_PRESSURE = (
    Column("behind_groups", "WHO IS BEHIND", Kind.LIST, fixed=True),
    Column("advice", "WHAT TO DO", shown=Shown.PLAIN),
)
_CLIENT = (Column("client_id", "CLIENT", fixed=True), Column("host", "HOST", shown=Shown.WIDE))


def lag_view(
    answer: Answer,
    *,
    by: By | None = None,
    limits: Limits | None = None,
    past: bool = False,
    notes: Iterable[str] = (),
) -> View:
    """Show how far groups are behind; ``by`` None sums by group and topic, as screens do unasked.

    ``past`` says that this is not the present.
    """
    limits = limits or Limits()
    over = too_far(answer.rows, limits.seconds, limits.records)
    bad = [row for row in answer.rows if limits.verdicts and row.judged.verdict in _BAD]
    flagged = frozenset(id(row) for row in (*over, *bad))
    worst = sorted(answer.rows, key=order)
    return View(
        name="lag",
        title="lag",
        columns=PARTITION_COLUMNS if by is By.PARTITION else _columns(by),
        rows=_rows(worst, by, flagged),
        summary=_summary(answer, limits, len(over)),
        summary_kinds={"as_of": Kind.TIME_MS},
        facts=tuple(_facts(answer)),
        notes=(
            *_method(answer.rows),
            *_exceeded(over, limits),
            *answer.remarks,
            *(_advised(answer.rows) if by is By.TOPIC else ()),
            *notes,
        ),
        coverage=Coverage(complete=not answer.troubles, reasons=answer.troubles, as_of_ms=answer.as_of_ms),
        next=() if past else tuple(_next(worst)),
        nothing=_nothing(answer),
        fail_on_problems=True,
        problem=bool(over or bad),
    )


def _summary(answer: Answer, limits: Limits, exceeded: int) -> Row:
    verdicts = [row.judged.verdict for row in answer.rows]
    return {
        "groups": len(answer.groups),
        "partitions": len(answer.rows),
        "behind": partitions_behind(answer.rows),
        "lag": sum(row.lag or 0 for row in answer.rows),
        "lag_seconds": furthest(answer.rows),
        "verdict": max(verdicts, key=ORDER.index, default=Verdict.UNKNOWN).value,
        "max_seconds": limits.seconds,
        "max_records": limits.records,
        "exceeded": exceeded,
        "as_of": answer.as_of_ms,
    }


_BAD = frozenset({Verdict.WARN, Verdict.STALL, Verdict.STOP, Verdict.REWIND})


def partition_row(row: LagRow, *, flagged: bool = False) -> Row:
    """Return one group in one partition, as scripts know it."""
    bounds, member = row.bounds, row.member
    oldest, behind, drain = row.oldest_unread_seconds, row.behind_seconds, row.drain_seconds
    seconds = None if oldest is None or behind is None else max(oldest, behind)
    verdict = row.judged.verdict
    return {
        "flag": "⚑" if flagged or verdict in _BAD else "",
        "group": row.group,
        "state": row.state,
        "topic": row.topic,
        "partition": row.partition,
        "committed": row.committed,
        "log_start": None if bounds is None else bounds.log_start,
        "log_end": None if bounds is None else bounds.high_watermark,
        "stable_end": None if bounds is None else bounds.last_stable,
        "lag": row.lag,
        "lag_seconds": seconds,
        "oldest_unread_seconds": oldest,
        "behind_seconds": behind,
        "method": row.method.value,
        "error_seconds": row.error_seconds,
        "rate_in": _rounded(row.rates.into),
        "rate_out": _rounded(row.rates.out),
        "drain_seconds": _rounded(drain),
        "lag_time": said(seconds, row.lag),
        **_below(row, behind),
        "says": verdict.value,
        "verdict": verdict.value,
        "commits_judged": row.judged.commits,
        "member": None if member is None else member.member_id,
        "client_id": None if member is None else member.client_id,
        "host": None if member is None else member.host,
        "remarks": [one for one in row.notes if row.lag or one != INACTIVE],
        "notes": list(row.notes),
    }


def _below(one: LagRow | Summed, behind_seconds: float | None) -> Row:
    """Return what a screen says further of what is behind; None where nothing is left to read."""
    if one.lag == 0:
        return {"behind": None, "rates": None, "drain": None}
    rates = one.rates if isinstance(one, LagRow) else Rates(one.rate_in, one.rate_out)
    return {
        "behind": said(behind_seconds, one.lag),
        "rates": _rates(rates.into, rates.out),
        "drain": _drain(one.lag, one.drain_seconds, never=one.never_drains),
    }


def _rows(worst: Sequence[LagRow], by: By | None, flagged: frozenset[int]) -> Sequence[Row]:
    if by is By.PARTITION:
        return Drawn(worst, lambda row: partition_row(row, flagged=id(row) in flagged))
    return [_summed_row(one, by, flagged) for one in summed(worst, by)]


def _columns(by: By | None) -> tuple[Column, ...]:
    more = _PRESSURE if by is By.TOPIC else _CLIENT if by is By.MEMBER else ()
    counted, *summed_ = _SUMMED_COLUMNS
    if by is None:  # names need the room
        counted = replace(counted, shown=Shown.WIDE)
    return (Column("flag", " ", shown=Shown.SCREEN), *_NAMES[by], counted, *summed_, *more)


def _summed_row(one: Summed, by: By | None, flagged: frozenset[int]) -> Row:
    member = one.rows[0].member if by is By.MEMBER else None
    never = one.never_committed
    return {
        "flag": "⚑" if one.verdict in _BAD or any(id(row) in flagged for row in one.rows) else "",
        **dict(zip((column.key for column in _NAMES[by]), one.name, strict=True)),
        "partitions": one.partitions,
        "groups": len(one.groups),
        "lag": one.lag,
        "lag_seconds": one.lag_seconds,
        "rate_in": _rounded(one.rate_in),
        "rate_out": _rounded(one.rate_out),
        "drain_seconds": _rounded(one.drain_seconds),
        "lag_time": said(one.lag_seconds, one.lag),
        **_below(one, one.behind_seconds),
        "says": "no commit" if never else one.verdict.value,
        "verdict": one.verdict.value,
        "behind_groups": [summed_.name[0] for summed_ in summed(one.rows, By.GROUP) if summed_.lag],
        "advice": advice(one) if by is By.TOPIC else None,
        "client_id": None if member is None else member.client_id,
        "host": None if member is None else member.host,
    }


def said(seconds: float | None, lag: int | None) -> str:
    """Say seconds of lag to people: a dash for none, a question mark for unknown."""
    if lag == 0:
        return "–"
    return "?" if seconds is None else span(round(seconds * 1_000))


def _rates(into: float | None, out: float | None) -> str:
    if into is None and out is None:
        return "–"
    return f"{_rate(into)}/{_rate(out)}/s"


def _rate(value: float | None) -> str:
    if value is None:
        return "?"
    return f"{value:,.0f}" if value >= 10 else f"{value:.1f}".removesuffix(".0")


def _drain(lag: int | None, seconds: float | None, *, never: bool) -> str:
    if lag == 0:
        return "–"
    if seconds is not None:
        return span(round(seconds * 1_000))
    return "never" if never else "?"


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)


def _nothing(answer: Answer) -> str:
    """Say why there is no row."""
    groups, topics = answer.wanted.groups, answer.wanted.topics
    on = f" on {', '.join(topics)}" if topics else ""
    who = ", ".join(groups)
    if answer.troubles:
        return f"How far {who or 'any group'} is behind{on} is not known."
    if groups:
        return f"{who}: no commit{on} is kept, and nobody reads{on or ' for it'}."
    return f"No consumer group has committed anything{on}, and none is at work{' there' if on else ''}."


def _facts(answer: Answer) -> Iterable[str]:
    groups = len(answer.groups)
    yield "1 group" if groups == 1 else f"{groups:,} groups"
    yield f"{partitions_behind(answer.rows):,} of {len(answer.rows):,} partitions behind"


def _method(rows: Sequence[LagRow]) -> Iterable[str]:
    """Say where the seconds come from."""
    methods = {row.method for row in rows if row.lag_seconds is not None and row.lag}
    if Method.RECORD in methods:
        yield "seconds: exact, from the first record that is not read"
    if Method.TIME_INDEX in methods:
        error = largest(row.error_seconds for row in rows if row.method is Method.TIME_INDEX) or 0.0
        yield f"seconds: estimated by the brokers' index of times, to within {span(round(error * 1_000))}"


def _advised(rows: Sequence[LagRow]) -> Iterable[str]:
    """Say of each topic on which anybody is behind what to do."""
    for topic in summed(rows, By.TOPIC):
        if topic.lag:
            yield f"{topic.name[0]}: {advice(topic)}"


def _exceeded(over: Sequence[LagRow], limits: Limits) -> Iterable[str]:
    if not over:
        return
    groups = sorted({row.group for row in over})
    bounds = [
        *([f"{limits.seconds:g} s"] if limits.seconds is not None else []),
        *([f"{limits.records:,} records"] if limits.records is not None else []),
    ]
    yield f"over {' or '.join(bounds)}: {', '.join(groups[:3])}{' and others' if len(groups) > 3 else ''}"


def _next(worst: Sequence[LagRow]) -> Iterable[str]:
    if worst and worst[0].lag and (worst[0].judged.verdict in _BAD or worst[0].lag_seconds):
        yield lag_why(worst[0].group)
        yield lag_history(worst[0].group, worst[0].topic)
