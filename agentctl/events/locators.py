"""Where a field of an event is looked for: the locators, written as AsyncAPI's runtime expressions.

``$message.payload#/a/b`` (a JSON pointer), ``$message.header#/name`` (the last of that name), ``$key``,
``$topic``, ``$timestamp``. What does not begin with ``$`` is a literal. ``{ all = […] }`` is a work item of
several parts, written joined by ``/``; it is found when every part is.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from agentctl.errors import UsageError
from agentctl.events.reading import Reading
from agentctl.events.values import RecordTime, as_text

_PAYLOAD, _HEADER = "$message.payload#", "$message.header#/"
_FORMS = f"{_PAYLOAD}/a/b, {_HEADER}name, $key, $topic, $timestamp, or a text without $"
_INDEX = re.compile("0|[1-9][0-9]{0,8}|-1")
_TRACE_HEADERS = ("traceparent", "ce_traceparent")
_TRACEPARENT = re.compile(
    r"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-.*)?"
)
"""https://www.w3.org/TR/trace-context: an upper-case or all-zero one is invalid and is to be ignored."""


@dataclass(frozen=True, slots=True)
class Locator:
    """One place to look in. ``find`` gives what stands there, JSON types, or None."""

    text: str
    """As it is written in the configuration."""
    find: Callable[[Reading], object]
    name: str | None = None
    """The name, when it is one member at the top of the payload: the short way of most locators."""
    member: str | None = None
    """The member at the top of an object without which it finds nothing in one; None where none is needed."""
    constant: str | int | None = None
    """What it gives for every record; None where that depends on the record."""
    literals: frozenset[str] = field(default=frozenset())
    """Texts that this can give although no record holds their bytes."""
    topic: bool = False
    """Whether it can give a topic's name."""
    timestamp: bool = False
    """Whether it can give a record's timestamp."""
    headers: frozenset[str] = field(default=frozenset())
    """The headers that it looks into, so that it need not be asked where there are none of them."""
    composite: bool = False


def parse_locators(spec: object, where: str) -> tuple[Locator, ...]:
    """Read one field's specification: a locator, ``{ all = […] }``, or a list of alternatives.

    ``where`` names the field for errors, such as ``profile.ours.workflow_id``.
    Raises UsageError naming it and the locator.
    """
    alternatives = spec if isinstance(spec, list) else [spec]
    if not alternatives:
        raise UsageError(f"{where} is an empty list", hint="leave it out, or name a locator in it")
    return tuple(_parse_one(one, where) for one in alternatives)


def _parse_one(spec: object, where: str) -> Locator:
    if isinstance(spec, str):
        return _parse_text(spec, where)
    if not isinstance(spec, Mapping):
        raise UsageError(
            f"{where} is neither a text nor a list of texts", hint=f"a locator is one of: {_FORMS}"
        )
    parts = spec.get("all")
    if set(spec) != {"all"} or not isinstance(parts, list) or not parts:
        raise UsageError(f"{where} is a table, but not of the form {{ all = [locator, …] }}")
    return _joined([parse_locators(part, f"{where}.all") for part in parts])


def _parse_text(text: str, where: str) -> Locator:
    if text.startswith(_PAYLOAD):
        return _payload(text, text.removeprefix(_PAYLOAD), where)
    if text.startswith(_HEADER) and text != _HEADER:
        return _header(text, _unescaped(text.removeprefix(_HEADER), text, where))
    if text == "$key":
        return Locator(text, _key)
    if text == "$topic":
        return Locator(text, lambda reading: reading.record.topic, topic=True)
    if text == "$timestamp":
        return Locator(text, _timestamp, timestamp=True)
    if text.startswith("$"):
        raise UsageError(f"{where}: {text!r} is no locator", hint=f"write one of: {_FORMS}")
    if not text:
        raise UsageError(f"{where}: an empty text is no locator", hint=f"write one of: {_FORMS}")
    return literal(text)


def literal(value: str | int, label: str | None = None) -> Locator:
    """Return a locator that gives the same for every record."""
    return Locator(label or str(value), lambda _: value, constant=value, literals=frozenset([str(value)]))


def _payload(text: str, pointer: str, where: str) -> Locator:
    if not pointer:
        return Locator(text, lambda reading: reading.payload)
    if not pointer.startswith("/"):
        raise UsageError(
            f"{where}: {text!r} has no JSON pointer behind #", hint=f"a pointer begins with /: {_PAYLOAD}/a/b"
        )
    steps = [_unescaped(step, text, where) for step in pointer[1:].split("/")]
    first = steps[0]
    # A name of digits could also be an index of a list.
    alone = len(steps) == 1 and not _INDEX.fullmatch(first)
    return Locator(text, lambda reading: _walk(reading, steps), name=first if alone else None, member=first)


def _unescaped(step: str, text: str, where: str) -> str:
    """Undo the escapes of a JSON pointer (RFC 6901)."""
    if re.search("~(?![01])", step):
        raise UsageError(
            f"{where}: {text!r} has a ~ that is no escape", hint="in a pointer ~ is written ~0, and / is ~1"
        )
    return step.replace("~1", "/").replace("~0", "~")


def _walk(reading: Reading, steps: Sequence[str]) -> object:
    """Follow a JSON pointer. At the top an object's members are the reading's fields."""
    found: object = reading.fields or reading.payload
    for step in steps:
        if isinstance(found, dict):
            found = found.get(step)
        elif isinstance(found, list):
            found = _element(found, step)
        else:
            return None
    return found


def _element(items: list[object], step: str) -> object:
    """Return an element. ``-1`` is the last: beyond RFC 6901, for lists of ancestors."""
    if not _INDEX.fullmatch(step) or int(step) >= len(items):
        return None
    return items[int(step)] if items else None


def _header(text: str, name: str) -> Locator:
    if name in _TRACE_HEADERS:
        return Locator(text, lambda reading: _trace_id(reading.header(name)), headers=frozenset([name]))
    return Locator(text, lambda reading: reading.header(name), headers=frozenset([name]))


def _trace_id(value: object) -> str | None:
    found = _TRACEPARENT.fullmatch(value) if isinstance(value, str) else None
    if found is None or (value[:2] == "00" and found[2]):  # type: ignore[index]
        return None
    return found[1]


def _key(reading: Reading) -> str | None:
    key = reading.record.key
    if not key:
        return None
    try:
        return key.decode()
    except UnicodeDecodeError:
        return None


def _timestamp(reading: Reading) -> RecordTime | None:
    time_ms = reading.record.timestamp_ms
    return None if time_ms is None else RecordTime(time_ms)


def _joined(parts: Sequence[Sequence[Locator]]) -> Locator:
    def find(reading: Reading) -> str | None:
        found = [first_text(part, reading) for part in parts]
        return "/".join(text for text in found if text) if all(found) else None

    inside = [locator for part in parts for locator in part]
    return Locator(
        "+".join("|".join(locator.text for locator in part) for part in parts),
        find,
        literals=frozenset(piece for one in inside for text in one.literals for piece in text.split("/")),
        topic=any(locator.topic for locator in inside),
        timestamp=any(locator.timestamp for locator in inside),
        headers=frozenset(name for one in inside for name in one.headers),
        composite=True,
    )


def first_text(locators: Sequence[Locator], reading: Reading) -> str | None:
    """Return the first non-empty text that the locators find. An object or a list is no text."""
    for locator in locators:
        found = locator.find(reading)
        if type(found) is float:
            return first_text(locators, reading.exactly())
        text = as_text(found)
        if text:
            return text
    return None
