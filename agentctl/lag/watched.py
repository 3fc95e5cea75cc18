"""Lag that is looked at again and again: what has changed, and which way it goes."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace

from agentctl.lag.answer import Answer
from agentctl.lag.limits import Limits
from agentctl.lag.rows import Verdict
from agentctl.lag.show_view import lag_view
from agentctl.lag.summing import Summed, summed, too_far
from agentctl.model.instant import instant
from agentctl.model.view import Column, Kind, Row, Shown, View

_BARS = "▁▂▃▄▅▆▇█"
_MOST_LOOKS = 12
_MOST_CHANGES = 4
_NEW = "new"
_GONE = "gone"
_OVER = "over the limit"

Name = tuple[str, ...]
"""A group and a topic."""


@dataclass(frozen=True, slots=True)
class Change:
    """What has become of a group on a topic."""

    time_ms: int
    name: Name
    was: str
    now: str
    lag: int | None
    lag_seconds: float | None

    def __str__(self) -> str:
        return f"{instant(self.time_ms)[11:19]}Z {' '.join(self.name)}: {self.was} → {self.now}"


class WatchedLag:
    """Takes one look after another. It is pure: time comes with the looks."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._answer: Answer | None = None
        self._states: dict[Name, str] = {}
        self._missing: set[Name] = set()
        """Those that the last look did not show, and the one before did."""
        self._trends: dict[Name, deque[float | None]] = {}
        self._changes: deque[Change] = deque(maxlen=_MOST_CHANGES)

    def take(self, answer: Answer) -> View:
        """Take a look, and return what has changed since the last one, a row each; at first, all."""
        first = self._answer is None
        if first or answer.rows or self._missing or not self._states:
            # One look at nothing at all, where there was something, is not shown: a broker that has just come
            # back knows no group until it has read what was committed.
            self._answer = answer
        together = {one.name: one for one in summed(answer.rows, None)}
        changes = list(self._differences(together, answer))
        for name, one in together.items():
            self._trends.setdefault(name, deque(maxlen=_MOST_LOOKS)).append(one.lag_seconds)
        if not first:
            self._changes.extend(changes)
        return _changes_view(changes)

    def frame(self, now_ms: int) -> View:
        """Return all as it was at the last look, with its trend."""
        assert self._answer is not None
        view = lag_view(self._answer, limits=self._limits, notes=map(str, self._changes))
        columns = list(view.columns)
        columns.insert(-1, Column("trend", "TREND", shown=Shown.SCREEN, fixed=True))
        rows = [{**row, "trend": self._trend((str(row["group"]), str(row["topic"])))} for row in view.rows]
        return replace(view, columns=tuple(columns), rows=rows)

    def _differences(self, together: dict[Name, Summed], answer: Answer) -> Sequence[Change]:
        over = {
            (row.group, row.topic) for row in too_far(answer.rows, self._limits.seconds, self._limits.records)
        }
        found = []
        for name, one in together.items():
            state = _state(one, over=name in over)
            was = self._states.get(name, _NEW)
            if state != was:
                found.append(Change(answer.as_of_ms, name, was, state, one.lag, one.lag_seconds))
            self._states[name] = state
        missing = {name for name in self._states if name not in together}
        for name in sorted(missing & self._missing):
            found.append(Change(answer.as_of_ms, name, self._states.pop(name), _GONE, None, None))
        self._missing = missing
        return found

    def _trend(self, name: Name) -> str:
        """Draw the seconds of the last looks, the largest as high as it goes."""
        known = [one or 0.0 for one in self._trends.get(name, ())]
        top = max(known, default=0.0)
        if top <= 0:
            return _BARS[0] * len(known)
        return "".join(_BARS[round(one / top * (len(_BARS) - 1))] for one in known)


def _state(one: Summed, *, over: bool) -> str:
    """Return in words what a change of is told."""
    verdict = "" if one.verdict is Verdict.UNKNOWN else one.verdict.value
    words = [*([_OVER] if over else []), verdict or ("behind" if one.lag else "OK")]
    return ", ".join(words)


def _changes_view(changes: Sequence[Change]) -> View:
    return View(
        name="lag.changes",
        title="lag",
        columns=(
            Column("time", "TIME", Kind.TIME_MS),
            Column("group", "GROUP"),
            Column("topic", "TOPIC"),
            Column("was", "WAS"),
            Column("now", "NOW"),
            Column("lag", "LAG", Kind.NUMBER),
            Column("lag_seconds", "LAG SECONDS", Kind.NUMBER),
        ),
        rows=[_row(one) for one in changes],
    )


def _row(one: Change) -> Row:
    return {
        "time": one.time_ms,
        "group": one.name[0],
        "topic": one.name[1],
        "was": one.was,
        "now": one.now,
        "lag": one.lag,
        "lag_seconds": one.lag_seconds,
    }
