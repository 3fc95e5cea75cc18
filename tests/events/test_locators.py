"""Locators: what each finds, and how a wrong one is refused."""

import pytest

from agentctl.errors import UsageError
from agentctl.events.locators import first_text, parse_locators
from agentctl.events.reading import Reading
from agentctl.model.record import Record
from tests.events.records import record

NOTHING: frozenset[str] = frozenset()


def found(spec: object, one: Record) -> str | None:
    locators = parse_locators(spec, "profile.ours.workflow_id")
    names = frozenset(name for locator in locators for name in locator.headers)
    return first_text(locators, Reading(one, None, names))


@pytest.mark.parametrize(
    ("locator", "text"),
    [
        ("$message.payload#/a", "top"),
        ("$message.payload#/meta/run", "r1"),
        ("$message.payload#/list/1", "second"),
        ("$message.payload#/list/-1", "third"),
        ("$message.payload#/list/3", None),
        ("$message.payload#/list/01", None),
        ("$message.payload#/list/x", None),
        ("$message.payload#/with~1slash", "slash"),
        ("$message.payload#/with~0tilde", "tilde"),
        ("$message.payload#/~01", "tilde one"),
        ("$message.payload#/", "empty name"),
        ("$message.payload#/a/deeper", None),
        ("$message.payload#/missing", None),
    ],
)
def test_a_json_pointer_is_followed(locator: str, text: str | None) -> None:
    payload = {
        "a": "top",
        "meta": {"run": "r1"},
        "list": ["first", "second", "third"],
        "with/slash": "slash",
        "with~tilde": "tilde",
        "~1": "tilde one",
        "": "empty name",
    }
    assert found(locator, record(payload)) == text


def test_a_pointer_reads_a_payload_that_is_a_list_or_a_scalar() -> None:
    assert found("$message.payload#/0", record(["first"])) == "first"
    assert found("$message.payload#", record("whole")) == "whole"
    assert found("$message.payload#", record(b"plain words")) == "plain words"


def test_of_duplicate_headers_the_last_counts() -> None:
    locator = "$message.header#/h"
    assert found(locator, record({}, headers=[("h", "one"), ("h", "two")])) == "two"
    assert found(locator, record({}, headers=[("h", "one"), ("h", None)])) is None
    assert found(locator, record({}, headers=[("h", b"\xff")])) is None


def test_key_topic_timestamp_and_literals() -> None:
    one = record({}, key="k", topic="research-events", time_ms=1_700)
    assert [found(x, one) for x in ("$key", "$topic", "$timestamp", "seo")] == [
        "k",
        "research-events",
        "1700",
        "seo",
    ]
    assert found("$key", record({}, key=b"\xff")) is None


@pytest.mark.parametrize("empty", ["", None, {}, []])
def test_empty_lets_the_next_locator_win(empty: object) -> None:
    alternatives = ["$message.payload#/a", "$message.payload#/b"]
    assert found(alternatives, record({"a": empty, "b": "next"})) == "next"


@pytest.mark.parametrize(
    ("json", "text"),
    [
        *((b"0", "0"), (b"false", "false"), (b"true", "true"), (b"7", "7")),
        # Numbers are kept as JSON has them.
        *((b"1.0", "1.0"), (b"1e3", "1e3"), (b"-0.0", "-0.0"), (b"0.1000", "0.1000")),
        (b"18446744073709551616", "18446744073709551616"),
    ],
)
def test_numbers_and_booleans_become_text(json: bytes, text: str) -> None:
    locators = ["$message.payload#/x", "$message.payload#/b"]
    assert found(locators, record(b'{"x": ' + json + b', "b": "next"}')) == text


def test_a_composite_is_joined_by_slashes_and_needs_every_part() -> None:
    spec = {"all": ["$message.payload#/topic", ["$message.payload#/format", "$message.header#/format"]]}
    assert found(spec, record({"topic": "k8s", "format": "blog"})) == "k8s/blog"
    assert found(spec, record({"topic": "k8s"}, headers=[("format", "deck")])) == "k8s/deck"
    assert found(spec, record({"topic": "k8s"})) is None
    assert found([spec, "$key"], record({"topic": "k8s"}, key="k")) == "k"


TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


@pytest.mark.parametrize(
    ("header", "trace"),
    [
        (f"00-{TRACE}-00f067aa0ba902b7-01", TRACE),
        (f"01-{TRACE}-00f067aa0ba902b7-01-more", TRACE),
        (f"00-{TRACE}-00f067aa0ba902b7-01-more", None),
        (f"00-{TRACE.upper()}-00f067aa0ba902b7-01", None),
        (f"00-{'0' * 32}-00f067aa0ba902b7-01", None),
        (f"00-{TRACE}-{'0' * 16}-01", None),
        (f"ff-{TRACE}-00f067aa0ba902b7-01", None),
        (TRACE, None),
        ("", None),
    ],
)
def test_traceparent_gives_its_trace_id_when_it_is_valid(header: str, trace: str | None) -> None:
    assert found("$message.header#/traceparent", record({}, headers=[("traceparent", header)])) == trace


@pytest.mark.parametrize(
    "spec",
    [
        *(
            "$message.payload",
            "$message.payload#a",
            "$message.header#/",
            "$keys",
            "$",
            "",
            "$message.payload#/~2",
        ),
        *(3, [], [3], {}, {"any": ["$key"]}, {"all": []}, {"all": "$key"}, {"all": ["$nothing"]}),
    ],
)
def test_a_wrong_locator_is_refused_with_its_place(spec: object) -> None:
    with pytest.raises(UsageError, match=r"profile\.ours\.workflow_id"):
        parse_locators(spec, "profile.ours.workflow_id")


def test_the_error_names_the_locator() -> None:
    with pytest.raises(UsageError, match=r"'\$keys' is no locator"):
        parse_locators(["$key", "$keys"], "profile.ours.agent")
