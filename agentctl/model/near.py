"""Names that somebody may have meant."""

from collections.abc import Iterable
from difflib import get_close_matches


def near_names(name: str, known: Iterable[str], most: int = 3) -> tuple[str, ...]:
    """Return up to ``most`` known names that look like ``name``, the likeliest first."""
    names = list(dict.fromkeys(known))
    folded = name.casefold()
    begin = sorted(n for n in names if n.casefold().startswith(folded) or folded.startswith(n.casefold()))
    close = get_close_matches(name, names, n=most, cutoff=0.6)
    return tuple(dict.fromkeys([*close, *begin]))[:most]
