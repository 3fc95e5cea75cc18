"""Asks a cluster how far groups are behind: a few batched questions, whatever the number of groups."""

import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING

from confluent_kafka import KafkaException
from confluent_kafka.admin import ClusterMetadata

from agentctl.errors import AccessError, NotFoundError, UnreachableError
from agentctl.kafka import committed as positions
from agentctl.kafka import offsets
from agentctl.kafka.committed import Listed
from agentctl.kafka.connection import Connection
from agentctl.kafka.errors import error_of, reason_of
from agentctl.kafka.fetching import SILENT, Committed, OffsetFetch
from agentctl.kafka.leads import leads_in
from agentctl.lag.answer import Answer
from agentctl.lag.commits import TOPIC as _COMMITS
from agentctl.lag.commits import coordinator_partition
from agentctl.lag.groups import Bounds, Group, Member, Reading, positions_of
from agentctl.lag.position import Owned, Position
from agentctl.lag.rows import Judged, Rates, rows, standpoints
from agentctl.lag.unread import Standpoint, Unread, UnreadSource
from agentctl.lag.wanted import Wanted
from agentctl.model.near import near_names
from agentctl.sources.naming import named, not_read
from agentctl.sources.sampling import Look, judged_by, rates_by

if TYPE_CHECKING:  # offsets alone do not wait for it
    from agentctl.sources.tempo import Tempo

_EMPTY = "empty"
"""The state of a group without members: there is nobody to describe."""
_DEAD = "dead"
"""What a coordinator calls a group that it does not know."""
_LOOK_SECONDS = 1.0
"""How far apart the looks of a sample are."""
_LISTED_AGAIN = 3
"""How often an empty list of groups is asked for again, where groups have committed once."""
_ACL = "the user needs the ACL operation DESCRIBE on the group"


