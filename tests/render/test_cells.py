"""Text in terminal cells: nothing is cut in the middle of a character, nothing is wider than it may be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from agentctl.render.cells import fitted, padded, shortened, width_of, wrapped
from agentctl.render.sanitise import visible
from tests.render.hostile import texts

shown = texts.map(visible)


@pytest.mark.parametrize(
    ("text", "cells"), [("abc", 3), ("日本", 4), ("e\u0301", 1), ("👩\u200d🚀", 2), ("", 0), ("⚑", 1)]
)
def test_widths(text: str, cells: int) -> None:
    assert width_of(text) == cells


@pytest.mark.parametrize(
    ("text", "width", "short"),
    [
        ("abcdef", 6, "abcdef"),
        ("abcdef", 5, "abcd…"),
        ("日本語", 6, "日本語"),
        ("日本語", 5, "日本…"),
        ("日本語", 4, "日…"),
        ("e\u0301e\u0301e\u0301", 2, "e\u0301…"),
        ("abc", 1, "…"),
        ("abc", 0, ""),
        ("abc", -3, ""),
    ],
)
def test_shortening(text: str, width: int, short: str) -> None:
    assert shortened(text, width, "…") == short


def test_a_tower_of_marks_is_cut() -> None:
    tower = "a" + "\u0300" * 10_000
    assert len(shortened(tower, 10, "…")) < 100


@given(shown, st.integers(0, 60), st.sampled_from(["…", ".."]))
def test_what_is_shortened_fits(text: str, width: int, ellipsis: str) -> None:
    short = shortened(text, width, ellipsis)
    assert cell_len(short) <= width
    assert short == text or width == 0 or short.endswith(ellipsis[:width])


@pytest.mark.parametrize(
    ("width", "text"),
    [
        (45, "claimed  agent_observability  prospect_deck"),
        (40, "claimed  agent_observabi…  prospect_deck"),
        (32, "claimed  agent_o…  prospect_deck"),
        (31, "claimed  agent_obs…  prospect_…"),
        (27, "claimed  agent_o…  prospec…"),
        (26, None),
        (5, None),
    ],
)
def test_the_longest_part_gives_way_first_and_the_first_one_never(width: int, text: str | None) -> None:
    assert fitted("claimed  agent_observability  prospect_deck", width, "…") == text


def test_parts_of_one_size_give_way_alike() -> None:
    assert fitted("a  0123456789  0123456789", 22, "…") == "a  0123456…  0123456…"


def test_a_text_of_one_part_is_not_fitted() -> None:
    assert fitted("x" * 50, 20, "…") is None
    assert fitted("x" * 20, 20, "…") == "x" * 20


@given(st.lists(shown, max_size=8).map("  ".join), st.integers(0, 60))
def test_what_is_fitted_fits(text: str, width: int) -> None:
    found = fitted(text, width, "…")
    assert found is None or cell_len(found) <= width


def test_padding_counts_cells() -> None:
    assert padded("日本", 6) == "日本  "
    assert padded("toolong", 3) == "toolong"


def test_lines_break_at_blanks_and_else_anywhere() -> None:
    assert list(wrapped("one two three", 8)) == ["one two", "three"]
    assert list(wrapped("abcdefgh ij", 3)) == ["abc", "def", "gh", "ij"]
    assert list(wrapped("日本語 ab", 4)) == ["日本", "語", "ab"]
    assert list(wrapped("", 8)) == [""]


@given(shown, st.integers(2, 60))
def test_wrapped_lines_fit_and_hold_all_of_the_text(text: str, width: int) -> None:
    lines = list(wrapped(text, width))
    assert all(cell_len(line) <= width for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
