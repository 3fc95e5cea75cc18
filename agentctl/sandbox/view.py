"""The sandbox as an answer: what runs, where, and what to try."""

from agentctl.model.view import Column, Kind, Shown, View
from agentctl.sandbox.broker import BrokerKind
from agentctl.sandbox.lifecycle import Standing
from agentctl.sandbox.registered import NAME
from agentctl.sandbox.server import Server
from agentctl.sandbox.story import TRAVEL, TRIPLE

_NOTHING = "No sandbox is up. agentctl sandbox up starts one."
_COLUMNS = (
    Column("name", "NAME"),
    Column("state", "STATE"),
    Column("address", "ADDRESS"),
    Column("pid", "PID", Kind.NUMBER, Shown.WIDE),
    Column("folder", "FOLDER", shown=Shown.WIDE),
)


def up_view(standing: Standing) -> View:
    """Answer what was started, or that it was up."""
    notes = ("It was up already.",) if standing.was_up else ()
    return _view(standing, notes, (f"agentctl replay {TRAVEL}", f"agentctl replay {TRIPLE}"))


def status_view(standing: Standing) -> View:
    """Answer what runs; nothing is exit code 4."""
    running = standing.running
    if running is not None and all(server.child.alive for server in running.servers):
        return _view(standing, (), ())
    broken = running is not None or standing.remains
    notes = ("Not all of it runs; agentctl sandbox up clears it away and starts anew.",) if broken else ()
    return _view(standing, notes, ("agentctl sandbox up",) if broken else ())


def down_view(standing: Standing) -> View:
    """Answer what was stopped; nothing to stop is fine."""
    running = standing.running
    stopped = [server.name for server in running.servers] if running is not None else standing.remains
    return View(
        name="sandbox",
        title="sandbox",
        columns=_COLUMNS,
        rows=[_row(name, "stopped", None, None, standing) for name in stopped],
        notes=("All of it is gone.",) if stopped else ("Nothing ran.",),
        context=NAME if stopped else None,
    )


def _view(standing: Standing, notes: tuple[str, ...], next_: tuple[str, ...]) -> View:
    running = standing.running
    if running is None:
        rows = [_row(name, "left over", None, None, standing) for name in standing.remains]
        return View("sandbox", "sandbox", _COLUMNS, rows, notes=notes, next=next_, nothing=_NOTHING)
    return View(
        name="sandbox",
        title="sandbox",
        columns=_COLUMNS,
        rows=[_server_row(server, standing) for server in running.servers],
        context=NAME,
        summary={
            "broker": running.kind.value,
            "anchor": running.anchor_ms,
            "seed": running.seed,
            "ground_truth": str(standing.place.truth_file),
            "commit_history": running.kind is BrokerKind.APACHE,
        },
        summary_kinds={"anchor": Kind.TIME_MS},
        facts=(f"{running.kind} broker",),
        notes=(
            *notes,
            f"What was seeded, fact by fact: {standing.place.truth_file}",
            *(() if running.kind is BrokerKind.APACHE else (_NO_HISTORY,)),
        ),
        next=next_,
    )


_NO_HISTORY = (
    "The embedded broker has neither a history of commits nor tiers; Apache Kafka has both: "
    "agentctl sandbox up --broker apache"
)


def _server_row(server: Server, standing: Standing) -> dict[str, object]:
    state = "running" if server.child.alive else "gone"
    return _row(server.name, state, server.address if server.port else None, server.child.pid, standing)


def _row(
    name: str, state: str, address: str | None, pid: int | None, standing: Standing
) -> dict[str, object]:
    return {
        "name": name,
        "state": state,
        "address": address,
        "pid": pid,
        "folder": str(standing.place.folder),
    }
