"""Ordinary traffic: hundreds of workflows by all agents, none of which went wrong.

Each agent works on one item at a time, every item is claimed once and finished within its lease, and no
item comes back. So whatever is wrong in the night is wrong in its stories, and in nothing else.
"""

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from agentctl.sandbox.agents import KEYWORDS, SEO_AUDIT, STEPS, analysis, claim, result, steps
from agentctl.sandbox.clock import StoryClock
from agentctl.sandbox.names import items, workflows
from agentctl.sandbox.night import CLAIMS, PROGRESS, RESULTS, Draft

CRAFTS: Mapping[str, tuple[str, Sequence[str]]] = {
    "marketing": ("blog_post", STEPS),
    "sales": ("prospect_deck", STEPS),
    "content": ("newsletter", STEPS),
    "seo": ("seo_audit", SEO_AUDIT),
    "oracle": ("keyword_recommendation", KEYWORDS),
}
"""What each agent makes of research, and its steps. Research and the coordinator are in every workflow."""

FIRST_DAY, BUSY_SINCE_DAY = 90, 7
"""Days before the incident: where the past begins, and since when the agents have much to do."""
_ITEMS_A_DAY, _ITEMS_A_BUSY_DAY = 2, 17

MINUTE_MS = 60_000
_SHORTEST_MS, _LONGEST_MS = 7 * MINUTE_MS, 21 * MINUTE_MS
_REST_MS = 2 * MINUTE_MS
_SAME_WORKFLOW_WITHIN_MS = 25 * MINUTE_MS
_MOST_ITEMS = 3
_VERSION_2_SINCE_DAY = 20

Span = tuple[int, int]
"""From and until, in milliseconds since 1970."""


@dataclass(frozen=True, slots=True)
class Job:
    """One item that one agent works on, from its claim to its result."""

    agent: str
    start_ms: int
    end_ms: int


@dataclass(slots=True)
class _Workflow:
    name: str
    jobs: list[Job] = field(default_factory=list)

    @property
    def end_ms(self) -> int:
        return max(job.end_ms for job in self.jobs)

    def takes(self, job: Job) -> bool:
        """Whether a job may be the next part of it: soon after, and by somebody else."""
        near = job.start_ms < self.end_ms + _SAME_WORKFLOW_WITHIN_MS
        return near and len(self.jobs) < _MOST_ITEMS and all(job.agent != own.agent for own in self.jobs)


def ordinary(
    clock: StoryClock, told: Iterable[Draft], chances: random.Random, taken: Iterable[str]
) -> list[Draft]:
    """Return the events of all ordinary workflows, around what the agents do in the stories ``told``.

    ``taken`` are the ids of the stories' workflows.
    """
    jobs = schedule(clock, busy_spans(clock, told), chances)
    subjects = items(chances)
    drafts: list[Draft] = []
    for workflow in _grouped(jobs, workflows(chances, frozenset(taken)), chances):
        for job in workflow.jobs:
            drafts += _done(job, workflow.name, next(subjects), clock, chances)
        closing = workflow.end_ms + chances.randrange(2_000, 50_000)
        drafts += steps([closing], "paxmachina", workflow.name, workflow.name, ("Closing workflow",))
    return drafts


def busy_spans(clock: StoryClock, told: Iterable[Draft]) -> dict[str, list[Span]]:
    """Return when each agent has no time for ordinary work, by what the stories say."""
    spans: dict[tuple[str, object], list[int]] = {}
    for draft in told:
        if draft.topic in (CLAIMS, PROGRESS, RESULTS) and not isinstance(draft.payload, bytes):
            key = str(draft.payload["agent"]), (draft.payload["workflow_id"], draft.payload["topic"])
            spans.setdefault(key, []).append(draft.time_ms)
    end = clock.anchor_ms
    found: dict[str, list[Span]] = {
        # It died, it waits for the rate limit, it idles: each until the night is over.
        "content": [(clock.at("12:21"), end)],
        "oracle": [(clock.at("02:50"), end)],
        "sales": [(clock.at("09:09"), clock.at("09:53")), (clock.at("13:19"), end)],
    }
    for (agent, _), times in spans.items():
        found.setdefault(agent, []).append((min(times), max(times)))
    return {agent: sorted(own) for agent, own in found.items()}


def schedule(clock: StoryClock, busy: Mapping[str, Sequence[Span]], chances: random.Random) -> list[Job]:
    """Return what every agent does, in the order of the beginnings; one thing at a time each."""
    jobs: list[Job] = []
    dense = clock.days_before(BUSY_SINCE_DAY)
    for agent in CRAFTS:
        now = clock.days_before(FIRST_DAY)
        while now < clock.at("14:00"):
            a_day = _ITEMS_A_BUSY_DAY if now >= dense else _ITEMS_A_DAY
            idle_ms = 24 * 60 * MINUTE_MS / a_day - (_SHORTEST_MS + _LONGEST_MS) / 2
            start = now + int(chances.expovariate(1 / idle_ms)) + _REST_MS
            start = min(start, dense + chances.randrange(60 * MINUTE_MS)) if now < dense else start
            end = start + chances.randrange(_SHORTEST_MS, _LONGEST_MS)
            hindrance = _hindrance(start, end, busy.get(agent, ()))
            now = end if hindrance is None else hindrance
            if hindrance is None and end < clock.at("14:15"):
                jobs.append(Job(agent, start, end))
    return sorted(jobs, key=lambda job: (job.start_ms, job.agent))


def _hindrance(start: int, end: int, busy: Sequence[Span]) -> int | None:
    """Return when the agent is free again, if a job of that time would get in the way of others."""
    hindering = [until for since, until in busy if start < until + _REST_MS and since - _REST_MS < end]
    return max(hindering) if hindering else None


def _grouped(jobs: Sequence[Job], names: Iterator[str], chances: random.Random) -> list[_Workflow]:
    """Make workflows of the jobs: some of one item, some of two or three."""
    found: list[_Workflow] = []
    for job in jobs:
        last = found[-1] if found else None
        if last is not None and last.takes(job) and chances.random() < 0.35:
            last.jobs.append(job)
        else:
            found.append(_Workflow(next(names), [job]))
    return found


def _done(job: Job, workflow: str, item: str, clock: StoryClock, chances: random.Random) -> Iterator[Draft]:
    """Give the events of one job: research, a claim within seconds, steps, a result."""
    form, names = CRAFTS[job.agent]
    label = f"{workflow}/{item}"
    newer = job.start_ms > clock.days_before(_VERSION_2_SINCE_DAY) and chances.random() < 0.6
    asked = job.start_ms - chances.randrange(1_500, 40_000)
    yield analysis(asked, workflow, item, version=2 if newer else 1, label=f"{label}/analysis")
    yield claim(
        job.start_ms, job.agent, workflow, item, form, label=f"{label}/claim", cause=f"{label}/analysis"
    )
    part = (job.end_ms - job.start_ms) / (len(names) + 1)
    times = [job.start_ms + int(part * (n + 1 + chances.uniform(-0.4, 0.4))) for n in range(len(names))]
    yield from steps(times, job.agent, workflow, item, names)
    yield result(job.end_ms, job.agent, workflow, item, form, label=f"{label}/result")
