"""Which offsets of which partitions answer a query, decided from what the cluster said of them."""

from collections.abc import Mapping
from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from agentctl.kafka.offsets import Found, Offsets, Partition
from agentctl.model.coverage import Pruned
from agentctl.model.query import Isolation, Query, Window
from agentctl.sources.ranges import Bounds, Range, Ranges, decide

TOPIC = "research-events"
SINCE, UNTIL = 1_000, 2_000
IN_WINDOW = Query(window=Window(SINCE, UNTIL))


@dataclass(frozen=True)
class Log:
    """One partition as the cluster describes it; offsets of times are None where no record is that late."""

    end: int
    start: int = 0
    stable: int | None = None
    """The last stable offset; None: no transaction is open."""
    first_ms: int | None = 10
    since: int | None = None
    until: int | None = None


def offsets(found: Mapping[Partition, int | None], time_ms: int | None = None) -> Offsets:
    return Offsets(
        {one: Found(-1 if offset is None else offset, time_ms) for one, offset in found.items()}, {}
    )


def bounds(logs: Mapping[Partition, Log], query: Query) -> Bounds:
    """Say what a cluster with these logs answers to the questions that the query leads to."""
    filled = {place: log for place, log in logs.items() if log.end > log.start}
    window = query.window
    by_until = window.until_ms is not None and query.slack_ms is not None
    return Bounds(
        high_watermark=offsets({place: log.end for place, log in logs.items()}),
        last_stable=None
        if query.isolation is Isolation.READ_UNCOMMITTED
        else offsets({place: log.end if log.stable is None else log.stable for place, log in logs.items()}),
        log_start=offsets({place: log.start for place, log in logs.items()}),
        first_record=Offsets({place: Found(log.start, log.first_ms) for place, log in filled.items()}, {}),
        since=None if window.since_ms is None else offsets({p: log.since for p, log in filled.items()}),
        until=offsets({p: log.until for p, log in filled.items()}) if by_until else None,
    )


def decided(log: Log, query: Query = Query()) -> Range:  # noqa: B008 — a query is never changed
    """Decide about one partition."""
    place = (TOPIC, 0)
    [one] = decide(bounds({place: log}, query), [place], query, {}).ranges
    return one


def ends(one: Range) -> tuple[int, int, Pruned | None]:
    return one.start, one.end, one.pruned


def test_without_a_window_all_that_is_retained_is_read() -> None:
    assert ends(decided(Log(start=5, end=20))) == (5, 20, None)


def test_an_empty_partition_is_not_read() -> None:
    assert ends(decided(Log(end=0))) == (0, 0, Pruned.EMPTY)
    emptied = decided(Log(start=20, end=20))
    assert ends(emptied) == (20, 20, Pruned.EMPTY)
    assert not emptied.cut


def test_a_window_begins_at_its_first_record_and_ends_before_the_first_later_one() -> None:
    assert ends(decided(Log(end=20, since=7, until=15), IN_WINDOW)) == (7, 15, None)


def test_a_window_beyond_the_last_record_reads_to_the_end() -> None:
    assert ends(decided(Log(end=20, since=7, until=None), IN_WINDOW)) == (7, 20, None)


def test_a_window_without_any_record_reads_nothing() -> None:
    assert ends(decided(Log(end=20, since=None), Query(window=Window(SINCE)))) == (20, 20, Pruned.TIME)
    assert ends(decided(Log(end=20, since=7, until=7), IN_WINDOW)) == (7, 7, Pruned.TIME)
    assert decided(Log(end=20, until=0), Query(window=Window(None, UNTIL))).pruned is Pruned.TIME


def test_exact_reads_on_to_the_end_of_the_log() -> None:
    exact = Query(window=Window(SINCE, UNTIL), slack_ms=None)
    assert ends(decided(Log(end=20, since=7, until=9), exact)) == (7, 20, None)


def test_an_open_transaction_ends_the_range_and_is_counted() -> None:
    one = decided(Log(end=20, stable=12))
    assert ends(one) == (0, 12, None)
    assert one.held_back == 8


def test_an_open_transaction_counts_only_where_the_window_would_have_been_read() -> None:
    assert decided(Log(end=20, stable=12, since=3, until=15), IN_WINDOW).held_back == 3
    assert decided(Log(end=20, stable=12, since=3, until=12), IN_WINDOW).held_back == 0
    assert decided(Log(end=20, stable=12, since=3, until=9), IN_WINDOW).held_back == 0
    assert decided(Log(end=20, stable=12, since=None), Query(window=Window(SINCE))).held_back == 0


