"""A slow and literal reading of the rules of claims, one tenure after the other, for tests to compare with.

It shares nothing with the ledger: it looks at the events of one item again and again, from the start.
"""

from dataclasses import dataclass, field

from agentctl.model.event import RELEASED, RENEWED, Event, Role


@dataclass
class Seen:
    """An event at the time it counts at."""

    event: Event
    at: int
    claims_topic: bool

    @property
    def name(self) -> str:
        return f"{self.event.record.partition}@{self.event.record.offset}"

    @property
    def agent(self) -> str | None:
        return self.event.agent

    def claim(self) -> bool:
        return self.claims_topic and self.event.type == "claim"

    def names(self, other: "Seen") -> bool:
        """Whether it bears the token of that claim, and may: nobody speaks for another agent."""
        payload = self.event.payload
        token = payload.get("token") if isinstance(payload, dict) else None
        return token == other.name and self.agent in (None, other.agent)

    def work(self) -> bool:
        return not self.claims_topic


@dataclass
class Reign:
    """A tenure, found by reading on from its first claim."""

    first: Seen
    end: int | None = None
    how: str | None = None
    lease: int = 0
    own: list[Seen] = field(default_factory=list)
    """The first claim and those that extended the lease."""


def effective(events: list[Event], item: str, until: int) -> list[Seen]:
    """What concerns the item and counts at or before that moment, in the order in which it takes effect."""
    seen = []
    for event in events:
        claims = event.role is Role.CLAIM
        at = event.record.timestamp_ms
        if claims:
            place = event.place
            at = max(
                other.record.timestamp_ms or 0
                for other in events
                if (other.place.topic, other.place.partition) == (place.topic, place.partition)
                and other.place.offset <= place.offset
            )
        if event.work_item == item and at is not None and at <= until:
            seen.append(Seen(event, at, claims))
    return sorted(seen, key=lambda s: (s.at, not s.claims_topic, s.event.place))


def reigns(log: list[Seen], ttl: int) -> list[Reign]:
    """Every tenure: the first claim, then the first claim after its end, and so on."""
    found: list[Reign] = []
    position = 0
    while True:
        starts = [n for n in range(position, len(log)) if log[n].claim()]
        if not starts:
            return found
        reign, position = reign_from(log, starts[0], ttl)
        found.append(reign)


def length(seen: Seen, ttl: int) -> int:
    return ttl if seen.event.ttl_ms is None else seen.event.ttl_ms


def reign_from(log: list[Seen], start: int, ttl: int) -> tuple[Reign, int]:
    """Read on from a tenure's first claim to its end; return it and where the next one can begin."""
    first = log[start]
    reign = Reign(first, lease=first.at + length(first, ttl), own=[first])
    for n in range(start + 1, len(log)):
        one = log[n]
        if one.at >= reign.lease:
            reign.end, reign.how = reign.lease, "time"
            return reign, n
        by_holder = one.agent == first.agent
        if one.claim() and by_holder:
            reign.own.append(one)
            reign.lease = one.at + length(one, ttl)
        elif one.event.type == RENEWED and one.names(first):
            reign.lease = one.at + length(one, ttl)
        elif one.event.type == RELEASED and one.names(first):
            reign.end, reign.how = one.at, "release"
            return reign, n + 1
        elif one.event.role is Role.RESULT and by_holder:
            reign.end, reign.how = one.at, "result"
            return reign, n + 1
    return reign, len(log)


def told(events: list[Event], item: str, now: int, ttl: int) -> dict[str, object] | None:
    """How the item stands, and every claim's verdict. Causes are left out."""
    log = effective(events, item, now)
    found = reigns(log, ttl)
    if not found:
        return None
    claims = [one for one in log if one.claim()]
    split = len({one.event.place.partition for one in claims}) > 1
    last = found[-1]
    alive = last.how is None and now < last.lease
    rivals = unanswered(log, found)
    own_signs = signs(log, last)
    steps = [s.event.step for s in own_signs if s.event.role is Role.PROGRESS]
    return {
        "state": "SPLIT KEY" if split else state(log, found, alive),
        "holder": None if split else last.first.agent,
        "token": None if split else last.first.name,
        "lease_end": last.lease,
        "alive": alive,
        "last_sign": max((s.at for s in own_signs), default=None),
        "step": steps[-1] if steps else None,
        "rivals": [
            (one.agent, one.name, one.at - last.first.at, bool(since(log, one, found)))
            for one in ([last.first, *rivals] if split else rivals)
        ],
        "verdicts": [
            (one.name, None if split else verdict(log, found, one, alive), *counted(since(log, one, found)))
            for one in claims
        ],
    }


