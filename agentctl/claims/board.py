"""Work items as they stand: each is judged when something happens to it, or when time alone changes it."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from agentctl.claims.ahead import ahead_of, dated_ahead
from agentctl.claims.ledger import Ledger
from agentctl.claims.referee import Referee
from agentctl.claims.standing import SawTo, Standing, State, standing
from agentctl.claims.tenure import Ended, History
from agentctl.model.event import Event
from agentctl.model.finding import Code, Finding, Labels
from agentctl.model.record import Place

_OVER = frozenset({State.DONE, State.RELEASED, State.EXPIRED, State.LATE})
_ENDED = {Ended.RESULT: State.DONE, Ended.TIME: State.EXPIRED}
_Key = tuple[Code, tuple[Place, ...]]


def finished(one: Standing) -> bool:
    """Whether nobody has to do anything about an item any more."""
    return not one.alive and one.state in _OVER


def as_of(one: Standing, now_ms: int) -> Standing:
    """Return a standing with its lengths of time as they are at a later moment, its state unchanged."""
    left_ms = None
    if one.lease_left_ms is not None and one.lease_end_ms is not None:
        left_ms = one.lease_end_ms - now_ms
    return replace(one, age_ms=now_ms - one.claimed_at_ms, lease_left_ms=left_ms)


@dataclass(frozen=True, slots=True)
class Change:
    """An item whose state is another than before, or who holds it, or against whom."""

    was: State | None
    """None for an item that had not been claimed before."""
    standing: Standing


@dataclass(frozen=True, slots=True)
class Settled:
    """What is new since it was settled before; the first time, all that stands."""

    changes: tuple[Change, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Tally:
    """How many items there are, of all and by state."""

    items: int = 0
    live: int = 0
    finished: int = 0
    states: Mapping[State, int] = field(default_factory=dict)


class ClaimsBoard:
    """Every claimed item as it stands; of finished items no more is kept than their state.

    Nothing is folded that has not changed: an item is folded again when an event on it was added, or when
    its lease has run out meanwhile. The answers are those of a fold of everything.
    """

    def __init__(
        self,
        ledger: Ledger,
        *,
        until_ms: int | None = None,
        saw_to: SawTo | None = None,
        keep: Callable[[Standing], bool] | None = None,
    ) -> None:
        """``until_ms`` takes the log as it was then; ``keep`` says which finished items are kept whole.

        Without it none is, and most of them need no fold.
        """
        self.ledger = ledger
        self._until_ms = until_ms
        self._saw_to = saw_to
        self._keep = keep
        self._kept: dict[str, Standing] = {}
        self._over: dict[str, State] = {}
        self._touched: dict[str, None] = {}
        self._started = False
        self._labels = Labels()
        self._told: set[_Key] = set()

    def add(self, event: Event) -> None:
        """Take one event; those of a partition come in offset order."""
        item = event.work_item
        if item is not None and self._started and item not in self._touched:
            if item in self._over and item not in self._kept:
                # What was wrong with it was not told when it was over, and is no news when it moves again.
                history = self.ledger.history(item, self._until_ms)
                self._told.update(map(_key, self._judged([history], _latest_ms(history))))
            self._touched[item] = None
        self.ledger.add(event)

    def settle(self, now_ms: int) -> Settled:
        """Judge what has changed, by events or by time, and say what is new."""
        changes: list[Change] = []
        items: Iterable[str] = [*self._touched, *self._run_out(now_ms)] if self._started else ()
        histories = self._fold(
            dict.fromkeys(items) if self._started else self.ledger.items(), now_ms, changes
        )
        found = [*self._judged(histories, now_ms), *self._ahead(now_ms)]
        self._started = True
        self._touched.clear()
        fresh = tuple(
            replace(one, id=self._labels.next(one.code)) for one in found if _key(one) not in self._told
        )
        self._told.update(map(_key, fresh))
        return Settled(tuple(changes), fresh)

    def standings(self, now_ms: int) -> list[Standing]:
        """Return the items that are kept, as they stood when they were settled; ages are those of now."""
        return [as_of(one, now_ms) for one in self._kept.values()]

    def problems(self, now_ms: int) -> list[Finding]:
        """Return all that is wrong now with the items that are kept."""
        histories = (self.ledger.history(item, self._until_ms) for item in self._kept)
        return [*self._judged(histories, now_ms), *self._ahead(now_ms)]

    def find(self, item: str) -> Standing | None:
        """Return how a kept item stood when it was settled; None when it is not kept."""
        return self._kept.get(item)

    @property
    def tally(self) -> Tally:
        """How many items stand how."""
        states = Counter(self._over.values())
        states.update(one.state for item, one in self._kept.items() if item not in self._over)
        return Tally(
            items=len(self._over) + sum(item not in self._over for item in self._kept),
            live=sum(one.alive for one in self._kept.values()),
            finished=len(self._over),
            states=states,
        )

    def _run_out(self, now_ms: int) -> Iterator[str]:
        for item, one in self._kept.items():
            if one.alive and one.lease_end_ms is not None and one.lease_end_ms <= now_ms:
                yield item

    def _fold(self, items: Iterable[str], now_ms: int, changes: list[Change]) -> Iterator[History]:
        """Fold items one at a time; give the histories in which something may be wrong that matters."""
        at_a_glance = not self._started and self._keep is None and self._until_ms is None
        for item in items:
            ended = self.ledger.over_plainly(item, now_ms) if at_a_glance else None
            if ended is not None:
                self._over[item] = _ENDED[ended]
                continue
            history = self.ledger.history(item, self._until_ms)
            one = standing(history, now_ms)
            if one is None:
                continue
            before = self._kept.get(item)
            was = self._over.get(item) if before is None else before.state
            self._note(item, one)
            if was is not one.state if before is None else _differs(before, one):
                changes.append(Change(was, one))
            if self._started or item in self._kept:
                yield history

    def _note(self, item: str, one: Standing) -> None:
        over = finished(one)
        if over:
            self._over[item] = one.state
        else:
            self._over.pop(item, None)
        if not over or (self._keep is not None and self._keep(one)):
            self._kept[item] = one
        else:
            self._kept.pop(item, None)

    def _ahead(self, now_ms: int) -> Iterator[Finding]:
        return dated_ahead(ahead_of(self.ledger.latest, now_ms), Labels())

    def _judged(self, histories: Iterable[History], now_ms: int) -> list[Finding]:
        return Referee(now_ms, saw_to=self._saw_to).findings(histories, Labels())


def _differs(before: Standing, now: Standing) -> bool:
    return (before.state, before.holder, before.token, before.rivals) != (
        *(now.state, now.holder, now.token),
        now.rivals,
    )


def _key(found: Finding) -> _Key:
    """Return what makes a finding the same one.

    A conflict that another agent joins is news; a later sign of life of an orphan is none.
    """
    return found.code, found.events if found.code is Code.CLAIM_CONFLICT else found.events[:1]


def _latest_ms(history: History) -> int:
    """Return a moment at which everything in a history has happened."""
    times = [claim.at_ms for claim in history.claims] + [result.at_ms for result in history.results]
    return max(times, default=0)
