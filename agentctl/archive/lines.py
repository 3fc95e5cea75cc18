"""A line for each record of a block: what can be shown of it without its object, which may be frozen."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import cramjam
import orjson

from agentctl.archive.columns import Cut, pack
from agentctl.archive.damage import DamagedError
from agentctl.archive.rows import storable

_LEVEL = 1
_TEXTS = ("type", "agent", "workflow_id", "work_item")


class Line(NamedTuple):
    """What a sidecar knows of a record."""

    offset: int
    time_ms: int | None
    type: str
    agent: str | None
    workflow_id: str | None
    work_item: str | None
    event_id: str | None
    """None where the event has no id but its place."""


def pack_lines(lines: Sequence[Line]) -> bytes:
    """Return the lines of a block as compressed columns; texts that recur are written once."""
    offsets, times, *texts, ids = zip(*lines, strict=True) if lines else ((),) * 7
    words = [{text: number for number, text in enumerate(dict.fromkeys(column))} for column in texts]
    numbers = [pack("H", map(known.__getitem__, column)) for known, column in zip(words, texts, strict=True)]
    head: dict[str, Any] = {
        "records": len(offsets),
        "timeless": [at for at, time_ms in enumerate(times) if time_ms is None] if None in times else [],
        **{name: list(known) for name, known in zip(_TEXTS, words, strict=True)},
        "event_id": ids,
    }
    try:
        written = orjson.dumps(head)
    except TypeError:  # a half of a surrogate pair, which is rare
        texts_ = {name: list(map(_storable, head[name])) for name in (*_TEXTS, "event_id")}
        written = orjson.dumps({**head, **texts_})
    packed = b"".join(
        (
            pack("I", (len(written),)),
            written,
            pack("q", offsets),
            pack("q", [time_ms or 0 for time_ms in times]),
            *numbers,
        )
    )
    return bytes(cramjam.zstd.compress(packed, _LEVEL))


def _storable(text: str | None) -> str | None:
    return None if text is None else storable(text)


def unpack_lines(data: bytes, key: str) -> list[Line]:
    """Read the lines of a block; DamagedError names ``key``."""
    try:
        cut = Cut(bytes(cramjam.zstd.decompress(data)), key)
        head = orjson.loads(cut.take(cut.column("I", 1)[0]))
        count = head["records"]
        offsets, times = cut.column("q", count), list[int | None](cut.column("q", count))
        for at in head["timeless"]:
            times[at] = None
        columns = [_words(head[name], cut.column("H", count)) for name in _TEXTS]
        return list(map(Line._make, zip(offsets, times, *columns, head["event_id"], strict=True)))
    except DamagedError:
        raise
    except Exception as error:
        # Every library has its own way to say that bytes cannot be.
        raise DamagedError(
            key, f"the lines of a block cannot be read ({error or type(error).__name__})"
        ) from error


def _words(known: Sequence[str | None], numbers: Iterable[int]) -> list[str | None]:
    return [known[number] for number in numbers]
