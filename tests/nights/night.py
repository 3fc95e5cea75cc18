"""A night while it is made up: who wrote what when, by true time, and what consumer groups had read.

What is true is noted while the night is made, from what is decided then. Nothing here asks the program.
"""

from bisect import insort
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from random import Random

from agentctl.lag.history import CommitHistory
from agentctl.lag.position import Position
from agentctl.model.event import Event
from agentctl.model.record import Place, TimestampType
from tests.builders import event, ms
from tests.lag.logs import Written, history_of

TASKS, CLAIMS, RESULTS, PROGRESS = "research-events", "content-claims", "content-results", "agent-progress"
MINUTE = 60_000
LIMIT_MS = 15 * MINUTE
"""How old an event may be that is acted on."""
CLOSE_MS = 4_000
"""How far two clocks may differ at most, even where nothing shows it."""
PULSE_MS = 90_000
"""There is always an event within that time, but in the pauses."""
SHORTEST_PAUSE_MS = 20 * MINUTE
PARTITIONS = 3
AGENTS = ("marketing", "sales", "content", "seo", "oracle", "editor", "critic", "archivist")
PRODUCER = "research"
OBSERVERS = ("dashboard", "analytics")
"""Groups that bear no agent's name."""


@dataclass(eq=False, slots=True)
class Act:
    """One event of the night."""

    at: int
    """When it was really written."""
    topic: str
    agent: str | None
    item: str | None
    workflow: str | None
    partition: int = 0
    type: str | None = None
    event_id: str | None = None
    cause: "Act | str | None" = None
    by_place: bool = False
    """Whether it names its cause by place, not by id."""
    token: "Act | None" = None
    ttl_ms: int | None = None
    step: int | None = None
    undecodable: str | None = None
    parent: "Act | None" = None
    """What it really follows from."""
    offset: int = -1

    @property
    def place(self) -> Place:
        return Place(self.topic, self.partition, self.offset)

    @property
    def id(self) -> str:
        return self.event_id or str(self.place)


