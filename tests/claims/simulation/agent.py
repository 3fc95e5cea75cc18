"""One agent as a process: it claims, works while it believes to hold, and reports what it believes."""

import json
import os
import random
import select
import signal
import time
from collections.abc import Callable

from agentctl.claims import Claimant, Why
from agentctl.claims.drafts import Writer
from agentctl.claims.readback import ItemLog
from agentctl.claims.steps import Step
from agentctl.claims.terms import Terms
from agentctl.errors import UnreachableError
from agentctl.events.mapping import field_mapping
from agentctl.sources.claims_topic import KafkaClaims
from tests.claims.simulation.plan import Plan

CLEAN, LOST_PARENT = 0, 3


def now_ms() -> int:
    """The clock that the broker has, too: both are on this machine."""
    return time.time_ns() // 1_000_000


def rest(seconds: float) -> None:
    """Let others have the processor."""
    select.select([], [], [], seconds)


class Reports:
    """A file that all processes append whole lines to."""

    def __init__(self, plan: Plan, agent: str) -> None:
        self._file = os.open(plan.reports, os.O_WRONLY | os.O_APPEND)
        self._agent = agent

    def tell(self, kind: str, **more: object) -> None:
        line = json.dumps({"kind": kind, "agent": self._agent, **more}) + "\n"
        os.write(self._file, line.encode())


class Fate:
    """Kills or pauses this process between two steps, as the seed has it."""

    def __init__(self, plan: Plan, dice: random.Random, reports: Reports) -> None:
        self._plan, self._dice, self._reports = plan, dice, reports

    def __call__(self, step: Step | str) -> None:
        drawn = self._dice.random()
        if drawn < self._plan.kill:
            self._reports.tell("killed", step=str(step), t=now_ms())
            os.kill(os.getpid(), signal.SIGKILL)
        elif drawn < self._plan.kill + self._plan.pause:
            self._reports.tell("paused", step=str(step), t=now_ms())
            os.kill(os.getpid(), signal.SIGSTOP)


def live(plan: Plan, number: int, generation: int) -> None:
    """Live until killed. A restarted agent has a name of its own: one name is one worker."""
    name = f"agent-{number}-{generation}"
    dice = random.Random(f"{plan.seed} {name}")
    reports = Reports(plan, name)
    fate = Fate(plan, dice, reports)
    parent = os.getppid()
    act = _naive(plan, name, reports, fate) if plan.naive else _right(plan, name, reports, fate, dice)
    while os.getppid() == parent:
        act(plan.item(dice.randrange(plan.items)))
        rest(dice.uniform(0, 2 * plan.agents / plan.rate))


def _right(plan: Plan, name: str, reports: Reports, fate: Fate, dice: random.Random) -> Callable[[str], None]:
    claimant = Claimant(plan.brokers, plan.topic, name, ttl=plan.ttl_ms / 1000, between=fate)

    def act(item: str) -> None:
        try:
            outcome = claimant.take(item)
        except UnreachableError as error:
            reports.tell("unknown", item=item, why=error.message)
            return
        answer = {"why": outcome.why.value, "token": outcome.token, "holder_token": outcome.holder_token}
        reports.tell("told", item=item, t=now_ms(), **answer)
        for _ in range(dice.randint(1, 4) if outcome else 0):
            asked_ms = now_ms()
            if not claimant.holds(item):
                return
            reports.tell("believes", item=item, token=outcome.holder_token, t=asked_ms)
            fate("working")
            rest(dice.uniform(0.01, 0.1))
            if dice.random() < 0.3 and claimant.renew(item).why is Why.LOST:
                reports.tell("lost", item=item, token=outcome.holder_token, t=now_ms())
                return
        if outcome and claimant.holds(item):
            claimant.release(item)

    return act


def _naive(plan: Plan, name: str, reports: Reports, fate: Fate) -> Callable[[str], None]:
    """Check the claims, then claim: what every agent did before the night of the three articles."""
    mapping = field_mapping({}, {plan.topic: {"role": "claim"}})
    log = KafkaClaims({"bootstrap.servers": plan.brokers}, plan.topic)
    writer = Writer(name, plan.topic, mapping)

    def act(item: str) -> None:
        draft = writer.claim(item, plan.ttl_ms, now_ms())
        partition = log.partition(draft.key)
        last = ItemLog(log, mapping, item, partition, Terms).now().last
        reports.tell("told", item=item, why="checked", token="", t=now_ms())
        if last is not None and last.lives(now_ms()):
            return
        fate(Step.BEFORE_WRITING)
        offset = log.append(partition, draft.key, draft.value)
        reports.tell("claimed", item=item, token=f"{partition}@{offset}")

    return act
