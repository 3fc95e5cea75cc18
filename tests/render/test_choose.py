"""Which format goes where, what stderr says, how the exit code follows, and how writing can end."""

import io
import json
import os
from dataclasses import replace
from errno import ENOSPC
from pathlib import Path

import pytest

from agentctl.errors import AgentctlError, ExitCode, UsageError
from agentctl.model.coverage import Coverage
from agentctl.model.finding import Severity
from agentctl.render.choose import SCREENS, Format, Output, check_export, format_of, parse_format, show
from tests.contracts.renderer import Watched
from tests.render import incident, samples
from tests.screens import Screen

PIPE = Screen(terminal=False)


@pytest.mark.parametrize("form", Format)
def test_every_format_is_named_as_on_the_command_line(form: Format) -> None:
    assert parse_format(form.value) is form


def test_an_unknown_format_names_those_that_exist_and_a_near_one() -> None:
    with pytest.raises(UsageError, match="no output format 'jsn'; there are table, wide") as caught:
        parse_format("jsn")
    assert caught.value.hint == "did you mean json?"


def test_a_terminal_gets_a_screen_and_a_pipe_gets_text() -> None:
    assert format_of(Output(), Screen().surroundings) is Format.TABLE
    assert format_of(Output(), PIPE.surroundings) is Format.TEXT
    assert format_of(Output(Format.CSV), Screen().surroundings) is Format.CSV


@pytest.mark.parametrize(
    ("name", "form"),
    [("a.json", "json"), ("a.NDJSON", "ndjson"), ("a.csv", "csv"), ("a.md", "md"), ("a.b.txt", "text")],
)
def test_an_export_is_written_as_its_ending_says(name: str, form: str) -> None:
    assert format_of(Output(export=Path(name)), PIPE.surroundings) is Format(form)
    assert format_of(Output(Format.TABLE, Path(name)), PIPE.surroundings) is Format(form)


def test_another_format_may_be_asked_for_in_a_file() -> None:
    assert format_of(Output(Format.NDJSON, Path("a.json")), PIPE.surroundings) is Format.NDJSON


@pytest.mark.parametrize("name", ["a.xlsx", "a", "a.", ".json"])
def test_an_ending_that_names_no_format_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="its ending names no format") as caught:
        check_export(Path(name))
    assert caught.value.hint is not None
    assert ".ndjson" in caught.value.hint


def test_the_exit_code_follows_from_the_answer_in_every_format() -> None:
    fine = replace(samples.night(), findings=())
    partial = replace(fine, coverage=Coverage(complete=False))
    nothing = replace(fine, rows=[], timeline=None)
    problems = replace(samples.night(), fail_on_problems=True)
    for form in Format:
        for view, code in (
            (fine, ExitCode.FINE),
            (samples.night(), ExitCode.FINE),
            (problems, ExitCode.PROBLEMS),
            (nothing, ExitCode.NOTHING),
            (replace(nothing, nothing=None), ExitCode.FINE),
            (partial, ExitCode.PARTIAL),
            (replace(partial, rows=[]), ExitCode.PARTIAL),
            (replace(partial, findings=problems.findings, fail_on_problems=True), ExitCode.PARTIAL),
        ):
            assert Screen(terminal=False).show(view, Output(form)) is code


def test_only_problems_count_as_problems() -> None:
    warned = [replace(found, severity=Severity.WARNING) for found in samples.night().findings]
    view = replace(samples.night(), findings=tuple(warned), fail_on_problems=True)
    assert view.exit_code is ExitCode.FINE


@pytest.mark.parametrize("form", sorted(set(Format) - SCREENS))
def test_what_data_does_not_say_stands_on_stderr(form: Format) -> None:
    screen = Screen(terminal=False)
    screen.show(samples.workflows(), Output(form))
    assert screen.told.splitlines() == [
        "agentctl: the answer is partial: research-events[2] could not be read to its end",
        "agentctl: 4 more follow (--limit)",
    ]


def test_that_nothing_matched_stands_on_stderr_and_the_document_is_still_written() -> None:
    screen = Screen(terminal=False)
    screen.show(incident.nothing(), Output(Format.JSON))
    assert json.loads(screen.shown)["rows"] == []
    assert screen.told.splitlines()[0] == "agentctl: No event of 'workflow_7k2' in 4 topics."


