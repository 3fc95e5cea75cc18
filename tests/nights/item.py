"""One work item of a night: what agents do on it, and what becomes of its claims, by true time.

This is the law of claims once more, told as it happens: whoever made up the night knows it at each step.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from agentctl.model.event import RELEASED, RENEWED
from tests.nights.night import CLAIMS, CLOSE_MS, LIMIT_MS, PROGRESS, RESULTS, Act, Night


@dataclass(eq=False, slots=True)
class Piece:
    """A piece of work: what one agent does on one item from one cause."""

    agent: str
    cause: Act | None = None
    """What made it begin; None when it took over, or for no reason that anybody states."""
    states: str = "none"
    """Which of its acts name the cause: ``none``, ``first``, ``result``, ``all``."""
    text: str | None = None
    """What it names instead, where it names a cause that is none."""
    acts: list[Act] = field(default_factory=list)
    claim: Act | None = None
    ended: bool = False

    def names(self, kind: str) -> bool:
        return self.states == "all" or self.states == kind or (self.states == "first" and not self.acts)


@dataclass(eq=False, slots=True)
class Lost:
    """A claim while somebody else held the item."""

    act: Act
    agent: str
    left: int
    """How long the lease had still to live."""
    withdrawn: bool = False


@dataclass(eq=False, slots=True)
class Reign:
    """The time of one holder."""

    piece: Piece
    claim: Act
    until: int
    took_over: bool
    done_before: bool
    """Whether the item was done when it began."""
    ended: bool = False
    released: bool = False
    result: Act | None = None
    signs: bool = False
    lost: list[Lost] = field(default_factory=list)
    by: Act | None = None
    """The latest claim, renewal or release: what somebody would follow from who comes when it is over."""

    def lives(self, at: int) -> bool:
        return not self.ended and at < self.until


@dataclass(eq=False, slots=True)
class Item:
    """A work item while the night goes on."""

    night: Night
    name: str
    workflow: str
    partition: int = 0
    plan: list[tuple[int, str, Piece, dict[str, int]]] = field(default_factory=list)
    reigns: list[Reign] = field(default_factory=list)
    results: list[Act] = field(default_factory=list)
    claimed_in: set[int] = field(default_factory=set)
    duplicates: list[Act] = field(default_factory=list)
    zombies: list[Act] = field(default_factory=list)
    unclaimed: list[Act] = field(default_factory=list)
    """Results without a claim, or after it was withdrawn."""
    pieces: list[Piece] = field(default_factory=list)
    done: bool = False
    close: bool = False
    """Whether somebody took over so soon after a lease that clocks may say otherwise."""
    _own: dict[str, Reign] = field(default_factory=dict)
    _lost: dict[str, list[tuple[Lost, Reign]]] = field(default_factory=dict)

    @property
    def split(self) -> bool:
        return len(self.claimed_in) > 1

    def will(self, at: int, what: str, piece: Piece, **how: int) -> None:
        """Plan what an agent does."""
        self.plan.append((at, what, piece, how))

    def play(self) -> "Item":
        """Let it happen, in the order of time."""
        for at, what, piece, how in sorted(self.plan, key=lambda one: one[0]):
            moment = self.night.moment(at)
            if what == "claim":
                self._claim(moment, piece, how["ttl"], how.get("partition", self.partition))
            elif what == "renew":
                self._renew(moment, piece, how["ttl"])
            elif what == "release":
                self._release(moment, piece)
            elif what == "progress":
                self._show(moment, piece, PROGRESS, "progress", how.get("step", 1))
            else:
                self._result(moment, piece)
        return self

    def _write(self, at: int, topic: str, piece: Piece, kind: str, partition: int = 0, **rest: object) -> Act:
        names = piece.names(kind)
        cause: Act | str | None = (piece.text or piece.cause) if names else None
        act = Act(at, topic, piece.agent, self.name, self.workflow, partition, cause=cause)
        act = replace(act, **rest)  # type: ignore[arg-type]
        act.by_place = isinstance(cause, Act) and self.night.rng.random() < 0.3
        if names:
            act.parent = None if piece.text else piece.cause
        elif piece.acts:
            act.parent = piece.acts[-1]
        else:
            freed = self.reigns[-1].by if self.reigns and not self.done and topic == CLAIMS else None
            act.parent = piece.cause or freed
        if not piece.acts:
            self.pieces.append(piece)
        piece.acts.append(act)
        return self.night.write(act)

    def _claim(self, at: int, piece: Piece, ttl: int, partition: int) -> None:
        act = self._write(at, CLAIMS, piece, "claim", partition, ttl_ms=ttl)
        self.claimed_in.add(partition)
        now = self.reigns[-1] if self.reigns else None
        if piece.claim is None:
            piece.claim = act
        if now is not None and now.lives(at):
            if now.piece.agent == piece.agent:
                now.until, now.by = at + ttl, act
            else:
                lost = Lost(act, piece.agent, now.until - at)
                now.lost.append(lost)
                self._lost.setdefault(piece.agent, []).append((lost, now))
            return
        took_over = now is not None
        if now is not None and not now.ended and at - now.until <= CLOSE_MS:
            self.close = True
        reign = Reign(piece, act, at + ttl, took_over, self.done, by=act)
        if now is not None:
            now.ended = True
        self.reigns.append(reign)
        self._own[piece.agent] = reign
        self._lost.pop(piece.agent, None)

    def _renew(self, at: int, piece: Piece, ttl: int) -> None:
        partition = self._partition(piece)
        act = self._write(at, CLAIMS, piece, "renew", partition, type=RENEWED, token=piece.claim, ttl_ms=ttl)
        reign = self._own.get(piece.agent)
        if reign is not None and reign is self.reigns[-1] and reign.claim is piece.claim:
            reign.signs = True
            if reign.lives(at):
                reign.until, reign.by = at + ttl, act

    def _release(self, at: int, piece: Piece) -> None:
        partition = self._partition(piece)
        act = self._write(at, CLAIMS, piece, "release", partition, type=RELEASED, token=piece.claim)
        piece.ended = True
        for lost, _ in self._lost.get(piece.agent, []):
            if lost.act is piece.claim:
                lost.withdrawn = True
        reign = self._own.get(piece.agent)
        if reign is None or reign is not self.reigns[-1] or reign.claim is not piece.claim:
            return
        if not reign.released:
            reign.ended = reign.ended or reign.lives(at)
            reign.released, reign.by = True, act

    @staticmethod
    def _partition(piece: Piece) -> int:
        assert piece.claim is not None
        return piece.claim.partition

    def _show(self, at: int, piece: Piece, topic: str, kind: str, step: int | None = None) -> Act:
        act = self._write(at, topic, piece, kind, step=step)
        reign = self._own.get(piece.agent)
        if reign is not None and reign is self.reigns[-1]:
            reign.signs = True
        return act

    def _result(self, at: int, piece: Piece) -> None:
        act = self._show(at, piece, RESULTS, "result")
        piece.ended = True
        own, last = self._own.get(piece.agent), self.reigns[-1] if self.reigns else None
        lost = self._lost.get(piece.agent)
        since: int | None = None
        if own is not None and own is last:
            since = own.claim.at
            own.ended = own.ended or own.lives(at)
            own.result = own.result or act
            self.done = True
        elif own is not None:
            since = own.claim.at
            self.zombies.append(act)
        elif lost and any(not one.withdrawn for one, _ in lost):
            since = lost[-1][1].claim.at
        else:
            self.unclaimed.append(act)
            self.done = self.done or last is None
        if since is not None and any(one.at >= since for one in self.results):
            self.duplicates.append(act)
        self.results.append(act)

    def late(self) -> Iterator[Act]:
        """Give the claims that began a reign too late."""
        for reign in self.reigns:
            cause, states = reign.piece.cause, reign.piece.names("claim") or reign.claim.cause is not None
            takes_over = reign.took_over and not reign.done_before and not states
            old = cause is not None and not takes_over and reign.claim.at - cause.at > LIMIT_MS
            if reign.done_before or (old and reign.claim is reign.piece.acts[0]):
                yield reign.claim

    def orphan(self, now: int) -> Act | None:
        """Return the claim that somebody worked on, and left."""
        if not self.reigns or self.split:
            return None
        last = self.reigns[-1]
        over = last.ended or last.released or last.result is not None or last.lives(now)
        return last.claim if last.signs and not over else None