@dataclass(slots=True)
class Night:
    """What happened. Times are in ms; ``skews`` are by how much each agent's clock is ahead."""

    rng: Random
    skews: Mapping[str, int]
    with_commits: bool
    claims_clock: TimestampType
    acts: list[Act] = field(default_factory=list)
    pauses: list[tuple[int, int]] = field(default_factory=list)
    outages: dict[str, tuple[int, int | None]] = field(default_factory=dict)
    """When a group read nothing; without an end it has died."""
    starts: int = 0
    ends: int = 0
    reads: dict[tuple[str, int], list[tuple[Act, int | None]]] = field(default_factory=dict)
    """By group and partition: the tasks in it, and when each was committed; None is never."""
    _taken: set[int] = field(default_factory=set)
    _tasks: list[Act] = field(default_factory=list)
    _names: int = 0

    def __post_init__(self) -> None:
        self.starts = now = ms("00:00")
        for _ in range(self.rng.randint(1, 2)):
            now += self.rng.randint(70, 100) * MINUTE
            length = self.rng.randint(SHORTEST_PAUSE_MS + MINUTE, 3 * 60 * MINUTE)
            self.pauses.append((now, now + length))
            now += length
        self.ends = now + self.rng.randint(70, 100) * MINUTE
        for agent in (*AGENTS, *OBSERVERS):
            if self.rng.random() < 0.35:
                begins = self.rng.randint(self.starts, self.ends - 40 * MINUTE)
                dies = self.rng.random() < 0.15
                length = self.rng.randint(20, 120) * MINUTE
                self.outages[agent] = (begins, None if dies else begins + length)

    def name(self, kind: str) -> str:
        self._names += 1
        return f"{kind}_{self._names}"

    def moment(self, at: int) -> int:
        """Return a moment near that one at which nothing else is written, and that is in no pause."""
        for begins, ends in self.pauses:
            if begins <= at <= ends:
                at = ends + 1 + (at - begins) // 1000
        while at in self._taken:
            at += 1
        self._taken.add(at)
        return at

    def write(self, act: Act) -> Act:
        """Write an event; its time is one that ``moment`` gave."""
        self.acts.append(act)
        return act

    def task(self, at: int, item: str, workflow: str, agent: str = PRODUCER, **rest: object) -> Act:
        """Write a task. All tasks are written before anybody reads."""
        rest.setdefault("event_id", self.name("task"))
        rest.setdefault("partition", sum(item.encode()) % PARTITIONS)
        act = Act(self.moment(at), TASKS, agent, item, workflow, **rest)  # type: ignore[arg-type]
        insort(self._tasks, act, key=lambda one: one.at)
        return self.write(act)

    def read_all(self) -> None:
        """Let every group read the tasks, in the order of each partition."""
        for group in (*AGENTS, *OBSERVERS):
            for partition in range(PARTITIONS):
                free: int | None = 0
                for act in (one for one in self._tasks if one.partition == partition):
                    soon = act.at + self.rng.randint(50, 900)
                    reads = None if free is None else self._free(group, max(free, soon))
                    free = None if reads is None else reads + self.rng.randint(2_000, 3_000)
                    self.reads.setdefault((group, partition), []).append((act, free))

    def _free(self, group: str, at: int) -> int | None:
        stops = [*self.pauses, *([self.outages[group]] if group in self.outages else [])]
        for _ in stops:
            for begins, ends in stops:
                if begins <= at and (ends is None or at <= ends):
                    if ends is None:
                        return None
                    at = ends + 500
        return at

    def committed(self, agent: str, task: Act) -> int | None:
        """Return when an agent's group passed a task; the agent had it for 2 s before that."""
        found = self.reads[agent, task.partition]
        return next(at for act, at in found if act is task)

    def pulse(self) -> None:
        """Let somebody show life all the time, so that only the pauses are silences."""
        last = max(self.ends, *(act.at for act in self.acts))
        edges = [self.starts, *(edge for pause in self.pauses for edge in pause), last]
        for begins, ends in zip(edges[::2], edges[1::2], strict=True):
            now = begins
            while now < ends:
                self._beat(now)
                now += self.rng.randint(PULSE_MS // 2, PULSE_MS - 1)
            self._beat(ends)

    def _beat(self, at: int) -> None:
        while at in self._taken:
            at += 1
        self._taken.add(at)
        self.write(Act(at, PROGRESS, "pulse", None, None, partition=1))

    def finish(self) -> None:
        """Put everything into its partition, in the order in which it was really written."""
        self.acts.sort(key=lambda act: act.at)
        ends: dict[Position, int] = {}
        for act in self.acts:
            position = (act.topic, act.partition)
            act.offset = ends.get(position, 0)
            ends[position] = act.offset + 1

    def dated(self, act: Act) -> int:
        """Return the time that an event's record bears."""
        return act.at if self.appended(act) else act.at + self.skews.get(act.agent or "", 0)

    def appended(self, act: Act) -> bool:
        """Whether the broker dates the event."""
        return act.topic == CLAIMS and self.claims_clock is TimestampType.APPEND

    def clock(self, act: Act) -> str | None:
        """Return whose clock dates an event."""
        return "the broker" if self.appended(act) else act.agent

    def events(self) -> list[Event]:
        """Return the night's events as a mapping would give them."""
        return [self._event(act) for act in self.acts]

    def _event(self, act: Act) -> Event:
        cause = act.cause
        if isinstance(cause, Act):
            cause = str(cause.place) if act.by_place else cause.id
        token = None if act.token is None else f"{act.token.partition}@{act.token.offset}"
        made = event(
            act.topic,
            at=self.dated(act),
            partition=act.partition,
            offset=act.offset,
            agent=act.agent,
            type=act.type,
            workflow_id=act.workflow,
            work_item=act.item,
            event_id=act.event_id,
            cause=cause,
            step=act.step,
            total=None if act.step is None else 5,
            event_time_ms=act.at - 5 + self.skews.get(act.agent or "", 0),
            payload={} if token is None else {"token": token},
            undecodable=act.undecodable,
        )
        kind = TimestampType.APPEND if self.appended(act) else TimestampType.CREATE
        key = None if act.item is None else act.item.encode()
        record = made.record._replace(timestamp_type=kind, key=key)
        return made._replace(record=record, ttl_ms=act.ttl_ms)

    def history(self) -> CommitHistory | None:
        """Return what the groups have committed, as it would be read from ``__consumer_offsets``."""
        if not self.with_commits:
            return None
        found = [
            (at, group, partition, act.offset + 1)
            for (group, partition), tasks in self.reads.items()
            for act, at in tasks
            if at is not None
        ]
        return history_of(
            [
                Written(n, f"{group}-agents", offset, at, TASKS, partition)
                for n, (at, group, partition, offset) in enumerate(sorted(found))
            ],
            batch=50,
        )

    def lengths(self, places: Collection[Position], at_ms: int) -> Mapping[Position, int]:
        """Return where the partitions of tasks ended at a moment."""
        return {
            (topic, partition): sum(act.partition == partition and act.at <= at_ms for act in self._tasks)
            for topic, partition in places
            if topic == TASKS
        }
