"""What every renderer keeps to, whatever the View holds. A new format subclasses this and is done.

``RendererContract`` is for all; ``ScreenContract`` adds what holds on a terminal, ``MachineContract`` what
holds where programs read.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import overload

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from agentctl.model.coverage import Coverage, PartitionCoverage, Pruned
from agentctl.model.finding import Code, Finding, Severity
from agentctl.model.query import Window
from agentctl.model.record import Place
from agentctl.model.view import Column, Kind, Row, Shown, View
from agentctl.render.interface import Renderer, Style
from tests.builders import event, ms
from tests.render import incident, samples
from tests.render.hostile import TEXTS, UNSAFE, texts

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_HUGE = "x\u0301" * 5 + "word " * 200_000
_NUMBERS = (0, -1, 2**63 - 1, -(2**63), 10**40, 0.4, -1.5e300, float("nan"), float("inf"))

widths = st.integers(20, 200)

# One test runs in many subclasses: that is the point of a contract.
arbitrary = settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.differing_executors])


_COLUMNS = (
    Column("name", "NAME"),
    Column("count", "COUNT", Kind.NUMBER),
    Column("at", "AT", Kind.TIME_MS),
    Column("took_ms", "TOOK", Kind.DURATION_MS),
    Column("ok", "OK", Kind.FLAG),
    Column("agents", "AGENTS", Kind.LIST),
    Column("payload", "PAYLOAD", Kind.DATA, Shown.WIDE),
    Column("hidden", "HIDDEN", shown=Shown.MACHINE),
)


def table_of(words: Sequence[str], numbers: Sequence[object] = (1,)) -> View:
    """Return a view in which each text stands in every kind of cell and in every sentence."""
    rows: list[Row] = [
        {
            "name": word,
            "count": numbers[n % len(numbers)],
            "at": numbers[n % len(numbers)],
            "took_ms": numbers[n % len(numbers)],
            "ok": bool(n % 2),
            "agents": [word, word],
            "payload": {word: [word, None, {"deep": word}]},
            "hidden": word,
        }
        for n, word in enumerate(words)
    ]
    every = " ".join(words)
    place = Place("research-events", 2, 8841)
    return View(
        name="sample",
        title=every or "empty",
        columns=_COLUMNS,
        rows=rows,
        context=every,
        generated_at_ms=incident.NOW_MS,
        summary={"words": list(words)},
        facts=(every, "1 fact"),
        notes=(every,),
        findings=(
            Finding(
                "U1", Code.UNDECODABLE, Severity.WARNING, every, every, (place,), {every: every}, (every,)
            ),
        ),
        window=Window(0, 2**62),
        coverage=Coverage(
            (PartitionCoverage(every or "t", 0, "kafka", pruned=Pruned.KEY),),
            False,
            tuple(words),
            412,
            2,
            7,
            9,
            tuple(words),
        ),
        next=(every,),
        nothing=f"Nothing matched {every}.",
    )


def story_of(words: Sequence[str]) -> View:
    """Return a timeline in which each text is agent, type, item, status, cause and reason of an event."""
    return incident.shown(
        [
            event(
                ("research-events", "content-claims", "agent-progress", "notes")[n % 4],
                at=n * 400_000 * (n % 3),
                partition=n % 3,
                offset=n,
                agent=word,
                type=word,
                work_item=word,
                status=word,
                cause=word,
                step=n,
                undecodable=word if n % 5 == 4 else None,
                payload=word,
            )
            for n, word in enumerate(words)
        ],
        *words,
        payload=True,
    )


class Watched(Sequence[Row]):
    """Rows that remember how many of them were asked for."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self._rows = rows
        self.asked = 0

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, at: int) -> Row: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Row]: ...
    def __getitem__(self, at: int | slice) -> Row | Sequence[Row]:
        raise AssertionError("rows are taken one after the other")

    def __iter__(self) -> Iterator[Row]:
        for row in self._rows:
            self.asked += 1
            yield row