def test_a_window_that_lies_wholly_behind_an_open_transaction_is_held_back_not_empty() -> None:
    one = decided(Log(end=20, stable=5, since=8, until=15), IN_WINDOW)
    assert one.held_back == 7
    assert one.pruned is Pruned.TIME
    assert one.end - one.start <= 0


def test_uncommitted_reading_is_held_back_by_nothing() -> None:
    query = Query(isolation=Isolation.READ_UNCOMMITTED)
    one = decided(Log(end=20, stable=12), query)
    assert ends(one) == (0, 20, None)
    assert one.held_back == 0


def test_a_stable_offset_that_is_ahead_of_the_high_watermark_counts_as_that() -> None:
    assert ends(decided(Log(end=20, stable=25))) == (0, 20, None)


def test_retention_has_cut_a_window_that_begins_before_what_is_kept() -> None:
    since = Query(window=Window(SINCE))
    assert decided(Log(start=5, end=20, first_ms=SINCE + 1, since=5), since).cut
    assert not decided(Log(start=5, end=20, first_ms=SINCE, since=5), since).cut
    assert not decided(Log(start=5, end=20, first_ms=SINCE - 1, since=9), since).cut


def test_a_log_that_begins_at_its_first_record_is_cut_by_nothing() -> None:
    assert not decided(Log(end=20, first_ms=SINCE + 1, since=0), Query(window=Window(SINCE))).cut


def test_without_since_an_old_log_start_cuts_nothing() -> None:
    assert not decided(Log(start=5, end=20)).cut
    assert not decided(Log(start=5, end=20, until=9), Query(window=Window(None, UNTIL))).cut


def test_a_log_that_retention_emptied_may_have_held_the_window() -> None:
    one = decided(Log(start=20, end=20), Query(window=Window(SINCE)))
    assert one.cut
    assert one.retained_since_ms is None


def test_the_time_of_the_first_record_is_kept() -> None:
    assert decided(Log(start=5, end=20, first_ms=77)).retained_since_ms == 77


def test_a_tail_is_the_last_offsets_and_never_more_than_there_are() -> None:
    assert ends(decided(Log(end=20), Query(tail=3))) == (17, 20, None)
    assert ends(decided(Log(start=18, end=20), Query(tail=3))) == (18, 20, None)
    assert ends(decided(Log(end=20, stable=12), Query(tail=3))) == (9, 12, None)
    in_window = Query(window=Window(SINCE, UNTIL), tail=3)
    assert ends(decided(Log(end=20, since=4, until=10), in_window)) == (7, 10, None)


def test_what_was_not_answered_is_named_with_its_reason_and_the_rest_is_read() -> None:
    known, unknown = (TOPIC, 0), (TOPIC, 1)
    logs = {known: Log(end=20), unknown: Log(end=20)}
    whole = bounds(logs, IN_WINDOW)
    for name in ("high_watermark", "last_stable", "log_start", "since", "until"):
        answers: Offsets = getattr(whole, name)
        part = Offsets({known: answers.found[known]}, {unknown: "no leader"})
        fields = {each: getattr(whole, each) for each in Bounds.__slots__}
        found = decide(Bounds(**{**fields, name: part}), logs, IN_WINDOW, {})
        assert [one.place for one in found.ranges] == [known], name
        assert found.troubles == (f"{TOPIC}[1] was not read: no leader",), name


def test_topics_that_may_not_be_described_are_named() -> None:
    found = decide(bounds({}, Query()), [], Query(), {"secret": "no permission"})
    assert found == Ranges((), ("secret was not read: no permission",))


def test_what_is_expected_counts_only_what_is_read() -> None:
    logs = {(TOPIC, 0): Log(start=5, end=20), (TOPIC, 1): Log(end=0), (TOPIC, 2): Log(end=7, stable=4)}
    found = decide(bounds(logs, Query()), logs, Query(), {})
    assert found.expected == 15 + 4
    assert [one.partition for one in found.to_read] == [0, 2]


counts = st.integers(0, 50)


@given(start=counts, more=counts, open_=counts, since=st.none() | counts, until=st.none() | counts)
def test_whatever_the_cluster_says_a_range_lies_inside_of_the_log(
    start: int, more: int, open_: int, since: int | None, until: int | None
) -> None:
    def inside(offset: int | None) -> int | None:
        return None if offset is None or offset >= more else start + offset

    log = Log(start + more, start, max(start, start + more - open_), since=inside(since), until=inside(until))
    for query in (Query(), IN_WINDOW, Query(window=Window(SINCE), tail=4)):
        one = decided(log, query)
        if one.pruned is None:
            assert log.start <= one.start < one.end <= log.end
        assert one.held_back <= log.end - one.start if one.held_back else one.held_back == 0
        assert Ranges((one,)).expected == (one.end - one.start if one.pruned is None else 0)
