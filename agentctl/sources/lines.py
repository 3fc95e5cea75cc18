"""The rows of an exported file, one by one: lines of NDJSON, or the rows of one JSON document."""

import json
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import orjson

from agentctl.errors import AgentctlError, NotFoundError
from agentctl.model.portable import record_from_row
from agentctl.model.record import Record

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_ESCAPE = b"\\u"
"""Without one there is no half of a character in JSON, the one thing that orjson refuses and json reads."""


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the file."""

    where: str
    """``line 12`` of NDJSON, ``row 12`` of a document."""
    size_bytes: int
    record: Record | None
    reason: str | None
    """Why the row could not be read; None when it could."""
    row: object = None
    """The row as JSON says it; None where it is no JSON."""


def check_readable(path: Path) -> None:
    """Raise NotFoundError when there is no such file, AgentctlError when it is none that can be read."""
    try:
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        raise NotFoundError(
            f"there is no file {path}", hint="agentctl replay --export FILE writes one"
        ) from None
    except OSError as error:
        raise unreadable(path, error) from error
    if stat.S_ISDIR(mode):
        raise AgentctlError(f"cannot read {path}: it is a folder", hint="name a file in it")
    if not stat.S_ISREG(mode):
        raise AgentctlError(
            f"cannot read {path}: it is no regular file, and it is read more than once",
            hint="write it to a file first",
        )


def unreadable(path: Path, error: OSError) -> AgentctlError:
    """Return in words that the system does not let us read."""
    return AgentctlError(f"cannot read {path}: {error.strerror or error}", hint="make the file readable")


def lines(path: Path) -> Iterator[Line]:
    """Read the file row by row; blank lines are passed over.

    Raises AgentctlError when it cannot be read, or is a document that is broken as a whole.
    """
    try:
        with path.open("rb") as file:
            yield from _rows(path, file)
    except OSError as error:
        raise unreadable(path, error) from error


def _rows(path: Path, file: BinaryIO) -> Iterator[Line]:
    first = True
    for number, text in enumerate(file, start=1):
        text = text.removeprefix(_BYTE_ORDER_MARK) if number == 1 else text
        if not text.strip():
            continue
        if first and _begins_a_document(text):
            yield from _document(path, text + file.read())
            return
        first = False
        line = _line(f"line {number:,}", text)
        if not _is_finding(line.row):
            yield line


def _is_finding(row: object) -> bool:
    """Whether a row is one of those that ``replay --follow`` writes between the events."""
    return isinstance(row, Mapping) and row.get("schema") == "agentctl.finding/1"


def _begins_a_document(text: bytes) -> bool:
    """Whether a first line is of ``-o json``, or of what jq made of that, rather than a row of NDJSON."""
    if text.strip() == b"{":
        return True
    try:
        found = _loaded(text) if b'"rows"' in text else None
    except ValueError:
        return False
    return isinstance(found, Mapping) and isinstance(found.get("rows"), list) and "topic" not in found


def _document(path: Path, text: bytes) -> Iterator[Line]:
    """Give the rows of a document that ``-o json --payload`` wrote."""
    try:
        document = _loaded(text)
    except ValueError as error:
        raise AgentctlError(
            f"cannot read {path}: it is a JSON document that is broken ({error})",
            hint="--export FILE.ndjson writes a line a row, and a broken one costs no other",
        ) from None
    rows = document.get("rows") if isinstance(document, Mapping) else None
    if not isinstance(rows, list):
        raise AgentctlError(
            f"cannot read {path}: it is a JSON document without rows",
            hint="agentctl replay --export FILE.ndjson writes what can be replayed",
        )
    share = len(text) // max(len(rows), 1)
    for number, row in enumerate(rows, start=1):
        yield _row(f"row {number:,}", share, row)


def _line(where: str, text: bytes) -> Line:
    try:
        return _row(where, len(text), _loaded(text))
    except ValueError as error:
        return Line(where, len(text), None, f"it is no JSON ({error})")


def _row(where: str, size_bytes: int, row: object) -> Line:
    try:
        return Line(where, size_bytes, record_from_row(row), None, row)
    except ValueError as error:
        return Line(where, size_bytes, None, str(error), row)


def _loaded(text: bytes) -> object:
    """Read JSON. Raises ValueError with the reason."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        if _ESCAPE not in text:
            raise
        refused = error
    try:
        return json.loads(text.decode())
    except (ValueError, RecursionError):
        raise refused from None
