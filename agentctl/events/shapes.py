"""What is left to look for in objects that have the same members: decided once, not for every record.

Most records of a topic are JSON objects without headers and with the same members. Of a field's locators
those are left then whose member is there. Mostly that is one, or none but a literal.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from agentctl.events.locators import Locator
from agentctl.events.reading import Reading
from agentctl.events.values import as_text

Shape = tuple[str, ...]
"""The names of an object's members, in their order."""
Found = str | int | None
Finder = Callable[[Reading], Found]

_MOST = 256
"""How many shapes are remembered: who writes more of them gains nothing by it."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """One field as any reading is searched for it."""

    locators: Sequence[Locator]
    find: Finder
    meaning: Callable[[object], int | None] | None
    """None for a field that holds text."""

    def means(self, found: object) -> Found:
        """Return what something found means for the field; None when it is not what is looked for."""
        return (as_text(found) or None) if self.meaning is None else self.meaning(found)


@dataclass(frozen=True, slots=True)
class Plan:
    """How the fields of one shape are found; they have the numbers in which they were given."""

    settled: Sequence[Found]
    """What each field is wherever the rest does not say otherwise."""
    texts: Sequence[tuple[int, str, Finder]]
    """Texts, each with its member, and what finds it where no text stands there, or an empty one."""
    values: Sequence[tuple[int, str, Callable[[object], int | None], Finder]]
    """The same for values, with what they mean."""
    others: Sequence[tuple[int, Finder]]
    """Fields that take a search: the key, a nested member."""


class Shapes:
    """Plans by shape, made at the first object of each."""

    __slots__ = ("_plans", "_wanted")

    def __init__(self, wanted: Sequence[Wanted]) -> None:
        self._wanted = wanted
        self._plans: dict[Shape, Plan] = {}

    def plan(self, payload: Mapping[str, object]) -> Plan | None:
        """Return the plan for an object; None when there are too many shapes to have plans for all."""
        shape = tuple(payload)
        found = self._plans.get(shape)
        if found is None and len(self._plans) < _MOST:
            found = self._plans[shape] = _planned(self._wanted, payload)
        return found


def _planned(wanted: Sequence[Wanted], payload: Mapping[str, object]) -> Plan:
    settled: list[Found] = [None] * len(wanted)
    texts, values, others = [], [], []
    for number, one in enumerate(wanted):
        left = [locator for locator in one.locators if _may_find(locator, payload)]
        if not left:
            continue
        first = left[0]
        if first.name is not None:
            if one.meaning is None:
                texts.append((number, first.name, one.find))
            else:
                values.append((number, first.name, one.meaning, one.find))
        elif (constant := one.means(first.constant)) is not None:
            settled[number] = constant
        else:
            others.append((number, one.find))
    return Plan(settled, texts, values, others)


def _may_find(locator: Locator, payload: Mapping[str, object]) -> bool:
    return not locator.headers and (locator.member is None or locator.member in payload)
