"""What stands around every screen: title and facts, flags and notes above; findings and coverage below."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC

from agentctl.model.coverage import Coverage, Pruned
from agentctl.model.finding import Code, Finding, Severity
from agentctl.model.view import View
from agentctl.render.cells import padded, shortened, width_of, wrapped
from agentctl.render.interface import Style
from agentctl.render.paint import Paint, painted
from agentctl.render.words import day_and_time, duration, moment_of, offset, zone_name

MOST_FINDINGS = 20
"""Findings told on a screen; the others are counted. JSON has all."""

_NOT_READ = frozenset({Pruned.TIME, Pruned.KEY})
_PAINTS = {Severity.PROBLEM: Paint.PROBLEM, Severity.WARNING: Paint.WARNING, Severity.NOTE: Paint.DIM}


def above(view: View, style: Style, *, times: bool) -> Iterator[str]:
    """Give the lines above the rows; ``times`` says that times stand in them, whose zone is to be named."""
    yield from _title(view, style)
    yield from _flags(view, style)
    phrases = (style.own(phrase) for note in view.notes for phrase in note.split(" · "))
    for line in joined([*_zone(view, style, times=times), *_window(view, style), *phrases], style):
        yield painted(line, Paint.DIM, colour=style.colour)


def below(view: View, style: Style) -> Iterator[str]:
    """Give the lines below the rows: what is said when there are none, findings, and coverage."""
    if not view.rows and view.nothing is not None:
        yield ""
        for line in view.nothing.splitlines():
            yield from wrapped(style.own(line), style.width)
    told = [finding for finding in view.findings if not _drawn(view, finding)]
    if told:
        yield ""
    for finding in told[:MOST_FINDINGS]:
        yield from finding_lines(finding, style)
    if len(told) > MOST_FINDINGS:
        yield shortened(
            style.own(f"… and {len(told) - MOST_FINDINGS:,} more findings (-o json)"),
            style.width,
            style.ellipsis,
        )
    if view.coverage is not None:
        yield ""
        yield from _coverage(view, view.coverage, style)


def joined(phrases: Iterable[str], style: Style, indent: int = 0) -> Iterator[str]:
    """Give phrases with a dot between them, broken between phrases where that is possible."""
    line = ""
    room = style.width - indent
    for phrase in phrases:
        longer = f"{line} {style.dot} {phrase}" if line else phrase
        if width_of(longer) <= room:
            line = longer
            continue
        if line:
            yield " " * indent + line
        *whole, line = wrapped(phrase, room)
        yield from (" " * indent + piece for piece in whole)
    if line:
        yield " " * indent + line


def next_lines(commands: Sequence[str], style: Style) -> Iterator[str]:
    """Give the commands that a person would want now, behind the word ``next``."""
    indent = 6
    for n, line in enumerate(joined(map(style.own, commands), style, indent)):
        head = "next" if n == 0 else ""
        yield painted(head, Paint.STRONG, colour=style.colour) + line[len(head) :]


def _title(view: View, style: Style) -> Iterator[str]:
    """Give title and facts, and at the right edge the context and the day, when there is room."""
    title = shortened(style.own(view.title), style.width, style.ellipsis)
    line = "  ".join([title, "", *map(style.own, view.facts)]) if view.facts else title
    if width_of(line) > style.width:
        yield painted(title, Paint.STRONG, colour=style.colour)
        yield from joined(map(style.own, view.facts), style)
        return
    right = _right(view, style)
    room = style.width - width_of(line) - 3
    at_right = next((text for text in right if width_of(text) <= room), "")
    if at_right:
        line = padded(line, style.width - width_of(at_right)) + at_right
    yield painted(title, Paint.STRONG, colour=style.colour) + line[len(title) :]


def _right(view: View, style: Style) -> tuple[str, ...]:
    """Return what may stand at the right edge, the longest first."""
    context = style.safe(view.context or "")
    moment = None if view.generated_at_ms is None else moment_of(view.generated_at_ms, style.zone)
    if moment is None:
        return (context,)
    zone = "Z" if zone_name(style.zone, view.generated_at_ms or 0) == "UTC" else ""
    times = (f"{moment:%d %b %Y %H:%M:%S}{zone}", f"{moment:%d %b %Y}", f"{moment:%d %b}")
    between = f" {style.dot} " if context else ""
    return (*(f"{context}{between}{time.lstrip('0')}" for time in times), context)


def _flags(view: View, style: Style) -> Iterator[str]:
    """Count the findings of each code that are more than notes: ``⚑ time travel  ⚑ undecodable ×3``."""
    found = [finding for finding in view.findings if finding.severity is not Severity.NOTE]
    counts = Counter(finding.code for finding in found)
    problems = {finding.code for finding in found if finding.severity is Severity.PROBLEM}
    times = "x" if style.ascii_only else "×"
    line, used = "", 0
    for code, count in counts.items():
        text = f"{style.flag} {code.replace('-', ' ')}{f' {times}{count:,}' if count > 1 else ''}"
        text = shortened(text, style.width, style.ellipsis)
        paint = Paint.PROBLEM if code in problems else Paint.WARNING
        if line and used + 3 + len(text) > style.width:
            yield line
            line, used = "", 0
        before = "   " if line else ""
        line += before + painted(text, paint, colour=style.colour)
        used += len(before) + len(text)
    if line:
        yield line


def _zone(view: View, style: Style, *, times: bool) -> Iterator[str]:
    """Name the zone of the times, and the machine's offset where it is another."""
    if not times:
        return
    at = view.generated_at_ms or 0
    local = "" if style.local is None else offset(style.local, at)
    other = local and local != offset(style.zone, at)
    yield f"times {style.safe(zone_name(style.zone, at))}{f' (local {local})' if other else ''}"


