"""When to show what, when a workflow of the past is played back."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from agentctl.errors import UsageError
from agentctl.model.finding import Finding
from agentctl.model.timeline import Moment, Silence
from agentctl.model.view import View

PAUSE_MS = 1_000
"""How long a silence takes on the screen, however long it was."""
FASTEST = 1_000_000.0
_SPEED = re.compile(r"(?P<times>[0-9]{1,9}(?:\.[0-9]{1,9})?)[x×]?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Due:
    """Something to show, so many milliseconds after the play began."""

    at_ms: int
    entry: Moment | Silence
    findings: tuple[Finding, ...]
    """What has all of its evidence now."""


def speed(text: str) -> float:
    """Read how many times faster than it was: ``60x``, ``0.5x``, ``10``. Raises UsageError."""
    found = _SPEED.fullmatch(text.strip())
    times = 0.0 if found is None else float(found["times"])
    if not 0 < times <= FASTEST:
        raise UsageError(
            f"--play {text!r} is no speed",
            hint="--play 60x plays an hour in a minute, --play 0.5x half as fast",
        )
    return times


def schedule(view: View, times: float) -> Iterator[Due]:
    """Give everything that a timeline shows, with when it is due; silences are cut to a short pause.

    An event whose time is unknown, or before that of the row above it, is due with that row.
    """
    entries = () if view.timeline is None else view.timeline.entries
    complete = _complete(view)
    at_ms = 0.0
    latest_ms: int | None = None
    for entry in entries:
        if isinstance(entry, Silence):
            at_ms += PAUSE_MS
            latest_ms = None
            yield Due(round(at_ms), entry, ())
            continue
        if entry.time_ms is not None:
            began_ms = entry.time_ms if latest_ms is None else latest_ms
            at_ms += max(entry.time_ms - began_ms, 0) / times
            latest_ms = max(entry.time_ms, began_ms)
        yield Due(round(at_ms), entry, tuple(complete.pop(entry.n, ())))


def _complete(view: View) -> dict[int, list[Finding]]:
    """Return the findings by the row that shows the last of the events that they name."""
    timeline = view.timeline
    numbers = {f"{row['topic']}[{row['partition']}]@{row['offset']}": row["n"] for row in view.rows}
    shown = [entry.n for entry in timeline.entries if isinstance(entry, Moment)] if timeline else []
    found: dict[int, list[Finding]] = {}
    for finding in view.findings:
        named = [n for place in finding.events if isinstance(n := numbers.get(str(place)), int)]
        last = _at_or_after(shown, max(named, default=0))
        if last is not None:
            found.setdefault(last, []).append(finding)
    return found


def _at_or_after(shown: Iterable[int], n: int) -> int | None:
    """Return the row that shows an event: its own, or that of the one it is folded into, a later one."""
    last = None
    for last in shown:
        if last >= n:
            return last
    return last
