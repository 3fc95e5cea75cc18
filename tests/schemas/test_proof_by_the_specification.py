"""The fast proof against a slow reader of the specification: they agree on every event."""

import json
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentctl.schemas.avro.parsing import parse
from agentctl.schemas.avro.reading import AvroJudge
from agentctl.schemas.proving import Fate, UnreadableError
from tests.schemas.made_pairs import Maker
from tests.schemas.plainly import Schema, encoded, fate

FATES = {0: "fine", 1: "changed", 2: "failed"}


def judged(seed: int) -> Counter[str]:
    """Make a pair and events, and hold both judges together on each."""
    maker = Maker(seed)
    written = maker.record()
    read = maker.reader(written)
    writer, reader = Schema(written), Schema(read)
    judge = AvroJudge(parse(json.dumps(written), "old"), parse(json.dumps(read), "new"))
    found = Counter[str]()
    for _ in range(5):
        data = encoded(writer, writer.root, maker.value(writer, writer.root))
        value = judge.decoded(data)
        said = FATES[judge.fate(value)]
        assert said == fate(writer, reader, data), (written, read, value)
        worst = max((issue.fate for issue in judge.issues(value)), default=Fate.FINE)
        assert FATES[worst] == said, (written, read, value, list(judge.issues(value)))
        if judge.certain:
            assert said == "fine"
        found[said] += 1
    return found


@settings(max_examples=400, deadline=None)
@given(st.integers(0, 2**32))
def test_both_say_the_same_of_every_event(seed: int) -> None:
    judged(seed)


def test_the_pairs_that_are_made_hold_every_fate() -> None:
    found = sum((judged(seed) for seed in range(400)), Counter[str]())
    assert min(found[name] for name in FATES.values()) > 40, found


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 2**32), st.integers(0, 200))
def test_what_is_cut_off_or_too_long_is_no_event(seed: int, cut: int) -> None:
    maker = Maker(seed)
    written = maker.record()
    schema = Schema(written)
    judge = AvroJudge(*[parse(json.dumps(written), "old")] * 2)
    data = encoded(schema, schema.root, maker.value(schema, schema.root))
    for broken in (data + b"\0", data[: cut % len(data)] if data else b"\0"):
        with pytest.raises(UnreadableError, match=r"."):
            judge.decoded(broken)
