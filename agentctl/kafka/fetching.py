"""Asks in a process of its own where groups stand: any number of groups at once.

It loads no client here, so that the process can be started before anything else is.
"""

import json
import subprocess
import sys
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

from agentctl.kafka.defaults import BRIEF, PATIENCE_SECONDS, STEADY, Property

_PROGRAM = Path(__file__).with_name("offset_fetch.py")
_NO_PERMISSION = 30
"""GROUP_AUTHORIZATION_FAILED of the Kafka protocol."""
_SILENT = frozenset({-185, -195, -187, 15, 16})
"""Timed out, no connection, all brokers down (librdkafka's); COORDINATOR_NOT_AVAILABLE, NOT_COORDINATOR."""
SILENT = "its coordinator does not answer"

Partition = tuple[str, int]
"""Topic and number."""
Failure = tuple[int, str]
"""A code of the Kafka protocol or of librdkafka, and its text."""


@dataclass(frozen=True, slots=True)
class Committed:
    """Committed offsets by group, and for the groups without an answer the reason."""

    found: Mapping[str, Mapping[Partition, int]]
    failed: Mapping[str, Failure] = field(default_factory=dict)

    def why_not(self, group: str) -> str | None:
        """Return why a group's offsets are not known; None when they are."""
        if group not in self.failed:
            return None
        code, text = self.failed[group]
        if code in _SILENT:
            return SILENT
        return "no permission" if code == _NO_PERMISSION else text.removeprefix("Broker: ")


class OffsetFetch:
    """Asks for committed offsets in a process of its own, which may end and is then made anew."""

    def __init__(self, properties: Mapping[str, Property]) -> None:
        """``properties`` are the client's, as the user has set them; they may hold secrets."""
        self._properties = {**BRIEF, **STEADY, **properties}
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Start before there is a question: it takes as long as loading the client here."""
        self._process = self._process or self._started()

    def __enter__(self) -> "OffsetFetch":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self._end()

    def begin(self, groups: Collection[str] | None) -> None:
        """Ask for some groups, or with None for all there are, without waiting for the answer."""
        question = {
            "groups": None if groups is None else list(groups),
            "seconds": PATIENCE_SECONDS,
        }
        for _ in range(2):
            process = self._process or self._started()
            self._process = process
            assert process.stdin is not None
            try:
                process.stdin.write(json.dumps(question) + "\n")
                process.stdin.flush()
                return
            except BrokenPipeError:  # it has ended since the last question
                self._end()

    def answer(self) -> Committed | None:
        """Return what ``begin`` asked for; None when the process has ended over it, or could not say."""
        process = self._process
        if process is None:
            return None
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            self._end()
            return None
        told = json.loads(line)
        if "error" in told:
            return None
        known: dict[Partition, Partition] = {}
        found: dict[str, Mapping[Partition, int]] = {}
        for name, places in told["groups"].items():
            own: dict[Partition, int] = {}
            for topic, partition, offset in places:
                # Many groups stand in the same partitions: each is kept once.
                place = (topic, partition)
                own[known.setdefault(place, place)] = offset
            found[name] = own
        return Committed(found, {name: (code, text) for name, (code, text) in told["failed"].items()})

    def _started(self) -> "subprocess.Popen[str]":
        process = subprocess.Popen(
            [sys.executable, "-P", str(_PROGRAM)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            encoding="utf-8",
            # Ctrl-C is for the one who asks: he ends it, and says what was done.
            start_new_session=True,
        )
        assert process.stdin is not None
        process.stdin.write(json.dumps(self._properties) + "\n")
        return process

    def _end(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None
