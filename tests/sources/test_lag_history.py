"""What commits and the present tell together of where a group stood, and how much is asked for it."""

from collections.abc import Sequence

import pytest

from agentctl.kafka.connection import Connection
from agentctl.kafka.fetching import OffsetFetch
from agentctl.lag.commits import Owner
from agentctl.lag.groups import Bounds, Group, Reading
from agentctl.lag.history import FROM_THE_FIRST, CommitHistory, Reach
from agentctl.lag.over_time import Past, Stand
from agentctl.lag.track import GONE, Track
from agentctl.sources import lag_history
from agentctl.sources.first_unread import RecordUnread
from agentctl.sources.lag import LagSource
from agentctl.sources.lag_history import LagHistory, Told
from tests.harness import Broker
from tests.lag.truth.consumers import Event, Life, Produced, Trouble, life, write
from tests.sources.reading import Silent

PLACE = ("events", 0)
BOUNDS = {PLACE: Bounds(0, 100, 100)}


def told(
    *commits: tuple[int, int], now: int | None, complete_since_ms: int | None, whole: bool = True
) -> Told:
    track = Track(Owner("g", *PLACE), 0)
    for time_ms, offset in commits:
        track.add(offset, time_ms)
    history = CommitHistory([track] if commits else [], [Reach(0, complete_since_ms)])
    stands_now = {} if now is None else {PLACE: now}
    return Told(history, Reading((Group("g", "empty", stands_now),), BOUNDS, {"events": 1}), whole=whole)


def course(found: Told, since_ms: int = 1_000, until_ms: int = 2_000) -> tuple[Sequence[Stand], int | None]:
    one = found.course("g", PLACE, since_ms, until_ms, BOUNDS)
    return one.stands, one.unknown_until_ms


def test_of_a_whole_history_nothing_is_unknown() -> None:
    found = told((1_500, 7), now=7, complete_since_ms=FROM_THE_FIRST)
    assert course(found) == ((Stand(1_500, 2_000, 7, ended=False),), None)


def test_a_commit_before_what_was_compacted_away_may_be_missing() -> None:
    found = told((1_500, 7), now=7, complete_since_ms=1_400)
    assert course(found) == ((Stand(1_500, 2_000, 7, ended=False),), 1_500)


def test_between_two_known_commits_it_stood_still_also_where_the_log_was_compacted() -> None:
    found = told((500, 3), (1_500, 7), now=7, complete_since_ms=1_400)
    assert course(found) == (
        (Stand(1_000, 1_500, 3, ended=True), Stand(1_500, 2_000, 7, ended=False)),
        None,
    )


def test_what_was_committed_before_the_part_that_was_read_is_unknown_until_the_first_commit() -> None:
    found = told((1_500, 7), now=7, complete_since_ms=900, whole=False)
    assert course(found)[1] == 1_500


def test_without_a_commit_since_it_stands_where_it_stands_now() -> None:
    assert course(told(now=7, complete_since_ms=900)) == ((Stand(1_000, 2_000, 7, ended=False),), None)
    assert course(told(now=7, complete_since_ms=1_400)) == ((Stand(1_400, 2_000, 7, ended=False),), 1_400)
    assert course(told(now=7, complete_since_ms=None)) == ((), 2_000)


def test_without_any_commit_it_has_no_position() -> None:
    assert course(told(now=None, complete_since_ms=FROM_THE_FIRST)) == ((), None)


def test_a_position_that_expired_is_none() -> None:
    found = told((500, 3), (1_200, GONE), now=None, complete_since_ms=FROM_THE_FIRST)
    assert course(found)[0] == (Stand(1_000, 1_200, 3, ended=True), Stand(1_200, 2_000, None, ended=False))


NOW_MS = 1_780_000_000_000
HOUR_MS = 3_600_000
LIMIT_MS = 60_000


@pytest.fixture(scope="module")
def stalled(apache_broker: Broker) -> Life:
    """An hour, in which a group stalls for ten minutes; it commits every two seconds."""
    log = Produced(range(NOW_MS - HOUR_MS, NOW_MS, 500))
    place = (apache_broker.topic("long"), 0)
    trouble = Event(Trouble.STALL, NOW_MS - HOUR_MS // 2, 600_000)
    one = life(
        f"{place[0]}-g", place, log, NOW_MS - HOUR_MS, NOW_MS, [trouble], every_ms=2_000, per_second=100
    )
    write(apache_broker, [one])
    return one


def past(broker: Broker, one: Life) -> Past:
    connection = Connection({"bootstrap.servers": broker.bootstrap})
    with LagSource(connection, OffsetFetch(connection.properties), lambda: NOW_MS) as source:
        history = LagHistory(source, RecordUnread(connection, Silent()), Silent())
        return history.past(one.group, (), NOW_MS - HOUR_MS, NOW_MS, LIMIT_MS)


def test_too_much_is_not_read_one_by_one_and_the_limit_is_found_all_the_same(
    apache_broker: Broker, stalled: Life, monkeypatch: pytest.MonkeyPatch
) -> None:
    exact = past(apache_broker, stalled)
    assert exact.remarks == ()
    monkeypatch.setattr(lag_history, "_WORTH_SECONDS", 0.0)
    monkeypatch.setattr(lag_history, "_BUDGET", 300)
    some = past(apache_broker, stalled)
    [own], [sampled] = exact.courses, some.courses
    assert len(own.offsets) > 1_000
    assert sampled.over(LIMIT_MS)[0] == own.over(LIMIT_MS)[0]
    assert sampled.peak() == own.peak()
    peak = own.peak()
    assert peak is not None
    assert peak.lag_ms == stalled.oldest_unread_ms(peak.time_ms)


def test_in_parts_the_same_is_found(
    apache_broker: Broker, stalled: Life, monkeypatch: pytest.MonkeyPatch
) -> None:
    exact = past(apache_broker, stalled)
    monkeypatch.setattr(lag_history, "_AT_ONCE", 300)
    parts = past(apache_broker, stalled)
    assert parts.points == exact.points
    assert parts.courses[0].over(1_000) == exact.courses[0].over(1_000)


def test_where_even_that_is_not_enough_it_says_by_how_much_it_may_err(
    apache_broker: Broker, stalled: Life, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lag_history, "_WORTH_SECONDS", 0.0)
    monkeypatch.setattr(lag_history, "_BUDGET", 16)
    found = past(apache_broker, stalled)
    [remark] = found.remarks
    assert "may err by up to" in remark
