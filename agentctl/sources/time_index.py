"""First unread records as the brokers' index of times has them: an estimate, and no record is read."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from confluent_kafka import KafkaException

from agentctl.kafka import moments, offsets
from agentctl.kafka.configs import topic_configs
from agentctl.kafka.connection import Connection
from agentctl.kafka.offsets import Found
from agentctl.lag.brackets import Bracket, Brackets
from agentctl.lag.groups import Bounds
from agentctl.lag.position import Position
from agentctl.lag.unread import Method, Standpoint, Unread

MOST_ROUNDS = 32
"""How often all partitions are asked by default: 60 of them answer that often in about 0.3 s."""
_TRANSACTIONS = "__transaction_state"
"""Apache Kafka makes this topic for the first transaction of a cluster."""
_UNKNOWN = "where its log begins and ends is not known"
_NO_TIMES = "the time index does not tell how old it is"
_MARKER = "a single offset is left, which may be the marker of a transaction: --seconds exact tells"


class TimeIndexUnread:
    """An UnreadSource that asks for offsets by time only, and says by how much it may err.

    Each round asks every partition for one time, and halves what is known least, until every error is at most
    one second or 1 % of the age. ``timestamp_ms`` is the middle of what is possible, so the truth is
    within ``error_ms`` of it, with these limits:

    - It is about the first record that is *kept* at or after the standpoint. No index knows of transactions:
      where markers or aborted records follow, the first that a read_committed reader gets is younger, and
      where there is none, the estimate still has an age. Only a single offset that may be a marker is
      left unknown. The same is true of ``last_ms``.
    - Under LogAppendTime that holds always, as long as the clocks of leaders agree. Times that clients set
      (CreateTime) may run backwards, and the index knows only their running maximum: a record that is older
      than one before it looks as young as that one. So do old records that are written anew in transactions,
      whose markers bear the broker's time. ``remarks`` names the topics.
    """

    def __init__(
        self, connection: Connection, now: Callable[[], int], most_rounds: int = MOST_ROUNDS
    ) -> None:
        """``now`` is a clock in ms since 1970."""
        self._connection = connection
        self._now = now
        self._most_rounds = most_rounds
        self.remarks: tuple[str, ...] = ()
        """What limits the latest answer, in sentences."""

    def __call__(
        self, standpoints: Mapping[Position, tuple[int, ...]], bounds: Mapping[Position, Bounds]
    ) -> Mapping[Standpoint, Unread]:
        """Return what was found, for every standpoint; offsets of one partition ascend."""
        known = {place: own for place, own in standpoints.items() if place in bounds and own}
        nature = self._nature({topic for topic, _ in known})
        asked = _Asked({place: Brackets(bounds[place].high_watermark) for place in known})
        first = offsets.at_time(self._connection, known, 0) if known else offsets.Offsets({}, {})
        asked.take(dict.fromkeys(known, 0), first)
        asked.newest(moments.latest(self._connection, first.found))
        # The last readable record is looked for as if somebody stood there.
        targets = {place: _with_last(known[place], bounds[place]) for place in first.found}
        for number in range(self._most_rounds):
            questions = asked.questions(targets, self._now(), number=number)
            if not questions:
                break
            asked.take(questions, moments.first_at(self._connection, questions))
        self.remarks = tuple(nature.remarks())
        answers: dict[Standpoint, Unread] = {}
        for place, own in standpoints.items():
            for one in own:
                if place in known:
                    answers[*place, one] = asked.answer(place, one, bounds[place], nature)
                else:
                    answers[*place, one] = Unread(Method.NONE, reason=_UNKNOWN)
        return answers

    def _nature(self, topics: set[str]) -> "_Nature":
        configs = topic_configs(self._connection, sorted(topics))
        dated = {name for name, own in configs.items() if own.get(_TYPE) == "LogAppendTime"}
        whole = {name for name, own in configs.items() if own.get(_POLICY) == "delete"}
        try:
            all_topics = self._connection.admin.list_topics(timeout=self._connection.patience_seconds).topics
        except KafkaException as error:
            raise self._connection.explained(error, "list the topics") from None
        return _Nature(frozenset(topics - dated), frozenset(topics - whole), _TRANSACTIONS in all_topics)


_TYPE, _POLICY = "message.timestamp.type", "cleanup.policy"


@dataclass(frozen=True, slots=True)
class _Nature:
    """What limits an estimate."""

    by_clients: frozenset[str]
    """Topics whose times clients set, as far as is known."""
    compacted: frozenset[str]
    """Topics that may have holes."""
    transactions: bool
    """Whether there may be any in the cluster."""

    def remarks(self) -> "list[str]":
        if not self.by_clients:
            return []
        names = sorted(self.by_clients)
        more = f" and {len(names) - 3} more topics" if len(names) > 3 else ""
        return [
            f"the times in {', '.join(names[:3])}{more} are set by clients: to the time index a record that "
            "is older than one before it looks as young as that one"
        ]


class _Asked:
    """What has been asked and answered of all partitions."""

    def __init__(self, brackets: Mapping[Position, Brackets]) -> None:
        self._brackets = brackets
        self._failed: dict[Position, str] = {}
        self._newest: dict[Position, Found] = {}

    def take(self, questions: Mapping[Position, int], told: offsets.Offsets) -> None:
        """Take the answers of a round; a partition without one is not asked again."""
        self._failed |= told.failed
        for place, found in told.found.items():
            self._brackets[place].add(questions[place], found.offset, found.timestamp_ms)

    def newest(self, told: offsets.Offsets) -> None:
        """Take the latest times; where there is none they are found as any other."""
        for place, found in told.found.items():
            if found.offset >= 0 and found.timestamp_ms is not None:
                self._newest[place] = found
                self._brackets[place].add(found.timestamp_ms + 1, -1, None)

    def questions(
        self, targets: Mapping[Position, Sequence[int]], now_ms: int, *, number: int
    ) -> dict[Position, int]:
        """Return which time to ask each partition for next, where anything is to be had by it."""
        found: dict[Position, int] = {}
        for place, own in targets.items():
            if place not in self._failed:
                time_ms = self._brackets[place].question(own, now_ms, number=number)
                if time_ms is not None:
                    found[place] = time_ms
        return found

    def answer(self, place: Position, standpoint: int, bounds: Bounds, nature: _Nature) -> Unread:
        """Return what is known of a standpoint."""
        end = min(bounds.last_stable, bounds.high_watermark)
        held = standpoint >= end
        if nature.transactions and standpoint + 1 == end == bounds.high_watermark:
            return Unread(Method.NONE, reason=_MARKER)
        own = self._brackets[place].bracket(standpoint, holes=place[0] in nature.compacted)
        if own is None:
            return Unread(Method.NONE, reason=self._failed.get(place, _NO_TIMES), open_transaction=held)
        last = None if held else self._last(place, end, bounds)
        return Unread(
            Method.TIME_INDEX,
            timestamp_ms=own.middle_ms,
            last_ms=None if last is None else max(last.middle_ms, own.middle_ms),
            error_ms=max(own.error_ms, 0 if last is None else last.error_ms),
            open_transaction=held,
        )

    def _last(self, place: Position, end: int, bounds: Bounds) -> Bracket | None:
        newest = self._newest.get(place)
        whole = end == bounds.high_watermark
        if whole and newest is not None and newest.timestamp_ms is not None and newest.offset < end:
            return Bracket(newest.timestamp_ms, newest.timestamp_ms)
        return self._brackets[place].bracket(end - 1, holes=False)


def _with_last(standpoints: Sequence[int], bounds: Bounds) -> list[int]:
    """Return the standpoints and the last stable offset, in order."""
    last = min(bounds.last_stable, bounds.high_watermark) - 1
    return sorted({*standpoints, last} if last >= bounds.log_start else standpoints)