class LagSource:
    """Looks as often as it is asked; used as a context manager. No group is joined, nothing is committed."""

    def __init__(
        self,
        connection: Connection,
        fetch: OffsetFetch,
        now: Callable[[], int],
        *,
        unread: UnreadSource | None = None,
        tempo: "Tempo | None" = None,
    ) -> None:
        """``now`` is a clock in ms since 1970.

        Without ``unread`` nothing is known in seconds, without ``tempo`` no verdict and no rate.
        """
        self.connection = connection
        self._now = now
        self._unread = unread
        self._fetch = fetch
        self._tempo = tempo

    def __enter__(self) -> "LagSource":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self._fetch.__exit__(kind, error, where)

    def look(self, wanted: Wanted) -> Answer:
        """Return how far groups are behind now.

        Raises NotFoundError for a group or topic that is not there, naming near ones, AccessError when none
        of the groups may be described, UnreachableError when nothing answers.
        """
        reading = self.reading(wanted)
        looks = self._watched(reading, wanted) if wanted.sample_ms else []
        if looks:
            reading = looks[-1].reading
        remarks: tuple[str, ...] = ()
        unread: Mapping[Standpoint, Unread] = {}
        if self._unread is not None:
            unread = self._unread(_only(standpoints(reading), wanted), reading.bounds)
            remarks = self._unread.remarks
        judged: Mapping[Owned, Judged] = {}
        rates: Mapping[Owned, Rates] = {}
        history = None
        if self._tempo is not None:
            told = self._tempo(reading, [group.name for group in reading.groups] if wanted.groups else None)
            judged, rates, history = told.judged, told.rates, told.history
            remarks = (*remarks, *told.remarks)
        if looks:
            judged = {**judged, **judged_by(looks, judged)}
            rates = {**rates, **rates_by(looks)}
        found = tuple(rows(reading, unread, judged, rates, wanted.topics))
        if wanted.topics and not found:
            self._check_topics(wanted.topics)
        return Answer(found, reading.groups, reading.as_of_ms, reading.troubles, remarks, history, wanted)

    def reading(self, wanted: Wanted) -> Reading:
        """Return where groups stand and where the logs end: first the one, then the other."""
        names = wanted.groups or None
        self._fetch.begin(names)
        cluster = self._cluster()
        known = _partitions(cluster)
        places = [(_COMMITS, number) for number in range(known.get(_COMMITS, 0))]
        unled = {
            number: lead.sentence()
            for (_, number), lead in leads_in(cluster, places).items()
            if lead.leader is None
        }
        listed = self._listed(names, again=bool(places) and not unled)
        members = self._members(listed.states, names)
        stands = self._fetch.answer()
        if stands is None:
            stands = self._asked_one_by_one(tuple(listed.states) if names is None else names)
        groups, troubles = _groups(
            names, listed, stands, members, lambda name: _why_silent(name, len(places), unled)
        )
        if names is None:
            troubles += _unlisted(unled, listed.silent)
        return self._with_bounds(groups, known, troubles)

    def _listed(self, names: tuple[str, ...] | None, *, again: bool) -> Listed:
        """Return which groups there are; with ``again``, nothing at all is not believed at once.

        A broker that has just come back lists no group, until it has read what was committed.
        """
        listed = positions.listed(self.connection)
        for _ in range(_LISTED_AGAIN if again else 0):
            if listed.states or listed.silent:
                break
            self.connection.admin.poll(_LOOK_SECONDS)
            listed = positions.listed(self.connection)
            if listed.states:
                self._fetch.answer()
                self._fetch.begin(names)
        return listed

    def _members(
        self, states: Mapping[str, str], names: Collection[str] | None
    ) -> Mapping[str, tuple[Member, ...] | str]:
        """Return who is in the groups that have anybody; why not for a group that may not be described."""
        living = [
            name
            for name in (states if names is None else names)
            if states.get(name, _EMPTY) not in (_EMPTY, _DEAD)
        ]
        if not living:
            return {}
        try:
            futures = self.connection.asked(
                lambda seconds: self.connection.admin.describe_consumer_groups(
                    living, request_timeout=seconds
                )
            )
        except UnreachableError:
            # Those who coordinate these groups are silent; whether anybody is there at all shows later.
            return dict.fromkeys(living, SILENT)
        found: dict[str, tuple[Member, ...] | str] = {}
        for name, future in futures.items():
            try:
                found[name] = tuple(map(_member, future.result().members))
            except KafkaException as error:
                found[name] = reason_of(error_of(error))
        return found

    def _asked_one_by_one(self, names: Collection[str]) -> Committed:
        """Ask group by group, for all partitions that there are."""
        partitions = [(name, number) for name, count in self.partitions().items() for number in range(count)]
        return positions.committed(self.connection, names, partitions)

    def partitions(self) -> Mapping[str, int]:
        """Return how many partitions each topic has."""
        return _partitions(self._cluster())

    def _cluster(self) -> ClusterMetadata:
        try:
            return self.connection.admin.list_topics(timeout=self.connection.patience_seconds)
        except KafkaException as error:
            raise self.connection.explained(error, "list the topics") from None

    def _with_bounds(
        self, groups: Sequence[Group], known: Mapping[str, int], troubles: Iterable[str]
    ) -> Reading:
        wanted = sorted({one for group in groups for one in positions_of(group, known) if one[0] in known})
        as_of_ms = self._now()
        high = offsets.high_watermark(self.connection, wanted)
        answered = [one for one in wanted if one in high.found]
        start = offsets.log_start(self.connection, answered)
        stable = offsets.last_stable(self.connection, answered)
        failed = {**high.failed, **start.failed, **stable.failed}
        bounds = {
            one: Bounds(
                start.found[one].offset,
                high.found[one].offset,
                min(stable.found[one].offset, high.found[one].offset),
            )
            for one in answered
            if one not in failed
        }
        return Reading(
            groups=tuple(groups),
            bounds=bounds,
            partitions={name: known[name] for name, _ in wanted},
            failed=failed,
            troubles=(*troubles, *not_read(list(failed.items()))),
            as_of_ms=as_of_ms,
        )

    def _watched(self, reading: Reading, wanted: Wanted) -> list[Look]:
        """Look again and again for as long as the sample lasts."""
        looks = [Look.of(self._now(), reading)]
        until_ms = looks[0].time_ms + wanted.sample_ms
        while self._now() < until_ms:
            time.sleep(min(_LOOK_SECONDS, max(until_ms - self._now(), 0) / 1_000))
            looks.append(Look.of(self._now(), self.reading(wanted)))
        return looks

    def _check_topics(self, topics: Collection[str]) -> None:
        """Raise NotFoundError for a topic that is not there; that nobody reads one is an answer."""
        known = self.partitions()
        for topic in topics:
            if topic not in known:
                near = near_names(topic, tuple(known))
                raise NotFoundError(
                    f"no such topic: {topic}",
                    hint=f"did you mean {' or '.join(near)}?" if near else "agentctl lag shows all",
                )


