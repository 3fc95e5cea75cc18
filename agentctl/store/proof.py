"""Proves that an answer is one: boto3 takes an empty body for a list of nothing."""

import re
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import IncompleteReadError
from botocore.parsers import ResponseParserError

_CONTENT_RANGE = re.compile(r"bytes (?P<first>\d+)-(?P<last>\d+)/(?P<size>\d+|\*)")


def whole(answer: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Return an answer, which must say ``name``. Raises what counts as no answer."""
    if answer.get(name) in (None, ""):
        raise ResponseParserError(f"the answer holds no {name}")
    return answer


def check_stretch(said: str, start: int, length: int, got: int) -> None:
    """Raise what counts as no answer unless ``got`` bytes are the stretch that was asked for.

    A negative ``start`` counts from the end. Only the end of the object may make a stretch shorter.
    """
    found = _CONTENT_RANGE.fullmatch(said)
    if found is None:
        raise ResponseParserError("the answer says no stretch")
    first, end = int(found["first"]), int(found["last"]) + 1
    size = int(found["size"]) if found["size"] != "*" else None
    if start >= 0:
        fits = first == start and (end == start + length or (end < start + length and end == (size or end)))
    else:
        fits = size is None or (end == size and first == max(size + start, 0))
    if not fits:
        raise ResponseParserError("the answer holds another stretch than was asked for")
    if got != end - first:
        raise IncompleteReadError(actual_bytes=got, expected_bytes=end - first)
