"""The error frame: words in their order, and every failure in a sentence with its exit code."""

import io
import os
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import typer

from agentctl.cli import app, context
from agentctl.cli.frame import in_order, run, without_debug
from agentctl.errors import AccessError, AgentctlError, UnreachableError
from agentctl.surroundings import Surroundings, of_this_process
from tests.harness import Program

PASSWORD = "hunter2"


@pytest.mark.parametrize(
    ("words", "ordered"),
    [
        ("context list -o json", "context list -o json"),
        ("-o json context list", "context list -o json"),
        ("-ojson context list", "context list -ojson"),
        ("--output=json context list", "context list --output=json"),
        ("--context prod -X a=b --ascii context show", "context show --context prod -X a=b --ascii"),
        ("-o json context list --ascii", "context list -o json --ascii"),
        ("-b h:1 replay w1 --limit 3", "replay w1 -b h:1 --limit 3"),
        ("-b h:1 replay --limit 3", "replay -b h:1 --limit 3"),
        ("-o json repaly", "repaly"),
        ("--version", "--version"),
        ("--sinse x replay", "--sinse x replay"),
        ("-o json", ""),
        ("-o", ""),
        ("", ""),
        ("-o json context --help", "context --help"),
    ],
)
def test_shared_options_may_stand_before_the_command(words: str, ordered: str) -> None:
    assert in_order(words.split()) == ordered.split()


def test_debug_may_stand_anywhere_but_behind_a_double_dash() -> None:
    assert without_debug(["context", "--debug", "list"]) == (True, ["context", "list"])
    assert without_debug(["--debug", "x", "--debug"]) == (True, ["x"])
    assert without_debug(["x", "--", "--debug"]) == (False, ["x", "--", "--debug"])
    assert without_debug([]) == (False, [])


class Failure:
    """A command that fails as a test says; the other parts of the program are real."""

    def __init__(self, around: Surroundings, error: BaseException) -> None:
        self._around = around
        self.error = error

    def run(self, *words: str) -> tuple[int, str, str]:
        """Run ``agentctl context list`` and return exit code, stdout and stderr."""
        around = replace(self._around, stdout=io.StringIO(), stderr=io.StringIO())
        code = run(["context", "list", *words], around)
        assert isinstance(around.stdout, io.StringIO)
        assert isinstance(around.stderr, io.StringIO)
        return code, around.stdout.getvalue(), around.stderr.getvalue()


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """Make ``context list`` fail: ``failing(error).run()``."""

    def make(error: BaseException) -> Failure:
        def fail(*_: object) -> None:
            raise error

        monkeypatch.setattr(context, "read_files", fail)
        return Failure(replace(of_this_process(), folder=tmp_path), error)

    return make


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (AgentctlError("it failed", hint="do that"), 1),
        (AccessError("it failed", hint="do that"), 5),
        (UnreachableError("it failed", hint="do that"), 6),
    ],
)
def test_a_failure_is_a_sentence_and_a_hint_on_stderr(failing: Any, error: AgentctlError, code: int) -> None:
    assert failing(error).run() == (code, "", "agentctl: it failed\n  hint: do that\n")


def test_what_a_failure_quotes_is_made_visible(failing: Any) -> None:
    _, _, said = failing(AgentctlError("no topic '\x1b[2J\u202e'", hint="\x07")).run()
    assert said == "agentctl: no topic '\\x1b[2J\\u202e'\n  hint: \\x07\n"


def test_what_nobody_foresaw_is_a_sentence_without_its_content(failing: Any) -> None:
    code, out, said = failing(KeyError(f"sasl.password={PASSWORD}")).run()
    assert (code, out) == (1, "")
    assert said.startswith("agentctl: this is a defect of agentctl (KeyError)")
    assert "--debug" in said
    assert "Traceback" not in said
    assert PASSWORD not in said


def test_with_debug_its_traceback_is_shown_before_the_sentence(failing: Any) -> None:
    code, _, said = failing(KeyError(f"sasl.password={PASSWORD}")).run("--debug")
    assert code == 1
    assert said.startswith("Traceback (most recent call last):\n")
    assert "KeyError" in said
    assert PASSWORD not in said
    assert said.splitlines()[-2].startswith("agentctl: this is a defect")


def test_a_refusal_of_the_system_is_no_defect(failing: Any) -> None:
    code, _, said = failing(OSError(28, "No space left on device", "/tmp/x")).run()
    assert code == 1
    assert said.startswith("agentctl: the system refused to go on: No space left on device (/tmp/x)\n")


def test_ctrl_c_is_130(failing: Any) -> None:
    assert failing(KeyboardInterrupt()).run()[0] == 130


def test_a_reader_that_went_away_is_no_failure(failing: Any) -> None:
    assert failing(BrokenPipeError()).run() == (0, "", "")


@pytest.mark.parametrize(
    ("words", "said", "hint"),
    [
        (["context", "lst"], "agentctl context has no command 'lst'", "did you mean list?"),
        (["kontext"], "agentctl has no command 'kontext'", "did you mean context?"),
        (["context", "list", "--outptu", "json"], "no such option", "agentctl context list --help"),
        (["context", "list", "-o"], "requires an argument", "agentctl context --help"),
        (["context", "list", "-o", "docx"], "docx", "table"),
        ([], "no command was given", "agentctl --help"),
        (["context", "use"], "context use takes a name, or --none", "agentctl context list"),
        (["context", "use", "a", "--none"], "context use takes a name, or --none", "agentctl context list"),
    ],
)
def test_words_that_cannot_be_meant_are_exit_2(
    agentctl: Program, words: list[str], said: str, hint: str
) -> None:
    answer = agentctl(*words)
    assert answer.exit_code == 2
    assert answer.stdout == ""
    first, second = answer.stderr.splitlines()
    assert first.startswith("agentctl: ")
    assert said in first
    assert second.startswith("  hint: ")
    assert hint in second


