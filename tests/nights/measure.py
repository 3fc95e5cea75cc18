"""Nights are made up, told by the program, and compared with what is true of them."""

from collections import Counter
from collections.abc import Set
from dataclasses import dataclass, field
from random import Random
from typing import Any

from agentctl.claims.terms import Terms
from agentctl.model.finding import Code, Finding
from agentctl.model.query import Clock
from agentctl.model.record import TimestampType
from agentctl.timeline.order import Gathering
from agentctl.timeline.reads import Reads
from agentctl.timeline.story import Knowledge, Story, tell
from agentctl.timeline.verdicts import Claims
from tests.nights.night import AGENTS, CLAIMS, LIMIT_MS, MINUTE, PRODUCER, RESULTS, TASKS, Night
from tests.nights.scripts import SCRIPTS, Book
from tests.nights.truth import Truth, truth_of


@dataclass(slots=True)
class Count:
    """How often a code was right, missed, and wrong."""

    found: int = 0
    missed: int = 0
    wrong: int = 0

    def add(self, other: "Count") -> None:
        self.found += other.found
        self.missed += other.missed
        self.wrong += other.wrong


@dataclass(slots=True)
class Measure:
    """What came of some nights."""

    nights: int = 0
    events: int = 0
    codes: dict[Code, Count] = field(default_factory=lambda: {code: Count() for code in Code})
    downstream: Count = field(default_factory=Count)
    """Events marked as downstream of a finding, of those findings that were found."""
    reasons: Count = field(default_factory=Count)
    """Why agents did nothing in a silence."""
    causes: Counter[str] = field(default_factory=Counter)
    """Inferred causes: ``right``, ``wrong``, ``none`` where there is one, ``made up`` where there is none."""
    verdicts: Count = field(default_factory=Count)
    """Conflicts by who holds: ``wrong`` when a verdict was given that is not the true one."""

    def add(self, other: "Measure") -> None:
        self.nights += other.nights
        self.events += other.events
        for code, count in other.codes.items():
            self.codes[code].add(count)
        self.downstream.add(other.downstream)
        self.reasons.add(other.reasons)
        self.causes += other.causes
        self.verdicts.add(other.verdicts)


def made_up(seed: int, skew_ms: int = 0) -> Book:
    """Make up a night. ``skew_ms`` is how far each agent's clock may be ahead or behind."""
    rng = Random(seed)
    names = (*AGENTS, PRODUCER)
    skews = {name: rng.randint(-skew_ms, skew_ms) for name in names}
    clock = rng.choice([TimestampType.CREATE, TimestampType.CREATE, TimestampType.APPEND])
    book = Book(Night(rng, skews, rng.random() < 0.7, clock))
    for script in rng.choices(list(SCRIPTS), list(SCRIPTS.values()), k=rng.randint(6, 14)):
        script(book)
    book.night.read_all()
    for act in book.later:
        act()
    book.night.pulse()
    book.night.finish()
    return book


def told(book: Book, now_ms: int) -> Story:
    """Let the program tell the night."""
    gathering = Gathering(Clock.RECORD)
    for event in book.night.events():
        gathering.add(event)
    terms = {topic: Terms(stale_after_ms=LIMIT_MS) for topic in (TASKS, RESULTS)}
    terms[CLAIMS] = Terms(ttl_ms=60 * MINUTE, stale_after_ms=LIMIT_MS)
    knowledge = Knowledge(
        stale_after_ms=lambda _topic: LIMIT_MS,
        reads=Reads(book.night.history()),
        ends=book.night.lengths,
        claims=Claims(terms, now_ms),
    )
    return tell(gathering, (), Clock.RECORD, knowledge)


def measured(seed: int, skew_ms: int = 0) -> Measure:
    """Make up a night, let it be told, and compare."""
    book = made_up(seed, skew_ms)
    now_ms = max(act.at for act in book.night.acts) + Random(seed).randint(10, 60 * MINUTE)
    story, truth = told(book, now_ms), truth_of(book, now_ms)
    measure = Measure(1, len(story.entries))
    seen: dict[Code, set[Any]] = {code: set() for code in Code}
    for finding in story.findings:
        key = _key(finding, book)
        seen[finding.code].add(key)
        if key in truth.downstream:
            _compare(measure.downstream, truth.downstream[key], frozenset(finding.downstream))
    for code in Code:
        _compare(measure.codes[code], truth.findings[code], seen[code])
    _verdicts(measure.verdicts, truth, seen[Code.CLAIM_CONFLICT])
    _compare(measure.reasons, truth.reasons, _reasons(story, book))
    _causes(measure.causes, story, truth)
    return measure


def _compare(count: Count, true: Set[Any], seen: Set[Any]) -> None:
    count.add(Count(len(true & seen), len(true - seen), len(seen - true)))


def _verdicts(count: Count, truth: Truth, seen: Set[Any]) -> None:
    """Compare who is said to hold. To call a conflict ambiguous is not wrong where the item has one."""
    true = {key[:2]: key[2] for key in truth.findings[Code.CLAIM_CONFLICT]}
    items = {item for item, _ in true}
    may_be = items | truth.close
    for item, lost, verdict in seen:
        right = item in may_be if verdict == "ambiguous" else true.get((item, lost)) in (verdict, "ambiguous")
        count.add(Count(found=int(right), wrong=int(not right)))
    count.missed += len(items - {key[0] for key in seen})


def _key(finding: Finding, book: Book) -> Any:
    """Return what tells a finding from others of its code, in the words of the truth."""
    evidence, flags = finding.evidence, frozenset(finding.flags)
    if finding.code is Code.TIME_TRAVEL:
        return evidence["agent"], finding.events[0], flags
    if finding.code is Code.STALE_READ:
        if "group" in evidence:
            return evidence["group"], frozenset(finding.events)
        return evidence["agent"], finding.events[1], flags
    if finding.code is Code.CLAIM_CONFLICT:
        return evidence["work_item"], frozenset(finding.events[1:]), evidence["verdict"]
    if finding.code is Code.SPLIT_KEY:
        return str(evidence["work_item"])
    if finding.code is Code.CLOCK_SKEW:
        return evidence["behind"], evidence["ahead"]
    if finding.code is Code.UNKNOWN_CAUSE:
        return evidence["problem"], frozenset(finding.events)
    if finding.code is Code.SILENCE:
        return _pause(evidence["since_ms"], evidence["until_ms"], book)
    return finding.events[0]


def _pause(since_ms: object, until_ms: object, book: Book) -> Any:
    """Return which pause of the night a silence is; one that was none as it is."""
    for n, (begins, ends) in enumerate(book.night.pauses):
        if isinstance(since_ms, int) and isinstance(until_ms, int):
            near = abs(since_ms - begins) <= 10_000 and abs(until_ms - ends) <= 10_000
            if near:
                return n
    return since_ms, until_ms


def _reasons(story: Story, book: Book) -> set[Any]:
    return {
        (_pause(silence.gap.since_ms, silence.gap.until_ms, book), reason.agent, reason.why.value)
        for silence in story.silences
        for reason in silence.reasons
    }


def _causes(causes: Counter[str], story: Story, truth: Truth) -> None:
    for entry in story.entries:
        if entry.event.cause is not None:
            continue
        true = truth.parents[entry.event.place]
        seen = story.entries[entry.cause - 1].event.place if isinstance(entry.cause, int) else None
        if true is None and seen is None:
            continue
        causes[
            "right" if true == seen else "none" if seen is None else "made up" if true is None else "wrong"
        ] += 1
