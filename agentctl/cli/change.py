"""What every command that changes something asks for: the word, and in a protected context its name."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

import typer

from agentctl.errors import UsageError
from agentctl.settings.layers import Settings


@dataclass(frozen=True, slots=True)
class ChangeOptions:
    """Whether to do it."""

    panel: ClassVar = "Change"

    execute: Annotated[
        bool, typer.Option("--execute", help="Do it; without this, only what would be done is shown.")
    ] = False
    confirm: Annotated[
        str | None,
        typer.Option("--confirm", metavar="NAME", help="The context's name, where the context is protected."),
    ] = None


def may_change(change: ChangeOptions, settings: Settings) -> bool:
    """Whether to do it. Raises UsageError in a protected context whose name was not given."""
    if change.execute and settings.protected and change.confirm != settings.context:
        raise UsageError(
            f"the context {settings.context} is protected: what changes something needs its name typed",
            hint=f"--execute --confirm {settings.context}",
        )
    return change.execute
