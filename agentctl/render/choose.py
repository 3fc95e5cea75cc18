"""Format and destination → renderer, and the one writer: all data leaves through here."""

import os
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, tzinfo
from enum import StrEnum
from importlib import import_module
from io import TextIOWrapper
from pathlib import Path
from typing import TextIO

from agentctl.errors import AgentctlError, ExitCode, UsageError
from agentctl.model.near import near_names
from agentctl.model.view import View
from agentctl.render.complaints import tell, warn
from agentctl.render.export import check_writable, write_file
from agentctl.render.interface import UTF_8, Renderer, Style
from agentctl.surroundings import Surroundings

_BLOCK = 64 * 1024
_WIDE_PIPE = 160
"""Cells for ``-o wide`` into a pipe, where no width is known."""
_MOST_NEXT = 3


class Format(StrEnum):
    """How an answer is written, as ``-o`` names it."""

    TABLE = "table"
    WIDE = "wide"
    TEXT = "text"
    JSON = "json"
    NDJSON = "ndjson"
    CSV = "csv"
    MARKDOWN = "md"
    HTML = "html"
    SVG = "svg"


SCREENS = frozenset({Format.TABLE, Format.WIDE})
_MODULES = {Format.MARKDOWN: "markdown", Format.WIDE: "table"}
_ENDINGS = {
    ".json": Format.JSON,
    ".ndjson": Format.NDJSON,
    ".csv": Format.CSV,
    ".md": Format.MARKDOWN,
    ".html": Format.HTML,
    ".svg": Format.SVG,
    ".txt": Format.TEXT,
}


@dataclass(frozen=True, slots=True)
class Output:
    """What the command line asks of the output; None leaves it to the surroundings."""

    format: Format | None = None
    """None: a screen on a terminal, text in a pipe; of an export, by the file's ending."""
    export: Path | None = None
    zone: tzinfo = UTC
    ascii: bool | None = None
    colour: bool | None = None


def parse_format(word: str) -> Format:
    """Return the format of that name. Raises UsageError naming those that exist."""
    try:
        return Format(word)
    except ValueError:
        near = near_names(word, [f.value for f in Format])
        hint = f"did you mean {near[0]}?" if near else "table and text are chosen by themselves"
        known = ", ".join(f.value for f in Format)
        raise UsageError(f"there is no output format {word!r}; there are {known}", hint=hint) from None


def format_of(output: Output, surroundings: Surroundings) -> Format:
    """Return the format that will be written. Raises UsageError for an export of unknown ending."""
    if output.export is not None:
        return _format_of_file(output.export, output.format)
    if output.format is not None:
        return output.format
    return Format.TABLE if surroundings.output_is_terminal else Format.TEXT


def check_export(path: Path) -> None:
    """Refuse an export that cannot be written, before anything long begins.

    Raises UsageError for an ending that names no format, AgentctlError for a path that is not writable.
    """
    _format_of_file(path, None)
    check_writable(path)


def show(view: View, output: Output, surroundings: Surroundings) -> ExitCode:
    """Write the answer where and how it is wanted, and return the exit code that follows from it."""
    form = format_of(output, surroundings)
    if view.generated_at_ms is None:
        view = replace(view, generated_at_ms=surroundings.now_ms())
    if output.export is not None:
        style = Style(zone=output.zone, local=surroundings.local_zone)
        write_file(output.export, renderer(form, view)(view, style))
        tell(surroundings.stderr, Style().safe(f"written {output.export}"))
        _remarks(view, form, surroundings)
        return view.exit_code
    style = style_of(form, output, surroundings)
    if not write(renderer(form, view)(view, style), surroundings.stdout):
        return ExitCode.FINE
    _remarks(view, form, surroundings)
    if form in SCREENS and surroundings.output_is_terminal:
        _next(view, style, surroundings)
    return view.exit_code