class RendererContract:
    """Holds for every renderer. A subclass names its ``render`` and the views that it draws."""

    render: Renderer
    draws_timelines = False

    def lines(self, view: View, style: Style | None = None) -> list[str]:
        """Draw it all."""
        return list(type(self).render(view, style or Style()))

    def views(self, words: Sequence[str]) -> list[View]:
        """Return views that hold these texts wherever text can stand."""
        return [story_of(words)] if self.draws_timelines else [table_of(words, _NUMBERS), story_of(words)]

    @arbitrary
    @given(words=st.lists(texts, max_size=5), width=widths, ascii_only=st.booleans())
    def test_nothing_that_steers_hides_or_breaks_a_line_gets_out(
        self, words: list[str], width: int, ascii_only: bool
    ) -> None:
        for view in self.views(words):
            for line in self.lines(view, Style(width=width, ascii_only=ascii_only)):
                assert not UNSAFE.search(line.replace("\t", "")), repr(line)

    @pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp437", "utf-8"])
    def test_every_line_can_be_written_in_the_encoding_of_the_output(self, encoding: str) -> None:
        for view in [*self.views(TEXTS), samples.night(), samples.workflows()]:
            for line in self.lines(view, Style(encoding=encoding, ascii_only=encoding != "utf-8")):
                line.encode(encoding)

    def test_no_colour_unless_it_is_asked_for(self) -> None:
        for view in [*self.views(TEXTS), samples.night(), samples.workflows()]:
            assert "\x1b" not in "".join(self.lines(view))

    def test_the_same_view_and_style_give_the_same_lines(self) -> None:
        for view in self.views(TEXTS):
            before = repr(view)
            assert self.lines(view) == self.lines(view)
            assert repr(view) == before

    def test_an_answer_without_rows_is_drawn(self) -> None:
        for view in self.views([]):
            self.lines(replace(view, coverage=None, findings=(), window=None, generated_at_ms=None))

    def test_unknown_is_never_a_word_of_python(self) -> None:
        for view in self.views(["a"]):
            empty = {column.key: None for column in view.columns}
            text = "\n".join(self.lines(replace(view, rows=[empty, {}], timeline=None, findings=())))
            assert "None" not in text
            assert "nan" not in text.lower()

    def test_a_cell_of_a_megabyte_is_drawn(self) -> None:
        for view in self.views([_HUGE, "small"]):
            assert self.lines(view)


