"""What it costs to start: against a Python that does nothing."""

import sys
from pathlib import Path

from tests.bench.pairs import Pair, measured

RUNS = 25
NOTHING = (sys.executable, "-c", "pass")


def startup_pairs(home: Path) -> list[Pair]:
    """Measure the rows of start-up, with an empty configuration in ``home``."""
    agentctl = str(Path(sys.executable).parent / "agentctl")
    environment = {"HOME": str(home), "XDG_CONFIG_HOME": str(home), "XDG_STATE_HOME": str(home)}
    rows = (
        ("`agentctl --version`", (agentctl, "--version"), 3.0),
        ("completion of values", (agentctl, "__complete", "contexts", ""), 3.0),
        ("`agentctl --help`", (agentctl, "--help"), 8.0),
        (
            "an empty command, `agentctl context list -o json`",
            (agentctl, "context", "list", "-o", "json"),
            8.0,
        ),
    )
    return [
        measured(name, command, "`python -c pass`", NOTHING, reach=reach, runs=RUNS, environment=environment)
        for name, command, reach in rows
    ]
