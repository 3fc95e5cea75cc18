"""The two stories of the night as the screens' tests tell them: the whole way from events to a View."""

from collections.abc import Iterable
from dataclasses import replace
from itertools import count

from agentctl.model.coverage import Coverage, PartitionCoverage
from agentctl.model.event import Event
from agentctl.model.query import Window
from agentctl.model.view import View
from agentctl.timeline.order import Gathering
from agentctl.timeline.story import tell
from agentctl.timeline.view import story_view
from tests.builders import event, ms

NOW_MS = ms("14:25:40")
STEPS = ("Analyzing research", "Generating outline", "Writing draft", "SEO optimization", "Publishing")
PLATFORMS = "agent_observability_platforms"
KUBERNETES, TRACING = "kubernetes_observability", "agent_tracing"

_PARTITIONS = {"research-events": 6, "content-claims": 6, "content-results": 3, "agent-progress": 3}


class _Desk:
    """Writes events of one workflow, each topic's with rising offsets in one partition."""

    def __init__(self, workflow: str) -> None:
        self._workflow = workflow
        self._offsets = {
            topic: count(start) for topic, start in zip(_PARTITIONS, (8841, 377, 205, 9931), strict=True)
        }

    def analysis(self, at: str, item: str, *, cause: str | None = None) -> Event:
        return self._event("research-events", at, "research", item, type="analysis_complete", cause=cause)

    def claim(self, at: str, agent: str, item: str, form: str, *, cause: str | None = None) -> Event:
        return self._event("content-claims", at, agent, item, payload={"format": form}, cause=cause)

    def steps(
        self, agent: str, item: str, times: Iterable[str], names: tuple[str, ...] = STEPS
    ) -> list[Event]:
        return [
            self._event("agent-progress", at, agent, item, status=name, step=step, total=len(names))
            for step, (at, name) in enumerate(zip(times, names, strict=True), 1)
        ]

    def result(self, at: str, agent: str, item: str, form: str, *, cause: str | None = None) -> Event:
        return self._event("content-results", at, agent, item, payload={"format": form}, cause=cause)

    def _event(self, topic: str, at: str, agent: str, item: str, **more: object) -> Event:
        offset = next(self._offsets[topic])
        return event(
            topic,
            at=at,
            partition=2,
            offset=offset,
            agent=agent,
            work_item=item,
            workflow_id=self._workflow,
            **more,  # type: ignore[arg-type]
        )


def time_travel_events() -> list[Event]:
    """An article that is done well at night, and an agent that reads its source eleven hours later."""
    desk = _Desk("workflow_7k2p")
    audit: tuple[str, ...] = (
        "Reading analysis",
        "Extracting entities",
        "Querying search volumes",
        "Waiting for the rate limit",
    )
    audit += ("Clustering keywords", "Scoring difficulty", "Writing recommendations")
    night = ("03:01:12.480", "03:06:40.105", "03:14:22.930", "03:23:08.377", "03:29:55.061")
    late = (
        "14:15:03.118",
        "14:15:41.902",
        "14:16:20.377",
        "14:17:02.645",
        "14:18:55.210",
        "14:19:31.874",
        "14:20:12.003",
    )
    cause = "research-events[2]@8841"
    return [
        desk.analysis("03:00:04.210", KUBERNETES),
        desk.claim("03:00:09.870", "marketing", KUBERNETES, "blog_post", cause=cause),
        *desk.steps("marketing", KUBERNETES, night),
        desk.result("03:30:41.002", "marketing", KUBERNETES, "blog_post"),
        desk.analysis("14:00:12.700", TRACING),
        desk.claim("14:01:02.315", "seo", TRACING, "seo_audit", cause="research-events[2]@8842"),
        *desk.steps(
            "seo",
            TRACING,
            ("14:02:18.550", "14:05:47.090", "14:10:33.718"),
            ("Reading analysis", "Checking headings", "Checking links"),
        ),
        desk.result("14:12:20.441", "seo", TRACING, "seo_audit"),
        *desk.steps("oracle", KUBERNETES, late, audit),
        desk.result("14:20:44.630", "oracle", KUBERNETES, "keyword_recommendation", cause=cause),
        *desk.steps("paxmachina", KUBERNETES, ("14:22:06.015",), ("Closing workflow",)),
    ]


def duplicate_article_events() -> list[Event]:
    """Three agents check, find nothing, claim within 300 ms, and all of them work."""
    desk = _Desk("workflow_3m47")
    cause = "research-events[2]@8841"
    rivals = (
        (
            "marketing",
            "blog_post",
            "03:30:15.014",
            ("31:20", "33:05", "36:48", "39:30", "40:55"),
            "03:41:02.117",
        ),
        (
            "sales",
            "prospect_deck",
            "03:30:15.100",
            ("31:41", "34:12", "38:02", "41:55", "44:31"),
            "03:44:40.903",
        ),
        (
            "content",
            "newsletter",
            "03:30:15.292",
            ("32:03", "35:20", "39:44", "43:50", "47:01"),
            "03:47:17.330",
        ),
    )
    events = [desk.analysis("03:30:15.000", PLATFORMS)]
    for agent, form, claimed, _, _ in rivals:
        events.append(desk.claim(claimed, agent, PLATFORMS, form, cause=cause))
    for agent, _, _, worked, _ in rivals:
        events += desk.steps(agent, PLATFORMS, [f"03:{at}" for at in worked])
    for agent, form, _, _, finished in rivals:
        events.append(desk.result(finished, agent, PLATFORMS, form))
    return events