@pytest.mark.parametrize(
    "words",
    [
        ["context", "show", f"sasl.password={PASSWORD}"],
        [f"sasl.password={PASSWORD}"],
        ["context", "show", "-X", PASSWORD],
        ["context", "show", "--debug", f"sasl.password={PASSWORD}", "x"],
    ],
)
def test_a_secret_on_the_command_line_is_not_repeated(agentctl: Program, words: list[str]) -> None:
    answer = agentctl(*words)
    assert answer.exit_code == 2
    assert PASSWORD not in answer.stdout + answer.stderr


def test_a_pipe_that_nobody_reads_is_exit_0_and_silent(agentctl: Program) -> None:
    for words in (["context", "list"], ["--version"], ["--help"], ["context", "show", "--help"]):
        reading, writing = os.pipe()
        os.close(reading)
        process = subprocess.run(
            [sys.executable, "-m", "agentctl", *words],
            cwd=agentctl.folder,
            env=dict(agentctl.environment),
            stdin=subprocess.DEVNULL,
            stdout=writing,
            stderr=subprocess.PIPE,
            check=False,
        )
        os.close(writing)
        assert (process.returncode, process.stderr) == (0, b""), words


@pytest.mark.parametrize("words", [["context", "list"], ["--version"], ["--help"]])
def test_a_disk_that_is_full_is_exit_1_and_a_sentence(agentctl: Program, words: list[str]) -> None:
    with Path("/dev/full").open("wb") as full:
        process = subprocess.run(
            [sys.executable, "-m", "agentctl", *words],
            cwd=agentctl.folder,
            env=dict(agentctl.environment),
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert process.returncode == 1
    assert process.stderr.startswith(b"agentctl: ")
    assert b"No space left on device" in process.stderr
    assert b"Traceback" not in process.stderr


def shell(agentctl: Program, script: str) -> "subprocess.CompletedProcess[str]":
    """Run a line of shell in which ``$AGENTCTL`` is the program."""
    return subprocess.run(
        ["/bin/sh", "-c", script],
        cwd=agentctl.folder,
        env={**agentctl.environment, "AGENTCTL": f"{sys.executable} -m agentctl"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("words", ["context list", "--version", "--help"])
def test_a_closed_stdout_is_exit_1_and_a_sentence(agentctl: Program, words: str) -> None:
    done = shell(agentctl, f"$AGENTCTL {words} >&-")
    assert done.returncode == 1
    assert done.stderr.startswith("agentctl: ")
    assert "stdout" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_closed_stderr_or_stdin_takes_nothing_from_the_answer(agentctl: Program) -> None:
    done = shell(agentctl, "$AGENTCTL context list -o json 2>&- <&-")
    assert done.returncode == 0
    assert '"agentctl.contexts/1"' in done.stdout
    assert shell(agentctl, "$AGENTCTL kontext 2>&-").returncode == 2


def test_a_working_directory_that_is_gone_is_a_sentence(agentctl: Program) -> None:
    done = shell(agentctl, 'mkdir gone && cd gone && rmdir "$PWD" && $AGENTCTL context list')
    assert done.returncode == 1
    assert done.stderr.startswith("agentctl: the working directory is not there any more\n")


def open_when_read(fifo: Path, process: "subprocess.Popen[bytes]") -> int:
    """Open a pipe for writing once the program has opened it for reading."""
    while process.poll() is None:
        with suppress(OSError):
            return os.open(fifo, os.O_WRONLY | os.O_NONBLOCK)
    raise AssertionError(f"the program ended before it read {fifo}: {process.communicate()}")


def test_ctrl_c_during_a_command_is_130_in_one_line(agentctl: Program) -> None:
    folder = agentctl.folder
    os.mkfifo(folder / "client.properties")  # reading it lasts until somebody writes
    process = agentctl.start("context", "show", "-F", "client.properties")
    writing = open_when_read(folder / "client.properties", process)
    process.send_signal(signal.SIGINT)
    out, said = process.communicate(timeout=30)
    os.close(writing)
    assert process.returncode == 130
    assert out == b""
    assert said == b"agentctl: stopped by Ctrl-C\n"


def test_help_of_the_program_shows_how_each_commands_own_help_begins() -> None:
    for name, (_, line) in app.COMMANDS.items():
        command = app.load(name)
        assert (command.help or "").startswith(line.removesuffix(".")), name


def test_every_exit_code_is_explained(agentctl: Program) -> None:
    from agentctl.cli.help import EXIT_CODES
    from agentctl.errors import ExitCode

    assert set(EXIT_CODES) == set(ExitCode)
    for words in (["--help"], ["context", "list", "--help"]):
        shown = agentctl(*words).stdout
        assert all(meaning in shown for meaning in EXIT_CODES.values())


def test_an_end_that_a_command_asks_for_is_its_exit_code(
    failing: Any,
) -> None:
    assert failing(typer.Exit(3)).run() == (3, "", "")
