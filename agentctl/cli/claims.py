"""``agentctl claims``: who works on what, and who must stop."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, ClassVar

import typer

from agentctl.claims.ahead import ahead_of, dated_ahead
from agentctl.claims.board import ClaimsBoard
from agentctl.claims.item_view import item_view
from agentctl.claims.list_view import Wanted, list_view
from agentctl.claims.races import races_by_agent, races_by_topic
from agentctl.claims.races_view import races_view
from agentctl.claims.referee import Referee
from agentctl.claims.standing import State, standing
from agentctl.cli import claims_change, wiring
from agentctl.cli.help import Command, GroupWithDefault, new_group
from agentctl.cli.options import ConnectionOptions, OutputOptions, grouped
from agentctl.cli.question import Question, ScanOptions, as_claims, question
from agentctl.cli.watch_options import WatchOptions, watching
from agentctl.errors import ExitCode, UsageError
from agentctl.model.finding import Labels
from agentctl.model.instant import instant
from agentctl.model.near import near_names
from agentctl.model.query import Query, Window
from agentctl.ports import Progress
from agentctl.surroundings import Surroundings
from agentctl.timeline.claims_log import ClaimsReader
from agentctl.timeline.claims_watch import WatchedClaims

app = new_group("Show who works on what, and who must stop.", GroupWithDefault)


class By(StrEnum):
    """What a row of races stands for."""

    TOPIC = "topic"
    AGENT = "agent"


StateWord = StrEnum("StateWord", {state.name: state.name.lower().replace("_", "-") for state in State})  # type: ignore[misc]
"""The states of a work item as one types them: in one word, without shouting."""


@dataclass(frozen=True, slots=True)
class ClaimsOptions:
    """Which claims."""

    panel: ClassVar = "What is read"

    claims_topic: Annotated[
        str | None,
        typer.Option(metavar="TOPIC", help="The topic of claims; else the only one with that role."),
    ] = None
    profile: Annotated[
        str | None, typer.Option("--fields", metavar="PROFILE", help="Field mapping for this call.")
    ] = None
    source: Annotated[str, typer.Option(metavar="kafka|FILE", help="Kafka, or an exported file.")] = "kafka"


@dataclass(frozen=True, slots=True)
class ItemOptions:
    """Which work items."""

    everything: Annotated[bool, typer.Option("--all", help="Finished items, too.")] = False
    agents: Annotated[
        list[str] | None, typer.Option("--agent", metavar="NAME", help="Only items of these agents.")
    ] = None
    workflows: Annotated[
        list[str] | None, typer.Option("--workflow", metavar="ID", help="Only items of these workflows.")
    ] = None
    states: Annotated[
        list[StateWord] | None,
        typer.Option("--state", case_sensitive=False, help="Only items in these states."),
    ] = None

    @property
    def wanted(self) -> Wanted:
        """What the options come to."""
        return Wanted(
            self.everything,
            tuple(self.agents or ()),
            tuple(self.workflows or ()),
            tuple(State[word.name] for word in self.states or ()),
        )


@app.command("list", cls=Command)
@grouped
def list_(
    claims: ClaimsOptions,
    connection: ConnectionOptions,
    output: OutputOptions,
    surroundings: Surroundings,
    live: WatchOptions,
    items: ItemOptions,
    at: Annotated[
        str | None, typer.Option("--at", metavar="TIME", help="As it was then, from the log as it was then.")
    ] = None,
    exit_code: Annotated[bool, typer.Option("--exit-code", help="Exit 3 when a problem was found.")] = False,
) -> ExitCode:
    """List who holds what, the problems first.

    From the log of claims and the work that followed. Nothing is written, no group is joined.

    Example: agentctl claims list --at 03:31 --all
    """
    move = watching(live, output, surroundings, _refused(at, claims, exit_code=exit_code))
    moment = _moment(at, output, surroundings)
    with wiring.progress(surroundings) as progress:
        reader, asked = _reader(claims, connection, output, surroundings, progress)
        found = reader.read(claims.claims_topic, until_ms=moment)
    if move is not None:
        return move.run(WatchedClaims(found, items.wanted), asked)
    now_ms = surroundings.now_ms() if moment is None else moment
    board = ClaimsBoard(found.ledger, until_ms=moment, keep=items.wanted.keeps)
    settled = board.settle(now_ms)
    view = list_view(
        board.standings(now_ms),
        settled.findings,
        found.coverage,
        now_ms=now_ms,
        topic=found.topic,
        wanted=items.wanted,
        tally=board.tally,
        past=moment is not None,
        fail_on_problems=exit_code,
        notes=found.notes,
        head_lost=found.ledger.head_lost,
        certain_from_ms=found.ledger.certain_from_ms,
    )
    return wiring.show(view, output, surroundings, used=asked.settings)


@app.command("show", cls=Command)
@grouped
def show(
    claims: ClaimsOptions,
    connection: ConnectionOptions,
    output: OutputOptions,
    surroundings: Surroundings,
    item: Annotated[str, typer.Argument(metavar="ITEM", help="The work item.")],
) -> ExitCode:
    """Judge the claims on one work item: who holds it, who lost, who must stop.

    With the token to accept results by, and what the duplicate work has cost.

    Example: agentctl claims show agent_observability_platforms
    """
    with wiring.progress(surroundings) as progress:
        reader, asked = _reader(claims, connection, output, surroundings, progress)
        found = reader.read(claims.claims_topic, item=item)
        now_ms = surroundings.now_ms()
        history = found.ledger.history(item)
        near = () if history.claims else _near(reader, claims.claims_topic, item)
        saw_to, notes = reader.saw_to(history)
    claimed, labels = [history] if history.claims else [], Labels()
    ahead = [one for one in ahead_of(found.ledger.latest, now_ms) if one.partition in history.partitions]
    view = item_view(
        history if claimed else None,
        standing(history, now_ms),
        [*Referee(now_ms, saw_to=saw_to).findings(claimed, labels), *dated_ahead(ahead, labels)],
        found.coverage,
        work_item=item,
        now_ms=now_ms,
        saw_to=saw_to,
        near=near,
        notes=(*found.notes, *notes),
    )
    return wiring.show(view, output, surroundings, used=asked.settings)


@app.command("races", cls=Command)
@grouped
def races(
    claims: ClaimsOptions,
    connection: ConnectionOptions,
    output: OutputOptions,
    surroundings: Surroundings,
    since: Annotated[
        str | None, typer.Option("--since", metavar="TIME", help="Only claims from then on.")
    ] = None,
    by: Annotated[By, typer.Option("--by", help="A row for each topic, or for each agent.")] = By.TOPIC,
) -> ExitCode:
    """Count how often agents race for one item, how long the window is, and what it costs.

    Example: agentctl claims races --since -7d --by agent
    """
    since_ms = wiring.window(since, None, output, surroundings).since_ms
    with wiring.progress(surroundings) as progress:
        reader, asked = _reader(claims, connection, output, surroundings, progress)
        found = reader.read(claims.claims_topic)
    count = races_by_agent if by is By.AGENT else races_by_topic
    counted = count(found.ledger.histories(), since_ms)
    view = races_view(counted, found.coverage, Window(since_ms, None), by=by.value, notes=found.notes)
    return wiring.show(view, output, surroundings, used=asked.settings)


def _moment(at: str | None, output: OutputOptions, surroundings: Surroundings) -> int | None:
    """Return the moment that ``--at`` means. Raises UsageError for one that has not come."""
    moment = wiring.window(None, at, output, surroundings).until_ms
    if moment is not None and moment > surroundings.now_ms():
        before_ms = moment - 86_400_000
        hint = f"the day before: --at '{instant(before_ms)[:16].replace('T', ' ')}'"
        raise UsageError(
            f"--at {at} is {instant(moment)}, which has not come yet",
            hint=hint if before_ms <= surroundings.now_ms() else "leave it out: what stands now",
        )
    return moment


def _refused(at: str | None, claims: ClaimsOptions, *, exit_code: bool) -> dict[str, tuple[bool, str]]:
    """Return what makes no sense of a list without an end."""
    return {
        "--at": (at is not None, "what was does not change any more"),
        "--exit-code": (exit_code, "--exec COMMAND is told of each problem"),
        "--source": (claims.source != "kafka", "a file does not grow"),
    }


def _near(reader: ClaimsReader, claims_topic: str | None, item: str) -> tuple[str, ...]:
    """Return claimed items whose names are like that one."""
    ledger = reader.read(claims_topic).ledger
    near = near_names(item, tuple(ledger.items()))
    return tuple(name for name in near if ledger.history(name).claims)


def _reader(
    claims: ClaimsOptions,
    connection: ConnectionOptions,
    output: OutputOptions,
    surroundings: Surroundings,
    progress: Progress,
) -> tuple[ClaimsReader, Question]:
    scan = ScanOptions(source=claims.source, profile=claims.profile)
    asked = question(scan, connection, output, surroundings, Query())
    asked = as_claims(asked, claims.claims_topic, claims.profile)
    witness = wiring.witness(asked.source, progress, at_any_cost=False)
    return ClaimsReader(asked.source, asked.mapping, witness, progress), asked


claims_change.add_to(app)