def _window(view: View, style: Style) -> Iterator[str]:
    window = view.window
    if window is None:
        return
    if window.since_ms is not None:
        yield f"since {day_and_time(window.since_ms, style.zone)}"
    if window.until_ms is not None:
        yield f"until {day_and_time(window.until_ms, style.zone)}"


def _drawn(view: View, finding: Finding) -> bool:
    """Tell whether a timeline shows the finding by itself."""
    return view.timeline is not None and finding.code is Code.SILENCE and finding.severity is Severity.NOTE


def finding_lines(finding: Finding, style: Style) -> Iterator[str]:
    """Give a finding: its label and title, and beside them (or below) what it is about."""
    head = shortened(f"{style.own(finding.id)} {style.own(finding.title)}", style.width, style.ellipsis)
    paint = _PAINTS[finding.severity]
    indent = 18 if style.width >= 60 else 3
    lines = list(wrapped(style.own(finding.explanation), style.width - indent))
    if width_of(head) < indent - 1:
        first = " " * (indent - width_of(head)) + lines.pop(0)
        yield painted(head, paint, colour=style.colour) + first
    else:
        yield painted(head, paint, colour=style.colour)
    yield from (" " * indent + line for line in lines)


def _coverage(view: View, coverage: Coverage, style: Style) -> Iterator[str]:
    """Say what was read and up to when, in one line where it fits; and what was not, and why."""
    needed = sum(part.pruned not in _NOT_READ for part in coverage.partitions)
    total = len(coverage.partitions)
    partitions = _count(total, "partition") if needed == total else f"{needed:,} of {total:,} partitions"
    records, topics = _count(coverage.records_scanned, "record"), _count(len(coverage.topics), "topic")
    read = [
        # Where no log was scanned, the answer is made of what the cluster was asked.
        *([f"read {records} in {topics}, {partitions}"] if total else []),
        f"complete{_up_to(view, coverage, style)}" if coverage.complete else "PARTIAL",
    ]
    if coverage.undecodable:
        read.append(f"{coverage.undecodable:,} undecodable")
    if coverage.max_inversion_ms:
        read.append(f"times up to {duration(coverage.max_inversion_ms)} out of order")
    for line in joined(read, style):
        paint = Paint.DIM if coverage.complete else Paint.PROBLEM
        yield painted(line, paint, colour=style.colour)
    reasons = coverage.reasons or (() if coverage.complete else ("it is not known why",))
    for reason in (*reasons, *coverage.remarks):
        first, *more = wrapped(style.own(reason), style.width - 4)
        yield f"  {style.dot} {first}"
        yield from (f"    {line}" for line in more)


def _up_to(view: View, coverage: Coverage, style: Style) -> str:
    """Say until when nothing is missing: the window's end, or when the ends of the log were asked for."""
    until_ms = None if view.window is None else view.window.until_ms
    as_of_ms = coverage.as_of_ms
    if until_ms is not None and (as_of_ms is None or until_ms <= as_of_ms):
        return f" up to {day_and_time(until_ms, style.zone)}"
    if as_of_ms is None:
        return ""
    day, _, time = day_and_time(as_of_ms, UTC).partition(" ")
    today = view.generated_at_ms is not None and day_and_time(view.generated_at_ms, UTC).startswith(day)
    return f" up to {time if today else f'{day} {time}'}Z"


def _count(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
