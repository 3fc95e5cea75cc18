"""The board of agents, from a first reading on for as long as somebody watches."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from agentctl.agents.board import AgentRow, AgentsBoard, Lag
from agentctl.agents.view import agents_view, moves_view
from agentctl.claims.board import ClaimsBoard
from agentctl.claims.ledger import Ledger
from agentctl.claims.standing import Standing
from agentctl.claims.terms import Terms
from agentctl.events.mapping import FieldMapping
from agentctl.model.coverage import Coverage
from agentctl.model.event import Event, Role
from agentctl.model.finding import Finding
from agentctl.model.query import Query
from agentctl.model.view import View
from agentctl.ports import Progress, Source
from agentctl.timeline.search import search

LagsOf = Callable[[Collection[str], Collection[tuple[str, int]]], Mapping[str, Lag]]
"""Gives how far the groups of some agents are behind in some partitions, of those that have one."""


class Board:
    """All that the answer needs: what agents said, what they hold, and how far behind their groups are."""

    def __init__(self, terms: Mapping[str, Terms], lags_of: LagsOf) -> None:
        """``terms`` are those of every topic of claims."""
        self.coverage = Coverage()
        self._agents = AgentsBoard()
        self._claims = {
            topic: ClaimsBoard(Ledger({topic: own}, remember_causes=False)) for topic, own in terms.items()
        }
        self._lags_of = lags_of
        self._told: dict[str, tuple[object, ...]] = {}

    @property
    def topics(self) -> tuple[str, ...]:
        """The topics that were read."""
        return self.coverage.topics

    def read(self, source: Source, query: Query, mapping: FieldMapping, progress: Progress) -> None:
        """Read what there is."""
        self.coverage = search(source, query, mapping, progress, self._add).coverage

    def take(self, events: Iterable[Event]) -> None:
        """Take events; those of a partition in offset order."""
        for event in events:
            self._add(event)

    def frame(self, now_ms: int) -> View:
        """Return all agents as they are now; what was covered stands in the first answer only."""
        return agents_view(self._rows(now_ms), self._lags(), None, now_ms)

    def answer(self, now_ms: int) -> View:
        """Return all agents, and what was read for it."""
        return agents_view(self._rows(now_ms), self._lags(), self.coverage, now_ms)

    def news(self, now_ms: int) -> tuple[View, Sequence[Finding]]:
        """Return the agents that do something else than when this was last asked; first, all."""
        moved: list[AgentRow] = []
        for one in self._rows(now_ms):
            does = (one.state, one.status, one.step, one.work_item, one.workflow_id)
            if self._told.get(one.agent) != does:
                self._told[one.agent] = does
                moved.append(one)
        return moves_view(moved, self._lags() if moved else {}, now_ms), ()

    def _add(self, event: Event) -> None:
        self._agents.add(event)
        if event.role is Role.CLAIM:
            board = self._claims.get(event.record.topic)
            if board is not None:
                board.add(event)
        elif event.role in (Role.PROGRESS, Role.RESULT):
            for board in self._claims.values():
                board.add(event)

    def _rows(self, now_ms: int) -> list[AgentRow]:
        held: list[Standing] = []
        for board in self._claims.values():
            board.settle(now_ms)
            held += board.standings(now_ms)
        return self._agents.rows(now_ms, held)

    def _lags(self) -> Mapping[str, Lag]:
        return self._lags_of(self._agents.agents, [part.place for part in self.coverage.partitions])