def _partitions(cluster: ClusterMetadata) -> Mapping[str, int]:
    return {name: len(topic.partitions) for name, topic in cluster.topics.items() if topic.partitions}


def _why_silent(group: str, partitions: int, unled: Mapping[int, str]) -> str:
    """Return why nobody answers for a group; ``unled`` are the partitions of commits without leader."""
    number = coordinator_partition(group, partitions) if partitions else -1
    why = f": {_COMMITS}[{number}], {unled[number]}" if number in unled else ""
    return f"{SILENT}{why.replace(', it has', ' has')}"


def _unlisted(unled: Mapping[int, str], silent: str | None) -> list[str]:
    """Say which groups are not in a list of all, for those who would name them are away."""
    if unled:
        by_reason: dict[str, list[Position]] = {}
        for number, why in unled.items():
            by_reason.setdefault(why, []).append((_COMMITS, number))
        return [f"groups are missing, those of {named(places)}: {why}" for why, places in by_reason.items()]
    return [f"groups may be missing: a broker did not say which it has: {silent}"] if silent else []


def _groups(
    names: Collection[str] | None,
    listed: Listed,
    stands: Committed,
    members: Mapping[str, tuple[Member, ...] | str],
    why_silent: Callable[[str], str],
) -> tuple[list[Group], list[str]]:
    """Return the groups, and what of them could not be learned; ``why_silent`` says why nobody answers.

    Raises NotFoundError for one that is not there, AccessError when none of them may be described.
    """
    found, troubles = [], []
    states = listed.states
    for name in sorted({*stands.found, *stands.failed} if names is None else set(names)):
        why = stands.why_not(name)
        own, silent = stands.found.get(name, {}), why_silent(name)
        # Who coordinates it in the place of a dead one may know nothing of it.
        lost = name not in states and not own and (silent != SILENT or listed.silent is not None)
        why = silent if why == SILENT or lost else why
        if why is None and name not in states and not own:
            near = near_names(name, tuple(states))
            raise NotFoundError(
                f"no such consumer group: {name}",
                hint=f"did you mean {' or '.join(near)}?" if near else "agentctl lag lists all groups",
            )
        if why is not None:
            troubles.append(f"{name}: where it stands is not known: {why}")
        told = members.get(name, ())
        if isinstance(told, str):
            troubles.append(f"{name}: who is in it is not known: {told}")
        found.append(
            Group(name, states.get(name, "unknown"), own, () if isinstance(told, str) else told, why)
        )
    if found and all(group.refusal == "no permission" for group in found):
        raise AccessError(f"no permission to describe {', '.join(group.name for group in found)}", hint=_ACL)
    return found, troubles


def _member(told: object) -> Member:
    """Return a member as the coordinator describes it."""
    assignment = getattr(told, "assignment", None)
    places = getattr(assignment, "topic_partitions", None) or ()
    return Member(
        member_id=str(getattr(told, "member_id", "")),
        client_id=str(getattr(told, "client_id", "")),
        host=str(getattr(told, "host", "")).lstrip("/"),
        partitions=frozenset((place.topic, place.partition) for place in places),
    )


def _only(wanted: Mapping[Position, tuple[int, ...]], asked: Wanted) -> Mapping[Position, tuple[int, ...]]:
    """Return the standpoints of the topics that are asked for."""
    if not asked.topics:
        return wanted
    return {one: offsets for one, offsets in wanted.items() if one[0] in asked.topics}
