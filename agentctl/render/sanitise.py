"""Text from events, made harmless: characters that steer a terminal or hide are written out.

On screens, in CSV and in Markdown such a character becomes an escape (``\\n``, ``\\x1b``, ``\\u202e``,
``\\U000e0041``). A backslash of the text itself is doubled where it could be taken for the beginning of
such an escape, and only there: ``C:\\temp`` is shown as ``C:\\\\temp``, ``a\\b`` as it is. So two different
texts never look the same, and no text is lost. In JSON the same characters become ``\\u`` escapes, and a
JSON parser gives back the true text.
"""

import json
import re
from collections.abc import Iterator, Mapping, Set
from math import isfinite

import orjson

_UNSAFE = (
    "\x00-\x1f\x7f-\x9f"  # C0 (ESC, newline, tab), DEL, C1 (CSI, OSC)
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # bidirectional controls
    "\u2028\u2029"  # line and paragraph separator
    "\u00ad\u034f\u180b-\u180f\u200b-\u200d\u2060-\u2065\u206a-\u206f\ufeff\ufff9-\ufffb"  # invisible
    "\u115f\u1160\u17b4\u17b5\u3164\uffa0\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"  # fillers, invisible
    "\U000e0000-\U000e0fff"  # tags and variation selectors, in which text can be smuggled
    "\ud800-\udfff"  # lone surrogates: no encoding takes them
)
# A variation selector (U+FE00 … U+FE0F) belongs behind a symbol, as in ⚠️; anywhere else it hides.
_STRAY_SELECTOR = "(?<![\u00a9\u00ae\u203c-\u3299\U0001f000-\U0001faff])[\ufe0e\ufe0f]|[\ufe00-\ufe0d]"

# Texts, not compiled patterns: most answers are plain and need none. Python keeps what it compiled.
_SHOWN = f"[{_UNSAFE}]|{_STRAY_SELECTOR}|\\\\(?=[\\\\nrtxuU{_UNSAFE}\ufe00-\ufe0f])"
_IN_JSON = f"[{_UNSAFE}]|{_STRAY_SELECTOR}"
_BEYOND_ASCII = "[^\x00-\x7e]"
_NAMED = {"\n": "\\n", "\r": "\\r", "\t": "\\t", "\\": "\\\\"}


def visible(text: str) -> str:
    """Return the text with everything that steers or hides written out, in one line; nothing is lost."""
    if text.isascii() and text.isprintable() and "\\" not in text:
        return text
    return re.sub(_SHOWN, _escape, text)


def _escape(found: re.Match[str]) -> str:
    character = found[0]
    number = ord(character)
    if character in _NAMED:
        return _NAMED[character]
    if number < 0x100:
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


def json_text(value: object, *, ascii_only: bool = False) -> str:
    """Return a value as JSON in one line that a terminal and NDJSON can bear and a parser reads exactly.

    NaN and infinity become null. Of what JSON has no form for, bytes become text with escapes, sets
    lists, and everything else its ``str``. Never raises on the content of a text or on its depth.
    ``ascii_only`` is for outputs whose encoding is not UTF-8.
    """
    try:
        text = orjson.dumps(value).decode()
    except (orjson.JSONEncodeError, RecursionError):  # lone surrogates, huge integers, great depth
        text = "".join(_pieces(value))
    if text.isascii() and "\x7f" not in text:  # JSON itself escapes the other control characters
        return text
    return re.sub(_BEYOND_ASCII if ascii_only else _IN_JSON, _json_escape, text)


def _json_escape(found: re.Match[str]) -> str:
    number = ord(found[0])
    if number < 0x10000:
        return f"\\u{number:04x}"
    high, low = divmod(number - 0x10000, 0x400)
    return f"\\u{0xD800 + high:04x}\\u{0xDC00 + low:04x}"


def _pieces(value: object) -> Iterator[str]:
    """Encode what orjson refuses, with a stack of its own: a hostile depth costs memory, not the program."""
    stack: list[Iterator[tuple[str, object]]] = [iter([("", value)])]
    closing = [""]
    while stack:
        found = next(stack[-1], None)
        if found is None:
            stack.pop()
            yield closing.pop()
            continue
        before, item = found
        yield before
        if isinstance(item, Mapping):
            yield "{"
            stack.append(_members(item))
            closing.append("}")
        elif isinstance(item, list | tuple | Set):
            yield "["
            stack.append(((", "[: n > 0], one) for n, one in enumerate(item)))
            closing.append("]")
        else:
            yield _scalar(item)


def _members(mapping: Mapping[object, object]) -> Iterator[tuple[str, object]]:
    for n, (key, value) in enumerate(mapping.items()):
        yield f"{',' if n else ''}{_quoted(str(key))}:", value


def _scalar(value: object) -> str:
    if value is None or value is True or value is False:
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, float):
        return repr(float(value)) if isfinite(value) else "null"
    if isinstance(value, int):
        return repr(int(value))
    if isinstance(value, bytes):
        return _quoted(value.decode("utf-8", "backslashreplace"))
    return _quoted(str(value))


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
