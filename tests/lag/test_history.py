"""Who had read what when, and what a history that does not go back far enough leaves open."""

import pytest

from agentctl.lag.history import CommitHistory, Passing, Standing
from agentctl.lag.recording import Recording
from agentctl.lag.track import GONE
from tests.builders import ms
from tests.lag.logs import METADATA, PARTITION, TOPIC, Written, history_of, log

EVENT = 8_841
WRITTEN = ms("03:00:04.210")


def passing(history: CommitHistory, offset: int = EVENT, written_ms: int | None = WRITTEN) -> Passing:
    """When the only group of a history passed a record."""
    [found] = history.passed(TOPIC, PARTITION, offset, written_ms)
    return found


def at(history: CommitHistory, clock: str, group: str = "oracle-audit") -> Standing:
    return history.position_at(group, TOPIC, PARTITION, ms(clock))


LATE = log(
    ("02:40", "oracle-audit", 8_800),
    ("02:50", "oracle-audit", EVENT),
    ("03:10", "oracle-audit", EVENT),
    ("14:15", "oracle-audit", EVENT),
    ("14:15:03.118", "oracle-audit", EVENT + 1),
    ("14:20", "oracle-audit", EVENT + 7),
)


def test_a_group_passes_a_record_with_the_first_commit_behind_it() -> None:
    found = passing(history_of(LATE))
    assert found.at is not None
    assert (found.group, found.at.time_ms, found.at.offset) == ("oracle-audit", ms("14:15:03.118"), EVENT + 1)
    assert found.before is not None
    assert (found.before.time_ms, found.before.offset) == (ms("14:15"), EVENT)
    assert (found.stood_since_ms, found.stood_longer) == (ms("02:50"), False)
    assert found.certain
    assert (found.back, found.dropped_ms) == (None, None)


def test_a_group_that_stands_before_it_has_not_passed() -> None:
    found = passing(history_of(LATE[:4]))
    assert found.at is None
    assert found.before is not None
    assert found.before.offset == EVENT
    assert found.stood_since_ms == ms("02:50")
    assert found.certain


def test_every_group_is_told_of_by_itself_in_the_order_of_names() -> None:
    history = history_of(
        log(
            ("02:50", "b", 8_841),
            ("02:51", "a", 8_841),
            ("03:10", "b", 8_842),
            ("03:20", "a", 8_850),
        )
    )
    found = history.passed(TOPIC, PARTITION, EVENT, WRITTEN)
    assert [(one.group, one.at and one.at.time_ms) for one in found] == [
        ("a", ms("03:20")),
        ("b", ms("03:10")),
    ]
    assert history.groups == ("a", "b")
    assert history.passed(TOPIC, PARTITION + 1, EVENT, WRITTEN) == ()


def test_the_first_passing_counts_and_a_later_rewind_is_noted() -> None:
    history = history_of(
        log(
            ("03:10", "g", 8_900),
            ("03:20", "g", 8_850),
            ("03:30", "g", 8_800),
            ("03:40", "g", 9_000),
        )
    )
    found = passing(history)
    assert found.at is not None
    assert found.at.time_ms == ms("03:10")
    assert found.back is not None
    assert (found.back.time_ms, found.back.offset) == (ms("03:30"), 8_800)
    track = history.track("g", TOPIC, PARTITION)
    assert track is not None
    assert [(one.offset, two.offset) for one, two in track.rewinds()] == [(8_900, 8_850), (8_850, 8_800)]
    assert passing(history, 8_700).back is None


def test_a_history_that_begins_later_knows_only_by_when_it_was_passed() -> None:
    late = [Written(1_000 + n, "g", 9_000 + n, ms(f"04:0{n}")) for n in range(3)]
    found = passing(history_of(late, start=7))
    assert found.at is not None
    assert found.at.time_ms == ms("04:00")
    assert found.before is None
    assert not found.certain


def test_a_history_that_reaches_back_to_the_record_knows_that_nobody_passed_it_earlier() -> None:
    records = [
        Written(1_000, "else", 1, ms("02:59")),
        Written(1_001, "g", 9_000, ms("04:00")),
    ]
    [_, found] = history_of(records, start=7).passed(TOPIC, PARTITION, EVENT, WRITTEN)
    assert found.at is not None
    assert (found.at.time_ms, found.certain) == (ms("04:00"), True)
    [_, undated] = history_of(records, start=7).passed(TOPIC, PARTITION, EVENT)
    assert not undated.certain


def test_not_passed_is_certain_only_where_the_history_reaches_back() -> None:
    standing = [Written(1_000 + n, "g", 8_000, ms(f"04:0{n}")) for n in range(3)]
    found = passing(history_of(standing, start=7))
    assert (found.at, found.certain) == (None, False)
    assert found.stood_since_ms == ms("04:00")
    assert found.stood_longer


def test_not_passed_is_not_certain_where_the_history_breaks_off() -> None:
    found = passing(history_of(LATE[:4], whole=False))
    assert (found.at, found.certain) == (None, False)
    assert at(history_of(LATE[:4], whole=False), "14:15").known
    assert not at(history_of(LATE[:4], whole=False), "14:16").known


def test_a_hole_of_compaction_makes_what_came_before_unknown() -> None:
    # Of the group's commits only the last was left in the part that was cleaned.
    left = [LATE[3], *LATE[4:]]
    history = history_of(left)
    found = passing(history)
    # It stood before the record at 14:15, and no commit is missing between that and the next.
    assert found.at is not None
    assert (found.at.time_ms, found.certain) == (ms("14:15:03.118"), True)
    assert (found.stood_since_ms, found.stood_longer) == (ms("14:15"), True)
    assert history.begins_ms == ms("14:15")
    assert not at(history, "12:00").known
    assert not passing(history_of(LATE[4:])).certain


