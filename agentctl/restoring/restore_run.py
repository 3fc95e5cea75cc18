"""A restore into Kafka from beginning to end: look, refuse what cannot go well, write, or go on writing."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from agentctl.errors import AgentctlError, NotFoundError, UsageError
from agentctl.kafka.connection import Connection
from agentctl.model.query import Query
from agentctl.restoring.into_kafka import RECORDS, IntoKafka, Part, Unread
from agentctl.restoring.placing import Placing
from agentctl.restoring.preflight import Load, Scratch, Target, UnfitTargetError, looked_at
from agentctl.restoring.progress import Log, Span
from agentctl.restoring.resuming import Order, State, check_id, known_state, name_of
from agentctl.restoring.target_reading import first_record
from agentctl.restoring.transacting import Transactions


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be restored, and where to."""

    restore_id: str
    archive: str
    query: Query
    profile: str | None
    topic: str | None
    """None: a topic of its own."""
    load: Load
    partitions: Mapping[str, int]
    """How many partitions each topic of origin had, as far as that is known."""
    topics: tuple[str, ...]
    """The topics of origin."""
    most_partition: int = 0
    """The highest number of a partition that holds any of it."""

    @property
    def target(self) -> str:
        """The topic's name."""
        return self.topic or name_of(self.restore_id)

    def scratch(self) -> Scratch:
        """Return the topic that would be made for it: as many partitions as the largest of origin."""
        known = (count for topic, count in self.partitions.items() if topic in self.topics)
        return Scratch(self.target, max((*known, self.most_partition + 1)), self.load)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A restore that can go well."""

    wish: Wish
    target: Target | None
    """None: it is still to be made."""
    state: State | None
    """None: nothing of it is written yet."""

    @property
    def placing(self) -> Placing:
        """Where records will go."""
        count = self.wish.scratch().partitions if self.target is None else self.target.partitions
        known = dict(self.wish.partitions)
        if self.wish.topic is None:
            # Where nobody knows how many there were, a topic of its own keeps them all.
            known = {topic: known.get(topic, count) for topic in self.wish.topics}
        return Placing(count, known, {} if self.state is None else dict(self.state.rules))

    @property
    def sentences(self) -> tuple[str, ...]:
        """What will be done, for people."""
        placing = self.placing
        new = " · a new topic that keeps everything" if self.target is None else ""
        told = [f"into {self.wish.target}, {_count(placing.partitions, 'partition')}{new}"]
        if self.state is not None:
            told.append(_before(self.state))
        return (*told, *placing.sentences(self.wish.topics))


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was done."""

    written: int
    skipped: int
    timeless: int
    holes: Mapping[Log, tuple[Span, ...]]
    """What could not be read; ``--resume`` writes it once it can be."""


def prepare(connection: Connection, wish: Wish, now_ms: int) -> Prepared:
    """Look whether a restore can go well, and change nothing. Raises what is in its way."""
    check_id(wish.restore_id)
    state = known_state(connection, wish.restore_id)
    if state is not None:
        _check_same(state.order, wish)
    scratch = wish.scratch()
    if wish.topic is None:
        target = scratch.found(connection, now_ms)
    else:
        target = looked_at(connection, wish.topic, wish.load, now_ms)
    if state is not None:
        if target is None or state.order.target_id not in (None, target.topic.topic_id):
            raise AgentctlError(
                f"{wish.target} was deleted, or made anew, since {wish.restore_id} wrote to it",
                hint=f"agentctl restore --undo {wish.restore_id} --execute forgets what was done",
            )
    elif target is not None:
        _check_empty(connection, target, wish.restore_id)
    return Prepared(wish, target, state)


def run(
    connection: Connection,
    prepared: Prepared,
    found: Iterable[Part | Unread],
    now_ms: int,
    tell: Callable[[int], None] = lambda _: None,
    *,
    at_once: int = RECORDS,
) -> Outcome:
    """Write what is not written yet. Whatever ends it, it can be run again.

    Raises FencedError when another one takes over, UnreachableError when Kafka does not answer.
    """
    wish = prepared.wish
    target = prepared.target
    if target is None:
        wish.scratch().made(connection, now_ms)
        target = _served(connection, wish, now_ms)
    with Transactions(connection, wish.restore_id, target.largest_bytes) as transactions:
        transactions.begin()
        # Only now nobody else can write for it any more, so what is noted is how far it is.
        state = known_state(connection, wish.restore_id, fenced=True)
        order = Order(wish.archive, wish.query, wish.target, target.topic.topic_id, wish.profile)
        prepared = Prepared(wish, target, state)
        into = IntoKafka(
            transactions,
            wish.restore_id,
            state or State(order),
            target,
            prepared.placing,
            connection.brokers,
            tell,
            at_once,
        )
        if state is None:
            into.begin()
        else:
            _check_same(state.order, wish)
        into.write(found)
    return Outcome(into.written, into.skipped, into.timeless, into.state.progress.holes)


def begun(connection: Connection, restore_id: str) -> State:
    """Return what was asked for under an id. Raises NotFoundError when nothing is noted of it."""
    check_id(restore_id)
    state = known_state(connection, restore_id)
    if state is None:
        raise NotFoundError(
            f"no restore {restore_id} is known on {connection.brokers}: it never wrote, was taken back, "
            "or is so long ago that Kafka has forgotten it",
            hint="ask for it anew, with what was looked for and the target",
        )
    return state


def _before(state: State) -> str:
    if not state.written:
        return "it was begun before, and nothing has been written"
    done = "all of it" if state.complete and not state.progress.holes else "a part of it"
    return f"{done} was written before: {_count(state.written, 'record')}"


def _check_same(order: Order, wish: Wish) -> None:
    if order.target != wish.target:
        what = f"went into {order.target}, not into {wish.target}"
    elif (order.archive, order.query, order.profile) != (wish.archive, wish.query, wish.profile):
        what = "was begun with another question"
    else:
        return
    raise UsageError(
        f"the restore {wish.restore_id} {what}",
        hint=f"--resume {wish.restore_id} goes on with it; for a new one choose another id: --id",
    )


def _check_empty(connection: Connection, target: Target, restore_id: str) -> None:
    found = first_record(connection, target.topic)
    if found is None:
        return
    place, writer = found
    if writer == restore_id:
        raise UnfitTargetError(
            f"{place} is of the restore {restore_id}, of which Kafka has forgotten how far it is",
            hint=f"agentctl restore --undo {restore_id} --to-topic {place.topic} --execute, then anew",
        )
    raise UnfitTargetError(
        f"{place.topic} holds other records, such as {place}: among them a restore could not be told apart "
        "by its readers, nor taken back",
        hint="--scratch, or the name of an empty topic",
    )


def _served(connection: Connection, wish: Wish, now_ms: int) -> Target:
    """Return a topic that was just made, once the broker that is asked knows it, too."""
    for _ in range(20):
        try:
            return looked_at(connection, wish.target, wish.load, now_ms)
        except NotFoundError:
            connection.look_anew()
    return looked_at(connection, wish.target, wish.load, now_ms)


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
