"""``--watch``: an answer that is kept true, on a screen that moves or as a line for each change."""

import time
from collections.abc import Collection, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace

from agentctl.cli.notifying import Notifier, Told
from agentctl.cli.outlets import Moving, Outlet, lines, moves
from agentctl.cli.question import Question
from agentctl.cli.stage import Stage
from agentctl.errors import ExitCode, InterruptedScan
from agentctl.events.prefilter import raw_filter
from agentctl.model.event import Role
from agentctl.model.finding import Finding
from agentctl.model.instant import instant
from agentctl.model.query import Query
from agentctl.ports import Changing
from agentctl.render.choose import Format
from agentctl.render.live import finding_lines
from agentctl.sources.following import Following, ends_of
from agentctl.sources.kafka import KafkaSource

_SHARE = 4
"""Of the time, one part in so many is spent on judging anew, at most."""


def watch(subject: Changing, asked: Question, stage: Stage, seconds: float, command: str | None) -> ExitCode:
    """Keep an answer true until Ctrl-C, or until nobody reads any more."""
    around, source = stage.surroundings, asked.source
    assert isinstance(source, KafkaSource)
    began_ms = around.now_ms()
    moving = moves(stage)
    with ExitStack() as stack:
        notifier = None
        if command is not None:
            notifier = stack.enter_context(Notifier(command, None if moving else around.stderr))
        outlet: Outlet = stack.enter_context(Moving(stage, seconds)) if moving else lines(stage)
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
    outlet: Outlet
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