def signs(log: list[Seen], reign: Reign) -> list[Seen]:
    """The holder's progress, results and renewals from the tenure's first claim on."""
    after = log[log.index(reign.first) :]
    working = [s for s in after if s.work() and s.agent == reign.first.agent]
    renewing = [s for s in after if s.event.type == RENEWED and s.names(reign.first)]
    return [s for s in after if s in working or s in renewing]


def unanswered(log: list[Seen], found: list[Reign]) -> list[Seen]:
    """The claims that lost to the last tenure and were not withdrawn."""
    own = [one for reign in found for one in reign.own]
    after = log[log.index(found[-1].first) :]
    return [one for one in after if one.claim() and one not in own and not withdrawn(log, one)]


def state(log: list[Seen], found: list[Reign], alive: bool) -> str:
    """The first state that applies to an item whose claims can be ordered."""
    last = found[-1]
    after = log[log.index(last.first) :]
    holders = {reign.first.agent for reign in found[:-1]} - {last.first.agent}
    done_before = any(finished(log, found, n) for n in range(len(found) - 1)) or result_before(log, found[0])
    own_signs = signs(log, last)
    conditions = (
        ("ZOMBIE", any(s.work() and s.agent in holders for s in after)),
        ("CONFLICT", alive and bool(unanswered(log, found))),
        ("LATE", done_before),
        ("done", finished(log, found, len(found) - 1)),
        ("released", any(s.event.type == RELEASED and s.names(last.first) for s in after)),
        ("ORPHANED", not alive and bool(own_signs)),
        ("expired", not alive),
        ("TAKEN OVER", len(found) > 1 and found[-2].first.agent != last.first.agent),
        ("working", bool(own_signs)),
        ("claimed", True),
    )
    return next(name for name, applies in conditions if applies)


def withdrawn(log: list[Seen], claim: Seen) -> bool:
    return any(s.event.type == RELEASED and s.names(claim) for s in log[log.index(claim) :])


def finished(log: list[Seen], found: list[Reign], n: int) -> bool:
    """Whether the holder gave a result before the next tenure began."""
    begin = log.index(found[n].first)
    end = log.index(found[n + 1].first) if n + 1 < len(found) else len(log)
    return any(s.event.role is Role.RESULT and s.agent == found[n].first.agent for s in log[begin:end])


def result_before(log: list[Seen], first: Reign) -> bool:
    return any(s.event.role is Role.RESULT for s in log[: log.index(first.first)])


def since(log: list[Seen], claim: Seen, found: list[Reign]) -> list[Seen]:
    """What the claim's agent showed from then on, until its next tenure."""
    rest = log[log.index(claim) + 1 :]
    mine = [reign.first for reign in found if reign.first.agent == claim.agent and reign.first in rest]
    if mine:
        rest = rest[: rest.index(mine[0])]
    return [s for s in rest if s.work() and s.agent == claim.agent]


def counted(signs: list[Seen]) -> tuple[int, int]:
    results = sum(s.event.role is Role.RESULT for s in signs)
    return len(signs) - results, results


def verdict(log: list[Seen], found: list[Reign], claim: Seen, alive: bool) -> str:
    for n, reign in enumerate(found):
        if claim not in reign.own:
            continue
        if claim is reign.first:
            others = [later.first for later in found[n + 1 :] if later.first.agent != claim.agent]
            if others and any(log.index(s) > log.index(others[0]) for s in since(log, claim, found)):
                return "zombie"
            if n and found[n - 1].first.agent != claim.agent:
                return "took over"
        return "holds" if n + 1 == len(found) and alive else "held"
    return "withdrawn" if withdrawn(log, claim) else "lost"
