"""The longest common subsequence of two sequences, exact where they are alike and never slow."""

from bisect import bisect_left
from collections.abc import Hashable, Iterable, Sequence

MOST_EDITS = 1_000
"""How many elements may be in one sequence only before the answer is an approximation: the exact search costs
the square of that number."""

Match = tuple[int, int]
"""An index into the one sequence and one into the other, of equal elements."""


def aligned(
    first: Sequence[Hashable], second: Sequence[Hashable], most_edits: int = MOST_EDITS
) -> list[Match]:
    """Match as many equal elements as can be, in order: both indices rise from match to match.

    Beyond ``most_edits`` the n-th of several equal elements is matched with the n-th only, of those as many
    as can be: still in order, but perhaps fewer.
    """
    numbers: dict[Hashable, int] = {}
    a = [numbers.setdefault(key, len(numbers)) for key in first]
    b = [numbers.setdefault(key, len(numbers)) for key in second]
    head = _common(zip(a, b, strict=False))
    tail = _common(zip(reversed(a[head:]), reversed(b[head:]), strict=False))
    inner_a, inner_b = a[head : len(a) - tail], b[head : len(b) - tail]
    inner = _shortest_edit(inner_a, inner_b, most_edits)
    if inner is None:
        inner = _by_occurrence(inner_a, inner_b)
    return [
        *((n, n) for n in range(head)),
        *((i + head, j + head) for i, j in inner),
        *((len(a) - n, len(b) - n) for n in range(tail, 0, -1)),
    ]


def _common(pairs: Iterable[tuple[int, int]]) -> int:
    """Count the equal pairs at the beginning."""
    count = 0
    for one, other in pairs:
        if one != other:
            break
        count += 1
    return count


def _shortest_edit(a: Sequence[int], b: Sequence[int], most_edits: int) -> list[Match] | None:
    """Search for the shortest edit (Myers 1986); None when it takes more than ``most_edits``.

    ``furthest[k]`` is how far into ``a`` so many edits come on diagonal ``k`` = index in a - index in b.
    """
    goal, most = len(a) - len(b), min(len(a) + len(b), most_edits)
    furthest = [0] * (2 * most + 3)
    trace: list[list[int]] = []
    for edits in range(most + 1):
        trace.append(furthest[most - edits : most + edits + 3])
        for k in range(-edits, edits + 1, 2):
            below, above = furthest[most + k], furthest[most + k + 2]
            x = above if k == -edits or (k != edits and below < above) else below + 1
            while x < len(a) and 0 <= x - k < len(b) and a[x] == b[x - k]:
                x += 1
            furthest[most + k + 1] = x
            if k == goal and x >= len(a):
                return _walked_back(a, b, trace)
    return None


def _walked_back(a: Sequence[int], b: Sequence[int], trace: Sequence[Sequence[int]]) -> list[Match]:
    """Return the matches on the way that was found, from its end to its beginning and turned round."""
    matches: list[Match] = []
    x, y = len(a), len(b)
    for edits in range(len(trace) - 1, -1, -1):
        furthest, k = trace[edits], x - y
        # The slice begins at diagonal -(edits + 1), so that of k stands at k + edits + 1.
        below, above = furthest[k + edits], furthest[k + edits + 2]
        down = k == -edits or (k != edits and below < above)
        begin = (above if down else below + 1) if edits else 0
        while x > begin:
            x, y = x - 1, y - 1
            matches.append((x, y))
        if edits:
            x, y = (x, y - 1) if down else (x - 1, y)
    matches.reverse()
    return matches


def _by_occurrence(a: Sequence[int], b: Sequence[int]) -> list[Match]:
    places: dict[int, list[int]] = {}
    for j, key in enumerate(b):
        places.setdefault(key, []).append(j)
    used: dict[int, int] = {}
    pairs: list[Match] = []
    for i, key in enumerate(a):
        number = used.get(key, 0)
        found = places.get(key, ())
        if number < len(found):
            used[key] = number + 1
            pairs.append((i, found[number]))
    return in_order(pairs)


def in_order(pairs: Sequence[Match]) -> list[Match]:
    """Return the longest part of the pairs in which the second indices rise; the first ones rise already."""
    ends: list[int] = []
    """The smallest second index that ends a rising row of each length."""
    members: list[int] = []
    before: list[int | None] = []
    for n, (_, j) in enumerate(pairs):
        length = bisect_left(ends, j)
        before.append(members[length - 1] if length else None)
        if length == len(ends):
            ends.append(j)
            members.append(n)
        else:
            ends[length] = j
            members[length] = n
    kept: list[Match] = []
    node = members[-1] if members else None
    while node is not None:
        kept.append(pairs[node])
        node = before[node]
    kept.reverse()
    return kept
