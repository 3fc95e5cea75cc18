"""The sandbox's life: up, seeded, down.

Whatever stops an ``up`` half-way leaves nothing behind.
"""

import sys
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from agentctl.errors import AgentctlError, UsageError
from agentctl.render.complaints import tell
from agentctl.sandbox.apache import start_apache
from agentctl.sandbox.broker import BrokerKind, start_embedded
from agentctl.sandbox.clock import iso
from agentctl.sandbox.incident import SEED
from agentctl.sandbox.process import launch
from agentctl.sandbox.registered import forget_context, make_context
from agentctl.sandbox.seeding import Ground, clear, seed
from agentctl.sandbox.server import Say, Server
from agentctl.sandbox.state import Place, Running, locked, place
from agentctl.sandbox.store import start_store
from agentctl.surroundings import Surroundings

DEFAULT_AGE_MS = 3 * 60 * 1000
"""How long ago the night ended when nobody says otherwise: a few minutes."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What kind of sandbox is asked for; None is whatever there is, else the default."""

    kind: BrokerKind | None = None
    anchor_ms: int | None = None
    seed: int | None = None

    def differs_from(self, running: Running) -> str | None:
        """Say how a running sandbox is not what is asked for; None when it is."""
        if self.kind not in (None, running.kind):
            return f"with the {running.kind} broker, not the {self.kind} one"
        if self.anchor_ms not in (None, running.anchor_ms):
            return f"with a night that ended at {iso(running.anchor_ms)}"
        return None if self.seed in (None, running.seed) else f"with the seed {running.seed}"


@dataclass(frozen=True, slots=True)
class Standing:
    """What ``up``, ``seed`` and ``status`` found or left."""

    place: Place
    running: Running | None
    remains: tuple[str, ...] = ()
    """Names of processes of a sandbox that was not started completely."""
    was_up: bool = False


def up(wish: Wish, surroundings: Surroundings) -> Standing:
    """Start broker and store, seed the night, make the context; a sandbox that is up stays as it is."""
    now_ms = surroundings.now_ms()
    _must_be_past(wish, now_ms)
    where, say = place(surroundings), _teller(surroundings)
    with _alone(where, say):
        running = where.load()
        if running is not None and _all_alive(running):
            if (difference := wish.differs_from(running)) is not None:
                raise AgentctlError(f"The sandbox is up {difference}.", hint="agentctl sandbox down, then up")
            make_context(running, surroundings)
            return Standing(where, running, was_up=True)
        if where.folder.exists():
            say("clearing away what is left of an earlier one")
        where.remove()
        try:
            running = _start(where, wish, surroundings, say)
            make_context(running, surroundings)
        except BaseException:
            # Ctrl-C, too: what was started until now is stopped.
            forget_context(surroundings)
            where.remove()
            raise
        return Standing(where, running)


def status(surroundings: Surroundings) -> Standing:
    """Look what runs, and change nothing."""
    where = place(surroundings)
    return Standing(where, where.load(), tuple(name for name, _ in where.remains()))


def seed_again(wish: Wish, *, fresh: bool, surroundings: Surroundings) -> Standing:
    """Seed a sandbox that is up: into new topics, or with ``fresh`` after the old ones were deleted."""
    now_ms = surroundings.now_ms()
    _must_be_past(wish, now_ms)
    where, say = place(surroundings), _teller(surroundings)
    with _alone(where, say):
        running = where.load()
        if running is None or not _all_alive(running):
            raise AgentctlError("No sandbox is up.", hint="agentctl sandbox up starts and seeds one")
        ground = _ground(where, running.kind, running.broker, running.store)
        if fresh:
            say("deleting the topics and the archive")
            clear(ground)
        anchor_ms = now_ms - DEFAULT_AGE_MS if wish.anchor_ms is None else wish.anchor_ms
        number = running.seed if wish.seed is None else wish.seed
        seed(ground, anchor_ms, number, now_ms, say)
        running = Running(running.kind, anchor_ms, number, running.broker, running.store, running.listener)
        where.save(running)
    return Standing(where, running)


def down(surroundings: Surroundings) -> Standing:
    """Stop all and remove all; fine when there is nothing."""
    where, say = place(surroundings), _teller(surroundings)
    with _alone(where, say):
        before = Standing(where, where.load(), tuple(name for name, _ in where.remains()))
        where.remove()
        forget_context(surroundings)
    return before


def _start(where: Place, wish: Wish, surroundings: Surroundings, say: Say) -> Running:
    where.folder.mkdir(mode=0o700, parents=True)
    kind = wish.kind or BrokerKind.EMBEDDED
    say("starting the object store")
    store = start_store(where.folder, surroundings.environment)
    say(f"starting the {kind} broker")
    broker = _start_broker(kind, where.folder, surroundings, say)
    # Taken after the start, which may have fetched a broker: the night ended a few minutes ago.
    now_ms = surroundings.now_ms()
    anchor_ms = now_ms - DEFAULT_AGE_MS if wish.anchor_ms is None else wish.anchor_ms
    number = SEED if wish.seed is None else wish.seed
    seed(_ground(where, kind, broker, store), anchor_ms, number, now_ms, say)
    listener = _start_listener(where.folder, broker, surroundings)
    running = Running(kind, anchor_ms, number, broker, store, listener)
    where.save(running)
    return running


def _start_broker(kind: BrokerKind, folder: Path, surroundings: Surroundings, say: Say) -> Server:
    if kind is BrokerKind.EMBEDDED:
        return start_embedded(folder, surroundings.environment)
    return start_apache(folder, surroundings.environment, surroundings.cache_folder, say)


def _start_listener(folder: Path, broker: Server, surroundings: Surroundings) -> Server:
    log = folder / "analytics.log"
    command = [sys.executable, "-m", "agentctl.sandbox.listener", broker.address]
    return Server("a consumer that never commits", 0, launch(command, log, surroundings.environment), log)


def _ground(where: Place, kind: BrokerKind, broker: Server, store: Server) -> Ground:
    return Ground(kind, broker.address, f"http://{store.address}", where.truth_file)


def _all_alive(running: Running) -> bool:
    return running.broker.child.alive and running.store.child.alive


def _must_be_past(wish: Wish, now_ms: int) -> None:
    if wish.anchor_ms is not None and wish.anchor_ms > now_ms:
        raise UsageError(
            f"the night cannot end at {iso(wish.anchor_ms)}, which is to come",
            hint="--anchor takes a time of the past",
        )


def _teller(surroundings: Surroundings) -> Say:
    return lambda line: tell(surroundings.stderr, f"sandbox: {line}")


def _alone(where: Place, say: Say) -> AbstractContextManager[None]:
    return locked(where, lambda: say("waiting for another agentctl sandbox to finish"))
