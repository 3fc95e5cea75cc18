"""A restore that is killed, doubled, or loses its broker: each record is there once, as it was."""

import random
import subprocess
import sys
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from agentctl.kafka.connection import Connection
from agentctl.restoring.restore_run import prepare, run
from agentctl.restoring.transacting import FencedError
from tests.harness import ROOT, Broker
from tests.restoring.made import NOW_MS, by_partition, connection, expected, log, parts, records, wish
from tests.restoring.made import written as written_to
from tests.restoring.restorer import LOGS
from tests.trio import Trio

_COUNT = 3_000
_SECONDS = 120


def started(broker: Broker, restore_id: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "tests.restoring.restorer", broker.bootstrap, restore_id, str(_COUNT)],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def until_told(process: "subprocess.Popen[str]", transactions: int) -> int:
    """Wait for so many transactions, or the end; return how many there were."""
    assert process.stdout is not None
    told = 0
    while told < transactions and process.stdout.readline():
        told += 1
    return told


def check(broker: Broker, restore_id: str) -> None:
    wanted = expected(restore_id, [one for own in LOGS for one in records(own, _COUNT)])
    found = written_to(broker.bootstrap, f"agentctl-restore-{restore_id}")
    assert by_partition(found) == by_partition(wanted)


@pytest.mark.parametrize("seed", range(3))
def test_killed_at_random_moments_and_resumed_it_writes_each_record_once(broker: Broker, seed: int) -> None:
    """After some transactions, and a random moment later: before, in or after the next one."""
    dice = random.Random(seed)
    restore_id = f"killed-{seed}"
    for _ in range(5):
        process = started(broker, restore_id)
        until_told(process, dice.randrange(1, 8))
        try:
            process.wait(dice.random() * 0.15)
        except subprocess.TimeoutExpired:
            process.kill()
        process.communicate()
    last = started(broker, restore_id)
    said, complained = last.communicate(timeout=_SECONDS)
    assert last.returncode == 0, complained
    *_, written, skipped = said.split()
    assert int(written) + int(skipped) == len(LOGS) * _COUNT
    check(broker, restore_id)


def test_of_two_that_restore_at_once_the_later_goes_on_and_the_earlier_is_told(broker: Broker) -> None:
    kafka, asked = connection(broker), wish("twice", LOGS)
    second: list[Future[object]] = []

    with ThreadPoolExecutor(1) as executor:

        def overtaken(_written: int) -> None:
            """In the middle of the first, run the second to its end."""
            if not second:
                other = connection(broker)
                found = parts(LOGS, _COUNT)
                second.append(executor.submit(run, other, prepare(other, asked, NOW_MS), found, NOW_MS))
                second[0].result(_SECONDS)

        with pytest.raises(FencedError, match="has taken over the restore twice"):
            run(kafka, prepare(kafka, asked, NOW_MS), parts(LOGS, _COUNT), NOW_MS, overtaken, at_once=300)
    check(broker, "twice")


def test_two_that_begin_at_once_write_each_record_once(broker: Broker) -> None:
    both = [started(broker, "both") for _ in range(2)]
    for process in both:
        process.communicate(timeout=_SECONDS)
    last = started(broker, "both")
    _, complained = last.communicate(timeout=_SECONDS)
    assert last.returncode == 0, complained
    check(broker, "both")


def test_a_broker_that_dies_and_comes_back_costs_time_and_no_record(trio: Trio) -> None:
    target = trio.placed_topic("restarted", [[2, 3], [2, 1], [1, 2]])
    own = [log("events", number) for number in range(3)]
    kafka = Connection({"bootstrap.servers": trio.everybody})
    asked = wish("restarted", own, target, events=3)
    transactions: list[int] = []
    with ThreadPoolExecutor(1) as executor:

        def tell(written: int) -> None:
            transactions.append(written)
            if len(transactions) in (3, 8):
                trio.revive()
                trio.kill(2)
                executor.submit(trio.revive)

        outcome = run(kafka, prepare(kafka, asked, NOW_MS), parts(own, _COUNT), NOW_MS, tell, at_once=500)
    assert outcome.written == 3 * _COUNT
    wanted = expected("restarted", [one for each in own for one in records(each, _COUNT)])
    assert by_partition(written_to(trio.bootstrap, target)) == by_partition(wanted)
