"""Views that the renderers' tests draw: the slow night of oracle, and a list of workflows."""

from agentctl.model.coverage import Coverage, PartitionCoverage
from agentctl.model.finding import Code, Finding, Severity
from agentctl.model.query import Window
from agentctl.model.record import Place
from agentctl.model.timeline import Lane, Mark, Moment, Silence, Timeline
from agentctl.model.view import Column, Kind, Shown, View
from tests.builders import ms

NOW_MS = ms("14:25:40")

_RESEARCH, _MARKETING, _ORACLE = 0, 1, 2
_K8S = "kubernetes_observability"


def _moment(
    n: int,
    at: str,
    gap_ms: int | None,
    lane: int,
    open_lanes: set[int],
    mark: Mark,
    what: str,
    place: str,
    *,
    cause: str | None = None,
    findings: tuple[str, ...] = (),
    reordered: bool = False,
    folded: int = 0,
) -> Moment:
    agent = ("research", "marketing", "oracle")[lane]
    opened = frozenset(open_lanes)
    return Moment(
        n, ms(at), gap_ms, lane, opened, mark, agent, what, place, cause, findings, reordered, folded
    )


_BOTH = {_RESEARCH, _MARKETING}
_ENTRIES = (
    _moment(
        1,
        "03:00:04.210",
        None,
        0,
        {0},
        Mark.TASK,
        f"analysis_complete  {_K8S}",
        "research-events[2]@8841",
    ),
    _moment(
        2,
        "03:00:09.870",
        5_660,
        1,
        _BOTH,
        Mark.CLAIM,
        f"claimed  {_K8S}  blog_post",
        "content-claims[1]@377",
        cause="#1",
    ),
    _moment(
        3,
        "03:00:09.500",
        -370,
        0,
        _BOTH,
        Mark.OTHER,
        "note  the claim was seen",
        "research-events[0]@12",
        cause="#2",
        reordered=True,
    ),
    _moment(
        7,
        "03:29:12.004",
        1_742_504,
        1,
        {1},
        Mark.PROGRESS,
        "Publishing  5/5",
        "agent-progress[0]@99",
        folded=3,
    ),
    _moment(
        8,
        "03:30:41.002",
        88_998,
        1,
        {1},
        Mark.RESULT,
        f"result  blog_post  {_K8S}",
        "content-results[1]@205",
        cause="#2",
    ),
    Silence(
        ms("03:30:41.002"),
        ms("14:00:12.700"),
        "10h 29m without events. oracle was behind: 1,207 records, up to 11h 14m, on"
        " research-events[2]. The others had nothing to do.",
    ),
    _moment(
        9,
        "14:00:12.700",
        37_771_698,
        0,
        {0},
        Mark.TASK,
        "analysis_complete  agent_tracing",
        "research-events[0]@9120",
    ),
    _moment(
        10,
        "14:15:03.118",
        890_418,
        2,
        {2},
        Mark.PROGRESS,
        "read #1, written 11h 14m 59s before",
        "agent-progress[4]@17",
        cause="#1",
        findings=("T1",),
    ),
    _moment(
        11,
        "14:20:44.630",
        341_512,
        2,
        {2},
        Mark.RESULT,
        f"keyword_recommendation  {_K8S}",
        "content-results[0]@231",
        cause="#1",
        findings=("T1", "U1"),
    ),
)


def _night() -> Timeline:
    lanes = (Lane("research", "RE"), Lane("marketing", "MA"), Lane("oracle", "OR"))
    return Timeline(lanes=lanes, entries=_ENTRIES, hidden=3)


def _rows(timeline: Timeline) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for entry in timeline.entries:
        if not isinstance(entry, Moment):
            continue
        place = Place.parse(entry.place)
        assert place is not None
        cause = None if entry.cause is None else int(entry.cause.removeprefix("#"))
        rows.append(
            {
                "n": entry.n,
                "time": entry.time_ms,
                "gap_ms": entry.gap_ms,
                "agent": entry.agent,
                "type": entry.mark.value,
                "workflow_id": "workflow_7k2p",
                "work_item": _K8S,
                "what": entry.what,
                "topic": place.topic,
                "partition": place.partition,
                "offset": place.offset,
                "cause": cause,
                "reordered": entry.reordered,
                "findings": list(entry.findings),
            }
        )
    return rows


