"""Views as a report shows them: the night of oracle with all that a timeline can carry, and long ones."""

from collections.abc import Iterable
from dataclasses import replace

from agentctl.model.finding import Code, Finding, Severity
from agentctl.model.record import Place
from agentctl.model.timeline import Evidence, Moment, Sight, Silence, Stretch, Tenancy, Timeline
from agentctl.model.view import View
from tests.builders import event, ms
from tests.render import incident

COMMAND = "agentctl replay workflow_7k2p --export incident.html"
PROVENANCE = (
    ("command", COMMAND),
    ("agentctl", "0.1.0"),
    ("Python", "3.11.7"),
    ("librdkafka", "2.12.1"),
)
READ_MS = ms("14:15:03.118")
"""When oracle had the analysis of 03:00 before it."""


def night() -> View:
    """Oracle acts in the afternoon on an event of the night: with work, claims, sights and provenance."""
    events = [
        one._replace(payload={"status": one.status, "step": one.step, "tokens": [n, {"deep": "yes"}]})
        for n, one in enumerate(incident.time_travel_events())
    ]
    view = incident.shown(events, "workflow_7k2p", payload=True, unfolded=True)
    assert view.timeline is not None
    result = next(n for n, row in _numbered(view) if row["agent"] == "oracle" and row["type"] == "result")
    later = max(n for n, _ in _numbered(view))
    entries = tuple(_told(entry, result, later) for entry in view.timeline.entries)
    rows = [
        {**row, "cause": 1, "cause_kind": "stated", "findings": ["T1"]} if row["n"] == result else row
        for row in view.rows
    ]
    timeline = replace(
        view.timeline,
        entries=entries,
        doing=tuple(_doing(view)),
        tenancies=(
            Tenancy(
                *(incident.KUBERNETES, "marketing", "2@377", ms("03:00:09.870"), ms("03:30:41.002"), "result")
            ),
        ),
        sights=tuple(_sights(view)),
    )
    return replace(
        view, timeline=timeline, rows=rows, findings=(_time_travel(result),), provenance=PROVENANCE
    )


def _numbered(view: View) -> list[tuple[int, dict[str, object]]]:
    return [(int(str(row["n"])), dict(row)) for row in view.rows]


def _told(entry: Moment | Silence, result: int, later: int) -> Moment | Silence:
    if isinstance(entry, Silence):
        words = (
            "10h 29m without events. oracle was behind: 1,207 records, up to 11h 14m, on research-events[2]."
            " The others had nothing to do."
        )
        return replace(entry, explanation=words)
    if entry.n == result:
        return replace(entry, cause="#1", cause_kind="stated", findings=("T1",))
    return replace(entry, downstream=("T1",)) if entry.n == later else entry


def _time_travel(result: int) -> Finding:
    return Finding(
        "T1",
        Code.TIME_TRAVEL,
        Severity.PROBLEM,
        "time travel",
        f"oracle acted at #{result} on #1, an event 11h 20m old (limit 15m). Its group oracle-audit stood at"
        " research-events[2]@8841 since 03:00 and passed it at 14:15:03 (its commits say so).",
        (Place("research-events", 2, 8841), Place("content-results", 2, 207)),
        {"read_age_ms": 40_840_420},
        ("agentctl lag history oracle-audit",),
    )


def _doing(view: View) -> Iterable[Stretch]:
    """Say what each agent was doing between two of its events that are less than an hour apart."""
    by_agent: dict[str, list[dict[str, object]]] = {}
    for _, row in _numbered(view):
        by_agent.setdefault(str(row["agent"]), []).append(row)
    for agent, rows in sorted(by_agent.items()):
        for row, following in zip(rows, [*rows[1:], rows[-1]], strict=True):
            since, until = int(str(row["time"])), int(str(following["time"]))
            if until - since < 3_600_000:
                yield Stretch(agent, since, until, str(row["what"]), int(str(row["n"])))


def _sights(view: View) -> Iterable[Sight]:
    for n, row in _numbered(view):
        yield Sight(str(row["agent"]), n, int(str(row["time"])), Evidence.OWN)
    yield Sight("marketing", 1, ms("03:00:09.870"), Evidence.CAUSE)
    yield Sight("oracle", 1, READ_MS, Evidence.COMMITS)


def many(count: int, *, agents: int = 6) -> View:
    """Return a workflow of so many events, with their payloads, over a night with two silences."""
    topics = ("content-claims", "agent-progress", "agent-progress", "agent-progress", "content-results")
    third = max(count // 3, 1)
    view = incident.shown(
        [
            event(
                topics[n % 5],
                at=ms("00:00") + n * 900 + n // third * 7_200_000,
                offset=n,
                agent=f"agent-{n // 5 % agents}",
                work_item=f"item-{n // 5}",
                status=f"Writing part {n % 7}" if topics[n % 5] == "agent-progress" else None,
                step=n % 5,
                total=5,
                payload={"text": f"sentence {n} of a draft", "tokens": n, "nested": {"k": [n, None]}},
            )
            for n in range(count)
        ],
        "workflow_long",
        payload=True,
        unfolded=True,
        raw=True,
    )
    assert view.timeline is not None
    timeline = replace(view.timeline, doing=tuple(_doing(view)), sights=tuple(_own(view)))
    return replace(view, timeline=timeline, provenance=PROVENANCE)


def _own(view: View) -> Iterable[Sight]:
    for n, row in _numbered(view):
        yield Sight(str(row["agent"]), n, int(str(row["time"])), Evidence.OWN)


def timeline_of(view: View) -> Timeline:
    """Return the timeline, which is there."""
    assert view.timeline is not None
    return view.timeline
