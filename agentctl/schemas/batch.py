"""Many changes judged in one call: a line of JSON in, a line of JSON out."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import orjson

from agentctl.errors import ExitCode
from agentctl.schemas.avro.parsing import parse
from agentctl.schemas.avro.schema import AvroSchema
from agentctl.schemas.check_view import FailOn, fails, row_of, worst_first
from agentctl.schemas.checking import check
from agentctl.schemas.invalid import InvalidSchemaError
from agentctl.schemas.verdict import Level, Policy


class _UnmeantError(Exception):
    """A line that cannot be meant."""


def judged(lines: Iterable[bytes], level: Level, fail_on: FailOn) -> Iterator[bytes]:
    """Answer each line that is not empty: ``{id, exit, rows}``, with an ``error`` where it failed.

    ``level`` is that of lines without one.
    """
    for number, line in enumerate(lines, 1):
        if line.strip():
            yield _written(_answer(line, number, level, fail_on))


def _written(answer: Mapping[str, Any]) -> bytes:
    try:
        return orjson.dumps(answer)
    except TypeError:  # a half of a surrogate pair, which a name may be spelt with
        return json.dumps(answer).encode()


def _answer(line: bytes, number: int, otherwise: Level, fail_on: FailOn) -> Mapping[str, Any]:
    id_: object = None
    try:
        told = _told(line, number)
        id_ = told.get("id")
        level = _level(told.get("level"), otherwise)
        if told.get("policy") not in (None, *Policy):
            raise _UnmeantError(f"policy {told['policy']!r} is none of {', '.join(Policy)}")
        if told.get("format", "avro") != "avro":
            raise _UnmeantError(f"format {told.get('format')!r}: schemas of Avro are compared, format avro")
        old = told.get("old")
        if not isinstance(old, list) or not old or "new" not in told:
            raise _UnmeantError("a line has old, a list of schemas, the oldest first, and new")
        schemas = [_schema(one, f"old {at}") for at, one in enumerate(old, 1)]
        verdict = check(schemas, _schema(told["new"], "new"), level)
    except _UnmeantError as error:
        return {"id": id_, "exit": ExitCode.USAGE.value, "rows": [], "error": str(error)}
    except InvalidSchemaError as error:
        return {"id": id_, "exit": ExitCode.FAILED.value, "rows": [], "error": error.message}
    code = ExitCode.PROBLEMS if fails(verdict, fail_on) else ExitCode.FINE
    return {"id": id_, "exit": code.value, "rows": [row_of(one) for one in worst_first(verdict)]}


def _told(line: bytes, number: int) -> Mapping[str, Any]:
    try:
        told = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise _UnmeantError(f"line {number} is no JSON: {error}") from None
    if not isinstance(told, dict):
        raise _UnmeantError(f"line {number} is no object")
    return told


def _level(word: object, otherwise: Level) -> Level:
    if word is None:
        return otherwise
    found = next((level for level in Level if level == word), None)
    if found is None:
        raise _UnmeantError(f"level {word!r} is none of {', '.join(Level)}")
    return found


def _schema(schema: object, origin: str) -> AvroSchema:
    """Return a schema that is written as JSON, or as a text of JSON."""
    if isinstance(schema, str) and schema.lstrip()[:1] in ("{", "[", '"'):
        return parse(schema, origin)
    return parse(orjson.dumps(schema).decode(), origin)
