"""One field's locators made into one function, as it is called for every field of every event."""

from collections.abc import Callable, Sequence
from itertools import takewhile

from agentctl.events.locators import Locator, first_text
from agentctl.events.reading import Reading
from agentctl.events.values import as_text

Meaning = Callable[[object], int | None]
"""What a found value means; None lets the next locator be tried."""


def text_finder(locators: Sequence[Locator]) -> Callable[[Reading], str | None]:
    """Return a function that gives what ``first_text`` gives, with a short way for the usual case."""
    names, rest, rest_without_headers = _parts(locators)

    def find(reading: Reading) -> str | None:
        get = reading.fields.get
        for name in names:
            found = get(name)
            if found is None:
                continue
            if type(found) is str:
                if found:
                    return found
            elif type(found) is float:
                return first_text(locators, reading.exactly())
            elif text := as_text(found):
                return text
        rest_of_it = rest if reading.has_headers else rest_without_headers
        return first_text(rest_of_it, reading) if rest_of_it else None

    return find


def value_finder(locators: Sequence[Locator], meaning: Meaning) -> Callable[[Reading], int | None]:
    """Return a function that gives the first value that means something."""
    names, rest, rest_without_headers = _parts(locators)

    def find(reading: Reading) -> int | None:
        get = reading.fields.get
        for name in names:
            found = get(name)
            if found is not None and (value := meaning(found)) is not None:
                return value
        for locator in rest if reading.has_headers else rest_without_headers:
            if (value := meaning(locator.find(reading))) is not None:
                return value
        return None

    return find


def matched(locators: Sequence[Locator], reading: Reading, meaning: Meaning | None) -> tuple[int, str] | None:
    """Return the number of the locator that wins, and what it found as text; None when none does.

    ``meaning`` is None for a field that holds text.
    """
    for number, locator in enumerate(locators):
        if meaning is None:
            text = first_text((locator,), reading)
        else:
            found = locator.find(reading)
            text = None if meaning(found) is None else as_text(found)
        if text:
            return number, text
    return None


def _parts(
    locators: Sequence[Locator],
) -> tuple[tuple[str, ...], tuple[Locator, ...], tuple[Locator, ...]]:
    """Split into names at the top of the payload, the rest, and the rest when there are no headers."""
    begin = tuple(takewhile(lambda locator: locator.name is not None, locators))
    rest = tuple(locators[len(begin) :])
    names = tuple(locator.name for locator in begin if locator.name is not None)
    return names, rest, tuple(locator for locator in rest if not locator.headers)