def renderer(form: Format, view: View) -> Renderer:
    """Load and return what draws this view in this format; each is imported only when it is wanted."""
    name = "timeline" if form in SCREENS and view.timeline is not None else _MODULES.get(form, form.value)
    render: Renderer = import_module(f"agentctl.render.{name}").render
    return render


def _format_of_file(path: Path, asked: Format | None) -> Format:
    found = _ENDINGS.get(path.suffix.lower())
    if found is None:
        known = ", ".join(_ENDINGS)
        raise UsageError(
            f"cannot export to {path}: its ending names no format", hint=f"end the name in one of {known}"
        )
    return found if asked is None or asked in SCREENS else asked


def style_of(form: Format, output: Output, surroundings: Surroundings) -> Style:
    """Return how to draw on stdout."""
    plain_terminal = surroundings.environment.get("TERM") == "dumb"
    colour = surroundings.colour and not plain_terminal if output.colour is None else output.colour
    encoding = (getattr(surroundings.stdout, "encoding", None) or "ascii").lower()
    width = surroundings.width
    if (
        form is Format.WIDE
        and not surroundings.output_is_terminal
        and "COLUMNS" not in surroundings.environment
    ):
        width = _WIDE_PIPE
    return Style(
        width=width,
        colour=colour and form in SCREENS,
        ascii_only=surroundings.ascii_only if output.ascii is None else output.ascii,
        zone=output.zone,
        local=surroundings.local_zone,
        wide=form is Format.WIDE,
        encoding=UTF_8 if encoding.replace("-", "").replace("_", "") == "utf8" else encoding,
    )


def write(lines: Iterable[str], stdout: TextIO) -> bool:
    """Write lines to stdout in blocks; False when nobody reads any more, which is no fault."""
    try:
        _speak_any_text(stdout)
        block: list[str] = []
        size = 0
        for line in lines:
            block.append(line)
            size += len(line)
            if size > _BLOCK:
                stdout.write("\n".join([*block, ""]))
                block, size = [], 0
        stdout.write("\n".join([*block, ""]) if block else "")
        stdout.flush()
    except BrokenPipeError:
        _let_go(stdout)
        return False
    except OSError as error:
        _let_go(stdout)
        reason = error.strerror or str(error)
        raise AgentctlError(f"cannot write the answer: {reason}", hint="see where stdout goes") from error
    return True


def _speak_any_text(stream: TextIO) -> None:
    if isinstance(stream, TextIOWrapper):
        stream.reconfigure(errors="backslashreplace")


def _let_go(stdout: TextIO) -> None:
    """Point stdout to nowhere: Python flushes it once more at exit, which must not fail again."""
    try:
        number = stdout.fileno()
    except (OSError, ValueError):
        return  # not a stream of the system, so nothing is flushed at exit
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, number)
    os.close(nowhere)


def _remarks(view: View, form: Format, surroundings: Surroundings) -> None:
    """Say on stderr what the data itself does not show; a screen shows it all."""
    if form in SCREENS:
        return
    if not view.rows and view.nothing is not None:
        for line in view.nothing.splitlines():
            warn(line, surroundings)
    coverage = view.coverage
    if coverage is not None and not coverage.complete:
        warn(f"the answer is partial: {'; '.join(coverage.reasons) or 'not all could be read'}", surroundings)
    more = view.summary.get("more")
    if isinstance(more, int) and more > 0:
        warn(f"{more:,} more follow (--limit)", surroundings)


def _next(view: View, style: Style, surroundings: Surroundings) -> None:
    """Name what a person would want now, under the screen."""
    commands = dict.fromkeys([*view.next, *(command for found in view.findings for command in found.next)])
    if not commands or not surroundings.error_is_terminal:
        return
    from agentctl.render import frame

    tell(surroundings.stderr, "")
    for line in frame.next_lines(list(commands)[:_MOST_NEXT], style):
        tell(surroundings.stderr, line)
