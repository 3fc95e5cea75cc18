"""Bytes to payloads: recognised in the order of the specification, or undecodable with a reason."""

import json
from collections.abc import Mapping
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentctl.events.decoding import Decoded, decode

JSON = {"content-type": b"application/json"}
STRUCTURED = {"content-type": b"application/cloudevents+json; charset=UTF-8"}


def decoded(
    value: bytes | None, headers: Mapping[str, bytes | None] | None = None, promise: str | None = None
) -> Decoded:
    return decode(value, headers or {}, promise)


@pytest.mark.parametrize(
    ("value", "payload", "encoding"),
    [
        (None, None, "null"),
        (b"", "", "text"),
        (b'{"a": 1}', {"a": 1}, "json"),
        (b" [1]\n", [1], "json"),
        (b"null", None, "json"),
        (b"7", 7, "json"),
        (b"\xef\xbb\xbf{}", {}, "json"),
        (b"\xef\xbb\xbfwords", "words", "text"),
        ("café".encode(), "café", "text"),
        (b'{"broken": ', '{"broken": ', "text"),
        (b"NaN", "NaN", "text"),
        (b'{"x": NaN}', '{"x": NaN}', "text"),
        (b'{"x": "\\ud800"}', {"x": "\ud800"}, "json"),
        (b'{"x": 1' + b"0" * 400 + b"}", {"x": 10**400}, "json"),
        (b'{"a": 1, "a": 2}', {"a": 2}, "json"),
        (b"\x00", "\x00", "text"),
        (b"\x00abc", "\x00abc", "text"),
        (b"\x00\x00\x00\x00\x00x", "\x00\x00\x00\x00\x00x", "text"),
        (b'\x00\x00\x00\x00\x07{"a": 1}', {"a": 1}, "json-wire"),
    ],
)
def test_what_promises_nothing_is_recognised(value: bytes | None, payload: object, encoding: str) -> None:
    found = decoded(value)
    assert (found.payload, found.encoding, found.undecodable) == (payload, encoding, None)


GUID = UUID("5b1cbd4e-5c59-4f8d-a3f9-0d2e7c0a0a11")


@pytest.mark.parametrize(
    ("value", "headers", "reason"),
    [
        (b"\xff\x00\x01", {}, "no known format: byte 0 is no UTF-8"),
        (b"ab\xc3\x28", {}, "no known format: byte 2 is no UTF-8"),
        ('{"a":1}'.encode("utf-16"), {}, "no known format: it is UTF-16"),
        (b"\x1f\x8b\x08\x00", {}, "no known format: it is gzip"),
        (b'{"a": "\xff"}', JSON, "its content-type promises JSON, but byte 7 is no UTF-8"),
        (b'{"caf\xc3\xa9": x}', JSON, "its content-type promises JSON, but byte 10 is none"),
        (b'{"a": ', JSON, "its content-type promises JSON, but it ends unfinished at byte 6"),
        (b"", JSON, "its content-type promises JSON, but it ends unfinished at byte 0"),
        (b"NaN", JSON, "its content-type promises JSON, but NaN is none"),
        (b"\xff", {"content-type": b"text/plain"}, "its content-type promises text, but byte 0 is no UTF-8"),
        (b"x", {"content-type": b"avro/binary"}, "its content-type promises Avro, but that cannot be"),
        (b"x", {"content-type": b"application/avro"}, "its content-type promises Avro, but that cannot be"),
        (b"[]", STRUCTURED, "its content-type promises CloudEvents, but it is no JSON object"),
        (b"{", STRUCTURED, "its content-type promises CloudEvents, but it ends unfinished at byte 1"),
        (b"[" * 100_000, {}, "its JSON nests too deep"),
        (b"[" * 100_000, JSON, "its content-type promises JSON, but its JSON nests too deep"),
        (
            b"\x00\x00\x00\x00\x07\x02a",
            {},
            "Confluent wire format, schema id 7: no schema registry is configured",
        ),
        (b"\x00\x00\x00\x00\x07\x02a", JSON, "Confluent wire format, schema id 7: no schema registry"),
        (b"\x03\x05" + GUID.bytes + b"x", {}, f"Glue wire format, schema version {GUID}: Glue's schema"),
        (
            b"\x02a",
            {"__value_schema_id": b"\x01" + GUID.bytes},
            f"Confluent wire format, schema {GUID} in a header",
        ),
    ],
)
def test_a_broken_promise_or_no_format_is_undecodable(
    value: bytes, headers: dict[str, bytes | None], reason: str
) -> None:
    found = decoded(value, headers)
    assert (found.payload, found.encoding) == (None, "bytes")
    assert found.undecodable is not None
    assert found.undecodable.startswith(reason)


def test_utf_16_without_a_mark_is_not_taken_for_a_schema_id() -> None:
    found = decoded('{"é": 1}'.encode("utf-16-be"))
    assert found.undecodable == "no known format: byte 5 is no UTF-8"


def test_a_topic_may_promise_a_format() -> None:
    assert decoded(b"words", promise="text").payload == "words"
    assert decoded(b"words", promise="json").undecodable == (
        "the topic's configuration promises JSON, but byte 0 is none"
    )


@pytest.mark.parametrize("name", ["content-type", "Content-Type", "contentType"])
@pytest.mark.parametrize(
    "media", [b"application/json", b"APPLICATION/JSON; charset=utf-8", b"application/x+json"]
)
def test_what_promises_json(name: str, media: bytes) -> None:
    assert decoded(b"words", {name: media}).undecodable is not None


def test_a_structured_cloudevent_shows_its_data_and_its_attributes_as_headers() -> None:
    envelope = {
        "specversion": "1.0",
        "id": "e1",
        "source": "research",
        "data": {"topic": "k8s", "id": "inner"},
    }
    found = decoded(json.dumps(envelope).encode(), STRUCTURED)
    assert (found.payload, found.encoding) == (envelope["data"], "cloudevents")
    assert found.attributes == {"ce_specversion": "1.0", "ce_id": "e1", "ce_source": "research"}
    assert (found.fields["id"], found.fields["source"]) == ("inner", "research")


def test_a_cloudevent_in_binary_mode_is_decoded_by_its_content_type() -> None:
    headers = {"ce_id": b"e1", "content-type": b"application/json"}
    assert decoded(b'{"a": 1}', headers)[:2] == ({"a": 1}, "cloudevents")
    assert decoded(b"{", headers).undecodable is not None
    assert decoded(None, headers).encoding == "null"


@given(
    st.none()
    | st.binary()
    | st.text().map(str.encode)
    | st.sampled_from([b"\x00", b"\x03\x05", b"{"]).flatmap(
        lambda begin: st.binary().map(lambda rest: begin + rest)
    ),
    st.dictionaries(
        st.sampled_from(["content-type", "ce_id", "__value_schema_id", "h"]),
        st.none()
        | st.binary()
        | st.sampled_from([b"application/json", b"application/cloudevents+json", b"text/x"]),
    ),
    st.sampled_from([None, "json", "text"]),
)
def test_nothing_raises_and_undecodable_has_no_payload(
    value: bytes | None, headers: dict[str, bytes | None], promise: str | None
) -> None:
    for exact in (False, True):
        found = decode(value, headers, promise, exact=exact)
        assert found.undecodable is None or (found.payload, found.encoding) == (None, "bytes")
