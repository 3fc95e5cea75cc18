"""What the log and the reports of all processes say together; it shares nothing with the ledger."""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from confluent_kafka import OFFSET_BEGINNING, Consumer, TopicPartition

from tests.claims.simulation.plan import Plan

Report = dict[str, Any]


@dataclass(slots=True)
class Reign:
    """One tenure: who held an item from when to when, by the broker's clock."""

    item: str
    agent: str
    token: str
    start: int
    end: int
    rivals: int = 0


@dataclass(slots=True)
class Truth:
    """Everything that the log says of the items."""

    reigns: dict[str, list[Reign]] = field(default_factory=dict)
    claims: dict[str, tuple[Reign, bool]] = field(default_factory=dict)
    """Each claim by its token: the tenure that it belongs or lost to, and whether it won."""

    def of(self, token: str) -> Reign | None:
        """The tenure that a token stands for."""
        found = self.claims.get(token)
        return found[0] if found is not None and found[0].token == token else None


def truth(plan: Plan) -> Truth:
    """Read the topic, and follow each item's claims one after the other."""
    found = Truth()
    for partition, offset, time_ms, event in log(plan):
        item, agent, kind = event["topic"], event["agent"], event["event_type"]
        reigns = found.reigns.setdefault(item, [])
        now = reigns[-1] if reigns and time_ms < reigns[-1].end else None
        own = now is not None and now.agent == agent
        if kind == "claim":
            token = f"{partition}@{offset}"
            if now is None:
                now = Reign(item, agent, token, time_ms, 0)
                reigns.append(now)
                own = True
            if own:
                now.end = time_ms + round(event["ttl"] * 1000)
            else:
                now.rivals += 1
            found.claims[token] = (now, own)
        elif now is not None and own and now.token == event["token"]:
            now.end = time_ms if kind == "claim_released" else time_ms + round(event["ttl"] * 1000)
    return found


def log(plan: Plan) -> list[tuple[int, int, int, Report]]:
    """Return all records: partition, offset, append time, payload; in offset order within a partition."""
    reader = Consumer(
        {
            "bootstrap.servers": plan.brokers,
            "group.id": "simulation",
            "enable.auto.commit": False,
            "enable.partition.eof": True,
        }
    )
    found = []
    partitions = set(reader.list_topics(plan.topic, timeout=30).topics[plan.topic].partitions)
    reader.assign([TopicPartition(plan.topic, number, OFFSET_BEGINNING) for number in partitions])
    while partitions:
        message = reader.poll(30)
        assert message is not None, "the log could not be read to its end"
        if message.error() is not None:
            partitions.discard(message.partition())
            continue
        value = message.value()
        assert value is not None
        found.append((message.partition(), message.offset(), message.timestamp()[1], json.loads(value)))
    reader.close()
    return sorted(found, key=lambda one: one[:2])  # type: ignore[arg-type]


def reports(plan: Plan) -> list[Report]:
    """Return what the processes have told."""
    return [json.loads(line) for line in Path(plan.reports).read_text().splitlines()]


def faults(told: Iterable[Report], known: Truth) -> list[str]:
    """Return every breach: a belief outside of the own lease, two believers at once, a wrong answer."""
    told = list(told)
    return [*_false_beliefs(told, known), *_two_believers(told), *_wrong_answers(told, known)]


def _false_beliefs(told: list[Report], known: Truth) -> Iterable[str]:
    for report in told:
        if report["kind"] == "believes":
            reign = known.of(report["token"])
            if reign is None or reign.agent != report["agent"] or reign.item != report["item"]:
                yield f"nobody gave {report}"
            elif not reign.start <= report["t"] < reign.end:
                yield f"{report} is outside of {reign}"


def _two_believers(told: list[Report]) -> Iterable[str]:
    """From the reports alone: on no item do the times of two agents overlap."""
    spans: dict[tuple[str, str, str], tuple[int, int]] = {}
    for report in told:
        if report["kind"] == "believes":
            key = report["item"], report["token"], report["agent"]
            first, last = spans.get(key, (report["t"], report["t"]))
            spans[key] = min(first, report["t"]), max(last, report["t"])
    by_item: dict[str, list[tuple[int, int, str]]] = {}
    for (item, _, agent), (first, last) in spans.items():
        by_item.setdefault(item, []).append((first, last, agent))
    for item, found in by_item.items():
        for one, two in pairwise(sorted(found)):
            if two[0] < one[1] and two[2] != one[2]:
                yield f"{item}: {one[2]} and {two[2]} at once, {one} {two}"


def _wrong_answers(told: list[Report], known: Truth) -> Iterable[str]:
    """Nobody is told that it lost unless somebody's lease lived, and then whose: nothing was missed."""
    for report in told:
        if report["kind"] == "told" and report["token"]:
            reign, won = known.claims[report["token"]]
            if won is (report["why"] == "lost"):
                yield f"{report} against {reign}"
            elif not won and report["holder_token"] != reign.token:
                yield f"{report} names another holder than {reign}"


def conflicts(told: Iterable[Report], known: Truth) -> int:
    """How many agents began to work on what another one held: claims that lost, and were not withdrawn."""
    tokens = [report["token"] for report in told if report["kind"] == "claimed"]
    assert set(tokens) == set(known.claims), "every claim was reported"
    return sum(1 for token in tokens if not known.claims[token][1])


def summary(plan: Plan) -> dict[str, Any]:
    """Return what happened, and what was wrong with it."""
    told, known = reports(plan), truth(plan)
    kinds = Counter(report["kind"] for report in told)
    answers = Counter(report["why"] for report in told if report["kind"] == "told")
    reigns = [reign for found in known.reigns.values() for reign in found]
    return {
        "agents": plan.agents,
        "rounds": sum(answers.values()),
        "answers": dict(answers),
        "killed": kinds["killed"],
        "paused": kinds["paused"],
        "steps": sorted({report["step"] for report in told if report["kind"] in ("killed", "paused")}),
        "unknown": kinds["unknown"],
        "beliefs": kinds["believes"],
        "tenures": len(reigns),
        "contended": sum(1 for reign in reigns if reign.rivals),
        "conflicts": conflicts(told, known) if plan.naive else 0,
        "faults": [] if plan.naive else faults(told, known),
    }
