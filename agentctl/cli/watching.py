"""``--watch``: an answer that is kept true, on a screen that moves or as a line for each change."""

import time
from collections import deque
from collections.abc import Collection, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import Protocol

from agentctl.cli.notifying import Notifier, Told
from agentctl.cli.question import Question
from agentctl.cli.stage import Stage
from agentctl.errors import ExitCode, InterruptedScan
from agentctl.events.prefilter import raw_filter
from agentctl.model.event import Role
from agentctl.model.finding import Finding
from agentctl.model.instant import instant
from agentctl.model.query import Query
from agentctl.model.view import View
from agentctl.ports import Changing
from agentctl.render.choose import SCREENS, Format, renderer
from agentctl.render.complaints import warn
from agentctl.render.live import finding_lines
from agentctl.render.screen import AlternateScreen
from agentctl.sources.following import Following, ends_of
from agentctl.sources.kafka import KafkaSource

_SHARE = 4
"""Of the time, one part in so many is spent on judging anew, at most."""
_MOST_NOTES = 2
"""Remarks on the reading that stay on a moving screen."""


class _Outlet(Protocol):
    """Where an answer goes that moves."""

    def show(self, subject: Changing, rows: View, findings: Sequence[Finding], now_ms: int) -> bool:
        """Show what is new, or all; False when nobody reads any more."""

    def note(self, text: str, now_ms: int) -> None:
        """Say something of the reading itself."""


def watch(subject: Changing, asked: Question, stage: Stage, seconds: float, command: str | None) -> ExitCode:
    """Keep an answer true until Ctrl-C, or until nobody reads any more."""
    around, source = stage.surroundings, asked.source
    assert isinstance(source, KafkaSource)
    began_ms = around.now_ms()
    moving = _moves(stage)
    with ExitStack() as stack:
        notifier = None
        if command is not None:
            notifier = stack.enter_context(Notifier(command, None if moving else around.stderr))
        outlet: _Outlet = stack.enter_context(_Moving(stage, seconds)) if moving else _lines(stage)
        start = ends_of(subject.coverage)
        everything = raw_filter(Query(), asked.mapping)
        chosen = _Chosen(subject, asked)
        following = stack.enter_context(Following(source.connection, start, chosen, Query(), everything))
        loop = _Loop(subject, asked, stage, outlet, notifier, seconds)
        try:
            return loop.run(following)
        except KeyboardInterrupt:
            rest = notifier.rest() if notifier is not None else 0
            raise InterruptedScan(_stopped(loop.count, began_ms, rest)) from None


def _moves(stage: Stage) -> bool:
    """Whether there is a screen that can be drawn over."""
    around = stage.surroundings
    if stage.live.form not in SCREENS:
        return False
    return around.environment.get("TERM", "dumb") != "dumb"


def _lines(stage: Stage) -> "_Lines":
    return _Lines(stage, Format.TEXT if stage.live.form in SCREENS else stage.live.form)


def _stopped(count: int, since_ms: int, rest: int) -> str:
    changes = "1 change" if count == 1 else f"{count:,} changes"
    left = f" {rest:,} problems were not told to --exec any more;" if rest else ""
    return f"Stopped by Ctrl-C after {changes} since {instant(since_ms)};{left} nothing was changed."


@dataclass(frozen=True, slots=True)
class _Chosen:
    """The topics to follow: those that were read, and new ones of the roles that stand beside claims."""

    subject: Changing
    asked: Question

    def __call__(self, names: Sequence[str]) -> Collection[str]:
        role = self.asked.mapping.role
        new = [name for name in names if role(name)[0] not in (Role.OTHER, Role.CLAIM)]
        return dict.fromkeys([*self.subject.topics, *new])


