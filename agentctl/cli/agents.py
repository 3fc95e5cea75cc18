"""``agentctl agents``: who does what right now."""

import typer

from agentctl.agents.watch import Board, LagsOf
from agentctl.cli import wiring
from agentctl.cli.help import Command, new_app
from agentctl.cli.options import ConnectionOptions, OutputOptions, grouped
from agentctl.cli.question import Question, ScanOptions, question
from agentctl.cli.watch_options import WatchOptions, watching
from agentctl.errors import ExitCode
from agentctl.model.event import Role
from agentctl.model.query import Query
from agentctl.sources.group_lag import GroupLag
from agentctl.sources.kafka import KafkaSource
from agentctl.surroundings import Surroundings
from agentctl.timeline.claims_log import terms_of

app: typer.Typer = new_app()


@app.command(cls=Command)
@grouped
def agents(
    scan: ScanOptions,
    connection: ConnectionOptions,
    output: OutputOptions,
    surroundings: Surroundings,
    live: WatchOptions,
) -> ExitCode:
    """Show who does what right now, and who has fallen silent.

    Working, idle, or stalled: at work and silent for longer than three of its usual steps, and than two
    minutes. With how far the consumer group is behind that bears the agent's name.

    Example: agentctl agents --watch
    """
    refused = {
        "--until": (scan.until is not None, "what was does not change any more"),
        "--source": (scan.source not in ("auto", "kafka"), "a file does not grow"),
        "--exec": (live.command is not None, "agentctl claims --watch --exec tells of problems"),
    }
    move = watching(live, output, surroundings, refused)
    asked = question(scan, connection, output, surroundings, Query())
    with wiring.progress(surroundings) as progress:
        board = _board(asked, surroundings)
        board.read(asked.source, asked.query, asked.mapping, progress)
        if move is None:
            until_ms = asked.query.window.until_ms
            view = board.answer(surroundings.now_ms() if until_ms is None else until_ms)
    if move is not None:
        return move.run(board, asked)
    return wiring.show(view, output, surroundings, used=asked.settings)


def _board(asked: Question, surroundings: Surroundings) -> Board:
    """Return an empty board that knows how long leases live, and whom to ask for lags."""
    topics = asked.query.topics
    claims = [name for name in topics if asked.mapping.role(name)[0] is Role.CLAIM]
    witness = wiring.witness(asked.source, wiring.progress(surroundings), at_any_cost=False)
    return Board(terms_of(asked.mapping, witness, claims, ()), _lags_of(asked, surroundings))


def _lags_of(asked: Question, surroundings: Surroundings) -> LagsOf:
    """Return who knows how far groups are behind; of a file, and of a moment that is past, nobody does."""
    if not isinstance(asked.source, KafkaSource) or asked.query.window.until_ms is not None:
        return lambda agents, partitions: {}
    return GroupLag(asked.source.connection, surroundings.now_ms, wiring.progress(surroundings))
