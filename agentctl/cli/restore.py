"""``agentctl restore``: events back out of the archive."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ClassVar

import typer

from agentctl.archive.store import Tier
from agentctl.cli import wiring
from agentctl.cli.archive_wiring import ArchiveOptions, open_archive
from agentctl.cli.change import ChangeOptions, may_change
from agentctl.cli.help import Command, new_app
from agentctl.cli.options import ConnectionOptions, OutputOptions, grouped
from agentctl.errors import ExitCode, UsageError
from agentctl.events.mapping import field_mapping
from agentctl.model.query import Query
from agentctl.surroundings import Surroundings

if TYPE_CHECKING:
    from agentctl.cli.restoring import Restore

app = new_app()
_DAYS = 7


@dataclass(frozen=True, slots=True)
class FindOptions:
    """What is looked for."""

    panel: ClassVar = "What is looked for"

    topics: Annotated[
        list[str] | None, typer.Option("--topic", "-t", metavar="TOPIC", help="Only of these topics.")
    ] = None
    since: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="From then on. A day that is named makes the search cheaper."),
    ] = None
    until: Annotated[str | None, typer.Option(metavar="TIME", help="Before then.")] = None
    agents: Annotated[
        list[str] | None, typer.Option("--agent", metavar="NAME", help="Only events of these agents.")
    ] = None
    profile: Annotated[
        str | None, typer.Option("--fields", metavar="PROFILE", help="Field mapping for this call.")
    ] = None


@dataclass(frozen=True, slots=True)
class ThawOptions:
    """What to do about frozen objects."""

    panel: ClassVar = "Thawing"

    thaw: Annotated[
        Tier | None,
        typer.Option("--thaw", help="Ask for what is frozen, this fast; with --execute."),
    ] = None
    days: Annotated[
        int | None,
        typer.Option("--days", min=1, max=365, metavar="N", help="How long thawed copies stay. [default: 7]"),
    ] = None
    wait: Annotated[
        bool,
        typer.Option("--wait", help="Wait until they can be read, then go on; Ctrl-C only stops waiting."),
    ] = False


@dataclass(frozen=True, slots=True)
class TargetOptions:
    """Where it goes."""

    plan: Annotated[
        bool, typer.Option("--plan", help="Show what it takes: objects, bytes, what is frozen; and stop.")
    ] = False
    to_file: Annotated[
        Path | None,
        typer.Option("--to-file", metavar="FILE", help="Write a new file: .avro or .ndjson."),
    ] = None
    unfolded: Annotated[bool, typer.Option("--all", help="Show every progress event in its own row.")] = False
    payload: Annotated[
        bool, typer.Option("--payload", help="Add key, value, headers and the decoded payload.")
    ] = False


@app.command(cls=Command)
@grouped
def restore(
    find: FindOptions,
    thaw: ThawOptions,
    target: TargetOptions,
    archive: ArchiveOptions,
    change: ChangeOptions,
    connection: ConnectionOptions,
    output: OutputOptions,
    surroundings: Surroundings,
    ids: Annotated[
        list[str] | None,
        typer.Argument(metavar="[ID…]", help="A workflow, a work item, an event id, or topic[p]@offset."),
    ] = None,
) -> ExitCode:
    """Get events back out of the archive.

    As a timeline, or as a file. By an id it takes a few requests, however large the archive is. Of what is
    frozen, the times, agents and types are shown at once; --thaw asks for the rest.

    Example: agentctl restore workflow_60d1 --plan
    """
    query = Query(tuple(ids or ()), tuple(find.topics or ()), agents=tuple(find.agents or ()))
    query = replace(query, window=wiring.window(find.since, find.until, output, surroundings))
    _check(query, thaw, target)
    wiring.output(output, surroundings)
    if target.to_file is not None:
        from agentctl.restoring.files import check_new

        check_new(surroundings.folder / target.to_file)
    settings = wiring.settings(connection, surroundings)
    may_change(change, settings)
    mapping = field_mapping(settings.profiles, settings.topics, find.profile)
    store = open_archive(archive, settings, surroundings)

    from agentctl.cli.restoring import Restore
    from agentctl.sources.archive import ArchiveSource

    asked = Restore(ArchiveSource(store), query, mapping, settings, surroundings, output)
    return _answer(asked, thaw, target, execute=change.execute)


def _check(query: Query, thaw: ThawOptions, target: TargetOptions) -> None:
    """Refuse what cannot be meant, before anything is asked of the archive."""
    if not (query.ids or query.topics or query.agents or query.window.bounded):
        raise UsageError(
            "nothing says what to restore", hint="agentctl restore WORKFLOW, or --since, --until, -t, --agent"
        )
    if thaw.thaw is None and (thaw.days is not None or thaw.wait):
        raise UsageError("--days and --wait are about a thaw", hint="--thaw standard")
    if thaw.thaw is not None and target.plan:
        raise UsageError(
            "--plan asks for nothing, and --thaw does",
            hint="leave out --plan; without --execute nothing is done",
        )


def _answer(asked: "Restore", thaw: ThawOptions, target: TargetOptions, *, execute: bool) -> ExitCode:
    if target.plan:
        return asked.plan()
    if thaw.thaw is not None:
        days = _DAYS if thaw.days is None else thaw.days
        done = asked.thaw(thaw.thaw, days, execute=execute, wait=thaw.wait)
        if done is not None:
            return done
    if target.to_file is not None:
        return asked.to_file(target.to_file)
    return asked.timeline(unfolded=target.unfolded, payload=target.payload)
