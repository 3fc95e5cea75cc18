"""Phrases that findings of claims are made of."""

from collections.abc import Sequence
from shlex import quote

from agentctl.claims.facts import Fact

_MOST_NAMES = 5


def show(work_item: str) -> str:
    """Return the command that shows an item's claims."""
    dashes = "-- " if work_item.startswith("-") else ""
    return f"agentctl claims show {dashes}{quote(work_item)}"


def listed(names: Sequence[str]) -> str:
    """Say names as a person would: ``a, b and c``; of many the first few and how many more."""
    shown = list(names[:_MOST_NAMES])
    if len(names) > len(shown):
        shown.append(f"{len(names) - len(shown):,} more")
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"


def sign_words(sign: Fact) -> str:
    """Say a sign of life: ``step 3/5``, or the kind of event that it was."""
    if sign.step is None:
        return f"a {sign.kind.name.lower()}" if sign.kind.name != "PROGRESS" else "progress"
    return f"step {sign.step}" if sign.total is None else f"step {sign.step}/{sign.total}"


def ordinal(n: int) -> str:
    """Say a place in a row: ``2nd``, ``11th``."""
    ending = "th" if n % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(n % 10, "th")
    return f"{n:,}{ending}"
