"""Claims while they are watched: what has changed, and how all of it stands."""

from collections.abc import Iterable

from agentctl.claims.board import Change, ClaimsBoard
from agentctl.claims.list_view import Wanted, changes_view, list_view
from agentctl.claims.standing import Standing, standing
from agentctl.model.coverage import Coverage
from agentctl.model.event import Event
from agentctl.model.finding import Finding
from agentctl.model.view import View
from agentctl.timeline.claims_log import ClaimsLog


class WatchedClaims:
    """The list of claims, kept true."""

    def __init__(self, log: ClaimsLog, wanted: Wanted) -> None:
        """Begin with what was read."""
        self.topics = log.topics
        self.coverage: Coverage = log.coverage
        self._log = log
        self._wanted = wanted
        self._board = ClaimsBoard(log.ledger, keep=wanted.keeps)
        self._first = True

    def take(self, events: Iterable[Event]) -> None:
        """Take events; those of a partition in offset order."""
        for event in events:
            self._board.add(event)

    def news(self, now_ms: int) -> tuple[View, tuple[Finding, ...]]:
        """Return what has changed since this was last asked, and what is newly wrong; first, all there is."""
        settled = self._board.settle(now_ms)
        changes = [one for one in settled.changes if self._concerns(one)]
        first, self._first = self._first, False
        findings = tuple(one for one in settled.findings if self._about(one, now_ms, first=first))
        return changes_view(changes, now_ms), findings

    def frame(self, now_ms: int) -> View:
        """Return all that stands."""
        return list_view(
            self._board.standings(now_ms),
            self._board.problems(now_ms),
            None,
            now_ms=now_ms,
            topic=self._log.topic,
            wanted=self._wanted,
            tally=self._board.tally,
            notes=self._log.notes,
            head_lost=self._log.ledger.head_lost,
            certain_from_ms=self._log.ledger.certain_from_ms,
        )

    def _concerns(self, change: Change) -> bool:
        one, states = change.standing, self._wanted.states
        if change.was is None and self._first and not self._wanted.takes(one):
            return False
        return self._wanted.names(one) and (not states or one.state in states or change.was in states)

    def _about(self, found: Finding, now_ms: int, *, first: bool) -> bool:
        """Whether a finding is on an item that is wanted, or on the topic."""
        item = found.evidence.get("work_item")
        if item is None:
            return True
        if not isinstance(item, str):
            return False
        one: Standing | None = self._board.find(item)
        if one is None and not first:
            one = standing(self._log.ledger.history(item), now_ms)
        return one is not None and (self._wanted.takes(one) if first else self._wanted.names(one))
