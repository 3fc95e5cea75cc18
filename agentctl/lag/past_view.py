"""How far groups were behind at a moment, as a View: that of now, without what is known of now only."""

from dataclasses import replace

from agentctl.lag.answer import Answer
from agentctl.lag.limits import By, Limits
from agentctl.lag.show_view import lag_view
from agentctl.model.instant import instant
from agentctl.model.view import Column, Kind, Shown, View

_AS_OF = Column("as_of", "AS OF", Kind.TIME_MS, Shown.MACHINE)

_OF_NOW = frozenset({"rates", "drain"})
"""What a screen says only of the present."""


def past_view(answer: Answer, limits: Limits | None = None) -> View:
    """Show how far groups were behind then, partition by partition."""
    view = lag_view(answer, by=By.PARTITION, limits=limits, past=True)
    when = instant(answer.as_of_ms)
    rows = [{**row, "log_start": None, "stable_end": None, "as_of": answer.as_of_ms} for row in view.rows]
    nothing = f"No position of a group at {when} is known."
    if not answer.troubles:
        nothing = f"No consumer group had a position at {when}."
    return replace(
        view,
        title=f"lag at {when}",
        columns=(*(one for one in view.columns[:-1] if one.key not in _OF_NOW), _AS_OF, view.columns[-1]),
        rows=rows,
        nothing=nothing,
    )
