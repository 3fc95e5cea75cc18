"""Who had read what when: what the commits of consumer groups say of the events of a story."""

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from agentctl.lag.commits import Commit
from agentctl.lag.history import CommitHistory, Passing
from agentctl.model.event import Event

_BETWEEN_WORDS = re.compile(r"[^0-9a-z]+")


class Consumed(NamedTuple):
    """When a group's committed offset passed an event."""

    group: str
    at_ms: int | None
    """None when it has not passed it, as far as is known."""
    behind_ms: int | None
    """How long after the event was written; None where one of both times is unknown."""
    certain: bool
    """Whether that was the first time, or, without a time, that it never was."""


def groups_of(agent: str, groups: Iterable[str]) -> tuple[str, ...]:
    """Return the groups that bear an agent's name as whole words: ``oracle-audit`` is oracle's."""
    words = _words(agent)
    return tuple(group for group in groups if words and _holds(_words(group), words))


def _behind_ms(written_ms: int | None, at_ms: int | None) -> int | None:
    if written_ms is None or at_ms is None:
        return None
    return at_ms - written_ms if at_ms > written_ms else 0


def _words(name: str) -> list[str]:
    return [word for word in _BETWEEN_WORDS.split(name.lower()) if word]


def _holds(words: Sequence[str], sought: Sequence[str]) -> bool:
    return any(words[n : n + len(sought)] == sought for n in range(len(words)))


class Reads:
    """What is known of who read what. Without a history nothing is, and nothing is ruled out."""

    def __init__(self, history: CommitHistory | None = None) -> None:
        self._history = history
        self._groups: dict[str, tuple[str, ...]] = {}
        self._consumed: dict[tuple[str, int, int], tuple[Consumed, ...]] = {}
        self._topics = (
            {}
            if history is None
            else {
                group: {topic for topic, number in history.positions if history.track(group, topic, number)}
                for group in history.groups
            }
        )

    @property
    def known(self) -> bool:
        """Whether there is a history of commits at all."""
        return self._history is not None

    def consumed(self, event: Event) -> tuple[Consumed, ...]:
        """Return when each group passed the event."""
        if self._history is None:
            return ()
        record = event.record
        place, written_ms = (record.topic, record.partition, record.offset), record.timestamp_ms
        found = self._consumed.get(place)
        if found is None:
            passed = self._history.passed_at(*place, written_ms)
            found = self._consumed[place] = tuple(
                [
                    Consumed(group, at_ms, _behind_ms(written_ms, at_ms), certain)
                    for group, at_ms, certain in passed
                ]
            )
        return found

    def groups(self, agent: str) -> tuple[str, ...]:
        """Return the groups, of those with known commits, that bear the agent's name."""
        if agent not in self._groups:
            known = () if self._history is None else self._history.groups
            self._groups[agent] = groups_of(agent, known)
        return self._groups[agent]

    def passing(self, agent: str, event: Event) -> Passing | None:
        """Return how an agent's group passed an event, the earliest of several; None when that is unknown."""
        if self._history is None:
            return None
        place, written_ms = event.place, event.record.timestamp_ms
        own = (
            self._history.passing(group, place.topic, place.partition, place.offset, written_ms)
            for group in self.groups(agent)
        )
        found = [one for one in own if one is not None]
        return min(found, key=lambda one: (one.at is None, one.at.time_ms if one.at else 0), default=None)

    def standings(self, agent: str, topic: str, partition: int, at_ms: int) -> tuple[Commit, ...]:
        """Return the commits at which an agent's groups stood at a moment, as far as that is known."""
        if self._history is None:
            return ()
        found = [self._history.position_at(group, topic, partition, at_ms) for group in self.groups(agent)]
        return tuple(one.commit for one in found if one.known and one.commit is not None)

    def stood_since_ms(self, stand: Commit) -> int | None:
        """Return since when a group had stood at the offset of a commit; None when that is not known."""
        track = (
            None if self._history is None else self._history.track(stand.group, stand.topic, stand.partition)
        )
        index = None if track is None else track.at(stand.time_ms)
        return None if track is None or index is None else track.time_ms(track.stood_since(index))

    def position(self, agent: str, topic: str, partition: int, at_ms: int) -> int | None:
        """Return the committed offset of an agent's group at a moment; None when that is not known."""
        return max((one.offset for one in self.standings(agent, topic, partition, at_ms)), default=None)

    def in_hand(self, agent: str, event: Event, at_ms: int | None) -> bool:
        """Whether an agent was reading an event just then: its group's commits around the event say so."""
        passing = None if at_ms is None else self.passing(agent, event)
        if passing is None or at_ms is None or not passing.certain or passing.at is None:
            return False
        began_ms = None if passing.before is None else passing.before.time_ms
        return (began_ms is None or began_ms <= at_ms) and at_ms <= passing.at.time_ms

    def readable(self, agent: str, event: Event, by_ms: int | None) -> bool:
        """Whether an agent could have had an event before it by a moment. Only what is proved says no.

        A consumer commits after it has worked, so the event may be at work between the last commit before it
        and the one behind it. A group that never came past may have died over the record that it stands at,
        not over those behind that. A group that commits in other topics and not in this one does not read it.
        """
        if self._history is None:
            return True
        groups = self.groups(agent)
        if groups and not any(event.record.topic in self._topics[group] for group in groups):
            return False
        passing = self.passing(agent, event)
        if passing is None or by_ms is None or not passing.certain:
            return True
        if passing.at is not None and passing.at.time_ms <= by_ms:
            return True
        if passing.before is None or passing.before.time_ms > by_ms:
            return passing.before is None
        return passing.at is not None or passing.before.offset == event.record.offset
