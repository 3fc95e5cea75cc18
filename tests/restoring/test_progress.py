"""However often a restore is broken off, and whatever cannot be read: each record is written once."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from agentctl.restoring.progress import Progress, Span
from tests.restoring.made import log, records

HERE, THERE = log("t", 0), log("t", 1)
_LENGTH, _BLOCK = 60, 6
_blocks = st.sets(st.integers(0, _LENGTH // _BLOCK - 1))
_passes = st.lists(st.tuples(_blocks, st.integers(0, 2 * _LENGTH // _BLOCK)), max_size=6)
"""Of each pass, the blocks that cannot be read, and after how many blocks of both logs it is broken off."""


@settings(max_examples=400)
@given(_passes)
def test_each_record_is_written_once_over_any_number_of_broken_passes(
    passes: list[tuple[set[int], int]],
) -> None:
    """The last pass can read everything and ends by itself."""
    written: list[tuple[int, int]] = []
    progress = Progress()
    logs = {one: records(one, _LENGTH) for one in (HERE, THERE)}
    for unreadable, length in (*passes, (set(), 99)):
        steps = 0
        for one, all_records in logs.items():
            for number, at in enumerate(range(0, _LENGTH, _BLOCK)):
                steps += 1
                if steps > length:
                    break
                block = all_records[at : at + _BLOCK]
                if number in unreadable:
                    progress.missed(one, Span(block[0].offset, block[-1].offset + 1))
                    continue
                still = progress.open(one, block)
                written += [(one.partition, record.offset) for record in still]
                if still:
                    progress.took(one, still[-1].offset)
        if steps <= length:
            progress.ended()
        # What is told to Kafka is all that the next pass knows.
        progress = Progress.of_json(json.loads(json.dumps(progress.to_json())))
    wanted = [(one.partition, record.offset) for one, all_ in logs.items() for record in all_]
    assert sorted(written) == sorted(wanted)
    assert progress.holes == {}


def test_what_could_not_be_read_is_told_by_its_offsets() -> None:
    progress = Progress()
    progress.took(HERE, 9)
    progress.missed(HERE, Span(10, 20))
    progress.missed(HERE, Span(20, 25))
    progress.took(HERE, 30)
    progress.ended()
    assert progress.holes == {HERE: (Span(10, 25),)}


def test_a_record_that_was_written_in_front_of_a_hole_is_not_missed_when_its_block_is_damaged_later() -> None:
    progress = Progress()
    progress.took(HERE, 9)
    progress.missed(HERE, Span(0, 20))
    progress.ended()
    assert progress.holes == {HERE: (Span(10, 20),)}