def time_travel(*, unfolded: bool = False) -> View:
    """``agentctl replay workflow_7k2p``, with ``--all`` when unfolded."""
    return shown(time_travel_events(), "workflow_7k2p", unfolded=unfolded)


def duplicate_article() -> View:
    """``agentctl replay workflow_3m47``."""
    return shown(duplicate_article_events(), "workflow_3m47")


def odd() -> View:
    """Whatever can be odd about an event, in one partial answer over two days."""
    said = "Publishing \x1b[2J\x1b]8;;https://evil.example/\x1b\\click\x1b]8;;\x1b\\ [/red] \u202egnp.exe <b>"
    events = [
        event(
            at=ms("23:58:10.001", "2026-11-22"), agent="research", type="analysis_complete", event_id="first"
        ),
        event(
            "agent-progress",
            at="00:01",
            agent="日本語の担当者",
            status=said,
            step=1,
            total=2,
            work_item="記事",
        ),
        event(
            "agent-progress",
            at="00:02",
            offset=1,
            agent="Ærø",
            status="Writing",
            cause="first",
            work_item="é",
        ),
        event("content-results", at="00:00:30", agent="a|b", cause="gone-0001", payload={"format": "=cmd()"}),
        event("content-results", at="00:00:10", offset=1, agent="a|b", work_item="C:\\temp\\new"),
        event("notes", at=None, agent=None, payload="no time, and nobody's"),
        event("notes", at=-(10**17), offset=1, agent=None, payload="before all calendars"),
        event(
            "research-events", at="00:03", offset=1, undecodable="not UTF-8 (byte 0)", value=b"\xff\xfe" * 300
        ),
        event("content-claims", at="00:02:30", agent="sales", cause="later", work_item="effect"),
        event("research-events", at="00:04", partition=1, agent="research", event_id="later"),
    ]
    reasons = ("agent-progress[2] was not read: the leader is gone", "times ran back as far as the slack")
    partial = scanned(complete=False, reasons=reasons, undecodable=1, max_inversion_ms=20_000)
    return shown(events, "w", coverage=partial, raw=True)


def crowd() -> View:
    """More agents than there can be lanes, and more silences than the axis can be broken at."""
    events = [
        event(
            ("content-claims", "agent-progress", "content-results")[n % 3],
            at=ms("03:00") + n * 20_000 + n // 24 * 5_400_000,
            offset=n,
            agent=f"agent-{n * 7 % 20:02}",
            work_item=f"item {n // 6}",
            status="Writing" if n % 3 == 1 else None,
        )
        for n in range(72)
    ]
    return shown(events)


def nothing() -> View:
    """``agentctl replay workflow_7k2``, which is not there."""
    said = "No event of 'workflow_7k2' in 4 topics.\nNear ids: workflow_7k2p, workflow_7k2q."
    return shown([], "workflow_7k2", said=said)


def shown(
    events: Iterable[Event],
    *ids: str,
    coverage: Coverage | None = None,
    unfolded: bool = False,
    payload: bool = False,
    raw: bool = False,
    said: str = "No event matched.",
) -> View:
    """Show events as the command replay does, in the sandbox, at 14:25:40; ``raw`` keeps their offsets."""
    gathering = Gathering()
    # Offsets must rise with time in a partition: that is how a broker would have given them.
    for one in events if raw else _as_written(events):
        gathering.add(one)
    view = story_view(
        tell(gathering, ids),
        coverage or scanned(),
        Window(),
        unfolded=unfolded,
        payload=payload,
        nothing=said,
    )
    return replace(view, context="sandbox", generated_at_ms=NOW_MS)


def scanned(records: int = 12_345, **more: object) -> Coverage:
    """Return the coverage of a scan that read all of the incident's topics."""
    parts = tuple(
        PartitionCoverage(topic, number, "kafka", 0, 9_200, 9_200, 0, 9_199, 686, ms("03:00", "2026-11-16"))
        for topic, partitions in _PARTITIONS.items()
        for number in range(partitions)
    )
    found = Coverage(parts, records_scanned=records, bytes_scanned=340 * records, as_of_ms=NOW_MS - 2_000)
    return replace(found, **more)  # type: ignore[arg-type]


def _as_written(events: Iterable[Event]) -> list[Event]:
    by_topic: dict[str, list[Event]] = {}
    for one in events:
        by_topic.setdefault(one.record.topic, []).append(one)
    written = []
    for of_topic in by_topic.values():
        offsets = sorted(one.record.offset for one in of_topic)
        in_time = sorted(of_topic, key=lambda one: one.record.timestamp_ms or 0)
        written += [
            one._replace(
                event_id=f"{one.record.topic}[{one.record.partition}]@{offset}",
                record=one.record._replace(offset=offset),
            )
            for one, offset in zip(in_time, offsets, strict=True)
        ]
    return written
