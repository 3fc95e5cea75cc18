"""What is wrong in a night, by code, as those know it who made the night up."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from agentctl.model.finding import Code
from agentctl.model.record import Place, TimestampType
from tests.nights.item import Item, Piece, Reign
from tests.nights.night import AGENTS, CLAIMS, CLOSE_MS, LIMIT_MS, OBSERVERS, PROGRESS, RESULTS, TASKS, Act
from tests.nights.scripts import Book


@dataclass(frozen=True, slots=True)
class Truth:
    """What there is to be found: by code, what tells one finding from another of that code."""

    findings: dict[Code, set[Any]]
    downstream: dict[Any, frozenset[Place]]
    """What really follows from each time travel and each act on replaced news."""
    reasons: set[tuple[int, str, str]]
    """Pause, agent and why it did nothing."""
    parents: dict[Place, Place | None]
    """What each event really follows from."""
    close: set[str]
    """Items of which only clocks say who held them: claimed in two partitions within seconds, or taken over
    within seconds after a lease. To call a conflict on them ambiguous is right.
    """


def truth_of(book: Book, now_ms: int) -> Truth:
    """Say what there is to be found."""
    found: dict[Code, set[Any]] = {code: set() for code in Code}
    downstream: dict[Any, frozenset[Place]] = {}
    children = defaultdict(list)
    for act in book.night.acts:
        if act.parent is not None:
            children[act.parent].append(act)
    travels = _travels(book)
    fruits: set[Act] = set()
    for piece in travels:
        assert piece.cause is not None
        flags = _flags(piece)
        fruits |= flags
        key = (piece.agent, piece.cause.place, _places(flags))
        found[Code.TIME_TRAVEL].add(key)
        downstream[key] = _after(flags, children)
    for piece, newer in book.replaced:
        if piece not in travels:
            key = (piece.agent, newer.place, _places(_flags(piece)))
            found[Code.STALE_READ].add(key)
            downstream[key] = _after(_flags(piece), children)
    found[Code.STALE_READ] |= set(_late_groups(book))
    for item in book.items:
        _of_item(book, item, found, fruits, now_ms)
    for kind, acts in book.notes:
        found[Code.UNKNOWN_CAUSE].add((kind, _places(acts)))
    found[Code.CLOCK_SKEW] |= {(late, early) for late, early, _ in _skews(book)}
    found[Code.UNDECODABLE] |= {act.place for act in book.night.acts if act.undecodable}
    found[Code.SILENCE] |= set(range(len(book.night.pauses)))
    parents = {act.place: None if act.parent is None else act.parent.place for act in book.night.acts}
    close = {item.name for item in book.items if item.close or any(map(_undecided, item.reigns))}
    return Truth(found, downstream, set(_reasons(book)), parents, close)


def _places(acts: set[Act] | frozenset[Act]) -> frozenset[Place]:
    return frozenset(act.place for act in acts)


def _pieces(book: Book) -> Iterator[Piece]:
    for item in book.items:
        yield from item.pieces
    yield from book.loose


def _travels(book: Book) -> list[Piece]:
    """Pieces of work that began on an event older than the limit; an instant one began when it was read."""
    found = []
    for piece in _pieces(book):
        cause = piece.cause
        if cause is None:
            continue
        first = piece.acts[0]
        began = first.at
        instant = first.topic == RESULTS or piece in book.loose
        if instant and first.topic != PROGRESS and book.night.with_commits and cause.topic == TASKS:
            began = min(began, book.night.committed(piece.agent, cause) or began)
        if began - cause.at > LIMIT_MS:
            found.append(piece)
    return found


def _flags(piece: Piece) -> set[Act]:
    return {piece.acts[0], *(act for act in piece.acts if act.cause is piece.cause)}


def _after(acts: set[Act], children: dict[Act, list[Act]]) -> frozenset[Place]:
    reached, waiting = set(acts), list(acts)
    while waiting:
        new = [act for act in children[waiting.pop()] if act not in reached]
        reached.update(new)
        waiting += new
    return frozenset(act.place for act in reached - acts)


def _late_groups(book: Book) -> Iterator[Any]:
    if not book.night.with_commits:
        return
    acted = {(piece.agent, piece.cause) for piece in _pieces(book)}
    for group in (*AGENTS, *OBSERVERS):
        late = {
            act
            for (reader, _), tasks in book.night.reads.items()
            for act, at in tasks
            if reader == group and at is not None and at - act.at > LIMIT_MS and (group, act) not in acted
        }
        if late:
            yield (f"{group}-agents", _places(late))


def _of_item(book: Book, item: Item, found: dict[Code, set[Any]], fruits: set[Act], now_ms: int) -> None:
    for reign in item.reigns:
        lost = {one.act for one in reign.lost if not one.withdrawn}
        if lost:
            found[Code.CLAIM_CONFLICT].add((item.name, _places(lost), _verdict(book, item, reign)))
    found[Code.LATE_CLAIM] |= {act.place for act in item.late()}
    found[Code.DUPLICATE_RESULT] |= {act.place for act in item.duplicates}
    if not item.split:
        found[Code.ZOMBIE_RESULT] |= {act.place for act in item.zombies}
    first_claim = min((act.at for act in book.night.acts if act.topic == CLAIMS), default=now_ms)
    custom = any(one.reigns and one.results for one in book.items)
    for act in item.unclaimed:
        known = bool(item.reigns) or (custom and act.at >= first_claim)
        if known and act not in fruits:
            found[Code.RESULT_WITHOUT_CLAIM].add(act.place)
    orphan = item.orphan(now_ms)
    if orphan is not None:
        found[Code.ORPHANED_CLAIM].add(orphan.place)
    if item.split:
        found[Code.SPLIT_KEY].add(item.name)


def _verdict(book: Book, item: Item, reign: Reign) -> str:
    """Say who holds, for somebody who knows only that clocks may differ."""
    if book.night.claims_clock is not TimestampType.APPEND:
        claim = reign.claim
        apart = [one.act.at - claim.at for one in reign.lost if one.act.partition != claim.partition]
        tolerance = max(CLOSE_MS, *(by for _, _, by in _skews(book)), 0)
        if apart and min(apart) <= tolerance:
            return "ambiguous"
        if all(one.left <= tolerance < one.act.at - claim.at for one in reign.lost if not one.withdrawn):
            return "ambiguous"
    return "first by time" if item.split else "holder"


def _undecided(reign: Reign) -> bool:
    claim = reign.claim
    others = [one.act for one in reign.lost if one.act.partition != claim.partition]
    return any(act.at - claim.at <= CLOSE_MS for act in others)


def _skews(book: Book) -> Iterator[tuple[str | None, str | None, int]]:
    """Give whose clock is behind whose, and by how much at least, wherever an event shows it."""
    night = book.night
    circles = {act for kind, acts in book.notes if kind == "circle" for act in acts}
    for act in night.acts:
        if isinstance(act.cause, Act) and act not in circles and night.dated(act) < night.dated(act.cause):
            yield night.clock(act), night.clock(act.cause), night.dated(act.cause) - night.dated(act)
        if night.appended(act) and act.agent is not None and night.skews.get(act.agent, 0) > 5:
            yield "the broker", act.agent, night.skews[act.agent] - 5


def _reasons(book: Book) -> Iterator[tuple[int, str, str]]:
    night = book.night
    agents = {act.agent for act in night.acts if act.agent is not None}
    for n, (begins, ends) in enumerate(night.pauses):
        for agent in agents:
            yield n, agent, _why(book, agent, begins, ends)


def _why(book: Book, agent: str, begins: int, ends: int) -> str:
    night = book.night
    reader = night.with_commits and agent in AGENTS
    unread, committed = 0, False
    for (group, _), tasks in night.reads.items() if reader else ():
        if group == agent:
            passed = [n for n, (_, at) in enumerate(tasks) if at is not None and at < ends]
            committed = committed or bool(passed)
            unread = max(unread, sum(act.at < ends for act, _ in tasks) - len(passed) if passed else 0)
    if unread:
        return "behind"
    worked = [
        (act.at, piece)
        for item in book.items
        for piece in item.pieces
        for act in piece.acts
        if piece.agent == agent and act.at <= begins
    ]
    if worked:
        last = max(worked, key=lambda one: one[0])[1]
        until_then = [act for act in last.acts if act.at <= begins]
        over = any(act.topic == RESULTS or act.type == "claim_released" for act in until_then)
        if not over:
            return "silent"
    return "no input" if committed else "unknown"
