"""Of nights that are made up, everything that is wrong in them is found, and nothing else."""

import pytest

from agentctl.model.finding import Code
from agentctl.model.record import TimestampType
from tests.nights.measure import made_up, told
from tests.nights.table import BEGINS, DOCUMENT, ENDS, SKEW_MS, total, written

CHUNK = 50
FIRST = 10_000
"""Other nights than those of the table."""


@pytest.mark.parametrize("chunk", range(8))
def test_without_skew_nothing_is_missed_and_nothing_is_wrong(chunk: int) -> None:
    begins = FIRST + chunk * CHUNK
    measure = total(range(begins, begins + CHUNK))
    assert {code for code, count in measure.codes.items() if count.missed or count.wrong} == set()
    assert all(count.found for count in measure.codes.values()), "every code is there to be found"
    for count in (measure.downstream, measure.reasons, measure.verdicts):
        assert (count.missed, count.wrong) == (0, 0)
        assert count.found > 0
    assert set(measure.causes) == {"right"}


@pytest.mark.parametrize("chunk", range(4))
def test_with_skew_nobody_is_wrongly_said_to_hold(chunk: int) -> None:
    begins = FIRST + chunk * CHUNK
    measure = total(range(begins, begins + CHUNK), SKEW_MS)
    assert measure.verdicts.wrong == 0
    assert measure.verdicts.found > CHUNK
    for code in (Code.SILENCE, Code.SPLIT_KEY, Code.UNKNOWN_CAUSE, Code.UNDECODABLE, Code.CLOCK_SKEW):
        assert (measure.codes[code].missed, measure.codes[code].wrong) == (0, 0)


def test_a_night_is_the_same_whenever_it_is_made_up() -> None:
    assert made_up(7, 2_000).night.events() == made_up(7, 2_000).night.events()
    assert made_up(7).night.events() != made_up(8).night.events()


def test_a_story_of_a_night_does_not_depend_on_the_moment_after_it() -> None:
    """But for leases that run out meanwhile."""
    book = made_up(3)
    ends = max(act.at for act in book.night.acts)
    early, late = (told(book, ends + after).findings for after in (1_000, 100_000_000))
    assert [one for one in late if one.code is not Code.ORPHANED_CLAIM] == [
        one for one in early if one.code is not Code.ORPHANED_CLAIM
    ]


def test_nights_know_both_clocks_and_both_kinds_of_reading() -> None:
    nights = [made_up(seed).night for seed in range(30)]
    assert {night.claims_clock for night in nights} == {TimestampType.CREATE, TimestampType.APPEND}
    assert {night.history() is None for night in nights} == {True, False}


def test_the_document_says_what_is_measured_today() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    assert BEGINS in text
    assert ENDS in text
    assert text == written(text), "python -m tests.nights --write"
