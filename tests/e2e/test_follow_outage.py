"""A broker that goes away under `replay --follow`, and comes back: told once, and nothing lost or doubled."""

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from agentctl.sandbox.apache import installed, start_apache
from agentctl.sandbox.broker import BrokerKind, metadata_answers
from agentctl.sandbox.process import launch
from agentctl.sandbox.server import Server
from tests.e2e.test_follow import FOLLOWS, Night, events
from tests.harness import OUTSIDE, Broker, Program, Watch, cache_folder
from tests.watched import watched


@dataclass
class Mortal:
    """One Apache Kafka that a test may kill and bring back at the same address, with its data."""

    folder: Path
    server: Server

    @property
    def broker(self) -> Broker:
        """It, as tests talk to it."""
        return Broker(BrokerKind.APACHE, self.server.address)

    def kill(self) -> None:
        """End it as the kernel does when memory runs out."""
        os.killpg(self.server.child.pid, signal.SIGKILL)

    def revive(self) -> None:
        """Start it again, and return when it answers."""
        kafka = installed(OUTSIDE, cache_folder(), lambda line: None)
        command = kafka.server(self.folder / "server.properties")
        child = launch(command, self.server.log, OUTSIDE)
        self.server = Server(self.server.name, self.server.port, child, self.server.log)
        answers = metadata_answers()
        while not answers(self.server.port):
            assert child.alive


@contextmanager
def mortal_broker() -> Iterator[Mortal]:
    folder = Path(tempfile.mkdtemp(prefix="agentctl-mortal-"))
    watch = Watch(folder)
    try:
        mortal = Mortal(folder, start_apache(folder, OUTSIDE, cache_folder(), lambda line: None))
        try:
            yield mortal
        finally:
            mortal.server.child.stop()
    finally:
        watch.dismiss()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def mortal(apache_broker: Broker) -> Iterator[Mortal]:
    """A broker for this test alone, where there can be one."""
    assert apache_broker.kind is BrokerKind.APACHE
    with mortal_broker() as running:
        yield running


def test_a_broker_that_goes_away_is_told_once_and_nothing_is_lost_or_doubled(
    agentctl: Program, mortal: Mortal
) -> None:
    night = Night(mortal.broker)
    night.write("events", "a", agent="research")
    words = ("replay", "w1", "-b", mortal.broker.bootstrap, *night.words, "--follow", "-o", "ndjson")
    with watched(agentctl, *words) as run:
        run.until(FOLLOWS, "stderr")
        night.write("claims", "b", agent="seo", cause="a")
        run.until('"event_id":"b"')
        mortal.kill()
        run.until("; trying on", "stderr")
        mortal.revive()
        night.broker = mortal.broker
        night.write("claims", "c", agent="seo", cause="b")
        night.write("results", "d", agent="seo", cause="c", partition=1)
        run.until("answers again", "stderr")
        run.until('"event_id":"d"')
        code, seconds = run.end()
    assert code == 130
    assert seconds < 1
    assert events(run) == ["a", "b", "c", "d"]
    assert run.stderr.count("; trying on") == 1
    assert run.stderr.count("answers again") == 1


def test_ctrl_c_while_the_broker_is_away_ends_within_a_second(agentctl: Program, mortal: Mortal) -> None:
    night = Night(mortal.broker)
    words = ("replay", "w1", "-b", mortal.broker.bootstrap, *night.words, "--follow")
    with watched(agentctl, *words) as run:
        run.until(FOLLOWS, "stderr")
        mortal.kill()
        run.until("; trying on", "stderr")
        code, seconds = run.end()
    assert code == 130, run.stderr
    assert seconds < 1
    assert "Stopped by Ctrl-C after 0 events since " in run.stderr
