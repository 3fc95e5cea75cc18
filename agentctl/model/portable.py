"""Key, value and headers of a record as JSON can carry them, byte for byte, and the way back."""

import re
from base64 import b64decode, b64encode
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TypeVar

from agentctl.model.instant import instant
from agentctl.model.record import Headers, Record, SourceKind, TimestampType, Transaction

Kind = TypeVar("Kind", bound=StrEnum)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)
_INT32, _INT64 = 2**31, 2**63
_NUMBER = re.compile(r"-?\d{1,20}")
_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)")
_ABSENT = object()


def portable_fields(record: Record) -> Mapping[str, object]:
    """Return ``key``, ``value`` and ``headers``: text where the bytes are UTF-8, else ``{"base64": …}``.

    A value that reads like ``{"base64": …}`` is a text, and stays one: the two cannot be confused.
    """
    return {
        "key": _portable(record.key),
        "value": _portable(record.value),
        "headers": [[name, _portable(value)] for name, value in record.headers],
    }


def portable_record(record: Record) -> Mapping[str, object]:
    """Return a whole record, as ``record_from_row`` reads it."""
    return {
        "topic": record.topic,
        "partition": record.partition,
        "offset": record.offset,
        "timestamp": None if record.timestamp_ms is None else instant(record.timestamp_ms),
        "timestamp_type": record.timestamp_type.value,
        "transaction": None if record.transaction is None else record.transaction.value,
        **portable_fields(record),
    }


def _portable(data: bytes | None) -> object:
    if data is None:
        return None
    try:
        return data.decode()
    except UnicodeDecodeError:
        return {"base64": b64encode(data).decode()}


def record_from_row(row: object) -> Record:
    """Rebuild a Record from one row of ``replay -o ndjson``, decoded from JSON.

    Raises ValueError, with the reason in words, for a row that is broken or was written without bytes.
    """
    if not isinstance(row, Mapping):
        raise ValueError("it is no JSON object")
    _check_whole(row)
    transaction = row.get("transaction")
    return Record(
        topic=_topic(_member(row, "topic")),
        partition=_whole(_member(row, "partition"), "partition", _INT32),
        offset=_whole(_member(row, "offset"), "offset", _INT64),
        timestamp_ms=moment_ms(_member(row, "timestamp"), "timestamp"),
        timestamp_type=_one_of(TimestampType, _member(row, "timestamp_type"), "timestamp_type"),
        key=_bytes(_member(row, "key"), "key"),
        value=_bytes(_member(row, "value"), "value"),
        headers=_headers(_member(row, "headers")),
        source=SourceKind.FILE,
        transaction=None if transaction is None else _one_of(Transaction, transaction, "transaction"),
    )


def _check_whole(row: Mapping[object, object]) -> None:
    """Refuse a row that lacks what an event is read from: read without it, it would be another event."""
    gone = row.get("redacted")
    if not isinstance(gone, list):
        return
    if "payload" in gone:
        raise ValueError("its payload was redacted, and what an event is stands in it")
    if "headers" in gone and row.get("headers") is None:
        raise ValueError("its headers were redacted, and what an event is may stand in them")


def _member(row: Mapping[object, object], name: str) -> object:
    found = row.get(name, _ABSENT)
    if found is _ABSENT:
        bare = name in ("key", "value", "headers")
        raise ValueError(f"it has no {name}{': it was exported without --payload' if bare else ''}")
    return found


def _topic(found: object) -> str:
    if not isinstance(found, str) or not found:
        raise ValueError("its topic is no text")
    return found


def _whole(found: object, name: str, limit: int) -> int:
    if type(found) is not int or not 0 <= found < limit:
        raise ValueError(f"its {name} is no whole number from 0 to {limit - 1}")
    return found


def moment_ms(found: object, name: str) -> int | None:
    """Read a time with milliseconds as RFC 3339, or a decimal number of them where RFC 3339 has no form.

    Raises ValueError, with the reason in words; ``name`` is the member's.
    """
    if found is None:
        return None
    if isinstance(found, str) and _NUMBER.fullmatch(found) and -_INT64 <= int(found) < _INT64:
        return int(found)
    if not isinstance(found, str) or not _RFC_3339.fullmatch(found):
        raise ValueError(f"its {name} is neither RFC 3339 nor a number of milliseconds, written as text")
    try:
        return (datetime.fromisoformat(found.upper()) - _EPOCH) // _MS
    except (ValueError, OverflowError):
        raise ValueError(f"its {name} names a time that does not exist") from None


def _one_of(kind: type[Kind], found: object, name: str) -> Kind:
    for one in kind:
        if found == one.value:
            return one
    raise ValueError(f"its {name} is none of {', '.join(kind)}")


def _bytes(found: object, name: str) -> bytes | None:
    if found is None:
        return None
    try:
        if isinstance(found, str):
            return found.encode()
        if isinstance(found, Mapping) and set(found) == {"base64"} and isinstance(found["base64"], str):
            return b64decode(found["base64"], validate=True)
    except UnicodeEncodeError:
        raise ValueError(f"its {name} holds half a character (a lone surrogate)") from None
    except ValueError:
        raise ValueError(f"the base64 of its {name} is broken") from None
    raise ValueError(f'its {name} is neither null, nor text, nor {{"base64": …}}')


def _headers(found: object) -> Headers:
    if not isinstance(found, list):
        raise ValueError("its headers are no list")
    return tuple(_header(pair) for pair in found)


def _header(pair: object) -> tuple[str, bytes | None]:
    if not isinstance(pair, list) or len(pair) != 2 or not isinstance(pair[0], str):
        raise ValueError("one of its headers is no pair of a name and a value")
    return pair[0], _bytes(pair[1], "header value")
