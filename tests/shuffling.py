"""Tests in a random order: what passes in one order only rests on what another test left behind.

``python -m tests.shuffling`` runs the scenarios on real brokers ten times, each in another order. One order
is run again with ``pytest -p tests.shuffling --shuffle SEED``.
"""

import random
import subprocess
import sys
import time

import pytest

_TIMES = 10
_SCENARIOS = ("tests/sources", "tests/secured")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Take the seed of an order."""
    parser.addoption("--shuffle", type=int, metavar="SEED", help="run the tests in the order of this seed")


# Last, for pytest itself puts tests together that share a fixture. All workers of a run have one order.
@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put the tests into that order."""
    seed: int | None = config.getoption("--shuffle")
    if seed is not None:
        items.sort(key=lambda item: item.nodeid)
        random.Random(seed).shuffle(items)


def _main(words: list[str]) -> int:
    """Run the tests of some folders again and again, and say which orders failed."""
    failed: list[int] = []
    for number in range(1, _TIMES + 1):
        seed = random.SystemRandom().randrange(10_000)
        _say(f"order {number} of {_TIMES}, seed {seed}")
        began = time.monotonic()
        done = subprocess.run(
            [
                *(sys.executable, "-m", "pytest", "-p", "tests.shuffling", "--shuffle", str(seed)),
                *("-n", "2", "--dist", "loadgroup", *(words or _SCENARIOS)),
            ],
            check=False,
        )
        verdict = "green" if done.returncode == 0 else f"FAILED ({done.returncode})"
        _say(f"seed {seed}: {verdict} after {time.monotonic() - began:.0f} s")
        if done.returncode:
            failed.append(seed)
    _say(f"{_TIMES - len(failed)} of {_TIMES} orders green{f'; failed: {failed}' if failed else ''}")
    return 1 if failed else 0


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(_main(sys.argv[1:]))
