"""What must not leave the house is taken out of an answer, and the answer says so."""

from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum

from agentctl.errors import UsageError
from agentctl.model.near import near_names
from agentctl.model.view import Column, Kind, Row, Shown, View


class Redacted(StrEnum):
    """What can be taken out of every row."""

    PAYLOAD = "payload"
    """The value, and the payload that was decoded from it. Keys stay: events are found by them."""
    HEADERS = "headers"


_COLUMN = Column("redacted", "REDACTED", Kind.LIST, Shown.MACHINE)


def parse_redacted(words: str | None) -> tuple[Redacted, ...]:
    """Read ``payload,headers``. Raises UsageError for another word."""
    return tuple(dict.fromkeys(_one(word.strip()) for word in (words or "").split(",") if word.strip()))


def _one(word: str) -> Redacted:
    try:
        return Redacted(word)
    except ValueError:
        known = [one.value for one in Redacted]
        near = near_names(word, known)
        hint = f"did you mean {near[0]}?" if near else f"there are {' and '.join(known)}"
        raise UsageError(f"--redact {word!r}: that cannot be taken out", hint=hint) from None


def redacted(view: View, gone: Sequence[Redacted]) -> View:
    """Return the answer without that, in rows and summary marked as such. Ids, times, findings stay."""
    if not gone:
        return view
    told = [one.value for one in gone]
    return replace(
        view,
        columns=(*view.columns, _COLUMN),
        rows=[_without(row, gone) for row in view.rows],
        summary={**view.summary, "redacted": told},
        notes=(*view.notes, f"redacted: {', '.join(told)}"),
    )


def _without(row: Row, gone: Sequence[Redacted]) -> Row:
    left = _without_bytes(row, gone)
    around = row.get("around")
    if isinstance(around, list):
        left["around"] = [_without_bytes(one, gone) for one in around]
    return {**left, "redacted": [one.value for one in gone]}


def _without_bytes(row: Row, gone: Sequence[Redacted]) -> dict[str, object]:
    left = dict(row)
    if Redacted.PAYLOAD in gone:
        left |= {key: None for key in ("value", "payload") if key in row}
    if Redacted.HEADERS in gone and row.get("headers"):
        # An event that had none keeps its empty list: nothing of it is missing.
        left["headers"] = None
    return left
