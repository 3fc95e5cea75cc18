"""The run itself: answers what the partitions' protocols ask for, from Kafka and the store."""

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from agentctl.archive.keys import ObjectKey
from agentctl.archive.store import Store
from agentctl.archive.writing import (
    AskBound,
    Bound,
    Confirm,
    End,
    FindEnd,
    Look,
    Put,
    Read,
    Rotation,
    Settled,
    writing,
)
from agentctl.archiving.account import Account
from agentctl.archiving.bounds import bounds
from agentctl.archiving.derived import Derived
from agentctl.archiving.drafts import Desk, Finished
from agentctl.archiving.errands import Errands
from agentctl.archiving.generations import Generation, generations, is_still
from agentctl.archiving.jobs import Job
from agentctl.archiving.patience import Away
from agentctl.archiving.reach import covered, reach
from agentctl.archiving.reader import Reader
from agentctl.archiving.sharing import Share
from agentctl.errors import AgentctlError, NotFoundError, UnreachableError
from agentctl.kafka.connection import Connection
from agentctl.kafka.offsets import Partition
from agentctl.ports import Progress

_THREADS = 4
"""Requests to the store at a time. An object in parts is held in memory a part at a time."""
_LOOK_SECONDS = 0.5
"""How often it is asked where partitions end, whose end was reached."""
_CHECK_SECONDS = 5.0
"""How often it is asked whether the topics are still what they were, and who has archived the rest."""
_WAIT_SECONDS = 0.1
_RETRY_SECONDS = 5.0
_KAFKA, _STORE = "Kafka", "the store"


@dataclass(frozen=True, slots=True)
class Told:
    """Whom a run tells what happens."""

    progress: Progress
    warn: Callable[[str], None]
    settled: Callable[[Settled[Finished]], None]
    now_ms: Callable[[], int]


