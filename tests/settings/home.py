"""A home, a working directory and an environment, for tests of the settings."""

import io
from dataclasses import dataclass, field
from pathlib import Path

from agentctl.settings.layers import Flags, Settings, resolve
from agentctl.surroundings import Surroundings


@dataclass
class Home:
    """Where the configuration lies; every file of it is written by the test."""

    root: Path
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        """The working directory: somebody's repository."""
        return self.root / "work"

    @property
    def config(self) -> Path:
        """The folder of the user's own files."""
        return self.root / "home" / ".config" / "agentctl"

    @property
    def state(self) -> Path:
        """The file that names the current context."""
        return self.root / "home" / ".local" / "state" / "agentctl" / "current-context"

    def own(self, text: str, name: str = "config.toml") -> Path:
        """Write one of the user's own files."""
        return _write(self.config / name, text)

    def project(self, text: str) -> Path:
        """Write the project file, as it comes with somebody's code."""
        return _write(self.folder / "agentctl.toml", text)

    def surroundings(self) -> Surroundings:
        """Return what the program would know of this home."""
        self.folder.mkdir(parents=True, exist_ok=True)
        return Surroundings(
            stdin=io.StringIO(),
            stdout=io.StringIO(),
            stderr=io.StringIO(),
            environment=dict(self.environment),
            folder=self.folder,
            home=self.root / "home",
            clock=lambda: 0,
            width=80,
            output_is_terminal=False,
            error_is_terminal=False,
        )

    def settings(
        self,
        *properties: str,
        brokers: str | None = None,
        context: str | None = None,
        file: Path | None = None,
    ) -> Settings:
        """Return the settings of a call; ``properties`` are the words of ``-X``."""
        return resolve(Flags(brokers, context, properties, file), self.surroundings())

    def connection(
        self,
        *properties: str,
        brokers: str | None = None,
        context: str | None = None,
        file: Path | None = None,
    ) -> dict[str, str]:
        """Return what librdkafka would be given in such a call."""
        settings = self.settings(*properties, brokers=brokers, context=context, file=file)
        return settings.connection_properties(self.surroundings())


def _write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path
