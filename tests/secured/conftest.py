"""The secured broker, and the program run against it; whatever it says is searched for secrets."""

import re
from collections.abc import Callable, Iterator

import pytest

from tests.harness import Answer, Program
from tests.secured.cluster import OPEN, SECRET, WORKFLOW, Secured, running
from tests.secured.logins import Properties, words

SECONDS = 10.0
"""Within which a person is told."""

Replay = Callable[..., Answer]


@pytest.fixture(scope="session")
def secured_broker() -> Iterator[Secured]:
    """Apache Kafka with a listener for each way of securing one."""
    with running() as broker:
        yield broker


@pytest.fixture
def run(agentctl: Program) -> Replay:
    """Run any command; it must end in time, and say nothing that it must not say."""

    def call(*said: str, environment: dict[str, str] | None = None) -> Answer:
        answer = agentctl(*said, environment=environment, timeout=SECONDS)
        for text in (answer.stdout, answer.stderr):
            assert SECRET not in text
            assert "BEGIN PRIVATE KEY" not in text
            assert not re.search(r"%\d\||rdkafka#|\[thrd:", text)
        assert "--debug" in said or "Traceback" not in answer.stderr
        return answer

    return call


@pytest.fixture
def replay(run: Replay, secured_broker: Secured) -> Replay:
    """Replay the workflow, from one topic unless told otherwise, at a listener."""

    def call(listener: str, login: Properties, *more: str, topics: tuple[str, ...] = (OPEN,)) -> Answer:
        named = [word for topic in topics for word in ("-t", topic)]
        return run(
            "replay", WORKFLOW, "-b", secured_broker.at(listener), *words(login), *named, "-o", "json", *more
        )

    return call


def ids(answer: Answer) -> list[str]:
    """Return the ids of the events in the answer."""
    rows = answer.json["rows"]
    assert isinstance(rows, list)
    return [row["event_id"] for row in rows]