@dataclass(slots=True)
class _Loop:
    """Takes what arrives, and tells what has changed, by it or by time alone."""

    subject: Changing
    asked: Question
    stage: Stage
    outlet: _Outlet
    notifier: Notifier | None
    seconds: float
    count: int = 0
    _due: float = 0.0

    def run(self, following: Following) -> ExitCode:
        around = self.stage.surroundings
        if not self._look(first=True):
            return ExitCode.FINE
        for arrivals in following:
            events = [self.asked.mapping.event(record) for record in arrivals.records]
            self.subject.take(events)
            for note in (*arrivals.notes, *(self.notifier.complaints() if self.notifier else ())):
                self.outlet.note(note, around.now_ms())
            if self.stage.deserted or (time.monotonic() >= self._due and not self._look()):
                return ExitCode.FINE
        raise AssertionError("following ends by Ctrl-C or a closed pipe only")

    def _look(self, *, first: bool = False) -> bool:
        began = time.monotonic()
        now_ms = self.stage.surroundings.now_ms()
        rows, findings = self.subject.news(now_ms)
        problems = [one for one in findings if one.is_problem]
        if first and self.notifier is not None and problems:
            these = "1 problem stands" if len(problems) == 1 else f"{len(problems):,} problems stand"
            self.outlet.note(f"{these} already; --exec is run for new ones", now_ms)
        if not first:
            self.count += len(rows.rows)
            self._notify(problems, now_ms)
        going_on = self.outlet.show(self.subject, rows, findings, now_ms)
        took = time.monotonic() - began
        self._due = began + took + max(self.seconds, _SHARE * took)
        return going_on

    def _notify(self, problems: Sequence[Finding], now_ms: int) -> None:
        if self.notifier is None:
            return
        style = self.stage.live.style
        for one in problems:
            [line] = finding_lines([one], Format.NDJSON, replace(style, encoding="utf-8"), now_ms)
            self.notifier.tell(Told(one.id, line))


@dataclass(frozen=True, slots=True)
class _Lines:
    """A pipe, or a terminal that cannot be drawn over: what is new is appended."""

    stage: Stage
    form: Format

    def show(self, subject: Changing, rows: View, findings: Sequence[Finding], now_ms: int) -> bool:
        """Write a line for each change, and one for each new finding."""
        style = self.stage.live.style
        lines = list(renderer(self.form, rows)(rows, style)) if rows.rows else []
        return self.stage.write([*lines, *finding_lines(findings, self.form, style, now_ms)])

    def note(self, text: str, now_ms: int) -> None:
        """Say it on stderr."""
        warn(text, self.stage.surroundings)


@dataclass(slots=True)
class _Moving:
    """A terminal: the whole answer, drawn over; what it showed last stays behind at the end."""

    stage: Stage
    seconds: float
    _screen: AlternateScreen = field(init=False)
    _notes: deque[str] = field(default_factory=lambda: deque(maxlen=_MOST_NOTES))
    _last: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        around = self.stage.surroundings
        self._screen = AlternateScreen(around.stdout, around.width)

    def __enter__(self) -> "_Moving":
        self._screen.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self._screen.__exit__(kind, error, where)
        self.stage.write(self._last)

    def show(self, subject: Changing, rows: View, findings: Sequence[Finding], now_ms: int) -> bool:
        """Draw the answer as it is now, in the width that the terminal has now."""
        live, (columns, room) = self.stage.live, self._screen.size
        view = replace(subject.frame(now_ms), generated_at_ms=now_ms)
        style = replace(live.style, width=columns)
        self._last = list(renderer(live.form, view)(view, style))
        below = [f"every {self.seconds:g}s {style.dot} Ctrl-C ends", *self._notes]
        room -= len(below) + 1
        shown = self._last[:room]
        if len(self._last) > room:
            shown[-1] = style.own(f"… {len(self._last) - room + 1:,} more lines")
        return self._screen.draw([*shown, "", *below]) and not self.stage.deserted

    def note(self, text: str, now_ms: int) -> None:
        """Keep it below the answer."""
        self._notes.append(self.stage.live.style.own(f"{instant(now_ms)[11:19]}Z {text}"))
