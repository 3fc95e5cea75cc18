"""Schemas as text: JSON taken at its word, as two members of one name would mean whichever a reader likes."""

import json
from typing import Any, NoReturn

from agentctl.schemas.invalid import InvalidSchemaError

DEEPEST = 200
"""So many levels of nesting are read; whoever writes more means nobody well."""


def read_json(text: str, origin: str) -> Any:
    """Return what the text says. Raises InvalidSchemaError, with line and column where it is not JSON."""

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, value in pairs:
            if name in found:
                raise InvalidSchemaError(origin, "", f"an object has two members named {name!r}")
            found[name] = value
        return found

    def constant(word: str) -> NoReturn:
        raise InvalidSchemaError(origin, "", f"{word} is no JSON")

    try:
        found = json.loads(text, object_pairs_hook=unique, parse_constant=constant)
    except json.JSONDecodeError as error:
        raise InvalidSchemaError(origin, f"line {error.lineno}, column {error.colno}", error.msg) from None
    except (RecursionError, ValueError) as error:
        why = "it is nested too deep" if isinstance(error, RecursionError) else "it holds an endless number"
        raise InvalidSchemaError(origin, "", why) from None
    if _depth(found) > DEEPEST:
        raise InvalidSchemaError(origin, "", f"it is nested more than {DEEPEST} levels deep")
    return found


def _depth(found: Any) -> int:
    deepest, open_ = 0, [(found, 1)]
    while open_:
        value, depth = open_.pop()
        deepest = max(deepest, depth)
        if isinstance(value, dict | list):
            open_ += [(one, depth + 1) for one in (value.values() if isinstance(value, dict) else value)]
    return deepest
