"""Text measured, cut and wrapped in terminal cells: East Asian characters take two, combining ones none."""

from collections.abc import Iterator

from rich.cells import cell_len, split_graphemes

_MOST_PER_CELL = 8
"""Characters in one cell before it is cut: beyond that, combining marks are an attack on the line."""
_BETWEEN = "  "
_LEAST_PART = 8
"""Cells below which a part of a text says too little to be kept."""
_MOST_PARTS = 4


def width_of(text: str) -> int:
    """Return how many cells the text takes."""
    return len(text) if text.isascii() else cell_len(text)


def shortened(text: str, width: int, ellipsis: str) -> str:
    """Return the text in at most ``width`` cells, with an ellipsis where something was cut."""
    if width <= 0:
        return ""
    if len(text) <= width * _MOST_PER_CELL and width_of(text) <= width:
        return text
    room = width - len(ellipsis)
    return _beginning(text, room) + ellipsis if room >= 0 else ellipsis[:width]


def fitted(text: str, width: int, ellipsis: str) -> str | None:
    """Return the text in at most ``width`` cells by cutting its longest parts, which two blanks separate.

    The first part stays whole, and the shorter of the others as long as there is room. None when so much
    would have to go that this is no better than cutting the end off.
    """
    if len(text) <= width * _MOST_PER_CELL and width_of(text) <= width:
        return text
    first, *parts = text[: _MOST_PARTS * _MOST_PER_CELL * max(width, 1)].split(_BETWEEN)
    sizes = [width_of(part) for part in parts]
    room = width - width_of(first) - len(_BETWEEN) * len(parts)
    if not 0 < len(parts) <= _MOST_PARTS or room < sum(min(size, _LEAST_PART) for size in sizes):
        return None
    by_size = sorted(range(len(parts)), key=sizes.__getitem__)
    while by_size and room - sizes[by_size[0]] >= (len(by_size) - 1) * _LEAST_PART:
        room -= sizes[by_size.pop(0)]
    for at in by_size:
        parts[at] = shortened(parts[at], room // len(by_size), ellipsis)
    return _BETWEEN.join((first, *parts))


def padded(text: str, width: int) -> str:
    """Return the text with blanks behind it, ``width`` cells in all if it is not longer."""
    return text + " " * (width - width_of(text))


def wrapped(text: str, width: int) -> Iterator[str]:
    """Give the text in lines of at most ``width`` cells, broken at blanks, else anywhere; one at least."""
    line, used = "", 0
    if not text.strip(" "):
        yield ""
    for word in text.split(" "):
        *pieces, last = _pieces(word, width)
        size = width_of(last)
        if line and not pieces and used + 1 + size <= width:
            line, used = f"{line} {last}", used + 1 + size
            continue
        if line:
            yield line
        yield from pieces
        line, used = last, size
    if line:
        yield line


def _pieces(word: str, width: int) -> Iterator[str]:
    """Give the word in pieces of at most ``width`` cells; one at least, and in time linear in its length."""
    longest = max(width, 1) * _MOST_PER_CELL
    at = 0
    while len(word) - at > longest or width_of(word[at:]) > width:
        piece = _beginning(word[at : at + longest], width) or word[at]
        yield piece
        at += len(piece)
    yield word[at:]


def _beginning(text: str, width: int) -> str:
    """Return as much of the text as ``width`` cells hold, without breaking a character's marks off."""
    if text.isascii():
        return text[:width]
    text = text[: width * _MOST_PER_CELL]
    end = used = 0
    for _, after, size in split_graphemes(text)[0]:
        if used + size > width:
            break
        end, used = after, used + size
    return text[:end]
