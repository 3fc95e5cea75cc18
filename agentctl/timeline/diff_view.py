"""Two runs side by side as a View."""

from collections import Counter
from collections.abc import Sequence

from agentctl.model.coverage import Coverage
from agentctl.model.query import Window
from agentctl.model.span import span
from agentctl.model.view import Column, Kind, Row, Shown, View
from agentctl.timeline.diff import Comparison, Pair, Told, started_ms
from agentctl.timeline.words import what

_COLUMNS = (
    Column("n_a", "A", Kind.NUMBER),
    Column("n_b", "B", Kind.NUMBER),
    Column("since_start_ms", "AFTER", Kind.DURATION_MS),
    Column("agent", "AGENT"),
    Column("what", "WHAT"),
    Column("same", "SAME", Kind.FLAG, Shown.WIDE),
    Column("difference", "DIFFERENCE"),
    Column("later_ms", "LATER", Kind.DURATION_MS, Shown.WIDE),
    Column("time_a", "TIME A", Kind.TIME_MS, Shown.MACHINE),
    Column("time_b", "TIME B", Kind.TIME_MS, Shown.MACHINE),
    Column("place_a", "PLACE A", shown=Shown.MACHINE),
    Column("place_b", "PLACE B", shown=Shown.MACHINE),
)


def diff_view(
    comparison: Comparison,
    names: tuple[str, str],
    coverage: Coverage,
    window: Window,
    *,
    different_only: bool = False,
) -> View:
    """Show two runs; ``different_only`` leaves out the rows that are the same."""
    pairs = comparison.pairs
    shown = [pair for pair in pairs if not (different_only and pair.same)]
    different = sum(not pair.same for pair in pairs)
    hidden = len(pairs) - len(shown)
    return View(
        name="diff",
        title=f"A {names[0]}  B {names[1]}",
        columns=_COLUMNS,
        rows=[_row(comparison, pair) for pair in shown],
        summary=_summary(comparison, names),
        facts=(f"{different:,} of {len(pairs):,} rows differ", *_lengths(comparison)),
        notes=(
            comparison.sentence,
            *((f"{hidden:,} rows that are the same are left out",) if hidden else ()),
        ),
        window=window,
        coverage=coverage,
        problem=comparison.first is not None,
    )


def nothing_view(names: tuple[str, str], coverage: Coverage, window: Window, nothing: str) -> View:
    """Say that there is nothing to compare: one run, or both, has no event."""
    return View(
        name="diff",
        title=f"A {names[0]}  B {names[1]}",
        columns=_COLUMNS,
        rows=[],
        summary={"a": names[0], "b": names[1], "same": None, "first_divergence": None, "sentence": None},
        window=window,
        coverage=coverage,
        nothing=nothing,
    )


def _row(comparison: Comparison, pair: Pair) -> Row:
    event = comparison.event(pair)
    a = None if pair.a is None else comparison.a[pair.a]
    b = None if pair.b is None else comparison.b[pair.b]
    return {
        "n_a": _number(pair.a),
        "n_b": _number(pair.b),
        "since_start_ms": comparison.since_start_ms(pair),
        "agent": event.agent,
        "what": what(event),
        "same": pair.same,
        "difference": pair.difference,
        "later_ms": pair.later_ms,
        "time_a": None if a is None else a.time_ms,
        "time_b": None if b is None else b.time_ms,
        "place_a": _place(a),
        "place_b": _place(b),
    }


def _number(index: int | None) -> int | None:
    return None if index is None else index + 1


def _place(told: Told | None) -> str | None:
    return None if told is None else str(told.event.place)


def _summary(comparison: Comparison, names: tuple[str, str]) -> dict[str, object]:
    kinds = Counter(_kind(pair) for pair in comparison.pairs)
    first = comparison.first
    return {
        "a": names[0],
        "b": names[1],
        "same": first is None,
        "events_a": len(comparison.a),
        "events_b": len(comparison.b),
        "rows_same": kinds["same"],
        "missing_in_b": kinds["a"],
        "only_in_b": kinds["b"],
        "changed": kinds["changed"],
        "first_divergence": None if first is None else _divergence(comparison, first),
        "sentence": comparison.sentence,
    }


def _kind(pair: Pair) -> str:
    if pair.same:
        return "same"
    return "a" if pair.b is None else "b" if pair.a is None else "changed"


def _divergence(comparison: Comparison, pair: Pair) -> dict[str, object]:
    row = _row(comparison, pair)
    kept = ("n_a", "n_b", "since_start_ms", "agent", "what", "difference", "place_a", "place_b")
    return {key: row[key] for key in kept}


def _lengths(comparison: Comparison) -> tuple[str, ...]:
    """Say how long each run took, where that is known."""
    found = (_length_ms(comparison.a), _length_ms(comparison.b))
    return tuple(f"{name} {span(ms)}" for name, ms in zip("AB", found, strict=True) if ms is not None)


def _length_ms(run: Sequence[Told]) -> int | None:
    began_ms = started_ms(run)
    times = [told.time_ms for told in run if told.time_ms is not None]
    return None if began_ms is None else max(times) - began_ms