def test_all_that_compaction_left_may_be_nothing() -> None:
    history = history_of([], end=7)
    assert history.reaches[0].complete_since_ms is None
    assert at(history, "03:00") == Standing(None, known=False)
    assert at(history_of([]), "03:00") == Standing(None, known=True)


def test_holes_behind_a_key_that_came_twice_are_markers_of_transactions() -> None:
    records = [
        Written(0, "g", 8_000, ms("02:00")),
        Written(1, "g", 8_100, ms("02:10")),
        Written(3, "g", 8_900, ms("03:10")),
        Written(5, "h", 8_900, ms("03:20")),
    ]
    history = history_of(records)
    assert history.begins_ms == 0
    assert [one.certain for one in history.passed(TOPIC, PARTITION, EVENT, WRITTEN)] == [True, True]


def test_a_dropped_position_is_none() -> None:
    history = history_of(log(("02:50", "g", EVENT), ("03:10", "g", EVENT + 1), ("05:00", "g", GONE)))
    found = passing(history)
    assert found.at is not None
    assert (found.at.time_ms, found.dropped_ms) == (ms("03:10"), ms("05:00"))
    assert at(history, "06:00", "g") == Standing(None, known=True)
    never = passing(history_of(log(("02:50", "g", EVENT), ("05:00", "g", GONE))))
    assert (never.at, never.before, never.dropped_ms) == (None, None, ms("05:00"))


def test_commits_on_a_topic_that_was_deleted_before_are_not_about_the_new_one() -> None:
    history = history_of(
        log(
            ("01:00", "g", 9_999),
            ("02:00", "g", GONE),
            ("02:30", "g", 8_800),
            ("03:30", "g", 8_900),
        )
    )
    found = passing(history)
    assert found.at is not None
    assert (found.at.time_ms, found.certain) == (ms("03:30"), True)
    # Of a record of before the deletion it is the other way round.
    old = passing(history, written_ms=ms("00:30"))
    assert old.at is not None
    assert old.at.time_ms == ms("01:00")


def test_where_a_group_stood_at_a_moment() -> None:
    history = history_of(LATE)
    found = at(history, "04:00")
    assert found.commit is not None
    assert (found.commit.offset, found.commit.time_ms, found.known) == (EVENT, ms("03:10"), True)
    exactly = at(history, "14:15:03.118").commit
    assert exactly is not None
    assert exactly.offset == EVENT + 1
    assert at(history, "02:00") == Standing(None, known=True)
    assert at(history, "02:00", "nobody") == Standing(None, known=True)


def test_before_a_history_that_begins_later_nothing_is_known() -> None:
    history = history_of([Written(7, "oracle-audit", 1, ms("03:00"))], start=7)
    assert at(history, "02:00") == Standing(None, known=False)
    assert at(history, "04:00", "nobody") == Standing(None, known=False)


def test_a_clock_that_ran_backwards_does_not_change_the_order() -> None:
    history = history_of(log(("03:10", "g", 10), ("03:05", "g", 20), ("03:20", "g", 30)))
    found = [at(history, clock, "g").commit for clock in ("03:07", "03:11", "03:20")]
    assert [one and one.offset for one in found] == [None, 20, 30]


def test_only_what_is_wanted_is_kept() -> None:
    records = [
        *log(("03:00", "a", 1), ("03:01", "b", 2), ("03:02", "a", METADATA)),
        Written(3, "a", 5, ms("03:03"), topic="content-claims"),
        Written(4, "a", 6, ms("03:04"), partition=0),
    ]
    history = history_of(records, wanted={(TOPIC, PARTITION)}, groups={"a"})
    assert (len(history), history.groups, history.positions) == (1, ("a",), ((TOPIC, PARTITION),))
    assert len(history_of(records)) == 4
    assert history.reaches[0].records == 5


@pytest.mark.parametrize(
    ("key", "value"),
    [
        (None, b""),
        (b"\x00", b""),
        (b"\x00\x01\xff\xff", b""),
        (LATE[0].key, b"\x00\x09"),
        (LATE[0].key, b""),
    ],
    ids=["no key", "no version", "a length below 0", "an unknown version", "an empty value"],
)
def test_what_cannot_be_read_is_counted_and_nothing_is_certain_any_more(
    key: bytes | None, value: bytes
) -> None:
    recording = Recording()
    recording.begin(0, 0)
    for number, (bytes_, said) in enumerate([*((one.key, one.value) for one in LATE), (key, value)]):
        recording.take(0, [number], [bytes_], [said], [ms("03:00") + number])
    recording.end(0, len(LATE) + 1, whole=True)
    history = recording.history()
    assert history.reaches[0].unreadable == 1
    found = passing(history)
    assert found.at is not None
    assert found.at.offset == EVENT + 1
    assert not found.certain
    assert not at(history, "14:20").known


def test_records_of_other_kinds_are_no_commits_and_spoil_nothing() -> None:
    recording = Recording()
    recording.begin(0, 0)
    keys = [b"\x00\x02\x00\x01g", b"\x00\x17", b"\x7f\xff", b"\xff\xfe"]
    recording.take(0, [0, 1, 2, 3], keys, [b"?", None, b"", b""], [1, 2, 3, 4])
    recording.end(0, 4, whole=True)
    reach = recording.history().reaches[0]
    assert (reach.records, reach.unreadable, reach.unknown, reach.complete_since_ms) == (4, 0, 2, 0)
