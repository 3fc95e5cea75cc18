"""The seeded night: what is written where, decided completely before any broker is asked.

A Draft is an event as its author thinks of it; laying the drafts out gives each its partition and
offset, so that one event can name the place of another as its cause, as a real consumer would.
"""

import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import orjson

from agentctl.kafka.partitioners import Partitioner
from agentctl.model.record import Headers, Place
from agentctl.sandbox.clock import iso

RESEARCH, CLAIMS = "research-events", "content-claims"
RESULTS, PROGRESS = "content-results", "agent-progress"

DAY_MS = 24 * 60 * 60 * 1000
_AHEAD_MS = 60 * 60 * 1000
"""How much earlier than retention would the sandbox itself deletes."""
AGENTS = ("marketing", "sales", "content", "research", "seo", "oracle", "paxmachina")


@dataclass(frozen=True, slots=True)
class TopicPlan:
    """A topic of the incident."""

    name: str
    partitions: int
    retention_ms: int | None
    """None keeps everything."""
    local_ms: int | None = None
    """How much of it stays on the broker where there is a remote tier; None: the topic has none."""
    partitioner: Partitioner = Partitioner.CRC32
    """What turns its keys into partitions."""


# Research's agent runs on Java, the others on Python: as in real systems, not all keys are hashed alike.
TOPICS = (
    TopicPlan(RESEARCH, 7, retention_ms=37 * DAY_MS, local_ms=7 * DAY_MS, partitioner=Partitioner.MURMUR2),
    TopicPlan(CLAIMS, 6, retention_ms=DAY_MS),
    TopicPlan(RESULTS, 3, retention_ms=None),
    TopicPlan(PROGRESS, 3, retention_ms=7 * DAY_MS),
)
_BY_NAME: Mapping[str, TopicPlan] = {plan.name: plan for plan in TOPICS}


@dataclass(frozen=True, slots=True)
class Draft:
    """An event before it has a place."""

    time_ms: int
    topic: str
    key: str
    payload: Mapping[str, object] | bytes
    """Bytes stand for themselves: what no writer of JSON would have written."""
    label: str | None = None
    """A name inside the night, ``7k2p/analysis``: for causes and for the ground truth."""
    cause: str | None = None
    """The label of the event that it states as its cause."""
    token: str | None = None
    """The label of the claim whose token it carries."""
    headers: Headers = ()


@dataclass(frozen=True, slots=True)
class Laid:
    """An event with its place and its bytes."""

    place: Place
    time_ms: int
    key: bytes
    value: bytes
    headers: Headers
    draft: Draft


@dataclass(frozen=True, slots=True)
class Night:
    """All events, in the order they are written; within a partition timestamps never run backwards.

    They are the whole 90 days. What retention has taken from Kafka since lies before ``log_starts``
    and is in the archive only.
    """

    anchor_ms: int
    """The moment the night ended: 14:25:40 on the story's clock."""
    seed: int
    events: tuple[Laid, ...]
    labelled: Mapping[str, Laid]

    @classmethod
    def of(cls, drafts: Iterable[Draft], anchor_ms: int, seed: int) -> "Night":
        """Lay the drafts out."""
        events = laid_out(drafts)
        return cls(anchor_ms, seed, events, {e.draft.label: e for e in events if e.draft.label})

    def ends(self) -> dict[tuple[str, int], int]:
        """Return for each partition the offset after its last record."""
        counted = Counter((laid.place.topic, laid.place.partition) for laid in self.events)
        return {key: counted[key] for key in all_partitions()}

    def log_starts(self) -> dict[tuple[str, int], int]:
        """Return for each partition the first offset that is kept.

        A little more is gone than retention takes until the anchor, so that a broker which enforces it
        does not go on deleting while somebody looks.
        """
        starts = self.ends()
        for laid in reversed(self.events):
            retention_ms = _BY_NAME[laid.place.topic].retention_ms
            if retention_ms is None or laid.time_ms >= self.anchor_ms + _AHEAD_MS - retention_ms:
                starts[laid.place.topic, laid.place.partition] = laid.place.offset
        return starts

    def kept(self) -> tuple[Laid, ...]:
        """Return the events that are in Kafka when the night is over."""
        starts = self.log_starts()
        return tuple(e for e in self.events if e.place.offset >= starts[e.place.topic, e.place.partition])


def all_partitions() -> list[tuple[str, int]]:
    """Return every partition of every topic."""
    return [(plan.name, n) for plan in TOPICS for n in range(plan.partitions)]


@cache
def partition_of(topic: str, key: str) -> int:
    """Return the partition that the topic's writers give a key."""
    plan = _BY_NAME[topic]
    return plan.partitioner.place(key.encode(), plan.partitions)


def laid_out(drafts: Iterable[Draft]) -> tuple[Laid, ...]:
    """Give every draft its place, in the order of time, and write its bytes."""
    ordered = sorted(drafts, key=lambda draft: draft.time_ms)
    places = _places(ordered)
    by_label = {draft.label: place for draft, place in zip(ordered, places, strict=True) if draft.label}
    return tuple(
        Laid(place, draft.time_ms, draft.key.encode(), _value(draft, by_label), draft.headers, draft)
        for draft, place in zip(ordered, places, strict=True)
    )


def random_numbers(seed: int) -> random.Random:
    """Return the source of the night's chances: the same seed, the same night."""
    return random.Random(seed)  # noqa: S311 — chance that can be repeated is what is wanted


def _places(ordered: Sequence[Draft]) -> list[Place]:
    ends: Counter[tuple[str, int]] = Counter()
    places = []
    for draft in ordered:
        partition = partition_of(draft.topic, draft.key)
        places.append(Place(draft.topic, partition, ends[draft.topic, partition]))
        ends[draft.topic, partition] += 1
    return places


def _value(draft: Draft, places: Mapping[str, Place]) -> bytes:
    if isinstance(draft.payload, bytes):
        return draft.payload
    stated: dict[str, object] = {}
    if draft.cause is not None:
        stated["cause"] = str(places[draft.cause])
    if draft.token is not None:
        stated["token"] = f"{places[draft.token].partition}@{places[draft.token].offset}"
    return orjson.dumps({**draft.payload, **stated, _CLOCKS[draft.topic]: iso(draft.time_ms)})


_CLOCKS = {RESEARCH: "timestamp", CLAIMS: "claimed_at", RESULTS: "finished_at", PROGRESS: "timestamp"}
"""The payload field in which the writers of each topic say when."""
