"""The ground truth: every fact that the night holds, as JSON, for tests to compare answers with."""

from collections import Counter
from collections.abc import Mapping, Sequence

from agentctl.sandbox.archived import ARCHIVE, Stored
from agentctl.sandbox.clock import StoryClock, iso
from agentctl.sandbox.groups import LATE_GROUP, LATE_READ, NEVER_COMMITTED, Position, positions
from agentctl.sandbox.groups import commits as all_commits
from agentctl.sandbox.longago import LONG_AGO
from agentctl.sandbox.night import RESEARCH, TOPICS, Laid, Night
from agentctl.sandbox.sources import HOT_KEY
from agentctl.sandbox.story import (
    CONTENT_FELL_SILENT,
    HOSTILE_STATUS,
    ORPHAN,
    PLATFORMS,
    SALES_FELL_IDLE,
    TAKEOVER,
    TRAVEL,
    TRIPLE,
    WORKFLOWS,
)

_RIVALS = ("marketing", "sales", "content")
"""Who claimed the item of Story A, in the order of their claims."""

Facts = dict[str, object]


def ground_truth(night: Night, objects: Sequence[Stored], *, history: bool) -> Facts:
    """Return all facts. ``history`` says whether the broker was given the commits of the day."""
    found = all_commits(night)
    standing = positions(found)
    return {
        "schema": "agentctl.ground-truth/1",
        "anchor": iso(night.anchor_ms),
        "seed": night.seed,
        "topics": _topics(night),
        "workflows": {name: _events(night, name) for name in (*WORKFLOWS, LONG_AGO)},
        "ordinary_workflows": _ordinary(night),
        "claim_conflict": _conflict(night),
        "duplicate_results": _duplicates(night),
        "time_travel": _time_travel(night),
        "orphaned_claim": _orphan(night),
        "takeover": _takeover(night),
        "idle_agent": {"agent": "sales", "since": iso(StoryClock(night.anchor_ms).at(SALES_FELL_IDLE))},
        "hot_key": _hot_key(night),
        "undecodable": _spot(night.labelled["undecodable"]),
        "hostile": {**_spot(night.labelled["hostile/5"]), "status": HOSTILE_STATUS},
        "schema_versions": _versions(night),
        "groups": {group: _written(own) for group, own in standing.items()},
        "never_committed": [NEVER_COMMITTED],
        "lag": {group: _behind(night, own) for group, own in standing.items()},
        "commit_history": len(found) if history else 0,
        "archive": _archive(night, objects),
    }


def _spot(laid: Laid) -> Facts:
    return {"label": laid.draft.label, "place": str(laid.place), "time": iso(laid.time_ms)}


def _token(laid: Laid) -> str:
    return f"{laid.place.partition}@{laid.place.offset}"


def _topics(night: Night) -> Facts:
    starts, ends = night.log_starts(), night.ends()
    return {
        plan.name: {
            "retention_ms": plan.retention_ms,
            "partitioner": plan.partitioner.value,
            "log_starts": [starts[plan.name, n] for n in range(plan.partitions)],
            "ends": [ends[plan.name, n] for n in range(plan.partitions)],
        }
        for plan in TOPICS
    }


def workflow_of(laid: Laid) -> object:
    """Return the workflow that an event was written for; None when it belongs to none, or cannot say."""
    payload = laid.draft.payload
    return None if isinstance(payload, bytes) else payload.get("workflow_id")


def _events(night: Night, workflow: str) -> list[Facts]:
    return [_spot(laid) for laid in night.events if workflow_of(laid) == workflow]


def _ordinary(night: Night) -> int:
    found = {workflow_of(laid) for laid in night.kept()} - {None, LONG_AGO, *WORKFLOWS}
    return len(found)


