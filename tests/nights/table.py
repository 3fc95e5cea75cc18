"""What was found of the truth, as a table for docs/findings.md."""

from pathlib import Path

from tests.nights.measure import Count, Measure, measured

DOCUMENT = Path(__file__).parents[2] / "docs" / "findings.md"
BEGINS, ENDS = "<!-- nights: python -m tests.nights --write -->\n", "<!-- end of nights -->\n"
WITHOUT_SKEW, WITH_SKEW = 400, 200
"""How many nights."""
SKEW_MS = 2_000


def total(seeds: range, skew_ms: int = 0) -> Measure:
    """Measure many nights."""
    measure = Measure()
    for seed in seeds:
        measure.add(measured(seed, skew_ms))
    return measure


def table() -> str:
    """Return the table: nights without skew beside nights with it."""
    exact, skewed = total(range(WITHOUT_SKEW)), total(range(WITH_SKEW), SKEW_MS)
    lines = [
        f"{exact.nights:,} nights without skew ({exact.events:,} events) and {skewed.nights:,} in which each",
        f"agent's clock is up to {SKEW_MS // 1000} s ahead or behind ({skewed.events:,} events):",
        "",
        "| | found | missed | wrong | found, skewed | missed | wrong |",
        "|---|---:|---:|---:|---:|---:|---:|",
        *(_line(f"`{code}`", exact.codes[code], skewed.codes[code]) for code in exact.codes),
        _line("who holds, or ambiguous", exact.verdicts, skewed.verdicts),
        _line("events downstream", exact.downstream, skewed.downstream),
        _line("why an agent did nothing", exact.reasons, skewed.reasons),
        _line("inferred causes", _causes(exact), _causes(skewed)),
        "",
    ]
    return "\n".join(lines)


def _line(name: str, exact: Count, skewed: Count) -> str:
    numbers = (n for one in (exact, skewed) for n in (one.found, one.missed, one.wrong))
    return f"| {name} | {' | '.join(f'{n:,}' for n in numbers)} |"


def _causes(measure: Measure) -> Count:
    causes = measure.causes
    return Count(causes["right"], causes["none"], causes["wrong"] + causes["made up"])


def written(text: str) -> str:
    """Return a document with the table in its place."""
    before, _, rest = text.partition(BEGINS)
    _, _, after = rest.partition(ENDS)
    return f"{before}{BEGINS}{table()}{ENDS}{after}"
