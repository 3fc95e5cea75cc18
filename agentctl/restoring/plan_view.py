"""What restoring would take, as an answer: objects, bytes, what is frozen, and how long that takes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from agentctl.archive.keys import ObjectKey
from agentctl.model.instant import instant
from agentctl.model.view import Column, Kind, Row, Shown, View
from agentctl.restoring.result import Result
from agentctl.restoring.survey import Holding, Survey, bytes_of
from agentctl.restoring.thawing import how_long, state_of

COLUMNS = (
    Column("object", "OBJECT", shown=Shown.SCREEN),
    Column("key", "KEY", shown=Shown.PLAIN),
    Column("storage_class", "CLASS"),
    Column("state", "STATE"),
    Column("frozen", "FROZEN", Kind.FLAG, Shown.MACHINE),
    Column("expires", "EXPIRES", Kind.TIME_MS, Shown.MACHINE),
    Column("size", "SIZE", shown=Shown.SCREEN),
    Column("bytes", "BYTES", Kind.NUMBER, Shown.PLAIN),
    Column("records", "RECORDS", Kind.NUMBER),
)

_UNITS = ("B", "kB", "MB", "GB", "TB")


@dataclass(frozen=True, slots=True)
class Command:
    """The command line that a next step repeats: what was looked for, and where."""

    words: tuple[str, ...]

    def __str__(self) -> str:
        return " ".join(("agentctl restore", *self.words))


def plan_view(found: Survey, result: Result, title: str, command: Command, notes: Sequence[str] = ()) -> View:
    """Show a plan."""
    return View(
        name="restore",
        title=title,
        columns=COLUMNS,
        rows=[row_of(one) for one in found.holdings],
        summary=result.fields(),
        facts=(_count(found.matched, "event"), _count(len(found.holdings), "object")),
        notes=(*_where(found), *notes, *_to_thaw(found), _proof(found, result)),
        next=next_commands(found, command),
        nothing=nothing(title, found),
    )


def next_commands(found: Survey, command: Command) -> tuple[str, ...]:
    """Name what a person would want now: the thaw, or what was looked for."""
    if found.frozen:
        return (thaw_command(command),)
    return (str(command),) if found.holdings else ()


def thaw_command(command: Command) -> str:
    """Return the command that thaws and then goes on."""
    return f"{command} --thaw standard --wait --execute"


def row_of(one: Holding) -> Row:
    """Return the row of an object."""
    stored = one.stored
    return {
        "object": short(stored.key),
        "key": stored.key,
        "storage_class": stored.storage_class,
        "state": state_of(stored),
        "frozen": one.frozen,
        "expires": stored.expires_ms,
        "size": size(stored.size),
        "bytes": stored.size,
        "records": one.records,
    }


def short(name: str) -> str:
    """Return an object's name as it fits on a screen: ``research-events/p=2/…0008192000``."""
    key = ObjectKey.parse(name)
    return name if key is None else f"{key.topic}/p={key.partition}/…{key.position:010d}.avro"


def size(number: int) -> str:
    """Return a number of bytes for people: ``4.1 MB``."""
    amount, unit = float(number), 0
    while amount >= 1000 and unit < len(_UNITS) - 1:
        amount, unit = amount / 1000, unit + 1
    return f"{number} B" if unit == 0 else f"{amount:.1f} {_UNITS[unit]}"


def nothing(title: str, found: Survey) -> str:
    """Say that the archive has nothing of it, and what was searched."""
    topics = ", ".join(found.finding.topics[:6]) + (", …" if len(found.finding.topics) > 6 else "")
    searched = f"{_count(found.finding.objects, 'object')} of {topics}" if topics else "an empty archive"
    return f"The archive holds nothing of {title}: looked for in {searched}."


def _where(found: Survey) -> Iterator[str]:
    if found.times:
        first, last = (_day_and_minute(time_ms) for time_ms in (found.times[0], found.times[-1]))
        until = last[-5:] if first[:-6] == last[:-6] else last
        yield f"{first} … {until} UTC"


def _day_and_minute(time_ms: int) -> str:
    try:
        moment = datetime.fromtimestamp(time_ms / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return instant(time_ms)
    return f"{moment.day} {moment:%b %Y %H:%M}"


def _to_thaw(found: Survey) -> Iterator[str]:
    if found.frozen:
        yield f"to thaw: {_count(len(found.frozen), 'object')}, {size(bytes_of(found.frozen))}"
        yield how_long(found.frozen)


def _proof(found: Survey, result: Result) -> str:
    if found.reasons:
        return f"complete: no, {'; '.join(found.reasons)}"
    explained = sum(gap.until - gap.first for gap in result.gaps)
    holes = f", {explained:,} explained" if explained else ""
    return f"complete: yes, offsets continuous, 0 unexplained holes{holes}"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
