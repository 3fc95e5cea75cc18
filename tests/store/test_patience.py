"""How long a request is tried."""

import pytest
from botocore.exceptions import ConnectionClosedError, NoRegionError

from agentctl.store.patience import Patience
from tests.store.running import Waiting


class Failing:
    """Fails so many times, each after so many seconds."""

    def __init__(self, waiting: Waiting, failures: int, each_seconds: float = 0.0) -> None:
        self.waiting, self.left, self.each_seconds, self.tries = waiting, failures, each_seconds, 0

    def __call__(self) -> str:
        self.tries += 1
        self.waiting.seconds += self.each_seconds
        if self.tries > self.left:
            return "answer"
        raise ConnectionClosedError(endpoint_url="http://x")


def test_pauses_grow_and_end_before_the_time_is_over() -> None:
    waiting = Waiting()
    with pytest.raises(ConnectionClosedError):
        waiting.patience(30).ask(Failing(waiting, 1000))
    assert waiting.waits[:7] == [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 5.0]
    assert waiting.seconds <= 30


def test_writers_that_failed_together_do_not_come_back_together() -> None:
    waits = []
    for chance in (0.0, 0.5, 1.0):
        waiting = Waiting()
        Patience(30, waiting.sleep, lambda: 0.0, lambda found=chance: found).ask(Failing(waiting, 3))  # type: ignore[misc]
        waits.append(sum(waiting.waits))
    assert waits == sorted(set(waits))
    assert waits[0] * 2 == pytest.approx(waits[2])


@pytest.mark.parametrize(("failures", "tries"), [(1, 2), (2, 3), (3, 3)])
def test_what_takes_long_is_tried_three_times_all_the_same(failures: int, tries: int) -> None:
    waiting = Waiting()
    slow = Failing(waiting, failures, each_seconds=40)
    if failures < 3:
        assert waiting.patience(30).ask(slow) == "answer"
    else:
        with pytest.raises(ConnectionClosedError):
            waiting.patience(30).ask(slow)
    assert slow.tries == tries


def test_what_no_waiting_mends_is_not_tried_again() -> None:
    waiting = Waiting()

    def wrong() -> str:
        raise NoRegionError

    with pytest.raises(NoRegionError):
        waiting.patience().ask(wrong)
    assert waiting.waits == []


def test_three_silent_tries_are_all_the_patience_there_is() -> None:
    assert Patience(30).answer_seconds * 3 == 30
    assert Patience(6000).answer_seconds == 20
