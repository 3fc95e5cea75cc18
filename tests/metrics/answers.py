"""Answers of a cluster, made up: who is where, in a line each."""

from collections.abc import Sequence

from agentctl.lag.answer import Answer
from agentctl.lag.groups import Bounds, Group, Member
from agentctl.lag.rows import Judged, LagRow, Rates, Verdict, lag_of
from agentctl.lag.unread import Method, Unread

NOW_MS = 1_764_000_000_000


def row(
    group: str = "oracle-audit",
    topic: str = "research-events",
    partition: int = 0,
    *,
    committed: int | None = 40,
    log: tuple[int, int] | None = (0, 100),
    seconds: float | None = None,
    behind: float = 0.0,
    verdict: Verdict = Verdict.OK,
    member: Member | None = None,
    notes: tuple[str, ...] = (),
) -> LagRow:
    """Return a row; ``seconds`` old is the first unread record, ``behind`` how far before the last one."""
    unread = None
    if seconds is not None:
        first_ms = NOW_MS - round(seconds * 1_000)
        unread = Unread(
            Method.RECORD, committed or 0, first_ms, last_ms=first_ms + round(behind * 1_000), error_ms=0
        )
    bounds = None if log is None else Bounds(log[0], log[1], log[1])
    return LagRow(
        group=group,
        state="stable",
        topic=topic,
        partition=partition,
        committed=committed,
        bounds=bounds,
        lag=None if bounds is None else lag_of(committed, bounds),
        unread=unread,
        as_of_ms=NOW_MS,
        judged=Judged(verdict, 10),
        rates=Rates(),
        member=member,
        notes=notes,
    )


def answer(*rows: LagRow, groups: Sequence[Group] = (), troubles: tuple[str, ...] = ()) -> Answer:
    """Return an answer with these rows, of the groups that they name and of further ones."""
    named = dict.fromkeys(one.group for one in rows)
    made = [Group(name, "stable", {}) for name in named if name not in {one.name for one in groups}]
    return Answer(rows, (*made, *groups), NOW_MS, troubles)
