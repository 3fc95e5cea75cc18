"""The table of a report: every event with its times, its cause, its evidence, and what it carried."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, tzinfo

from agentctl.model.instant import instant
from agentctl.model.timeline import Mark, Moment, Silence, Timeline
from agentctl.model.view import Kind, Row, Shown, View
from agentctl.render.interface import Style
from agentctl.render.markup import anchor, escaped, safe
from agentctl.render.sanitise import json_text
from agentctl.render.words import duration, gap, moment_of, offset, spoken, zone_name

MOST_ROWS = 5_000
"""Events in a page; of more, those that matter least are told by their number."""
MOST_PAYLOAD = 8_000
"""Characters of a payload in a page."""
GROUP = 50
"""Events that a browser lays out together, when one of them comes into sight."""
_WEIGHTY = frozenset({Mark.TASK, Mark.CLAIM, Mark.RESULT, Mark.UNDECODABLE})
_RIGHT = frozenset({Kind.NUMBER, Kind.DURATION_MS})
_BYTES = ("key", "headers", "value", "payload")


def table(view: View) -> Iterator[str]:
    """Give the rows of an answer that is no timeline."""
    columns = [column for column in view.columns if column.shown is not Shown.MACHINE]
    yield '<table class="rows"><thead><tr>'
    for column in columns:
        yield f"<th{_side(column.kind)}>{safe(column.title)}</th>"
    yield "</tr></thead><tbody>"
    for row in view.rows:
        # ``spoken`` makes text visible; to do so again would double its backslashes.
        cells = (
            f"<td{_side(one.kind)}>{escaped(spoken(one.kind, row.get(one.key)))}</td>" for one in columns
        )
        yield f'<tr class="event">{"".join(cells)}</tr>'
    yield "</tbody></table>"


def _side(kind: Kind) -> str:
    return ' class="n"' if kind in _RIGHT else ""


class Rows:
    """The rows of one timeline: all of its events, also those that its picture folds into others."""

    def __init__(self, view: View, timeline: Timeline, style: Style) -> None:
        self._rows: Sequence[Row] = view.rows
        self._moments = {entry.n: entry for entry in timeline.entries if isinstance(entry, Moment)}
        self._silences = _silences(timeline)
        self._kept = _kept(view.rows, self._moments)
        self._numbers = {n for row in view.rows if isinstance(n := row.get("n"), int)}
        self._places = {_place(row): n for row in view.rows if isinstance(n := row.get("n"), int)}
        self.agents = list(dict.fromkeys(str(a) for row in view.rows if (a := row.get("agent")) is not None))
        self._agent_number = {agent: n for n, agent in enumerate(self.agents)}
        self.has_payload = any(column.key == "payload" for column in view.columns)
        at = view.generated_at_ms or 0
        local = style.local if style.local is not None else style.zone
        outer = [row.get("time") for row in (*view.rows[:1], *view.rows[-1:])]
        ends = [at, *(time for time in outer if isinstance(time, int))]
        self.zone: tzinfo | None = None if all(offset(local, one) == "+00:00" for one in ends) else local
        self.zone_name = "" if self.zone is None else zone_name(self.zone, at)
        self.left_out: list[str] = []
        self._cut_payloads = 0

    @property
    def times(self) -> list[list[int]]:
        """Number and time of every event whose time is known."""
        found = ((row.get("n"), row.get("time")) for row in self._rows)
        return [[n, time] for n, time in found if isinstance(n, int) and isinstance(time, int)]

    @property
    def first_flagged_ms(self) -> int | None:
        """The time of the first event that a finding is about; None without one."""
        flagged = (one.time_ms for one in self._moments.values() if one.findings)
        return next((time_ms for time_ms in flagged if time_ms is not None), None)

    def link(self, n: int) -> str:
        """Return ``#11`` as a link to that event, where it stands in the page."""
        shown = n in self._numbers and (self._kept is None or n in self._kept)
        return f'<a href="#e{n}">#{n}</a>' if shown else f"#{n}"

    def link_to_place(self, place: str) -> str:
        """Return a place as a link to its event, where it stands in the page."""
        n = self._places.get(place)
        shown = n is not None and (self._kept is None or n in self._kept)
        return f'<a href="#e{n}">{safe(place)}</a>' if shown else safe(place)

    def lines(self) -> Iterator[str]:
        """Give the table."""
        local = f"<th>{safe(f'Local {self.zone_name}')}</th>" if self.zone is not None else ""
        zoned = "" if self.zone is None else " zoned"
        yield f'<table class="events{zoned}"><thead><tr><th class="n">#</th><th>UTC</th>'
        yield f'{local}<th class="n">Since before</th><th>Agent</th><th>What</th>'
        yield "<th>Cause</th><th>Evidence</th><th>Findings</th></tr></thead><tbody>"
        span = 8 if self.zone is None else 9
        today: date | None = None
        hidden = listed = 0
        for row in self._rows:
            n = row.get("n")
            for silence in self._silences.pop(n, ()) if isinstance(n, int) else ():
                text = safe(silence.explanation)
                yield f'<tr class="silence"><td colspan="{span}">{text}</td></tr>'
            if self._kept is not None and n not in self._kept:
                hidden += 1
                continue
            if hidden:
                yield _collapsed(hidden, span)
                hidden = 0
            time = row.get("time")
            moment = moment_of(time, UTC) if isinstance(time, int) else None
            if moment is not None and moment.date() != today:
                today = moment.date()
                day = f"{moment:%A} {moment.day} {moment:%B %Y}"
                yield f'<tr class="day"><th colspan="{span}" scope="rowgroup">{day} (UTC)</th></tr>'
            if listed and listed % GROUP == 0:
                yield "</tbody><tbody>"
            listed += 1
            yield from self._row(row, moment)
        if hidden:
            yield _collapsed(hidden, span)
        yield "</tbody></table>"
        self._account()

    def _account(self) -> None:
        if self._kept is not None:
            gone = len(self._rows) - len(self._kept)
            self.left_out.append(
                f"{gone:,} of {len(self._rows):,} events stand here only as a number, those that matter"
                " least: --export FILE.ndjson has all"
            )
        if self._cut_payloads:
            count = self._cut_payloads
            self.left_out.append(
                f"the end of {count:,} payload{'' if count == 1 else 's'} longer than {MOST_PAYLOAD:,}"
                " characters: --export FILE.ndjson has all"
            )

    def _row(self, row: Row, moment: datetime | None) -> Iterator[str]:
        n, agent, time = row.get("n"), row.get("agent"), row.get("time")
        drawn = self._moments.get(n) if isinstance(n, int) else None
        mark = Mark.PROGRESS if drawn is None else drawn.mark
        findings = () if drawn is None else drawn.findings
        classes = f"event {mark.value}{' flagged' if findings else ''}"
        number = self._agent_number.get(str(agent), "")
        yield f'<tr class="{classes}" id="e{n}" data-agent="{number}" data-mark="{mark.value}">'
        yield f'<td class="n"><a href="#e{n}">{n}</a></td>'
        yield f'<td class="time">{_time(time, moment)}</td>'
        if self.zone is not None:
            yield f'<td class="time local">{self._local(time, moment)}</td>'
        gap_ms = row.get("gap_ms")
        words = gap(gap_ms) if isinstance(gap_ms, int) else ""
        moved = ' <abbr title="stands after its cause, though its time is earlier">moved</abbr>'
        yield f'<td class="n gap">{words}{moved if row.get("reordered") else ""}</td>'
        yield f'<td class="agent">{"" if agent is None else safe(str(agent))}</td>'
        verdict = "" if drawn is None or drawn.verdict is None else f" <b>{safe(drawn.verdict)}</b>"
        yield f'<td class="what">{safe(str(row.get("what") or ""))}{verdict}'
        yield from self._payload(row)
        yield "</td>"
        yield f'<td class="cause">{self._cause(row, drawn)}</td>'
        yield f'<td class="place">{safe(_place(row))}</td>'
        yield f'<td class="found">{_found(findings, () if drawn is None else drawn.downstream)}</td></tr>'

    def _local(self, time: object, moment: datetime | None) -> str:
        there = moment_of(time, self.zone) if isinstance(time, int) and self.zone is not None else None
        if there is None or moment is None:
            return ""
        other = f" <small>{there:%d %b}</small>" if there.date() != moment.date() else ""
        return f"{there:%H:%M:%S}{other}"

    def _cause(self, row: Row, drawn: Moment | None) -> str:
        cause = row.get("cause")
        if cause is None:
            return ""
        text = self.link(cause) if isinstance(cause, int) else safe(str(cause))
        kind = (None if drawn is None else drawn.cause_kind) or row.get("cause_kind")
        age = row.get("read_age_ms")
        more = [safe(str(kind))] if kind else []
        more += [f"{duration(age)} old"] if isinstance(age, int) else []
        return f"{text} <small>{', '.join(more)}</small>" if more else text

    def _payload(self, row: Row) -> Iterator[str]:
        if not self.has_payload:
            return
        redacted = row.get("redacted")
        if isinstance(redacted, Sequence) and redacted and not isinstance(redacted, str):
            yield f'<small class="redacted">redacted: {safe(", ".join(map(str, redacted)))}</small>'
        held = {key: row.get(key) for key in _BYTES if row.get(key) not in (None, [], ())}
        if "payload" in held:
            held.pop("value", None)
        if not held:
            return
        lines = list(_written(held))
        yield "<details><summary>payload</summary><pre>"
        left = MOST_PAYLOAD
        for line in lines:
            if len(line) > left:
                yield f"{escaped(line[:left])} … cut here: {sum(map(len, lines)):,} characters in all"
                self._cut_payloads += 1
                break
            left -= len(line)
            yield escaped(line)
        yield "</pre></details>"