def _conflict(night: Night) -> Facts:
    first, *lost = (night.labelled[f"3m47/{agent}/claim"] for agent in _RIVALS)
    return {
        "workflow_id": TRIPLE,
        "work_item": PLATFORMS,
        "holder": {"agent": _RIVALS[0], "token": _token(first), **_spot(first)},
        "rivals": [
            {
                "agent": agent,
                "token": _token(laid),
                "gap_ms": laid.time_ms - first.time_ms,
                "still_working": True,
                **_spot(laid),
            }
            for agent, laid in zip(_RIVALS[1:], lost, strict=True)
        ],
    }


def _duplicates(night: Night) -> list[Facts]:
    return [{"agent": agent, **_spot(night.labelled[f"3m47/{agent}/result"])} for agent in _RIVALS[1:]]


def _time_travel(night: Night) -> Facts:
    clock = StoryClock(night.anchor_ms)
    cause, effect = night.labelled["7k2p/analysis"], night.labelled["7k2p/oracle/result"]
    return {
        "workflow_id": TRAVEL,
        "agent": "oracle",
        "group": LATE_GROUP,
        "cause": _spot(cause),
        "effect": _spot(effect),
        "age_ms": effect.time_ms - cause.time_ms,
        "read_at": iso(clock.at(LATE_READ)),
        "read_age_ms": clock.at(LATE_READ) - cause.time_ms,
        "newer": _spot(night.labelled["7k2p/tracing"]),
    }


def _orphan(night: Night) -> Facts:
    claim = night.labelled["orphan/claim"]
    return {
        "workflow_id": ORPHAN,
        "work_item": claim.key.decode(),
        "agent": "content",
        "token": _token(claim),
        **_spot(claim),
        "step": 3,
        "total": 5,
        "last_sign_at": iso(StoryClock(night.anchor_ms).at(CONTENT_FELL_SILENT)),
    }


def _takeover(night: Night) -> Facts:
    first, second = night.labelled["takeover/first"], night.labelled["takeover/second"]
    return {
        "workflow_id": TAKEOVER,
        "work_item": first.key.decode(),
        "from": {"agent": "sales", "token": _token(first), **_spot(first)},
        "to": {"agent": "content", "token": _token(second), **_spot(second)},
        "result": _spot(night.labelled["takeover/result"]),
    }


def _hot_key(night: Night) -> Facts:
    kept = [laid for laid in night.kept() if laid.place.topic == RESEARCH]
    hot = [laid for laid in kept if laid.key.decode() == HOT_KEY]
    partition = hot[0].place.partition
    around = sum(laid.place.partition == partition for laid in kept)
    return {
        "topic": RESEARCH,
        "partition": partition,
        "key": HOT_KEY,
        "records": len(hot),
        "share": round(len(hot) / around, 4),
    }


def _versions(night: Night) -> dict[str, int]:
    counted: Counter[str] = Counter()
    for laid in night.kept():
        if laid.place.topic == RESEARCH and not isinstance(laid.draft.payload, bytes):
            counted[str(laid.draft.payload.get("schema_version", 1))] += 1
    return dict(sorted(counted.items()))


def _written(own: Mapping[Position, int]) -> dict[str, int]:
    return {f"{topic}[{partition}]": offset for (topic, partition), offset in sorted(own.items())}


def _behind(night: Night, own: Mapping[Position, int]) -> int:
    ends = night.ends()
    return sum(ends[position] - offset for position, offset in own.items())


def _archive(night: Night, objects: Sequence[Stored]) -> Facts:
    mine = {
        one.name: sum(event.workflow_id == LONG_AGO for event in one.events)
        for one in objects
        if any(event.workflow_id == LONG_AGO for event in one.events)
    }
    return {
        "url": ARCHIVE,
        "until": iso(StoryClock(night.anchor_ms).at("00:00")),
        "objects": {one.name: one.storage_class for one in objects},
        "records": sum(one.content.records for one in objects),
        "workflow": {"workflow_id": LONG_AGO, "events": sum(mine.values()), "objects": mine},
    }
