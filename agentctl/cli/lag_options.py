"""The options that commands of lag share."""

import math
from dataclasses import dataclass
from typing import Annotated, ClassVar

import typer

from agentctl.cli import wiring
from agentctl.errors import UsageError
from agentctl.lag.limits import Limits
from agentctl.lag.seconds import Seconds


@dataclass(frozen=True, slots=True)
class LagOptions:
    """What is looked at, and how."""

    panel: ClassVar = "What is read"

    topics: Annotated[
        list[str] | None,
        typer.Option(*("--topic", "-t"), metavar="TOPIC", help="Only these topics."),
    ] = None
    seconds: Annotated[
        Seconds | None,
        typer.Option(
            help="exact: from the records; estimate: from the index of times; none: offsets only, and no "
            "verdicts. [default: exact where that is quick, else estimate]"
        ),
    ] = None
    sample: Annotated[
        str | None,
        typer.Option(
            metavar="DURATION", help="Watch for that long: rates, and verdicts where commits tell none."
        ),
    ] = None

    @property
    def sample_ms(self) -> int:
        """How long to watch; 0 for one look. Raises UsageError for what is no length of time."""
        return 0 if self.sample is None else wiring.length_ms(self.sample, "--sample")


@dataclass(frozen=True, slots=True)
class LimitOptions:
    """When it is too much."""

    panel: ClassVar = "Limits"

    max_seconds: Annotated[
        float | None,
        typer.Option("--max-seconds", metavar="N", help="Exit 3 when a partition is further behind."),
    ] = None
    max_records: Annotated[
        int | None,
        typer.Option("--max-records", metavar="N", help="Exit 3 when a group is further behind on a topic."),
    ] = None
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="Exit 3 for every verdict but OK and UNKNOWN, too.")
    ] = False

    def limits(self) -> Limits:
        """Return them, checked. Raises UsageError for what is no limit."""
        if self.max_seconds is not None and not (math.isfinite(self.max_seconds) and self.max_seconds >= 0):
            raise UsageError(
                f"--max-seconds {self.max_seconds:g} is no length of time", hint="such as --max-seconds 300"
            )
        if self.max_records is not None and self.max_records < 0:
            raise UsageError(
                f"--max-records {self.max_records} is no number of records",
                hint="such as --max-records 10000",
            )
        return Limits(self.max_seconds, self.max_records, self.exit_code)
