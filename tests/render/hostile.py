"""Text as an attacker, a careless model or a foreign language writes it, and how escapes are read back."""

import re

from hypothesis import strategies as st

UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\u2028\u2029\ufeff\u200b\ud800-\udfff]"
)
"""What no line of any output may hold: it steers a terminal, turns the writing, or cannot be written."""

TEXTS = (
    "",
    " ",
    "plain",
    "\x1b[2J\x1b]0;owned\x07red",
    "\x1b]8;;http://evil.example\x1b\\click\x1b]8;;\x1b\\",
    "\u009b31m and \u0085 next line",
    "one\r\ntwo\nthree\u2028four\u2029five\ttab",
    "abc\u202egpj.exe\u2066\u200f",
    "[/red] [bold]x[/bold] [link=http://evil]y[/link]",
    "| a | b | `code` <script>alert(1)</script> &amp; *b* _i_ ~s~ #1 $x$ ![i](u)",
    "=cmd|' /C calc'!A0",
    "+1",
    "-1",
    "@SUM(A1)",
    "'quoted",
    '"double", and comma',
    "C:\\temp\\new \\x1b \\\\ \\u202e \\",
    "\\\u00e9 and \\xe9",
    "zero\u200bwidth\ufeffand\u00adsoft",
    "\ud800 lone \udfff",
    "日本語の仕事",
    "e\u0301" * 5 + "a" + "\u0300" * 40,
    "👩\u200d🚀 ⚠\ufe0f 🇫🇷",
    "\U000e0041\U000e0042",
    "\x00",
)

_TOKENS = st.sampled_from(
    [*TEXTS, "\\", "n", "x", "u", "U", "1b", "\n", "\x1b", "\u202e", "  ", "é", "\ufe0f", "|", "<", "=", "'"]
)
texts = st.one_of(
    st.lists(_TOKENS, max_size=6).map("".join),
    st.text(st.characters(codec=None), max_size=40),
    st.text(st.sampled_from("\\nxutrU01b\n\x1b\u202eé日'="), max_size=12),
).map(lambda text: text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass"))
"""Any text. Two surrogates that make a pair are that character, as every reader of JSON takes them."""

_WRITTEN = re.compile(
    r"\\(?:(?P<again>\\)|(?P<named>[nrt])|x(?P<x>[0-9a-f]{2})|u(?P<u>[0-9a-f]{4})|U(?P<U>[0-9a-f]{8}))"
)
_NAMED = {"n": "\n", "r": "\r", "t": "\t"}


def read_back(shown: str) -> str:
    """Return the text that was made visible, as a careful person would read it."""

    def character(found: re.Match[str]) -> str:
        if found["again"]:
            return "\\"
        if found["named"]:
            return _NAMED[found["named"]]
        return chr(int(found["x"] or found["u"] or found["U"], 16))

    return _WRITTEN.sub(character, shown)
