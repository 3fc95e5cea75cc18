"""What a history says for certain is true of the whole log, whatever was left of it."""

from collections.abc import Sequence
from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st

from agentctl.lag.history import CommitHistory
from agentctl.lag.track import GONE
from tests.lag.logs import METADATA, PARTITION, TOPIC, Written, history_of

STEP_MS = 10
"""A record is written every so often: record ``n`` at ``n * STEP_MS``."""
GROUPS = "abc"


@dataclass(frozen=True, slots=True)
class Case:
    """A whole log, and what a reader gets of it."""

    whole: Sequence[Written]
    left: Sequence[Written]
    batch: int
    start: int
    end: int

    @property
    def history(self) -> CommitHistory:
        return history_of(self.left, start=self.start, end=self.end, batch=self.batch)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Groups commit, go back, and are dropped; then a prefix is cleaned, and reading begins somewhere."""
    whole: list[Written] = []
    at = time_ms = 0
    for _ in range(draw(st.integers(0, 25))):
        time_ms += draw(st.integers(1, 3 * STEP_MS))
        offset = draw(st.integers(METADATA, time_ms // STEP_MS))
        whole.append(Written(at, draw(st.sampled_from(GROUPS)), offset, time_ms))
        # A marker of a transaction, or an aborted commit, takes an offset and is not delivered.
        at += draw(st.sampled_from([1, 1, 1, 2]))
    left = cleaned(whole, draw(st.integers(0, at)), tombstones=draw(st.booleans()))
    start = begun(left, draw(st.integers(0, time_ms + 1)), at) if draw(st.booleans()) else 0
    return Case(whole, [one for one in left if one.at >= start], draw(st.integers(1, 7)), start, at)


def cleaned(whole: Sequence[Written], until: int, *, tombstones: bool) -> list[Written]:
    """Leave of each key only the last record before an offset, and of dropped positions perhaps none."""
    latest = {one.key: one.at for one in whole if one.at < until}
    return [
        one
        for one in whole
        if one.at >= until or (latest[one.key] == one.at and (tombstones or one.offset != GONE))
    ]


def begun(left: Sequence[Written], since_ms: int, end: int) -> int:
    """Return where a reader begins: an offset before the first record of a time on."""
    first = next((one.at for one in left if one.time_ms >= since_ms), end)
    return max(first - 1, 0)


def of(case: Case, group: str) -> list[Written]:
    return [one for one in case.whole if one.group == group and one.offset != METADATA]


@settings(max_examples=500)
@given(case=cases(), offset=st.integers(0, 60))
def test_passing(case: Case, offset: int) -> None:
    history = case.history
    written_ms = offset * STEP_MS
    for found in history.passed(TOPIC, PARTITION, offset, written_ms):
        entries = of(case, found.group)
        truth = next((one.time_ms for one in entries if one.offset > offset), None)
        track = history.track(found.group, TOPIC, PARTITION)
        assert track is not None
        reaches = history.reach_of(track).reaches(written_ms)
        if found.at is None:
            assert truth is None or not found.certain
            continue
        assert truth is not None
        assert truth <= found.at.time_ms
        if found.certain and reaches:
            assert truth == found.at.time_ms
        if found.certain and not reaches:
            # Nothing but a way back from before the history begins could have it otherwise.
            assert truth == found.at.time_ms or truth < track.time_ms(0)
        if found.before is not None:
            between = [one for one in entries if found.before.time_ms < one.time_ms < found.at.time_ms]
            assert between == []


@settings(max_examples=500)
@given(case=cases(), time_ms=st.integers(0, 800))
def test_standing(case: Case, time_ms: int) -> None:
    history = case.history
    for group in GROUPS:
        found = history.position_at(group, TOPIC, PARTITION, time_ms)
        entries = [one.offset for one in of(case, group) if one.time_ms <= time_ms]
        truth = entries[-1] if entries and entries[-1] != GONE else None
        if found.known:
            assert (found.commit and found.commit.offset) == truth


@settings(max_examples=500)
@given(case=cases())
def test_since_when_all_is_known(case: Case) -> None:
    history = case.history
    begins_ms = history.reaches[0].complete_since_ms
    if begins_ms is not None:
        missing = [one for one in case.whole if one not in case.left and one.time_ms >= begins_ms]
        assert missing == []
