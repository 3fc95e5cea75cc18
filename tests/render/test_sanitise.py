"""Text of events made harmless, without a loss: on screens and in JSON."""

import json
import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentctl.render.interface import Style
from agentctl.render.sanitise import json_text, visible
from tests.render.hostile import TEXTS, UNSAFE, read_back, texts


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("日本語 é", "日本語 é"),
        ("one\ntwo\r\tthree", "one\\ntwo\\r\\tthree"),
        ("\x1b[31m\x00\x7f", "\\x1b[31m\\x00\\x7f"),
        ("\x9b31m", "\\x9b31m"),
        ("abc\u202egpj", "abc\\u202egpj"),
        ("a\u2028b", "a\\u2028b"),
        ("a\u200bb\ufeff", "a\\u200bb\\ufeff"),
        ("\U000e0041", "\\U000e0041"),
        ("\ud800", "\\ud800"),
        ("C:\\temp", "C:\\\\temp"),
        ("a\\b", "a\\b"),
        ("\\\\", "\\\\\\"),
        ("\\\x1b", "\\\\\\x1b"),
        ("[/red]", "[/red]"),
        ("⚠\ufe0f", "⚠\ufe0f"),
        ("a\ufe0f", "a\\ufe0f"),
        ("e\u0301", "e\u0301"),
    ],
)
def test_what_steers_or_hides_is_written_out(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_no_control_or_format_character_of_unicode_gets_through() -> None:
    shown = {chr(n) for n in range(sys.maxunicode + 1) if visible(chr(n)) == chr(n)}
    assert not {c for c in shown if unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp")}
    # What is left of the format characters has a shape of its own (Arabic number signs, for example).
    left = {c for c in shown if unicodedata.category(c) == "Cf"}
    assert all(
        "SIGN" in unicodedata.name(c)
        or "MARK" in unicodedata.name(c)
        or "HIEROGLYPH" in unicodedata.name(c)
        or "FORMAT" in unicodedata.name(c)
        or "AYAH" in unicodedata.name(c)
        for c in left
    ), sorted(map(ascii, left))


@given(texts)
def test_the_true_text_can_be_read_back(text: str) -> None:
    assert read_back(visible(text)) == text


@given(texts, texts)
def test_different_texts_never_look_the_same(one: str, other: str) -> None:
    assert (visible(one) == visible(other)) == (one == other)


@given(texts, st.sampled_from(["ascii", "latin-1", "cp437", "koi8-r"]))
def test_it_can_be_read_back_through_any_encoding(text: str, encoding: str) -> None:
    shown = Style(encoding=encoding).safe(text)
    assert read_back(shown.encode(encoding).decode(encoding)) == text


@given(texts)
def test_it_is_one_harmless_line(text: str) -> None:
    assert not UNSAFE.search(visible(text))
    assert len(visible(text).splitlines()) <= 1


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)


@given(json_values, st.booleans())
def test_a_parser_of_json_gets_the_true_value_back(value: object, ascii_only: bool) -> None:
    text = json_text(value, ascii_only=ascii_only)
    assert json.loads(text) == value
    assert not UNSAFE.search(text)
    assert text.isascii() or not ascii_only


def test_what_json_has_no_form_for_is_never_an_exception() -> None:
    class Odd:
        def __str__(self) -> str:
            return "odd\x1b"

    assert json_text(float("nan")) == "null"
    assert json.loads(json_text([float("inf"), 10**400, {3: "x"}])) == [None, 10**400, {"3": "x"}]
    assert json.loads(json_text({"b": b"\xff a", "s": frozenset({1}), "o": Odd()})) == {
        "b": "\\xff a",
        "s": [1],
        "o": "odd\x1b",
    }


def test_a_hostile_depth_is_written_out() -> None:
    deep: list[object] = []
    for _ in range(100_000):
        deep = [deep]
    assert json_text(deep) == "[" * 100_001 + "]" * 100_001


@pytest.mark.parametrize("text", TEXTS)
def test_every_sample_is_harmless_in_json(text: str) -> None:
    assert not UNSAFE.search(json_text({text: text}))
