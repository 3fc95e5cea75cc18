"""``replay --play 60x``: a workflow of the past, as it went."""

from dataclasses import dataclass, replace

from agentctl.cli import wiring
from agentctl.cli.question import Question
from agentctl.cli.stage import Stage
from agentctl.errors import ExitCode, InterruptedScan
from agentctl.model.timeline import Silence
from agentctl.model.view import View
from agentctl.render import frame
from agentctl.render.choose import SCREENS
from agentctl.render.complaints import warn
from agentctl.timeline.play import Due, schedule
from agentctl.timeline.redact import redacted
from agentctl.timeline.replay import Wish, replayed


def play(asked: Question, wish: Wish, factor: float, stage: Stage, *, at_any_cost: bool) -> ExitCode:
    """Show a workflow of the past as it went, so many times faster."""
    around = stage.surroundings
    if stage.live.form not in SCREENS:
        wish = replace(wish, unfolded=True)
    wish = replace(wish, notes=asked.notes)
    with wiring.progress(around) as progress:
        witness = wiring.witness(asked.source, progress, at_any_cost=at_any_cost, recorded=asked.deposition)
        now = asked.present(around.now_ms)
        found = replayed(
            asked.source, asked.query, asked.mapping, progress, now, wish, witness, asked.recorded
        )
    view = replace(found, generated_at_ms=around.now_ms(), context=asked.settings.context)
    if not view.rows:
        return stage.answer(view, asked)
    view = redacted(view, stage.gone)
    return _Play(view, stage, factor).run()


@dataclass(slots=True)
class _Play:
    view: View
    stage: Stage
    factor: float
    shown: int = 0

    def run(self) -> ExitCode:
        around, screen = self.stage.surroundings, self.stage.live.form in SCREENS
        style = self.stage.live.style
        head = list(frame.above(replace(self.view, findings=()), style, times=True)) if screen else []
        warn(f"playing at {self.factor:g}x; silences are cut; Ctrl-C ends", around)
        began_ms = around.now_ms()
        try:
            if not self.stage.write(head):
                return ExitCode.FINE
            for due in schedule(self.view, self.factor):
                while (left_ms := began_ms + due.at_ms - around.now_ms()) > 0:
                    if self.stage.deserted:
                        return ExitCode.FINE
                    around.sleep(min(left_ms, 1_000) / 1_000)
                if not self.stage.write(self._lines(due)):
                    return ExitCode.FINE
            if screen:
                self.stage.write(list(frame.below(replace(self.view, findings=()), style)))
        except KeyboardInterrupt:
            raise InterruptedScan(
                f"Stopped by Ctrl-C after {self.shown:,} of {len(self.view.rows):,} events."
            ) from None
        return self.view.exit_code

    def _lines(self, due: Due) -> list[str]:
        entry, live = due.entry, self.stage.live
        if isinstance(entry, Silence):
            if live.form not in SCREENS:
                warn(f"⫽ {entry.explanation}", self.stage.surroundings)
            return list(live.rows(self.view, (), (entry,))) if live.form in SCREENS else []
        self.shown = max(self.shown, entry.n)
        rows = self.view.rows[entry.n - 1 : entry.n]
        return [*live.rows(self.view, rows, (entry,)), *self.stage.findings(due.findings)]
