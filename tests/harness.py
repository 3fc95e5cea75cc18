"""The program as a user runs it, and the brokers that tests talk to."""

import fcntl
import json
import os
import pty
import shutil
import struct
import subprocess
import sys
import tempfile
import termios
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from pathlib import Path
from threading import Timer
from typing import Any

from confluent_kafka import KafkaError, Message, Producer
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from agentctl.model.record import Place
from agentctl.sandbox.apache import missing_programs, start_apache
from agentctl.sandbox.broker import BrokerKind, admin_client, start_embedded
from agentctl.sandbox.server import Server

ROOT = Path(__file__).resolve().parent.parent

OUTSIDE: Mapping[str, str] = dict(os.environ)
"""The environment that pytest was started in, before any test is isolated from it."""

Headers = Sequence[tuple[str, bytes | None]] | None
Message5 = tuple[bytes | None, bytes | None, Headers, int | None, int | None]
"""Key, value, headers, timestamp in ms (None: now), partition (None: by the key)."""

_SECONDS = 60.0
_KEPT = {"retention.ms": "-1"}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a finished program left."""

    exit_code: int
    stdout: str
    stderr: str

    @property
    def json(self) -> "dict[str, Any]":
        """The one JSON document on stdout."""
        document: dict[str, Any] = json.loads(self.stdout)
        return document

    @property
    def rows(self) -> "list[dict[str, Any]]":
        """The lines of NDJSON on stdout."""
        return [json.loads(line) for line in self.stdout.splitlines()]


@dataclass(frozen=True)
class Program:
    """``agentctl`` as a process: ``agentctl("replay", "w1", "-o", "json").json``."""

    folder: Path
    """The working directory, empty at first."""
    environment: Mapping[str, str]

    def __call__(
        self,
        *words: str,
        columns: int | None = None,
        environment: Mapping[str, str] | None = None,
        stdin: str = "",
        timeout: float = _SECONDS,
    ) -> Answer:
        """Run to the end with pipes for streams."""
        done = subprocess.run(
            self._command(words),
            cwd=self.folder,
            env=self._surroundings(columns, environment),
            input=stdin.encode(),
            capture_output=True,
            timeout=timeout,
            check=False,
        )
        return Answer(done.returncode, done.stdout.decode("utf-8"), done.stderr.decode("utf-8"))

    def start(self, *words: str, environment: Mapping[str, str] | None = None) -> "subprocess.Popen[bytes]":
        """Start with pipes for streams and return at once: for signals and closed pipes."""
        return subprocess.Popen(
            self._command(words),
            cwd=self.folder,
            env=self._surroundings(None, environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def terminal(
        self,
        *words: str,
        columns: int = 80,
        lines: int = 24,
        environment: Mapping[str, str] | None = None,
        timeout: float = _SECONDS,
    ) -> Answer:
        """Run to the end on a pseudo-terminal; both streams arrive in ``stdout``, as on a screen."""
        screen, keyboard = pty.openpty()
        fcntl.ioctl(keyboard, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        with subprocess.Popen(
            self._command(words),
            cwd=self.folder,
            env={"TERM": "xterm-256color"} | self._surroundings(None, environment),
            stdin=keyboard,
            stdout=keyboard,
            stderr=keyboard,
            start_new_session=True,
        ) as process:
            os.close(keyboard)
            too_late = Timer(timeout, process.kill)
            too_late.start()
            shown = _read_all(screen)
            too_late.cancel()
        return Answer(process.returncode, shown.decode("utf-8").replace("\r\n", "\n"), "")

    def _command(self, words: tuple[str, ...]) -> list[str]:
        return [sys.executable, "-m", "agentctl", *words]

    def _surroundings(self, columns: int | None, more: Mapping[str, str] | None) -> dict[str, str]:
        width = {} if columns is None else {"COLUMNS": str(columns)}
        return {**self.environment, **width, **(more or {})}


class Broker:
    """A running broker, and the few things that tests do to it."""

    def __init__(self, kind: BrokerKind, bootstrap: str) -> None:
        self.kind = kind
        self.bootstrap = bootstrap
        self._numbers = count(1)

    @cached_property
    def admin(self) -> AdminClient:
        """A client for administration."""
        return admin_client(self.bootstrap)

    @cached_property
    def _producer(self) -> Producer:
        return Producer(
            {"bootstrap.servers": self.bootstrap, "enable.idempotence": True, "linger.ms": 2, "log_level": 0}
        )

    def topic(self, hint: str = "t", partitions: int = 1, config: Mapping[str, str] | None = None) -> str:
        """Make a topic that nobody else has, and return its name once the broker serves it.

        Retention is off unless configured: tests write records of the past, and Apache Kafka would
        delete them within a second.
        """
        return self._made(NewTopic(self._name(hint), partitions, 1, config=_KEPT | dict(config or {})))

    def placed_topic(self, hint: str, replicas: Sequence[Sequence[int]]) -> str:
        """The same, with the brokers that hold each partition, its leader first."""
        placed = [list(nodes) for nodes in replicas]
        return self._made(NewTopic(self._name(hint), len(placed), replica_assignment=placed, config=_KEPT))

    def _name(self, hint: str) -> str:
        return f"{hint}-{os.getpid()}-{next(self._numbers)}"

    def _made(self, new: NewTopic) -> str:
        self.admin.create_topics([new])[new.topic].result(_SECONDS)
        self.until_served(new.topic, new.num_partitions)
        return new.topic

    def until_served(self, name: str, partitions: int) -> None:
        """Return once so many partitions have a leader, and the producer knows them."""
        while not self._served(name, partitions):
            pass
        while len(self._producer.list_topics(name, timeout=_SECONDS).topics[name].partitions) < partitions:
            pass

    def _served(self, name: str, partitions: int) -> bool:
        found = self.admin.list_topics(timeout=_SECONDS).topics.get(name)
        return (
            found is not None
            and len(found.partitions) == partitions
            and all(partition.leader >= 0 for partition in found.partitions.values())
        )

    def produce(self, topic: str, messages: Iterable[Message5]) -> list[Place]:
        """Write the messages, in order, and return where they stand. Raises when one was not taken."""
        places: dict[int, Place] = {}
        failures: list[str] = []
        total = 0
        for number, (key, value, headers, timestamp_ms, partition) in enumerate(messages):
            more: dict[str, Any] = {}
            if timestamp_ms is not None:
                more["timestamp"] = timestamp_ms
            if partition is not None:
                more["partition"] = partition
            delivered = _delivery(number, places, failures)
            if headers:
                more["headers"] = list(headers)
            while True:
                try:
                    self._producer.produce(topic, value, key, on_delivery=delivered, **more)
                    break
                except BufferError:
                    self._producer.poll(1)
            total += 1
        self._producer.flush(_SECONDS)
        if failures or len(places) != total:
            raise AssertionError(f"{len(places)} of {total} records were taken: {failures[:3]}")
        return [places[number] for number in range(total)]


class Watch:
    """Ends the servers of a folder, and the folder, when this process dies before it could itself.

    A shell waits on a pipe that only this process holds; when the pipe breaks, it kills every server
    that has a ``.pid`` file in the folder. Unlike PR_SET_PDEATHSIG this needs no code between fork and
    exec, does not depend on which thread started the server, and works beyond Linux.
    """

    def __init__(self, folder: Path) -> None:
        script = """
            read _
            find "$1" -name "*.pid" | while read -r file; do read -r pid _ <"$file"; kill -9 -- "-$pid"; done
            rm -rf -- "$1"
        """
        self._shell = subprocess.Popen(
            ["/bin/sh", "-c", script, "watch", str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def dismiss(self) -> None:
        """End the watch, with nothing done. Killed, so that it cannot act on ids used again."""
        self._shell.kill()
        self._shell.communicate()


@contextmanager
def hosted(kind: BrokerKind) -> Iterator[Broker]:
    """Run a broker of that kind; it ends with the block, or with this process however that ends."""
    folder = Path(tempfile.mkdtemp(prefix=f"agentctl-{kind}-"))
    watch = Watch(folder)
    try:
        server = _start(kind, folder)
        try:
            yield Broker(kind, server.address)
        finally:
            server.child.stop()
    finally:
        # The watch goes after the server, so that there is no moment without one.
        watch.dismiss()
        shutil.rmtree(folder, ignore_errors=True)


def _start(kind: BrokerKind, folder: Path) -> Server:
    if kind is BrokerKind.EMBEDDED:
        return start_embedded(folder, OUTSIDE)
    return start_apache(folder, OUTSIDE, cache_folder(), lambda line: None)


def cache_folder() -> Path:
    """Where the machine's user keeps Kafka's jars; shared by all sessions, for they never change."""
    return Path(OUTSIDE.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "agentctl"


def kinds_here() -> tuple[BrokerKind, ...]:
    """Return the kinds of brokers that this machine can start."""
    return (BrokerKind.EMBEDDED,) if missing_programs(OUTSIDE) else tuple(BrokerKind)


def _delivery(
    number: int, places: dict[int, Place], failures: list[str]
) -> Callable[[KafkaError | None, Message], None]:
    def delivered(error: KafkaError | None, message: Message) -> None:
        if error is not None:
            failures.append(error.str())
            return
        topic, partition, offset = message.topic(), message.partition(), message.offset()
        assert topic is not None
        assert partition is not None
        # Sent again because the first answer was lost, a record is known to be there, but not where.
        places[number] = Place(topic, partition, -1 if offset is None else offset)

    return delivered


def _read_all(screen: int) -> bytes:
    """Read a pseudo-terminal until the last writer has closed it."""
    shown = bytearray()
    with os.fdopen(screen, "rb", buffering=0) as stream:
        while True:
            try:
                piece = stream.read(65536)
            except OSError:  # EIO is how Linux says that nobody holds the other side any more
                return bytes(shown)
            if not piece:
                return bytes(shown)
            shown += piece
