"""Everything the program takes from around it: streams, terminal, environment, folders, clock.

Built once at start and passed in. Tests build their own, so nothing else in agentctl may ask
``sys``, ``os.environ`` or the clock.
"""

import os
import shutil
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import TextIO


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What agentctl may know of the machine it runs on."""

    stdin: TextIO
    stdout: TextIO
    stderr: TextIO
    environment: Mapping[str, str]
    folder: Path
    """The working directory, where ``agentctl.toml`` may lie."""
    home: Path
    clock: Callable[[], int]
    """Now, in milliseconds since 1970-01-01 UTC."""
    width: int
    """Terminal width in cells; 80 where there is no terminal."""
    output_is_terminal: bool
    error_is_terminal: bool
    local_zone: tzinfo = UTC
    """The machine's zone, named beside times; they are read and shown in it only for ``--tz local``."""
    words: tuple[str, ...] = ()
    """The command line behind the program's name, as it was typed."""
    sleep: Callable[[float], None] = time.sleep
    """Waits so many seconds of the clock."""

    def now_ms(self) -> int:
        """Return the present, in milliseconds since 1970-01-01 UTC."""
        return self.clock()

    @property
    def colour(self) -> bool:
        """Whether stdout may carry colour: a terminal, and no ``NO_COLOR`` (https://no-color.org)."""
        return self.output_is_terminal and not self.environment.get("NO_COLOR")

    @property
    def ascii_only(self) -> bool:
        """Whether stdout cannot show the glyphs, because its encoding is not UTF-8."""
        encoding = getattr(self.stdout, "encoding", None) or "ascii"
        return encoding.lower().replace("-", "").replace("_", "") != "utf8"

    @property
    def config_folder(self) -> Path:
        """``$XDG_CONFIG_HOME/agentctl``, by default ``~/.config/agentctl``."""
        return Path(self.environment.get("XDG_CONFIG_HOME") or self.home / ".config") / "agentctl"

    @property
    def state_folder(self) -> Path:
        """``$XDG_STATE_HOME/agentctl``, by default ``~/.local/state/agentctl``."""
        return Path(self.environment.get("XDG_STATE_HOME") or self.home / ".local" / "state") / "agentctl"

    @property
    def cache_folder(self) -> Path:
        """``$XDG_CACHE_HOME/agentctl``, by default ``~/.cache/agentctl``."""
        return Path(self.environment.get("XDG_CACHE_HOME") or self.home / ".cache") / "agentctl"


_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 — what the clocks of UTC show, as a difference to other clocks


class SystemZone(tzinfo):
    """The zone of ``TZ``, else of ``/etc/localtime``, with all its changes, as the C library knows it.

    That reads what no ``ZoneInfo`` can, such as ``TZ=CET-1CEST,M3.5.0,M10.5.0/3``, and costs no import.
    """

    def __init__(self, key: str | None = None) -> None:
        """Take the zone's name, ``Europe/Berlin``, where it is known."""
        self.key = key

    def __str__(self) -> str:
        return self.key or "this machine"

    def utcoffset(self, moment: datetime | None) -> timedelta | None:
        """Return the offset at a time of the local clocks; where they skip or repeat it, ``fold`` decides."""
        if moment is None:
            return None
        clock = moment.replace(tzinfo=None, microsecond=0)
        # Not clock.astimezone(): in an hour that is skipped it takes the offset of the other side.
        utc = _EPOCH + timedelta(seconds=clock.timestamp())
        return clock.replace(fold=0) - utc

    def dst(self, _moment: datetime | None) -> timedelta | None:
        """Return nothing: nobody here asks how much of the offset is summer time."""
        return None

    def tzname(self, _moment: datetime | None) -> str | None:
        """Return the zone's name."""
        return self.key

    def fromutc(self, moment: datetime) -> datetime:
        """Return what the local clocks show. Raises OverflowError beyond the years that a datetime has."""
        try:
            shown = moment.replace(tzinfo=UTC).astimezone().replace(tzinfo=self)
        except ValueError as error:
            raise OverflowError(str(error)) from None
        exact = shown.replace(tzinfo=None) - moment.replace(tzinfo=None)
        return shown if self.utcoffset(shown) == exact else shown.replace(fold=1)


def _zone_key(environment: Mapping[str, str]) -> str | None:
    """Return how the machine's zone is called, where ``TZ`` or the link ``/etc/localtime`` says it."""
    name = environment.get("TZ")
    if name is None:
        _, _, name = os.path.realpath("/etc/localtime").partition("/zoneinfo/")
    name = name.removeprefix(":")
    return name if "/" in name and not name.startswith("/") else None


def of_this_process() -> Surroundings:
    """Return the real surroundings of the running process."""
    return Surroundings(
        stdin=sys.stdin,
        stdout=sys.stdout,
        stderr=sys.stderr,
        environment=dict(os.environ),
        folder=Path.cwd(),
        home=Path.home(),
        clock=lambda: time.time_ns() // 1_000_000,
        width=shutil.get_terminal_size((80, 24)).columns,
        output_is_terminal=sys.stdout.isatty(),
        error_is_terminal=sys.stderr.isatty(),
        local_zone=SystemZone(_zone_key(os.environ)),
    )
