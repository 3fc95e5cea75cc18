"""The raw filter may exclude only what cannot match; and it does exclude what it can."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentctl.events.mapping import FieldMapping, field_mapping
from agentctl.events.prefilter import matcher, raw_filter
from agentctl.model.query import Match, Query
from agentctl.model.record import Record, TimestampType
from agentctl.ports import RawFilter
from tests.events.records import record

PLAIN = field_mapping({}, {})


def admits(wanted: RawFilter, one: Record) -> bool:
    """What a Source does with one record."""
    return one.place in wanted.places or wanted(one.key, one.value, lambda: one.headers or None)


def admits_block(wanted: RawFilter, one: Record) -> bool:
    """What a Source does that looks at many records at once."""
    parts = [
        one.key,
        one.value,
        *(part for name, value in one.headers for part in (name.encode("utf-8", "replace"), value)),
    ]
    return one.place in wanted.places or wanted.any_of(b"\0".join(part for part in parts if part is not None))


def passes(query: Query, one: Record, mapping: FieldMapping = PLAIN) -> bool:
    return admits(raw_filter(query, mapping), one)


def by_id(*ids: str, **more: Any) -> Query:
    return Query(ids=ids, **more)


def test_a_record_that_holds_the_id_nowhere_is_left_out() -> None:
    one = record({"workflow_id": "w1", "note": "line\nbreak"}, key="k", headers=[("h", "x"), ("h", None)])
    assert not passes(by_id("workflow_7"), one)
    assert not raw_filter(by_id("workflow_7"), PLAIN).any_of(one.value or b"")


@pytest.mark.parametrize(
    "one",
    [
        record({"workflow_id": "workflow_7"}),
        record({}, key="workflow_7"),
        record({}, headers=[("h", "workflow_7")]),
        record(b'{"workflow_id": "workflow\\u005f7"}'),
        record(b"\xff workflow_7"),
    ],
)
def test_a_record_that_may_hold_the_id_is_let_through(one: Record) -> None:
    assert passes(by_id("workflow_7"), one)
    assert passes(by_id("other", "workflow_7"), one)


def test_headers_are_asked_for_only_when_key_and_value_do_not_decide() -> None:
    def never() -> None:
        raise AssertionError("headers were asked for")

    wanted = raw_filter(by_id("workflow_7"), PLAIN)
    assert wanted(b"workflow_7", None, never)
    assert wanted(None, b"workflow_7", never)


def test_an_id_with_a_slash_may_be_escaped_shortly() -> None:
    assert passes(by_id("a/b"), record(b'{"workflow_id": "a\\/b"}'))
    assert not passes(by_id("a_b"), record(b'{"workflow_id": "a\\/b"}'))


def test_a_composite_id_stands_in_parts() -> None:
    spec = {"all": ["$message.payload#/topic", "$message.payload#/format"]}
    mapping = field_mapping({}, {"content-claims": {"work_item": spec}})
    claim = record({"topic": "kubernetes", "format": "blog"}, topic="content-claims")
    assert passes(by_id("kubernetes/blog"), claim, mapping)
    assert matcher(by_id("kubernetes/blog"))(mapping.event(claim))
    assert not passes(by_id("observability/blog"), claim, mapping)


def test_a_place_is_wanted_for_where_it_stands() -> None:
    query = by_id("research-events[0]@5")
    here, elsewhere = record({"event_id": "e1"}, offset=5), record({"event_id": "e1"}, offset=6)
    assert passes(query, here)
    assert not passes(query, elsewhere)
    assert matcher(query)(PLAIN.event(here))
    assert not matcher(query)(PLAIN.event(elsewhere))


def test_an_id_in_the_form_of_a_place_may_be_an_event_id() -> None:
    query = by_id("other[0]@5")
    assert passes(query, record({"event_id": "other[0]@5"}))
    assert matcher(query)(PLAIN.event(record({"event_id": "other[0]@5"})))


def test_what_configuration_gives_cannot_be_excluded_by_bytes() -> None:
    mapping = field_mapping({}, {"night": {"agent": "seo"}})
    assert passes(Query(agents=("seo",)), record({}, topic="night"), mapping)
    assert passes(Query(types=("claim",)), record({}, topic="content-claims"))
    assert not passes(Query(agents=("oracle",)), record({}, topic="night"), mapping)
    assert not passes(Query(types=("analysis_complete",)), record({}))


def test_everything_is_let_through_when_nothing_is_asked() -> None:
    wanted = raw_filter(Query(), PLAIN)
    assert wanted(None, None, lambda: None)
    assert wanted.any_of(b"")


def test_an_id_equals_workflow_item_event_or_place_and_nothing_else() -> None:
    event = PLAIN.event(
        record({"id": "e", "workflow_id": "w", "topic": "k8s", "agent": "seo", "cause": "c", "status": "s"})
    )
    assert all(matcher(by_id(text))(event) for text in ("e", "w", "k8s", "research-events[0]@5"))
    assert not any(matcher(by_id(text))(event) for text in ("seo", "c", "s", "W", "w1", ""))


def test_ids_agents_and_types_must_all_match_one_each() -> None:
    event = PLAIN.event(record({"workflow_id": "w", "agent": "seo", "type": "audit"}))
    assert matcher(Query(ids=("x", "w"), agents=("a", "seo"), types=("audit",)))(event)
    assert not matcher(Query(ids=("w",), agents=("sales",)))(event)
    assert not matcher(Query(ids=("w",), types=("done",)))(event)


def test_an_undecodable_event_matches_by_its_bytes() -> None:
    event = PLAIN.event(record(b'\xff "workflow_7" seo'))
    assert matcher(Query(ids=("workflow_7",), agents=("seo",)))(event)
    assert not matcher(by_id("workflow_8"))(event)
    assert not matcher(Query(agents=("sales",)))(event)


def test_anywhere_is_what_grep_would_find() -> None:
    query = by_id("note", match=Match.ANYWHERE)
    for one in (
        record({"x": "a note"}),
        record({}, key="notes"),
        record({}, headers=[("h", "note")]),
        record({}, headers=[("note", None)]),
    ):
        assert matcher(query)(PLAIN.event(one))
    escaped = record(b'{"x": "n\\u006fte"}')
    assert not matcher(query)(PLAIN.event(escaped))
    assert not passes(query, escaped)


# Soundness: what matches was let through, whatever the record looks like.

IDS = [
    *(
        "w",
        "café",
        "a/b",
        "b/a",
        'q"q',
        "back\\slash",
        "tab\t",
        "😀",
        "1.0",
        "1e3",
        "12",
        "0",
        "true",
        "-0",
        "\ud800",
    ),
    *("t[0]@3", "t", "seo", "claim", "other", "fixed", "1700", "4bf92f3577b34da6a3ce929d0e0e4736", "e\u200b"),
]
RAW_NUMBERS = [
    "1.0",
    "1e3",
    "12",
    "0",
    "-0",
    "true",
    "false",
    "null",
    "1E+3",
    "18446744073709551616",
    "{}",
    "[]",
]
NAMES = ["workflow_id", "run_id", "work_item", "topic", "id", "agent", "type", "source", "format", "meta"]
SHORT = {'"': '\\"', "\\": "\\\\", "/": "\\/", "\t": "\\t"}


def as_escape(character: str) -> str:
    units = character.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))


@st.composite
def json_texts(draw: st.DrawFn, text: str) -> str:
    """One way of many to write a text in JSON."""
    written = []
    for character in text:
        must = character in '"\\\t' or "\ud800" <= character <= "\udfff"
        ways = [as_escape(character)] + ([] if must else [character])
        ways += [SHORT[character]] if character in SHORT else []
        written.append(draw(st.sampled_from(ways)))
    return f'"{"".join(written)}"'


VALUES = st.sampled_from(IDS).flatmap(json_texts) | st.sampled_from(RAW_NUMBERS)


@st.composite
def json_objects(draw: st.DrawFn) -> str:
    pairs = draw(st.lists(st.tuples(st.sampled_from(NAMES), VALUES), max_size=4))
    return "{" + ", ".join(f"{json.dumps(name)}: {value}" for name, value in pairs) + "}"


@st.composite
def payloads(draw: st.DrawFn) -> bytes | None:
    text = draw(json_objects())
    match draw(
        st.sampled_from(
            ["plain", "nested", "cloudevent", "base64", "bom", "wire", "broken", "utf-16", "none"]
        )
    ):
        case "none":
            return None
        case "nested":
            text = f'{{"meta": {text}}}'
        case "cloudevent":
            text = f'{{"correlationid": {draw(VALUES)}, "source": {draw(VALUES)}, "data": {text}}}'
        case "base64":
            text = '{"id": "e", "data_base64": "eyJ3b3JrZmxvd19pZCI6ICJ3In0="}'
        case "bom":
            text = "\ufeff" + text
        case "wire":
            return b"\x00\x00\x00\x00\x07" + text.encode()
        case "broken":
            return b"\xff" + text.encode()
        case "utf-16":
            return text.encode("utf-16")
    return text.encode()


RAW = (
    st.sampled_from(IDS).map(lambda text: text.encode("utf-8", "surrogatepass"))
    | st.binary(max_size=3)
    | st.none()
)
HEADERS = st.lists(
    st.tuples(
        st.sampled_from(["workflow_id", "ce_correlationid", "ce_id", "ce_source", "ce_type", "h", "w"]), RAW
    )
    | st.just(("content-type", b"application/cloudevents+json"))
    | st.just(("content-type", b"application/json"))
    | st.just(("traceparent", b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")),
    max_size=3,
).map(tuple)
RECORDS = st.builds(
    Record,
    topic=st.sampled_from(["t", "content-claims", "night"]),
    partition=st.just(0),
    offset=st.integers(0, 4),
    timestamp_ms=st.sampled_from([None, 12, 1700]),
    timestamp_type=st.just(TimestampType.CREATE),
    key=RAW,
    value=payloads(),
    headers=HEADERS,
)
QUERIES = st.builds(
    Query,
    ids=st.lists(st.sampled_from(IDS), max_size=2).map(tuple),
    agents=st.lists(st.sampled_from(IDS), max_size=1).map(tuple),
    types=st.lists(st.sampled_from(IDS), max_size=1).map(tuple),
    match=st.sampled_from(Match),
)
JOINED = {"all": ["$message.payload#/topic", ["$message.payload#/format", "$key"]]}
MAPPINGS = [
    PLAIN,
    field_mapping({}, {}, "autogen"),
    field_mapping(
        {}, {"t": {"work_item": JOINED}, "night": {"agent": "seo", "role": "claim", "key": "workflow_id"}}
    ),
    field_mapping(
        {"x": {"workflow_id": {"all": ["$topic", "$message.payload#/id"]}, "agent": "$topic"}}, {}, "x"
    ),
    field_mapping({"x": {"work_item": {"all": ["fixed", "$timestamp"]}, "event_id": "$timestamp"}}, {}, "x"),
    field_mapping({"x": {"workflow_id": ["$message.payload#/meta/topic", "fixed"], "type": JOINED}}, {}, "x"),
]


@settings(max_examples=1_500)
@given(st.sampled_from(MAPPINGS), RECORDS, QUERIES)
def test_what_matches_was_let_through(mapping: FieldMapping, one: Record, query: Query) -> None:
    wanted = raw_filter(query, mapping)
    if matcher(query)(mapping.event(one)):
        assert admits(wanted, one)
    if admits(wanted, one):
        assert admits_block(wanted, one)


@settings(max_examples=500)
@given(st.sampled_from(MAPPINGS), RECORDS)
def test_every_id_that_an_event_has_finds_it(mapping: FieldMapping, one: Record) -> None:
    event = mapping.event(one)
    for text in (event.workflow_id, event.work_item, event.event_id):
        if text is not None:
            query = Query(ids=(text,))
            assert matcher(query)(event)
            assert admits(raw_filter(query, mapping), one)
    assert admits(raw_filter(Query(types=(event.type,)), mapping), one)
    if event.agent is not None:
        assert admits(raw_filter(Query(agents=(event.agent,)), mapping), one)
