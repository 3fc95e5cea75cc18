"""How far a group was behind over time, as a View: a chart with the limit, one sentence, and the points."""

from collections.abc import Iterator, Sequence
from shlex import quote

from agentctl.lag.over_time import Course, Past, Peak, Point, Stretch, over, profile, worst
from agentctl.model.chart import Caption, Chart
from agentctl.model.coverage import Coverage
from agentctl.model.instant import instant
from agentctl.model.next_commands import lag_why
from agentctl.model.query import Window
from agentctl.model.span import span
from agentctl.model.view import Column, Kind, Row, Shown, View

BUCKETS = 240
"""Parts of the time in which a chart tells the worst: more than a terminal has cells."""
_COLUMNS = (
    Column("group", "GROUP", shown=Shown.PLAIN),
    Column("topic", "TOPIC"),
    Column("partition", "P", Kind.NUMBER),
    Column("time", "TIME", Kind.TIME_MS),
    Column("committed", "COMMITTED", Kind.NUMBER),
    Column("log_end", "LOG END", Kind.NUMBER),
    Column("lag", "LAG", Kind.NUMBER),
    Column("lag_seconds", "LAG SECONDS", Kind.NUMBER),
)
_MOST_NAMED = 4
"""Partitions that have a sentence of their own."""


def history_view(past: Past, threshold_seconds: float, *, fail: bool = False) -> View:
    """Show how far a group was behind; with ``fail`` to have exceeded the threshold is a problem.

    What is summed up is the partition in which it was furthest behind: when that one fell behind is what
    is asked for, and a partition in which commits are rare seems to be behind a little before each of them.
    """
    limit_ms = round(threshold_seconds * 1_000)
    course = worst(past.courses)
    stretches = [] if course is None else course.over(limit_ms)
    anywhere = over(past.courses, limit_ms)
    commits = sum(one.commits for one in past.courses)
    sentence = _sentence(past, course, stretches, f"{threshold_seconds:g}")
    return View(
        name="lag.history",
        title=f"lag history {past.group}",
        columns=_COLUMNS,
        rows=[_row(past.group, one) for one in past.points],
        summary={
            "group": past.group,
            "since": past.since_ms,
            "until": past.until_ms,
            "threshold_seconds": threshold_seconds,
            **_summary(past, course, stretches),
            "commits": commits,
            "first_exceeded_anywhere": anywhere[0].since_ms if anywhere else None,
            "exceeded_anywhere_for_seconds": None if course is None else _seconds(anywhere),
            "sentence": said(sentence),
        },
        summary_kinds=dict.fromkeys(_TIMES, Kind.TIME_MS),
        facts=(
            f"from {commits:,} commit{'' if commits == 1 else 's'}",
            f"limit {threshold_seconds:g} s",
        ),
        notes=("behind, in seconds", *past.remarks),
        window=Window(past.since_ms, past.until_ms),
        coverage=Coverage(complete=not past.troubles, reasons=past.troubles, as_of_ms=past.until_ms),
        chart=_chart(past, threshold_seconds, (sentence, *_beside(past, course, limit_ms)))
        if course is not None
        else None,
        next=tuple(_next(past, stretches)),
        nothing=_nothing(past),
        fail_on_problems=fail,
        problem=bool(anywhere),
    )


_OF_THE_WORST = (
    *("first_exceeded", "exceeded_for_seconds", "exceeded_times", "exceeded_now"),
    *("worst_seconds", "worst_at", "worst_topic", "worst_partition"),
)
_TIMES = ("since", "until", "first_exceeded", "worst_at", "first_exceeded_anywhere")


def _summary(past: Past, course: Course | None, stretches: Sequence[Stretch]) -> dict[str, object]:
    """Return what the partition in which it was furthest behind comes to; None where nothing is known."""
    peak = None if course is None else course.peak()
    if course is None or peak is None:
        return dict.fromkeys(_OF_THE_WORST)
    return {
        "first_exceeded": stretches[0].since_ms if stretches else None,
        "exceeded_for_seconds": _seconds(stretches),
        "exceeded_times": len(stretches),
        "exceeded_now": _until_the_end(past, stretches),
        # Where not all is known, none would say too much.
        "worst_seconds": peak.lag_ms / 1_000 if peak.lag_ms or not past.troubles else None,
        "worst_at": peak.time_ms if peak.lag_ms else None,
        "worst_topic": course.position[0],
        "worst_partition": course.position[1],
    }