def _written(held: Mapping[str, object]) -> Iterator[str]:
    """Give a record's parts as lines of JSON, the payload with a line a field."""
    for key, value in held.items():
        if key == "payload" and isinstance(value, Mapping):
            yield "payload"
            yield from (f"  {json_text(str(name))}: {json_text(one)}" for name, one in value.items())
        else:
            yield f"{key} {json_text(value)}"


def _time(time: object, moment: datetime | None) -> str:
    if not isinstance(time, int):
        return "–"
    if moment is None:
        return f"{time} ms"
    return f'<time datetime="{instant(time)}">{moment:%H:%M:%S}.{time % 1000:03d}</time>'


def _found(findings: Sequence[str], downstream: Sequence[str]) -> str:
    own = [f'<a class="badge" href="#f-{anchor(one)}">⚑ {safe(one)}</a>' for one in findings]
    after = [f'<span class="after">downstream of {safe(one)}</span>' for one in downstream]
    return " ".join([*own, *after])


def _place(row: Row) -> str:
    return f"{row.get('topic')}[{row.get('partition')}]@{row.get('offset')}"


def _collapsed(count: int, span: int) -> str:
    noun = "1 event is" if count == 1 else f"{count:,} events are"
    return f'<tr class="silence"><td colspan="{span}">… {noun} not listed here</td></tr>'


def _silences(timeline: Timeline) -> dict[int, list[Silence]]:
    """Return the silences by the number of the first event behind them.

    An event that is folded into a later row never stands on the other side of a silence.
    """
    found: dict[int, list[Silence]] = {}
    waiting: list[Silence] = []
    for entry in timeline.entries:
        if isinstance(entry, Silence):
            waiting.append(entry)
        elif waiting:
            found[entry.n] = waiting
            waiting = []
    return found


def _kept(rows: Sequence[Row], moments: Mapping[int, Moment]) -> set[object] | None:
    """Return the numbers of the events that are listed; None for all."""
    if len(rows) <= MOST_ROWS:
        return None
    causes = {row.get("cause") for row in rows if row.get("findings")}

    def weight(row: Row) -> int:
        n = row.get("n")
        moment = moments.get(n) if isinstance(n, int) else None
        if moment is None:
            return 4
        if moment.findings or n in causes or moment.mark is Mark.UNDECODABLE:
            return 0
        if moment.downstream or moment.reordered:
            return 1
        return 2 if moment.mark in _WEIGHTY else 3

    ranked = sorted(range(len(rows)), key=lambda at: (weight(rows[at]), at))
    return {rows[at].get("n") for at in ranked[:MOST_ROWS]}
