"""Where rows go that come one by one, and which outputs can take them so."""

import select
from collections.abc import Sequence
from dataclasses import dataclass

from agentctl.cli import wiring
from agentctl.cli.options import OutputOptions
from agentctl.cli.question import Question
from agentctl.errors import ExitCode, UsageError
from agentctl.model.finding import Finding
from agentctl.model.timeline import Moment, Silence
from agentctl.model.view import View
from agentctl.render.choose import SCREENS, Format, format_of, style_of, write
from agentctl.render.live import Entry, Live, finding_lines
from agentctl.surroundings import Surroundings
from agentctl.timeline.narration import Update
from agentctl.timeline.redact import Redacted, redacted

FORMATS = (*sorted(SCREENS), Format.TEXT, Format.NDJSON)
"""Those in which a row can stand before the next one is known."""


@dataclass(frozen=True, slots=True)
class Stage:
    """Where the rows go."""

    options: OutputOptions
    surroundings: Surroundings
    gone: Sequence[Redacted]
    live: Live

    def answer(self, view: View, asked: Question) -> ExitCode:
        """Show an answer as any other is shown."""
        return wiring.show(redacted(view, self.gone), self.options, self.surroundings, used=asked.settings)

    def write(self, lines: Sequence[str]) -> bool:
        """Write lines at once; False when nobody reads any more."""
        return not lines or write(lines, self.surroundings.stdout)

    def update(self, update: Update) -> bool:
        """Write what is new."""
        view = redacted(update.view, self.gone)
        entries = () if view.timeline is None else view.timeline.entries
        first = next(
            (n for n, one in enumerate(entries) if isinstance(one, Moment) and one.n >= update.first), None
        )
        fresh = () if first is None else entries[_with_silence(entries, first) :]
        lines = [*self.live.rows(view, view.rows[update.first - 1 :], fresh)]
        return self.write([*lines, *self.findings(update.findings)])

    def findings(self, found: Sequence[Finding]) -> list[str]:
        """Return the lines of findings that are true from now on."""
        now_ms = self.surroundings.now_ms()
        return list(finding_lines(found, self.live.form, self.live.style, now_ms))

    @property
    def deserted(self) -> bool:
        """Whether the reader at the other end of the pipe has gone, which no row would find out for long."""
        try:
            poll = select.poll()
            poll.register(self.surroundings.stdout.fileno(), 0)
            return any(state & (select.POLLERR | select.POLLHUP) for _, state in poll.poll(0))
        except (OSError, ValueError, AttributeError):
            return False  # no stream of the system, or a system without poll


def _with_silence(entries: Sequence[Entry], first: int) -> int:
    return first - 1 if first and isinstance(entries[first - 1], Silence) else first


def stage(options: OutputOptions, surroundings: Surroundings, gone: Sequence[Redacted], option: str) -> Stage:
    """Return where rows go one by one. Raises UsageError for a format that cannot take them so."""
    output = wiring.output(options, surroundings)
    form = format_of(output, surroundings)
    known = ", ".join(FORMATS)
    if options.export is not None:
        raise UsageError(
            f"{option} writes rows as they come, and --export a file that is whole",
            hint=f"{option} -o ndjson > {options.export.with_suffix('.ndjson')}",
        )
    if form not in FORMATS:
        raise UsageError(
            f"{option} cannot write {form}: that is whole or nothing", hint=f"{option} takes -o {known}"
        )
    return Stage(options, surroundings, gone, Live(form, style_of(form, output, surroundings)))