def _seconds(stretches: Sequence[Stretch]) -> float:
    return sum(one.until_ms - one.since_ms for one in stretches) / 1_000


def said(caption: Caption) -> str:
    """Return a caption with its moments as machines write them."""
    return "".join(instant(one) if isinstance(one, int) else one for one in caption)


def _row(group: str, one: Point) -> Row:
    topic, partition = one.position
    return {
        "group": group,
        "topic": topic,
        "partition": partition,
        "time": one.time_ms,
        "committed": one.committed,
        "log_end": one.log_end,
        "lag": one.lag,
        "lag_seconds": one.lag_seconds,
    }


def _chart(past: Past, threshold_seconds: float, captions: Sequence[Caption]) -> Chart:
    values = profile(past.courses, past.since_ms, past.until_ms, BUCKETS)
    return Chart(past.since_ms, past.until_ms, values, threshold_seconds, tuple(captions))


def _sentence(past: Past, course: Course | None, stretches: Sequence[Stretch], seconds: str) -> Caption:
    """Say since when it was too far behind, for how long, and when it was worst."""
    peak = None if course is None else course.peak()
    if course is None or peak is None:
        return ("how far it was behind is not known",)
    end: Caption = (". Worst ", *_peak(peak), ".") if peak.lag_ms else (".",)
    if not stretches:
        never = "not known to have been" if past.troubles else "never"
        return (f"{never} over {seconds} s", *end)
    where = "" if len(past.courses) == 1 else f"{_place(course)} "
    first = stretches[0]
    # Where the group was behind already when the first thing is known of it, it was so before.
    begun: Caption = ("at the latest ",) if first.since_ms <= course.stands[0].since_ms else ()
    whole = span(sum(one.until_ms - one.since_ms for one in stretches))
    head = f"{where}over {seconds} s"
    if len(stretches) > 1:
        times = f"{len(stretches):,} times, first"
        return (f"{head} {times} from ", *begun, first.since_ms, f", for {whole} in all", *end)
    if _until_the_end(past, stretches):
        return (f"{head} since ", *begun, first.since_ms, f", for {whole}", *end)
    return (f"{head} from ", *begun, first.since_ms, " to ", first.until_ms, f", for {whole}", *end)


def _peak(peak: Peak) -> Caption:
    return (f"{round(peak.lag_ms / 1_000):,} s at ", peak.time_ms)


def _place(course: Course) -> str:
    topic, partition = course.position
    return f"{topic}[{partition}]"


def _beside(past: Past, course: Course | None, limit_ms: int) -> Iterator[Caption]:
    """Say since when there are commits, and in which other partitions it was too far behind."""
    begins_ms = min((one.stands[0].since_ms for one in past.courses if one.stands), default=past.since_ms)
    if begins_ms > past.since_ms and all(one.unknown_until_ms is None for one in past.courses):
        yield ("no commit before ", begins_ms)
    found = [
        (one, peak, stretches)
        for one in past.courses
        if one is not course and (peak := one.peak()) is not None and (stretches := one.over(limit_ms))
    ]
    found.sort(key=lambda one: -one[1].lag_ms)
    for one, peak, stretches in found[:_MOST_NAMED]:
        times = "once" if len(stretches) == 1 else f"{len(stretches):,} times"
        whole = span(sum(each.until_ms - each.since_ms for each in stretches))
        yield (f"{_place(one)} {times}, for {whole}, worst ", *_peak(peak))
    if len(found) > _MOST_NAMED:
        yield (f"and in {len(found) - _MOST_NAMED:,} more partitions",)


def _until_the_end(past: Past, stretches: Sequence[Stretch]) -> bool:
    return bool(stretches) and stretches[-1].until_ms >= past.until_ms


def _nothing(past: Past) -> str:
    if past.troubles:
        return f"How far {past.group} was behind is not known."
    what = f"{past.group} had no position between {instant(past.since_ms)} and {instant(past.until_ms)}."
    return f"{what}\nIt has committed on: {', '.join(past.topics)}" if past.topics else what


def _next(past: Past, stretches: Sequence[Stretch]) -> Iterator[str]:
    if not stretches:
        return
    if _until_the_end(past, stretches):
        yield lag_why(past.group)
    yield f"agentctl lag at {instant(stretches[0].since_ms)} {quote(past.group)}"