class ArchiveRun:
    """One writer at work."""

    def __init__(
        self,
        connection: Connection,
        store: Store,
        share: Share,
        topics: Mapping[str, Generation],
        rotation: Rotation,
        desk: Desk,
        told: Told,
    ) -> None:
        self._connection, self._store, self._share = connection, store, share
        self._topics = dict(topics)
        self._rotation, self._desk, self._told = rotation, desk, told
        self._reader = Reader(connection)
        self._errands = Errands(_THREADS)
        self._derived = Derived(store, self._errands, desk, told.warn)
        self._jobs: dict[Partition, Job] = {}
        self._looked = self._checked = self._compared = -_CHECK_SECONDS
        self._away = Away(told.warn, for_ever=not rotation.once)
        self.account = Account(began_ms=told.now_ms())

    def work(self) -> Account:
        """Archive, with --once up to the ends that were found first, else until Ctrl-C.

        Raises AgentctlError when nothing can be read or written.
        """
        try:
            while not self._finished():
                self._share.poll()
                self._take_over()
                busy = self._answer_all()
                self._look()
                self._check()
                self._reader.poll(0 if busy else _WAIT_SECONDS)
            self._derived.wait()
        finally:
            self._end()
        return self.account

    def _finished(self) -> bool:
        """Whether all that was to be archived is: this writer's share, and the others' as far as known."""
        if not self._rotation.once or any(job.asked is not None for job in self._jobs.values()):
            return False
        return all(place in self._jobs for place in self._own) and self._all_elsewhere()

    def _all_elsewhere(self) -> bool:
        others = self._elsewhere
        now = time.monotonic()
        if not others or now - self._compared < _LOOK_SECONDS:
            return not others
        self._compared = now
        targets, _ = bounds(self._connection, others, self._told.now_ms)
        committed = self._share.reached(others)
        return all(place in targets and committed.get(place, -1) >= targets[place].stable for place in others)

    @property
    def _every(self) -> set[Partition]:
        return {(one.name, number) for one in self._topics.values() for number in one.topic.partitions}

    @property
    def _own(self) -> set[Partition]:
        """This writer's share, but for what is no more."""
        return {place for place in self._share.owned if place[0] in self._topics}

    @property
    def _elsewhere(self) -> Collection[Partition]:
        return sorted(self._every - set(self._share.owned))

    def _take_over(self) -> None:
        """Begin with partitions that have become this writer's, and leave those that are no more."""
        owned = self._own
        for place in [place for place in self._jobs if place not in owned]:
            self._leave(place)
        for place in sorted(owned - set(self._jobs)):
            self._start(place)

    def _start(self, place: Partition) -> None:
        one = self._topics[place[0]]
        tally = self.account.tally(place, one.id)
        begin = partial(self._desk.begin, one, place[1])
        self._jobs[place] = Job(place, one, writing(begin, self._rotation), tally)

    def _leave(self, place: Partition) -> None:
        job = self._jobs.pop(place)
        job.tally.unarchived += self._desk.unfinished(place)
        job.drop()
        self._reader.forget(place)

    def _answer_all(self) -> bool:
        """Answer whatever can be answered; whether anything was."""
        busy = False
        for job in list(self._jobs.values()):
            while job.asked is not None and self._answered(job):
                busy = True
        return busy

    def _answered(self, job: Job) -> bool:
        """Answer the one thing that a partition asks for, if that can be done now."""
        key = partial(ObjectKey, job.generation.name, job.generation.id, job.place[1])
        match job.asked:
            case AskBound():
                return False  # asked for all at once
            case Read(position, until):
                return self._read(job, position, until)
            case FindEnd():
                place = (job.generation.name, job.generation.id, job.place[1])
                return self._through_errand(job, lambda: reach(self._store, *place), self._found)
            case Confirm():
                self._reader.park(job.place)
                return self._confirmed(job)
            case Put(sealed):
                return self._through_errand(job, lambda: self._derived.put(sealed, job.generation))
            case Look(position):
                return self._through_errand(job, lambda: covered(self._store, key(position)))
            case Settled() as settled:
                self._settled(job, settled)
                job.answer(None)
                return True
        return False

    def _read(self, job: Job, position: int, until: int) -> bool:
        try:
            got = self._reader.take(job.place, position, until, self._told.now_ms())
        except AgentctlError as error:
            still = self._still(job)
            if still:
                self._trouble(job, error.message)
            elif still is False:
                self._checked = -_CHECK_SECONDS
            return False
        if got is None:
            return False
        if got.records:
            size = sum(len(message.value() or b"") for message in got.records[:1]) * len(got.records)
            self._told.progress.advance(len(got.records), size)
        job.answer(got)
        return True

    def _found(self, job: Job, position: int) -> None:
        job.tally.found_at = position if job.tally.found_at is None else job.tally.found_at
        job.tally.archived_to = position
        if position:
            self._share.commit(job.place, position)

    def _settled(self, job: Job, settled: Settled[Finished]) -> None:
        tally = job.tally
        tally.archived_to = settled.next
        if settled.own:
            tally.objects += 1
            tally.records += settled.sealed.records
            tally.size_bytes += settled.sealed.size
            tally.holes += settled.sealed.holes
            self._derived.follow(settled.sealed, tally)
        else:
            tally.others += 1
        self._share.commit(job.place, settled.next)
        self._told.settled(settled)

    def _through_errand(
        self, job: Job, errand: Callable[[], Any], then: Callable[[Job, Any], None] | None = None
    ) -> bool:
        """Have it done by another thread; answer once it is. What failed by silence is tried again."""
        if job.errand is None:
            if time.monotonic() >= job.again_at:
                job.errand = self._errands.run(errand)
            return False
        if not job.errand.done():
            return False
        done, job.errand = job.errand, None
        try:
            answer = done.result()
        except UnreachableError as error:
            self._away.silent(_STORE, error)
            job.again_at = time.monotonic() + _RETRY_SECONDS
            return False
        self._away.back(_STORE)
        if then is not None:
            then(job, answer)
        job.answer(answer)
        return True

    def _confirmed(self, job: Job) -> bool:
        still = self._still(job)
        if still is None:
            return False
        job.answer(still)
        return True

    def _still(self, job: Job) -> bool | None:
        """Whether the topic is still the one; None: nobody answers."""
        try:
            still = is_still(self._connection, job.generation)
        except UnreachableError as error:
            self._away.silent(_KAFKA, error)
            return None
        self._away.back(_KAFKA)
        return still

    def _look(self) -> None:
        """Ask where partitions end, for all that wait for it; those that have reached it wait a little."""
        waiting = [job for job in self._jobs.values() if job.waits_for_bound]
        now = time.monotonic()
        fresh = any(isinstance(job.asked, AskBound) and job.asked.passed is None for job in waiting)
        if not waiting or (not fresh and now - self._looked < _LOOK_SECONDS):
            return
        self._looked = now
        found = self._bounds(waiting)
        for job in waiting:
            if job.place in found:
                job.answer(found[job.place])

    def _bounds(self, jobs: Sequence[Job]) -> Mapping[Partition, Bound]:
        """Return where partitions end; of one that does not say it for long, the reason is told."""
        try:
            found, failed = bounds(self._connection, [job.place for job in jobs], self._told.now_ms)
        except UnreachableError as error:
            self._away.silent(_KAFKA, error)
            return {}
        for place in found:
            self._away.back(place)
        lasting = self._away.lasting(list(failed))
        for job in jobs:
            if job.place in lasting:
                self._trouble(job, f"{job.place[0]}[{job.place[1]}] was not archived: {failed[job.place]}")
        return found

    def _check(self) -> None:
        """Find out whether topics were deleted or made anew; then their partitions begin again."""
        now = time.monotonic()
        ended = {job.place[0] for job in self._jobs.values() if job.end is End.REPLACED}
        if not ended and now - self._checked < _CHECK_SECONDS:
            return
        self._checked = now
        try:
            for name, one in list(self._topics.items()):
                if not is_still(self._connection, one):
                    self._renew(name)
        except UnreachableError as error:
            self._away.silent(_KAFKA, error)
            return
        self._away.back(_KAFKA)
        if now - self._reader.heard > _CHECK_SECONDS:
            self._bounds([job for job in self._jobs.values() if isinstance(job.asked, Read)])

    def _renew(self, name: str) -> None:
        """Go on with the topic that has this name now, if there is one."""
        for place in [place for place in self._jobs if place[0] == name]:
            self._leave(place)
        del self._topics[name]
        try:
            self._topics |= generations(self._connection, [name])
        except NotFoundError:
            self._tell_trouble(f"{name} was deleted; what had not been archived is gone")
            return
        self._told.warn(f"{name} was deleted and made anew: its archive begins anew, at offset 0")

    def _trouble(self, job: Job, why: str) -> None:
        self._tell_trouble(why)
        job.drop()
        self._reader.forget(job.place)

    def _tell_trouble(self, why: str) -> None:
        self.account.troubles.append(why)
        self._told.warn(why)

    def _end(self) -> None:
        for place, job in list(self._jobs.items()):
            job.tally.end = job.end
            if job.end is End.AHEAD:
                self.account.troubles.append(_ahead(place, job))
            if job.asked is not None:
                job.tally.unarchived += self._desk.unfinished(place)
                job.drop()
        self._reader.close()
        self._share.close()
        self.account.ended_ms = self._told.now_ms()


def _ahead(place: Partition, job: Job) -> str:
    return (
        f"the archive of {place[0]}[{place[1]}] reaches to offset {job.tally.archived_to:,}, further than "
        "the partition does: its log was cut off, or it is another topic of the same name"
    )
