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
from datetime import UTC, datetime, tzinfo
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
    """The machine's zone, as it is now: named beside times, never used to order or to parse them."""

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
        local_zone=datetime.now(UTC).astimezone().tzinfo or UTC,
    )
