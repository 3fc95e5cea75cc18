"""What is put with an object: the topic's settings before it, its sidecar and lookups after it."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial

from agentctl.archive.lookup import day_lookups
from agentctl.archive.object_writer import Sealed
from agentctl.archive.store import Store
from agentctl.archive.topic_file import topic_file
from agentctl.archiving.account import Tally
from agentctl.archiving.drafts import Desk, Finished
from agentctl.archiving.errands import Errands
from agentctl.archiving.generations import Generation
from agentctl.errors import AgentctlError


class Derived:
    """Puts objects and what belongs to them. Only the object itself counts; all else can be made anew."""

    def __init__(self, store: Store, errands: Errands, desk: Desk, warn: Callable[[str], None]) -> None:
        self._store, self._errands, self._desk, self._warn = store, errands, desk, warn
        self._copied: set[str] = set()
        """Where the settings of a topic stand already."""
        self._one_at_a_time = threading.Lock()
        """The lookups of a large object take some 100 MB while they are made."""
        self._open: list[tuple[Future[None], Finished, Tally]] = []

    def put(self, finished: Finished, generation: Generation) -> bool:
        """Put an object unless one of its name is there; whether this request put it.

        The sign that it may stand in no lookup yet goes before it: from then on nobody overlooks it.
        """
        name = topic_file(generation.name, generation.id)
        if name not in self._copied:
            self._store.put_new(name, generation.archived(self._desk.now_ms()).to_bytes())
            self._copied.add(name)
        self._store.replace(finished.key.pending, b"")
        with finished.body() as body:
            return self._store.put_new(
                finished.key.name,
                body,
                storage_class=finished.storage_class,
                metadata=finished.sealed.metadata,
            )

    def follow(self, finished: Finished, tally: Tally) -> None:
        """Have the sidecar and the lookups of an object put; nobody waits for it."""
        self._settle()
        future = self._errands.run(partial(self._put_derived, finished.sealed))
        self._open.append((future, finished, tally))

    def wait(self) -> None:
        """Wait until everything has been put."""
        for future, _, _ in self._open:
            future.exception()
        self._settle()

    def _put_derived(self, sealed: Sealed) -> None:
        self._store.replace(sealed.key.sidecar, sealed.sidecar)
        with self._one_at_a_time:
            for key, body in day_lookups([sealed.index]):
                self._store.replace(key.name, body)
        self._store.delete(sealed.key.pending)

    def _settle(self) -> None:
        """Take note of what was put, and say what could not be."""
        open_, self._open = self._open, []
        for future, finished, tally in open_:
            if not future.done():
                self._open.append((future, finished, tally))
                continue
            error = future.exception()
            if error is not None:
                tally.unindexed += 1
                why = error.message if isinstance(error, AgentctlError) else str(error)
                self._warn(
                    f"{finished.key.name} is archived, but not what finds things in it: {why}; "
                    "agentctl archive index makes it"
                )
