"""Bytes to a payload, or the reason why not.

Recognised in this order: the wire formats of Confluent and Glue, CloudEvents, JSON, UTF-8 text. What
breaks the format that its content-type or its topic's configuration promises is undecodable, and so is
what is none of these.
"""

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

import orjson

if TYPE_CHECKING:
    from agentctl.events.writers import Writers

Headers = Mapping[str, bytes | None]

PROMISES = ("json", "text")
"""What a topic's configuration may promise as ``format``."""

_NOTHING: Mapping[str, object] = {}
_CLOUDEVENTS = "application/cloudevents"
_CONTENT_TYPES = ("content-type", "Content-Type", "contentType")
_JSON, _TEXT, _STRUCTURED = "JSON", "text", "CloudEvents"
_AVRO, _PROTOBUF = "Avro", "Protobuf"
_BINARY = {
    "avro": _AVRO,
    "x-avro": _AVRO,
    "vnd.apache.avro+binary": _AVRO,
    "protobuf": _PROTOBUF,
    "x-protobuf": _PROTOBUF,
    "vnd.google.protobuf": _PROTOBUF,
}
_BOM = b"\xef\xbb\xbf"
_FOREIGN = (
    (b"\xff\xfe", "UTF-16"),
    (b"\xfe\xff", "UTF-16"),
    (b"\x1f\x8b", "gzip"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
)
_MAY_BE_JSON = re.compile(rb'[\s]*[\[{"0-9-]')
_NO_REGISTRY = "no schema registry is configured"
_NO_GLUE = "Glue's schema registry is not read"
GUID_HEADER = "__value_schema_id"
"""Where Confluent's serialisers write which schema a value has, when not in front of it."""


class Decoded(NamedTuple):
    """What a value says."""

    payload: object
    encoding: str
    undecodable: str | None = None
    fields: Mapping[str, object] = _NOTHING
    """The members that a locator finds at the top; of a CloudEvent its attributes lie under its data's."""
    attributes: Mapping[str, object] = _NOTHING
    """A structured CloudEvent's attributes by the names of the headers that they would be: ``ce_id``."""


class _BrokenError(ValueError):
    """A value is not what it should be; the text says why, as in ``byte 17 is none``."""


def decode(
    value: bytes | None,
    headers: Headers,
    promise: str | None,
    writers: "Writers | None" = None,
    *,
    exact: bool = False,
) -> Decoded:
    """Decode a value. Never raises, whatever the value and headers hold.

    ``promise`` is what the topic's configuration promises, see PROMISES; ``writers`` know the schemas that
    values were written with. With ``exact`` every number of JSON is given as the text that it is written as,
    and of Avro as the shortest that is the same number.
    """
    if value is None:
        return Decoded(None, "null")
    plain = None if headers or exact else plain_object(value)
    if plain is not None:
        return of_object(plain)
    try:
        found = _wire_format(value, headers, writers, exact=exact)
        return found or _by_content(value, headers, promise, exact=exact)
    except _BrokenError as broken:
        return Decoded(None, "bytes", str(broken))


def plain_object(value: bytes) -> dict[str, object] | None:
    """Return the object that a value without headers is; None when it takes a closer look."""
    if value[:1] != b"{":
        return None
    try:
        found: dict[str, object] = orjson.loads(value)
    except orjson.JSONDecodeError:
        return None
    return found


def of_object(payload: Mapping[str, object]) -> Decoded:
    """Return what a value says that is a plain object."""
    return Decoded(payload, "json", None, payload)


def _wire_format(value: bytes, headers: Headers, writers: "Writers | None", *, exact: bool) -> Decoded | None:
    """Recognise what a schema registry's serialiser wrote, and read it where its schema can be had."""
    guid = headers.get(GUID_HEADER)
    if guid is not None and len(guid) == 17 and guid[0] == 1:
        if value[:1] == b"{":
            return None
        name = UUID(bytes=guid[1:])
        return _by_schema(value, 0, name, f"schema {name} in a header", writers, exact=exact)
    if len(value) >= 18 and value[0] == 3 and value[1] in (0, 5):
        raise _BrokenError(f"Glue wire format, schema version {UUID(bytes=value[2:18])}: {_NO_GLUE}")
    schema_id = int.from_bytes(value[1:5], "big")
    # UTF-16 begins like this, too: a zero before each letter. No registry has counted that far.
    if len(value) < 5 or value[0] != 0 or not 0 < schema_id < 2**31 or (value[1] and not value[2]):
        return None
    if value[5:6] == b"{":  # what the JSON Schema serialiser frames needs no schema to be read
        try:
            return _of_json(_json(value[5:], exact=exact), "json-wire")
        except _BrokenError:
            pass
    return _by_schema(value, 5, schema_id, f"schema id {schema_id}", writers, exact=exact)


def _by_schema(
    value: bytes, at: int, name: int | UUID, said: str, writers: "Writers | None", *, exact: bool
) -> Decoded:
    """Read what stands behind ``at`` with the schema of that name."""
    if writers is None:
        raise _BrokenError(f"Confluent wire format, {said}: {_NO_REGISTRY}")
    encoding = "wire" if at else "header"
    try:
        reader = writers.reader(name)
        if reader is None:
            return _of_json(_json(value[at:], exact=exact), f"json-{encoding}")
        payload = reader.read(value, at)
    except ValueError as error:  # what it raises, as anything of its kind, says why
        raise _BrokenError(f"Confluent wire format, {said}: {error}") from None
    return _of_json(_as_texts(payload) if exact else payload, f"avro-{encoding}")


def _as_texts(payload: object) -> object:
    """Return it with every number as text."""
    if isinstance(payload, dict):
        return {name: _as_texts(value) for name, value in payload.items()}
    if isinstance(payload, list):
        return [_as_texts(value) for value in payload]
    return str(payload) if isinstance(payload, int | float) and not isinstance(payload, bool) else payload


def _by_content(value: bytes, headers: Headers, topic_promise: str | None, *, exact: bool) -> Decoded:
    promised, who = _promise(headers), "its content-type"
    if promised is None and topic_promise is not None:
        promised, who = {"json": _JSON, "text": _TEXT}[topic_promise], "the topic's configuration"
    try:
        if promised == _STRUCTURED:
            return _structured(value, exact=exact)
        encoding = "cloudevents" if _is_binary_cloudevent(headers) else None
        if promised == _JSON:
            return _of_json(_json(value, exact=exact), encoding or "json")
        return _json_or_text(value, encoding, promised, exact=exact)
    except _BrokenError as broken:
        if promised is None:
            raise
        raise _BrokenError(f"{who} promises {promised}, but {broken}") from None


def _promise(headers: Headers) -> str | None:
    """Return what the content-type header promises, by its name for people."""
    for name in _CONTENT_TYPES:
        raw = headers.get(name)
        if raw:
            return _promise_of(raw)
    return None


@lru_cache(maxsize=256)
def _promise_of(content_type: bytes) -> str | None:
    media = content_type.decode("latin-1").partition(";")[0].strip().lower()
    kind, _, subtype = media.partition("/")
    if media.startswith(_CLOUDEVENTS) and not media.startswith(f"{_CLOUDEVENTS}-batch"):
        return (
            _STRUCTURED if subtype in ("cloudevents", "cloudevents+json") else "CloudEvents in another form"
        )
    if media in ("application/json", "text/json") or subtype.endswith("+json"):
        return _JSON
    if kind == "text":
        return _TEXT
    return _AVRO if kind == "avro" else _BINARY.get(subtype)


def _is_binary_cloudevent(headers: Headers) -> bool:
    for name in headers:  # noqa: SIM110 — any() with a generator takes three times as long
        if name[:3] == "ce_":
            return True
    return False


def _structured(value: bytes, *, exact: bool) -> Decoded:
    """Take a CloudEvent apart, so that it looks like one in binary mode: attributes as headers, its data."""
    envelope = _json(value, exact=exact)
    if not isinstance(envelope, dict):
        raise _BrokenError("it is no JSON object")
    attributes = {
        f"ce_{name}": attribute for name, attribute in envelope.items() if name not in ("data", "data_base64")
    }
    data = envelope.get("data")
    fields = {**envelope, **data} if isinstance(data, dict) else envelope
    if isinstance(envelope.get("data_base64"), str):
        # Its fields are not looked for: the raw filter could not see them without decoding every record.
        data = envelope["data_base64"]
    return Decoded(data, "cloudevents", None, fields, attributes)


def _json_or_text(value: bytes, encoding: str | None, promised: str | None, *, exact: bool) -> Decoded:
    if promised not in (None, _TEXT):
        raise _BrokenError(
            "that cannot be decoded without its schema"
            if promised in _BINARY.values()
            else "JSON only is read"
        )
    if _MAY_BE_JSON.match(value) or value[:3] == _BOM or value.strip() in (b"true", b"false", b"null"):
        try:
            return _of_json(_json(value, exact=exact), encoding or "json")
        except _TooDeepError:
            if promised is None:
                raise
        except _BrokenError:
            pass
    try:
        return Decoded(value.decode("utf-8-sig"), encoding or "text")
    except UnicodeDecodeError as error:
        foreign = next((name for begin, name in _FOREIGN if value.startswith(begin)), None)
        reason = f"it is {foreign}" if foreign else f"byte {error.start} is no UTF-8"
        raise _BrokenError(reason if promised else f"no known format: {reason}") from None


def _of_json(payload: object, encoding: str) -> Decoded:
    return Decoded(payload, encoding, None, payload if isinstance(payload, dict) else _NOTHING)


class _TooDeepError(_BrokenError):
    """JSON that nests deeper than it can be read."""


def _json(value: bytes, *, exact: bool) -> object:
    """Decode JSON, or raise _BrokenError."""
    if value[:3] == _BOM:
        value = value[3:]
    try:
        return orjson.loads(value) if not exact else _slowly(value, exact=True)
    except orjson.JSONDecodeError:
        return _slowly(value, exact=False)


def _slowly(value: bytes, *, exact: bool) -> object:
    """Decode what orjson refuses although it is JSON: half characters (``\\ud800``), huge numbers."""
    number = str if exact else None
    try:
        text = value.decode()
    except UnicodeDecodeError as error:
        raise _BrokenError(f"byte {error.start} is no UTF-8") from None
    try:
        return json.loads(text, parse_float=number, parse_int=number, parse_constant=_refuse)
    except RecursionError:
        raise _TooDeepError("its JSON nests too deep") from None
    except json.JSONDecodeError as error:
        at = len(text[: error.pos].encode())
        raise _BrokenError(
            f"byte {at} is none" if at < len(value) else f"it ends unfinished at byte {at}"
        ) from None
    except _BrokenError:
        raise
    except ValueError:
        raise _BrokenError("it holds a number of thousands of digits") from None


def _refuse(constant: str) -> object:
    raise _BrokenError(f"{constant} is none")
