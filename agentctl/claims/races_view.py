"""Races as a View."""

from collections.abc import Iterable, Sequence

from agentctl.claims.races import Races
from agentctl.model.coverage import Coverage
from agentctl.model.query import Window
from agentctl.model.span import span
from agentctl.model.view import Column, Kind, View

_COUNTS = (
    Column("items", "ITEMS", Kind.NUMBER),
    Column("claims", "CLAIMS", Kind.NUMBER),
    Column("contended_items", "CONTENDED", Kind.NUMBER),
    Column("lost_claims", "LOST", Kind.NUMBER),
    Column("withdrawn", "WITHDRAWN", Kind.NUMBER),
    Column("conflicts", "CONFLICTS", Kind.NUMBER),
    Column("rate", "RATE", Kind.NUMBER),
    Column("window_p50_ms", "WINDOW P50", Kind.DURATION_MS),
    Column("window_p99_ms", "P99", Kind.DURATION_MS),
    Column("wasted_ms", "WASTED", Kind.DURATION_MS),
    Column("wasted_steps", "STEPS", Kind.NUMBER),
)


def races_view(
    found: Sequence[Races], coverage: Coverage, window: Window, *, by: str, notes: Iterable[str] = ()
) -> View:
    """Show races, a row for each topic or agent (``by``)."""
    conflicts, wasted_ms = sum(one.conflicts for one in found), sum(one.wasted_ms for one in found)
    return View(
        name="claims.races",
        title="claims races",
        columns=(Column(by, by.upper()), *_COUNTS),
        rows=[
            {
                by: one.name,
                "items": one.items,
                "claims": one.claims,
                "contended_items": one.contended_items,
                "lost_claims": one.lost_claims,
                "withdrawn": one.withdrawn,
                "conflicts": one.conflicts,
                "rate": None if one.rate is None else round(one.rate, 6),
                "window_p50_ms": one.window_ms(0.5),
                "window_p99_ms": one.window_ms(0.99),
                "wasted_ms": one.wasted_ms,
                "wasted_steps": one.wasted_steps,
            }
            for one in found
        ],
        summary={"conflicts": conflicts, "wasted_ms": wasted_ms},
        facts=(f"{conflicts:,} conflicts", f"{span(wasted_ms)} wasted"),
        notes=(
            "window: from the event that an agent reacted to until its claim; it checked in between",
            *notes,
        ),
        window=window,
        coverage=coverage,
        nothing="No claim was found.",
    )
