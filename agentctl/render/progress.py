"""How far long work is: a moving line for a person at a terminal, at most one last line for a log."""

from dataclasses import dataclass, field
from types import TracebackType

from agentctl.model.expectation import Expectation
from agentctl.model.span import span
from agentctl.render.complaints import tell, warn
from agentctl.surroundings import Surroundings

SILENT_MS = 2_000
"""Work that is done by then says nothing."""
LONG_SECONDS = 3.0
"""Work that is expected to take longer is announced before it begins."""
REDRAW_MS = 100
"""Time between two drawings of the line: ten a second at most."""


@dataclass(slots=True)
class ScreenProgress:
    """Counts records and bytes of one piece of work, and shows them on stderr when it takes long.

    Used as a context manager, so that the line is gone before anything else is printed.
    """

    surroundings: Surroundings
    records: int = 0
    size_bytes: int = 0
    expected: int | None = None
    """Records to come in all; None while that is unknown."""
    _began_ms: int = field(init=False)
    _drawn_ms: int | None = field(init=False, default=None)
    _drawn_cells: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        self._began_ms = self.surroundings.now_ms()

    def advance(self, records: int, bytes_: int) -> None:
        """Say that so many more records and bytes were read."""
        self.records += records
        self.size_bytes += bytes_
        if not self.surroundings.error_is_terminal:
            return
        now_ms = self.surroundings.now_ms()
        due_ms = self._began_ms + SILENT_MS if self._drawn_ms is None else self._drawn_ms + REDRAW_MS
        if now_ms >= due_ms:
            self._drawn_ms = now_ms
            self._draw(self.line(now_ms))

    def expect(self, coming: Expectation) -> None:
        """Say what is about to be read; when that takes long, it is announced at once."""
        self.expected = self.records + coming.records
        if coming.seconds > LONG_SECONDS:
            self._erase()
            warn(_announced(coming), self.surroundings)

    def line(self, now_ms: int) -> str:
        """Return what is shown then: ``1,204,000 of 2,400,000 records  50%  412,000/s  3s left``."""
        took_ms = max(now_ms - self._began_ms, 1)
        rate = self.records * 1_000 // took_ms
        if not self.expected:
            return f"{self.records:,} records  {rate:,}/s"
        # A topic that grows may give more than was expected: never more than all of it.
        done = min(self.records, self.expected)
        share = f"{done * 100 // self.expected}%"
        line = f"{self.records:,} of {max(self.expected, self.records):,} records  {share}  {rate:,}/s"
        if done == self.expected or not rate:
            return line
        return f"{line}  {span(max((self.expected - done) * 1_000 // rate, 1_000))} left"

    def done(self) -> None:
        """Take the line away; in a log, say once what was read when it took long."""
        self._erase()
        now_ms = self.surroundings.now_ms()
        long = now_ms - self._began_ms >= SILENT_MS
        # Where nothing could be read, an error follows that says why.
        if long and self.records and not self.surroundings.error_is_terminal:
            took = span(now_ms - self._began_ms)
            tell(self.surroundings.stderr, f"agentctl: read {self.records:,} records in {took}")

    def __enter__(self) -> "ScreenProgress":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self.done()

    def _erase(self) -> None:
        if self._drawn_cells:
            self._draw("")

    def _draw(self, text: str) -> None:
        """Write over the line before. Blanks instead of an erase sequence: every terminal knows them."""
        text = text[: max(self.surroundings.width - 1, 0)]
        blanks = " " * (self._drawn_cells - len(text))
        end = "\r" if not text else ""
        self._drawn_cells = len(text)
        try:
            self.surroundings.stderr.write(f"\r{text}{blanks}{end}")
            self.surroundings.stderr.flush()
        except OSError:
            return  # stderr is closed: there is nobody left to tell


def _announced(coming: Expectation) -> str:
    """Return what is read and how long that takes, and how to read less."""
    what = (
        f"reading {_count(coming.topics, 'topic')}, {_count(coming.partitions, 'partition')}, "
        f"{_count(coming.records, 'record')} at most, about {span(round(coming.seconds) * 1_000)}"
    )
    if not coming.narrower:
        return what
    *others, last = coming.narrower
    ways = f"{', '.join(others)} or {last}" if others else last
    return f"{what}; less with {ways}"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
