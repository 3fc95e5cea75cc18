"""The one error frame: a call of the program from its words to its exit code."""

import os
import sys
from collections.abc import Sequence
from dataclasses import replace

import typer

from agentctl.cli.app import COMMANDS, program
from agentctl.errors import AgentctlError, ExitCode, InterruptedScan, UsageError
from agentctl.surroundings import Surroundings, of_this_process

DEBUG = "--debug"
_HELP = ("--help", "-h")


def run(words: Sequence[str], surroundings: Surroundings | None = None) -> int:
    """Run one command and return the exit code; whatever goes wrong ends here in words."""
    try:
        around = _process() if surroundings is None else surroundings
    except AgentctlError as error:
        sys.stderr.write(f"agentctl: {error.message}\n  hint: {error.hint}\n")
        return error.exit_code
    around = replace(around, words=tuple(words))
    debug, words = without_debug(words)
    try:
        code = call(words, around)
        around.stdout.flush()
    except BrokenPipeError:
        _let_go(around)
        return ExitCode.FINE
    except KeyboardInterrupt:
        # What is left of an answer is not written: whoever should read it may have stopped reading.
        _let_go(around)
        stopped = InterruptedScan("stopped by Ctrl-C")
        return _failed(stopped, stopped, around, debug=False)
    except typer.TyperException as error:
        return _failed(_usage(error, words), error, around, debug=debug)
    except AgentctlError as error:
        return _failed(error, error, around, debug=debug)
    except OSError as error:  # a disk that is full, a file that went away: no defect, but nobody's plan
        where = f" ({error.filename})" if error.filename else ""
        refused = AgentctlError(
            f"the system refused to go on: {error.strerror or error}{where}",
            hint="--debug shows where it happened",
        )
        return _failed(refused, error, around, debug=debug)
    except Exception as error:  # the last frame: what nobody foresaw must still end in a sentence
        unforeseen = AgentctlError(
            f"this is a defect of agentctl ({type(error).__name__}); the answer was not finished",
            hint="run it again with --debug and report what it says",
        )
        return _failed(unforeseen, error, around, debug=debug)
    return code


def call(words: Sequence[str], surroundings: Surroundings) -> int:
    """Find the command that the words name, and run it."""
    root = program()
    try:
        with root.make_context("agentctl", in_order(words), obj=surroundings) as context:
            code = root.invoke(context)
    except typer.Exit as end:
        return end.exit_code
    return int(code or ExitCode.FINE)


def without_debug(words: Sequence[str]) -> tuple[bool, list[str]]:
    """Take ``--debug`` out, wherever it stands before a ``--``."""
    end = words.index("--") if "--" in words else len(words)
    before = [word for word in words[:end] if word != DEBUG]
    return len(before) < end, [*before, *words[end:]]


def in_order(words: Sequence[str]) -> list[str]:
    """Move connection and output options that stand before the command behind it, where it takes them."""
    if not words or not words[0].startswith("-") or words[0] in _HELP:
        return list(words)
    from agentctl.cli.options import shared_options

    takes_value = shared_options()
    moved: list[str] = []
    rest = list(words)
    while rest and (spelling := _shared(rest[0], takes_value)):
        alone = takes_value[spelling] and rest[0] == spelling
        count = 2 if alone else 1
        moved += rest[:count]
        del rest[:count]
    if not rest or rest[0] not in COMMANDS or any(word in _HELP for word in rest):
        return rest
    command = 2 if len(rest) > 1 and not rest[1].startswith("-") else 1
    return [*rest[:command], *moved, *rest[command:]]


def _shared(word: str, takes_value: dict[str, bool]) -> str | None:
    """Return the shared option that a word is, or begins with: ``-o``, ``-ojson``, ``--output=json``."""
    name = word.partition("=")[0]
    if name in takes_value:
        return name
    short = word[:2]
    return short if short in takes_value and not word.startswith("--") and takes_value[short] else None


def _usage(error: typer.TyperException, words: Sequence[str]) -> UsageError:
    """Turn what Typer says of a command line into a sentence and a hint."""
    text = " ".join(error.format_message().split()).rstrip(".")
    context = getattr(error, "ctx", None)
    if context is not None:
        path = context.command_path
    else:  # of an option without its value Typer does not say whose it is
        path = " ".join(["agentctl", *(word for word in in_order(words)[:1] if word in COMMANDS)])
    return UsageError(text[:1].lower() + text[1:], hint=f"{path} --help")


def _process() -> Surroundings:
    """Return the surroundings of this process, with nowhere in the place of a stream that is closed."""
    if sys.stdin is None:
        sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: SIM115, PTH123 — as long as the process
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123
    if sys.stdout is None:
        raise AgentctlError("stdout is closed, so there is nowhere to answer", hint="send it to /dev/null")
    try:
        return of_this_process()
    except FileNotFoundError:
        raise AgentctlError("the working directory is not there any more", hint="cd to one that is") from None
    except RuntimeError as error:  # neither $HOME nor a user of this id
        raise AgentctlError(f"there is no home: {error}", hint="set HOME") from None


def _failed(told: AgentctlError, cause: BaseException, surroundings: Surroundings, *, debug: bool) -> int:
    # Most calls do not fail, and need nothing of what it takes to tell that one did.
    from agentctl.cli.failure import report

    return report(told, cause if debug else None, surroundings)


def _let_go(surroundings: Surroundings) -> None:
    """Point stdout to nowhere: Python flushes it once more at exit, which must not fail again."""
    if surroundings.stdout is sys.stdout:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, surroundings.stdout.fileno())
        os.close(nowhere)
