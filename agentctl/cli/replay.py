"""``agentctl replay``: what happened, in order."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated

import typer

from agentctl.cli import wiring
from agentctl.cli.help import Command, new_app
from agentctl.cli.live import LiveOptions, going
from agentctl.cli.options import ConnectionOptions, OutputOptions, grouped
from agentctl.cli.question import Question, ScanOptions, question
from agentctl.errors import ExitCode
from agentctl.model.query import Clock, Match, Query
from agentctl.model.view import View
from agentctl.surroundings import Surroundings
from agentctl.timeline.redact import parse_redacted, redacted
from agentctl.timeline.replay import Wish, replayed
from agentctl.timeline.view import FROZEN

app = new_app()


@dataclass(frozen=True, slots=True)
class Pick:
    """Which events are wanted."""

    agents: Annotated[
        list[str] | None, typer.Option("--agent", metavar="NAME", help="Only events of these agents.")
    ] = None
    types: Annotated[
        list[str] | None, typer.Option("--type", metavar="TYPE", help="Only events of these types.")
    ] = None
    match: Annotated[
        Match, typer.Option("--match", help="field: a field is the ID; anywhere: the text holds it.")
    ] = Match.FIELD


@dataclass(frozen=True, slots=True)
class Shape:
    """How the answer is wanted."""

    clock: Annotated[
        Clock, typer.Option("--clock", help="Order by the record's timestamp, or by the event's own time.")
    ] = Clock.RECORD
    limit: Annotated[
        int | None, typer.Option("--limit", "-n", min=1, metavar="N", help="Keep the first N events.")
    ] = None
    unfolded: Annotated[bool, typer.Option("--all", help="Show every progress event in its own row.")] = False
    payload: Annotated[
        bool, typer.Option("--payload", help="Add key, value, headers and the decoded payload.")
    ] = False
    commits: Annotated[
        bool | None,
        typer.Option(
            "--with-commits/--no-commits",
            help="Tell when consumer groups read the events. By itself: where that is cheap to know.",
        ),
    ] = None
    redact: Annotated[
        str | None,
        typer.Option("--redact", metavar="WHAT,…", help="Leave out of every row: payload, headers."),
    ] = None
    as_seen_by: Annotated[
        str | None,
        typer.Option(metavar="AGENT", help="In the order in which that agent had the events before it."),
    ] = None
    mark: Annotated[
        int | None, typer.Option("--mark", min=1, metavar="N", help="Count times from event N: T-minus.")
    ] = None
    explain: Annotated[
        bool, typer.Option("--explain", help="Show what would be read, and how long it takes; and stop.")
    ] = False
    exit_code: Annotated[bool, typer.Option("--exit-code", help="Exit 3 when a problem was found.")] = False


@app.command(cls=Command)
@grouped
def replay(
    pick: Pick,
    shape: Shape,
    live: LiveOptions,
    scan: ScanOptions,
    connection: ConnectionOptions,
    output: OutputOptions,
    surroundings: Surroundings,
    ids: Annotated[
        list[str] | None,
        typer.Argument(metavar="[ID…]", help="A workflow, a work item, an event id, or topic[p]@offset."),
    ] = None,
) -> ExitCode:
    """Show what happened in a workflow, in order.

    From all topics, every row with its evidence. Without an ID, everything in the window. Reading joins no
    group and commits nothing.

    Example: agentctl replay workflow_7k2p --since -12h
    """
    query = Query(
        tuple(ids or ()), agents=tuple(pick.agents or ()), types=tuple(pick.types or ()), match=pick.match
    )
    gone = parse_redacted(shape.redact)
    wish = Wish(
        clock=shape.clock,
        limit=shape.limit,
        payload=shape.payload or wiring.rows_are_whole(output, surroundings),
        unfolded=shape.unfolded or wiring.rows_are_whole(output, surroundings),
        commits=shape.commits is not False,
        as_seen_by=shape.as_seen_by,
        mark=shape.mark,
        fail_on_problems=shape.exit_code,
    )
    others = {"--explain": shape.explain, "--with-commits": bool(shape.commits)}
    move = going(live, wish, scan, others, output, surroundings, gone)
    asked = question(scan, connection, output, surroundings, query)
    if shape.explain:
        return wiring.show(wiring.plan(asked.source, asked.query), output, surroundings, used=asked.settings)
    if move is not None:
        return move(asked)
    if scan.source == "auto":
        asked = replace(asked, source=wiring.tiered(asked.source, asked.settings, surroundings))
    view = _answer(asked, replace(wish, notes=asked.notes), surroundings, at_any_cost=bool(shape.commits))
    if any(row["undecodable"] == FROZEN for row in view.rows):
        view = replace(view, next=(_thaw(query.ids, scan), *view.next))
    return wiring.show(redacted(view, gone), output, surroundings, used=asked.settings)


def _thaw(ids: Sequence[str], scan: ScanOptions) -> str:
    """Return the command that thaws what was only known by an index."""
    times = (
        ("--since", scan.since),
        ("--until", scan.until),
        *(("-t", topic) for topic in scan.topics or ()),
    )
    words = [*ids, *(word for name, text in times if text is not None for word in (name, text))]
    return f"agentctl restore {shlex.join(words)} --thaw standard --wait --execute"


def _answer(asked: Question, wish: Wish, surroundings: Surroundings, *, at_any_cost: bool) -> View:
    """Ask the source, and whoever knows what its records do not say."""
    with wiring.progress(surroundings) as progress:
        witness = wiring.witness(asked.source, progress, at_any_cost=at_any_cost, recorded=asked.deposition)
        now = asked.present(surroundings.now_ms)
        return replayed(
            asked.source, asked.query, asked.mapping, progress, now, wish, witness, asked.recorded
        )
