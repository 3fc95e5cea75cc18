"""Reading through faults: the right bytes, or a sentence within the time that was given."""

from collections.abc import Callable

import pytest

from agentctl.errors import AgentctlError, UnreachableError
from agentctl.store.patience import Patience
from agentctl.store.s3 import S3Store
from tests.store.conftest import Ground
from tests.store.faults import Action, cut, flipped, header, ignoring, refuse, shortened, unasked

CONTENT = bytes(range(256)) * 5000
PASSING: dict[str, Action] = {
    "internal error": refuse(500, "InternalError"),
    "service unavailable": refuse(503, "ServiceUnavailable"),
    "slow down": refuse(503, "SlowDown"),
    "too many": refuse(429, "TooManyRequests"),
    "gateway": refuse(502),
    "connection closed": unasked,
    "body cut": cut(100),
    "body cut to nothing": cut(0),
}


@pytest.fixture
def filled(ground: Ground) -> Ground:
    """With one object."""
    ground.store.put_new("a.avro", CONTENT)
    ground.faults.seen.clear()
    return ground


READS: dict[str, tuple[Callable[[S3Store], object], object]] = {
    "whole": (lambda store: store.get("a.avro"), CONTENT),
    "stretch": (lambda store: store.get_range("a.avro", 1000, 200_000), CONTENT[1000:201_000]),
    "end": (lambda store: store.get_range("a.avro", -200_000, 200_000), CONTENT[-200_000:]),
    "list": (lambda store: [one.key for one in store.list()], ["a.avro"]),
}


@pytest.mark.parametrize("fault", PASSING)
@pytest.mark.parametrize("read", READS)
def test_what_passes_is_waited_for(filled: Ground, fault: str, read: str) -> None:
    call, expected = READS[read]
    filled.faults.on("GET", "", PASSING[fault], PASSING[fault])
    before = filled.store.requests
    assert call(filled.store) == expected
    after = filled.store.requests
    assert filled.faults.count("GET") == 3
    assert after.get + after.list - before.get - before.list == 3, "each try is a request"
    assert len(filled.waiting.waits) == 2
    assert filled.waiting.waits == sorted(filled.waiting.waits), "the second pause is longer"


@pytest.mark.parametrize("fault", ["slow down", "internal error"])
def test_looks_are_repeated_too(filled: Ground, fault: str) -> None:
    filled.faults.on("HEAD", "", PASSING[fault])
    assert filled.store.head("a.avro").size == len(CONTENT)


def test_a_damaged_whole_object_is_read_again(filled: Ground) -> None:
    filled.faults.on("GET", "a.avro", flipped(77))
    assert filled.store.get("a.avro") == CONTENT
    assert filled.faults.count("GET") == 2


@pytest.mark.parametrize("read", ["whole", "stretch", "end"])
def test_a_body_that_is_short_but_says_it_is_whole_is_read_again(filled: Ground, read: str) -> None:
    call, expected = READS[read]
    filled.faults.on("GET", "a.avro", shortened(1000))
    assert call(filled.store) == expected
    assert filled.faults.count("GET") == 2


def test_a_store_that_knows_no_ranges_gives_the_stretch_nevertheless(filled: Ground) -> None:
    filled.faults.on("GET", "a.avro", ignoring("Range"), always=True)
    assert filled.store.get_range("a.avro", 1000, 20) == CONTENT[1000:1020]
    assert filled.store.get_range("a.avro", -20, 20) == CONTENT[-20:]


def test_another_stretch_than_was_asked_for_is_no_answer(filled: Ground) -> None:
    filled.faults.on("GET", "a.avro", header("Content-Range", "bytes 5-24/1280000"))
    assert filled.store.get_range("a.avro", 1000, 20) == CONTENT[1000:1020]
    assert filled.faults.count("GET") == 2


def test_silence_is_no_answer(filled: Ground) -> None:
    filled.faults.on("GET", "a.avro", filled.faults.late)
    patient = filled.opened(Patience(0.6, filled.waiting.sleep, lambda: 0.0))
    assert patient.get("a.avro") == CONTENT
    assert filled.faults.count("GET") == 2


@pytest.mark.parametrize(("fault", "why"), [
    ("slow down", "the store asks to slow down"),
    ("internal error", "the store has a fault of its own"),
    ("connection closed", "the connection broke"),
    ("body cut", "the connection broke"),
])  # fmt: skip
def test_patience_ends_with_what_the_last_try_met(filled: Ground, fault: str, why: str) -> None:
    filled.faults.on("GET", "a.avro", PASSING[fault], always=True)
    with pytest.raises(UnreachableError, match=rf"events/a\.avro: {why} \({filled.faults.url}\)"):
        filled.store.get("a.avro")
    assert 20 < sum(filled.waiting.waits) <= 30, "seconds, as its patience is"
    assert filled.faults.count("GET") == len(filled.waiting.waits) + 1


def test_a_list_that_breaks_on_a_later_page_goes_on_there(ground: Ground) -> None:
    keys = [f"{number:02d}" for number in range(12)]
    for key in keys:
        ground.store.replace(key, b"")
    ground.faults.on("GET", "continuation-token", refuse(500, "InternalError"))
    assert [one.key for one in ground.store.list()] == keys


def test_nobody_there_is_said_with_the_address(ground: Ground) -> None:
    ground.faults.on("GET", "", unasked, always=True)
    with pytest.raises(UnreachableError) as failure:
        list(ground.store.list())
    assert failure.value.hint is not None
    assert "s3_endpoint" in failure.value.hint
    assert failure.value.exit_code == 6


def test_what_no_waiting_mends_is_not_tried_again(filled: Ground) -> None:
    filled.faults.on("GET", "a.avro", refuse(400, "InvalidArgument"))
    with pytest.raises(AgentctlError, match="does not understand"):
        filled.store.get("a.avro")
    assert filled.waiting.waits == []