class ScreenContract(RendererContract):
    """Holds for what is drawn on a terminal."""

    @arbitrary
    @given(words=st.lists(texts, max_size=5), width=widths, ascii_only=st.booleans(), wide=st.booleans())
    def test_no_line_is_wider_than_the_terminal(
        self, words: list[str], width: int, ascii_only: bool, wide: bool
    ) -> None:
        for view in self.views(words):
            for line in self.lines(view, Style(width=width, ascii_only=ascii_only, wide=wide)):
                assert cell_len(line) <= width, repr(line)

    @pytest.mark.parametrize("width", [20, 80, 200])
    def test_a_huge_cell_does_not_break_the_line(self, width: int) -> None:
        for view in self.views([_HUGE, "small"]):
            assert all(cell_len(line) <= width for line in self.lines(view, Style(width=width)))

    @pytest.mark.parametrize("width", [20, 60, 80, 120])
    def test_colour_only_adds(self, width: int) -> None:
        for view in [*self.views(TEXTS), samples.night(), samples.workflows()]:
            plain = self.lines(view, Style(width=width))
            coloured = self.lines(view, Style(width=width, colour=True))
            assert [_COLOUR.sub("", line) for line in coloured] == plain

    def test_colour_is_there_when_it_is_asked_for(self) -> None:
        assert "\x1b[" in "".join(self.lines(samples.night(), Style(colour=True)))

    def test_ascii_draws_nothing_else_of_its_own(self) -> None:
        for view in (samples.night(), incident.time_travel(), incident.duplicate_article()):
            for width in (40, 80, 160):
                assert "".join(self.lines(view, Style(width=width, ascii_only=True))).isascii()

    def test_what_is_said_when_there_is_nothing_stands_on_the_screen_line_by_line(self) -> None:
        view = replace(samples.workflows(), rows=[], nothing="Nothing is called w1.\nNear: w10, w11.")
        lines = self.lines(view)
        assert "Nothing is called w1." in lines
        assert "Near: w10, w11." in lines

    def test_the_coverage_is_one_line_when_all_was_read(self) -> None:
        lines = self.lines(incident.time_travel())
        assert lines[-2:] == [
            "",
            "read 12,345 records in 4 topics, 18 partitions · complete up to 14:25:38Z",
        ]

    @pytest.mark.parametrize(
        ("as_of", "until", "said"),
        [
            (ms("14:25:38"), None, "complete up to 14:25:38Z"),
            (ms("14:25:38"), ms("23:00"), "complete up to 14:25:38Z"),
            (ms("14:25:38"), ms("14:00"), "complete up to 2026-11-23 14:00:00"),
            (ms("23:59:58", "2026-11-22"), None, "complete up to 2026-11-22 23:59:58Z"),
            (None, ms("14:00"), "complete up to 2026-11-23 14:00:00"),
            (None, None, "complete"),
        ],
    )
    def test_the_answer_is_complete_up_to_what_was_known_then(
        self, as_of: int | None, until: int | None, said: str
    ) -> None:
        coverage = incident.scanned(as_of_ms=as_of)
        view = replace(incident.time_travel(), coverage=coverage, window=Window(None, until))
        assert " ".join(self.lines(view)[-2:]).replace(" · ", "  ").endswith(f" {said}")

    def test_remarks_stand_below_a_complete_answer(self) -> None:
        coverage = incident.scanned(remarks=("a is read in 1 of 6 partitions",))
        lines = self.lines(replace(incident.time_travel(), coverage=coverage))
        assert lines[-1] == "  · a is read in 1 of 6 partitions"

    def test_the_coverage_names_what_was_odd(self) -> None:
        odd = incident.scanned(max_inversion_ms=412, undecodable=2)
        window = Window(None, ms("14:00"))
        lines = self.lines(replace(incident.time_travel(), coverage=odd, window=window))
        assert lines[-3:] == [
            "read 12,345 records in 4 topics, 18 partitions",
            "complete up to 2026-11-23 14:00:00 · 2 undecodable",
            "times up to 412ms out of order",
        ]

    def test_a_partial_answer_says_so_with_every_reason(self) -> None:
        partial = incident.scanned(complete=False, reasons=("a[0] was cut short", "b[1] was not read"))
        lines = self.lines(replace(incident.time_travel(), coverage=partial))
        assert lines[-3:] == [
            "read 12,345 records in 4 topics, 18 partitions · PARTIAL",
            "  · a[0] was cut short",
            "  · b[1] was not read",
        ]

    def test_partitions_that_did_not_have_to_be_read_are_not_counted_as_read(self) -> None:
        coverage = incident.scanned()
        first, *rest = coverage.partitions
        pruned = replace(coverage, partitions=(replace(first, pruned=Pruned.KEY), *rest))
        assert "17 of 18 partitions" in "\n".join(
            self.lines(replace(incident.time_travel(), coverage=pruned))
        )


class MachineContract(RendererContract):
    """Holds for what programs read: every text comes back, and rows are written as they come."""

    def names(self, lines: Sequence[str]) -> list[str]:
        """Read back what the output says stands in the rows' column ``name``."""
        raise NotImplementedError

    def told(self, words: Sequence[str]) -> list[str]:
        """Return what is to be read back: the texts themselves, unless the format says otherwise."""
        return list(words)

    @arbitrary
    @given(words=st.lists(texts, min_size=1, max_size=5))
    def test_every_text_comes_back_as_it_was(self, words: list[str]) -> None:
        assert self.names(self.lines(table_of(words))) == self.told(words)

    @pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
    def test_every_text_comes_back_through_a_poorer_encoding(self, encoding: str) -> None:
        lines = self.lines(table_of(TEXTS), Style(encoding=encoding))
        through = [line.encode(encoding).decode(encoding) for line in lines]
        assert self.names(through) == self.told(TEXTS)

    def test_a_megabyte_comes_back_whole(self) -> None:
        assert self.names(self.lines(table_of([_HUGE]))) == [_HUGE]

    def test_neither_width_nor_colour_nor_ascii_changes_anything(self) -> None:
        for view in self.views(TEXTS):
            assert self.lines(view, Style(width=20, colour=True, ascii_only=True, wide=True)) == self.lines(
                view
            )

    def test_rows_are_written_as_they_come(self) -> None:
        rows = Watched(table_of([str(n) for n in range(1_000)]).rows)
        lines = iter(type(self).render(replace(table_of([]), rows=rows), Style()))
        last = next(line for line in lines if "17" in line)
        assert "17" in last
        assert rows.asked <= 20