_NIGHT_COLUMNS = (
    Column("n", "#", Kind.NUMBER),
    Column("time", "TIME", Kind.TIME_MS),
    Column("gap_ms", "GAP", Kind.DURATION_MS),
    Column("agent", "AGENT"),
    Column("type", "TYPE", shown=Shown.WIDE),
    Column("workflow_id", "WORKFLOW", shown=Shown.WIDE),
    Column("work_item", "WORK ITEM", shown=Shown.WIDE),
    Column("what", "WHAT"),
    Column("topic", "TOPIC", shown=Shown.MACHINE),
    Column("partition", "PARTITION", Kind.NUMBER, Shown.MACHINE),
    Column("offset", "OFFSET", Kind.NUMBER, Shown.MACHINE),
    Column("cause", "CAUSE", Kind.DATA, Shown.MACHINE),
    Column("reordered", "REORDERED", Kind.FLAG, Shown.MACHINE),
    Column("findings", "FINDINGS", Kind.LIST, Shown.MACHINE),
)


def night() -> View:
    """Oracle acts in the afternoon on an event of the night."""
    timeline = _night()
    parts = tuple(
        PartitionCoverage(topic, partition, "kafka", 0, 9_200, 9_200, 0, 9_199, 2, ms("03:00", "2026-11-16"))
        for topic in ("research-events", "content-claims", "content-results", "agent-progress")
        for partition in range(3)
    )
    late = Place("content-results", 0, 231)
    return View(
        name="replay",
        title="workflow_7k2p",
        columns=_NIGHT_COLUMNS,
        rows=_rows(timeline),
        context="sandbox",
        generated_at_ms=NOW_MS,
        summary={"events": 11, "started": ms("03:00:04.210"), "more": 0},
        summary_kinds={"started": Kind.TIME_MS},
        facts=("3 agents", "4 topics", "11 events", "11h 20m"),
        notes=("clock: agents' (CreateTime) · order: offset, then cause", "3 progress rows folded (--all)"),
        findings=(
            Finding(
                "T1",
                Code.UNDECODABLE,
                Severity.PROBLEM,
                "time travel",
                "oracle acted at #11 on #1, an event 11h 20m old (limit 15m). Its group oracle-audit stood at"
                " research-events[2]@8841 since 03:00 and passed it at 14:15:03 (its commits say so).",
                (late,),
                {"read_age_ms": 40_840_420},
                ("agentctl lag history oracle-audit",),
            ),
            Finding("S1", Code.SILENCE, Severity.NOTE, "silence", "10h 29m without events.", (late,)),
        ),
        window=Window(ms("00:00"), None),
        coverage=Coverage(parts, records_scanned=24, bytes_scanned=8_160, as_of_ms=NOW_MS - 2_000),
        timeline=timeline,
        next=("agentctl replay workflow_7k2p --as-seen-by oracle",),
        nothing="Nothing matched.",
    )


_WORKFLOW_COLUMNS = (
    Column("workflow_id", "WORKFLOW"),
    Column("state", "STATE"),
    Column("started", "STARTED", Kind.TIME_MS),
    Column("duration_ms", "TOOK", Kind.DURATION_MS),
    Column("events", "EVENTS", Kind.NUMBER),
    Column("agents", "AGENTS", Kind.LIST),
    Column("stale", "STALE", Kind.FLAG, Shown.WIDE),
    Column("findings", "FINDINGS", Kind.DATA, Shown.MACHINE),
)


_WORKFLOW_ROWS: list[dict[str, object]] = [
    {
        "workflow_id": "workflow_3m47",
        "state": "done",
        "started": ms("03:30:15"),
        "duration_ms": 1_022_330,
        "events": 1_207,
        "agents": ["research", "marketing", "sales", "content"],
        "stale": False,
        "findings": {"claim-conflict": 1},
    },
    {
        "workflow_id": "workflow_日本語_with_a_name_that_is_long",
        "state": "stalled",
        "started": None,
        "duration_ms": None,
        "events": None,
        "agents": [],
        "stale": True,
        "findings": {},
    },
    {
        "workflow_id": "workflow_[/red]\x1b[31m\u202egnp",
        "state": "running",
        "started": ms("14:00:12.700"),
        "duration_ms": 37_740_000,
        "events": 2,
        "agents": ["oracle"],
        "stale": None,
        "findings": None,
    },
]


def workflows() -> View:
    """A list with every kind of cell, and what is unknown."""
    return View(
        name="workflows",
        title="workflows",
        columns=_WORKFLOW_COLUMNS,
        rows=_WORKFLOW_ROWS,
        context="sandbox",
        generated_at_ms=NOW_MS,
        summary={"workflows": 3, "done": 1, "more": 4},
        facts=("1 done", "1 stalled", "1 running"),
        notes=("4 more workflows follow (--limit)",),
        coverage=Coverage(complete=False, reasons=("research-events[2] could not be read to its end",)),
        next=("agentctl replay workflow_3m47",),
        nothing="No workflow matched.",
    )
