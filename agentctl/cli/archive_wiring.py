"""How commands come to an archive; the store is imported when it is wanted."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from agentctl.cli import wiring
from agentctl.errors import UsageError
from agentctl.settings.layers import Settings
from agentctl.surroundings import Surroundings

if TYPE_CHECKING:
    from agentctl.store.s3 import S3Store

_DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class ArchiveOptions:
    """Which archive."""

    address: Annotated[
        str | None,
        typer.Option("--from", metavar="s3://BUCKET/PREFIX", help="The archive; else the context's."),
    ] = None


def open_archive(options: ArchiveOptions, settings: Settings, surroundings: Surroundings) -> "S3Store":
    """Return the archive of ``--from``, else of the settings. Raises what ``open_store`` raises."""
    from agentctl.store.s3 import open_store

    return open_store(options.address, settings, surroundings)


def days(text: str, option: str) -> int:
    """Return a length of time in days, which is how S3 counts. Raises UsageError for a part of one."""
    length_ms = wiring.length_ms(text, option)
    if length_ms < _DAY_MS or length_ms % _DAY_MS:
        raise UsageError(f"{option} {text} is no number of whole days", hint=f"such as {option} 30d")
    return length_ms // _DAY_MS