def test_next_commands_stand_on_stderr_of_a_terminal_only() -> None:
    screen = Screen()
    screen.show(samples.workflows())
    assert "next" not in screen.shown
    assert screen.told == "\nnext  agentctl replay workflow_3m47\n".replace("next", "\x1b[1mnext\x1b[0m")
    for other in (Screen(terminal=False), Screen(error_is_terminal=False)):
        other.show(samples.workflows())
        assert "next" not in other.told


def test_no_more_than_three_commands_are_named_each_once() -> None:
    screen = Screen(width=200)
    commands = ("a", "b", "a", "c", "d")
    screen.show(replace(samples.workflows(), next=commands), Output(colour=False))
    assert screen.told == "\nnext  a · b · c\n"


def test_colour_is_for_terminals_that_want_it() -> None:
    def coloured(screen: Screen, output: Output) -> bool:
        screen.show(samples.night(), output)
        return "\x1b" in screen.shown

    assert coloured(Screen(), Output())
    assert not coloured(Screen(environment={"NO_COLOR": "1"}), Output())
    assert coloured(Screen(environment={"NO_COLOR": ""}), Output())
    assert not coloured(Screen(environment={"TERM": "dumb"}), Output())
    assert not coloured(Screen(), Output(colour=False))
    assert not coloured(Screen(terminal=False), Output(Format.TABLE))
    assert not any(
        coloured(Screen(), Output(form, colour=True)) for form in Format if form not in ("table", "wide")
    )


def test_ascii_is_chosen_by_itself_where_the_encoding_is_not_utf_8() -> None:
    for encoding in ("ascii", "latin-1", "cp1252"):
        screen = Screen(encoding=encoding)
        screen.show(incident.odd(), Output(colour=False))
        assert "⚑" not in screen.shown
        assert "!" in screen.shown
    utf = Screen(encoding="UTF8")
    utf.show(incident.odd(), Output(colour=False))
    assert "⚑" in utf.shown


@pytest.mark.parametrize("form", Format)
@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_no_text_is_too_strange_for_the_output(form: Format, encoding: str) -> None:
    screen = Screen(terminal=False, encoding=encoding)
    assert screen.show(incident.odd(), Output(form)) is ExitCode.PARTIAL
    assert screen.shown


def test_wide_in_a_pipe_is_160_cells_unless_columns_says_otherwise() -> None:
    def width(environment: dict[str, str]) -> int:
        screen = Screen(width=100, terminal=False, environment=environment)
        screen.show(incident.time_travel(), Output(Format.WIDE))
        return max(map(len, screen.shown.splitlines()))

    assert width({}) == 160
    assert width({"COLUMNS": "100"}) == 100


def test_the_time_of_the_answer_is_the_clock_s_when_the_view_has_none() -> None:
    screen = Screen(terminal=False)
    screen.show(replace(samples.workflows(), generated_at_ms=None), Output(Format.JSON))
    assert json.loads(screen.shown)["generated_at"] == "2026-11-23T14:25:40.000Z"


def closed_pipe() -> io.TextIOWrapper:
    """The writing end of a pipe that nobody reads."""
    reading, writing = os.pipe()
    os.close(reading)
    return io.TextIOWrapper(os.fdopen(writing, "wb"), encoding="utf-8")


@pytest.mark.parametrize("form", Format)
def test_a_closed_pipe_is_no_fault_and_ends_the_work(form: Format) -> None:
    screen = Screen(terminal=False)
    rows = Watched([{"workflow_id": f"w{n}", "agents": ["x" * 200]} for n in range(20_000)])
    with closed_pipe() as stdout:
        screen.stdout = stdout
        view = replace(samples.workflows(), rows=rows, coverage=None)
        assert screen.show(view, Output(form)) is ExitCode.FINE
        assert screen.told == ""
        if form not in SCREENS:
            assert rows.asked < 2_000
        # What Python still flushes at exit must not fail either.
        stdout.write("more")
        stdout.flush()


class FullDisk(io.StringIO):
    """A disk without room."""

    def write(self, text: str) -> int:
        raise OSError(ENOSPC, "No space left on device")


def test_a_full_disk_is_a_failure_with_its_reason() -> None:
    surroundings = replace(Screen(terminal=False).surroundings, stdout=FullDisk())
    with pytest.raises(AgentctlError, match="cannot write the answer: No space left on device"):
        show(samples.night(), Output(), surroundings)
