"""``agentctl lag --watch``: looks again and again, and shows what has changed."""

import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace

from agentctl.cli.outlets import Moving, Outlet, lines, moves
from agentctl.cli.stage import Stage
from agentctl.errors import AccessError, ExitCode, InterruptedScan, UnreachableError
from agentctl.lag.answer import Answer
from agentctl.lag.watched import WatchedLag
from agentctl.model.instant import instant

_LOOK_SECONDS = 0.1
"""How soon it is noticed that nobody reads any more."""


def watch(watched: WatchedLag, look: Callable[[], Answer], stage: Stage, seconds: float) -> ExitCode:
    """Look every so many seconds until Ctrl-C, or until nobody reads any more.

    A look that fails is said, and the next one tried: the broker may come back. The first one has to succeed.
    """
    around = stage.surroundings
    began_ms, count = around.now_ms(), 0
    answer = look()
    with ExitStack() as stack:
        outlet: Outlet = stack.enter_context(Moving(stage, seconds)) if moves(stage) else lines(stage)
        try:
            changes = watched.take(answer)
            while outlet.show(watched, changes, (), around.now_ms()):
                if _deserted(stage, seconds):
                    break
                try:
                    changes = watched.take(look())
                    count += len(changes.rows)
                except (UnreachableError, AccessError) as error:
                    outlet.note(error.message, around.now_ms())
                    changes = replace(changes, rows=())
        except KeyboardInterrupt:
            told = "1 change" if count == 1 else f"{count:,} changes"
            raise InterruptedScan(
                f"Stopped by Ctrl-C after {told} since {instant(began_ms)}; nothing was changed."
            ) from None
    return ExitCode.FINE


def _deserted(stage: Stage, seconds: float) -> bool:
    """Wait until the next look is due; whether nobody reads any more."""
    due = time.monotonic() + seconds
    while time.monotonic() < due:
        time.sleep(min(_LOOK_SECONDS, max(due - time.monotonic(), 0)))
        if stage.deserted:
            return True
    return False
