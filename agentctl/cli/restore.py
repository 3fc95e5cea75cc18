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
    from agentctl.cli.restore_kafka import IntoTopic
    from agentctl.cli.restoring import Restore
    from agentctl.settings.layers import Settings

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
    to_topic: Annotated[
        str | None,
        typer.Option("--to-topic", metavar="TOPIC", help="Write into an empty topic; with --execute."),
    ] = None
    scratch: Annotated[
        bool,
        typer.Option("--scratch", help="Write into a new topic that keeps everything; with --execute."),
    ] = False
    restore_id: Annotated[
        str | None,
        typer.Option("--id", metavar="ID", help="Its id in Kafka. [default: by what is asked]"),
    ] = None
    unfolded: Annotated[bool, typer.Option("--all", help="Show every progress event in its own row.")] = False
    payload: Annotated[
        bool, typer.Option("--payload", help="Add key, value, headers and the decoded payload.")
    ] = False


@dataclass(frozen=True, slots=True)
class AgainOptions:
    """A restore that was begun."""

    panel: ClassVar = "A restore into Kafka that was begun"

    resume: Annotated[
        str | None,
        typer.Option("--resume", metavar="ID", help="Go on with it, with its own question and target."),
    ] = None
    undo: Annotated[
        str | None,
        typer.Option("--undo", metavar="ID", help="Remove what it wrote, and nothing else with it."),
    ] = None


@app.command(cls=Command)
@grouped
def restore(
    find: FindOptions,
    thaw: ThawOptions,
    target: TargetOptions,
    again: AgainOptions,
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

    As a timeline, as a file, or into a topic of Kafka: there each record is written once, however often it is
    stopped and resumed. By an id it takes a few requests, however large the archive is. Of what is frozen,
    the times, agents and types are shown at once; --thaw asks for the rest.

    Example: agentctl restore workflow_60d1 --plan
    """
    query = Query(tuple(ids or ()), tuple(find.topics or ()), agents=tuple(find.agents or ()))
    query = replace(query, window=wiring.window(find.since, find.until, output, surroundings))
    _check(query, thaw, target, again)
    wiring.output(output, surroundings)
    if target.to_file is not None:
        from agentctl.restoring.files import check_new

        check_new(surroundings.folder / target.to_file)
    settings = wiring.settings(connection, surroundings)
    may_change(change, settings)
    asking = _Asking(settings, surroundings, output)
    if again.undo is not None:
        return asking.taken_back(again.undo, target.to_topic, execute=change.execute)
    if again.resume is not None:
        return _into_topic(asking.resumed(again.resume), thaw, target, execute=change.execute)
    asked = asking.opened(query, find.profile, archive)
    if target.to_topic is not None or target.scratch:
        into = asking.into_topic(asked, target, find.profile)
        return _into_topic(into, thaw, target, execute=change.execute)
    return _answer(asked, thaw, target, execute=change.execute)


@dataclass(frozen=True, slots=True)
class _Asking:
    """Where it is asked from; what is wanted of edges is imported when it is wanted."""

    settings: "Settings"
    surroundings: Surroundings
    output: OutputOptions

    def opened(self, query: Query, profile: str | None, archive: ArchiveOptions) -> "Restore":
        from agentctl.cli.restoring import Restore
        from agentctl.sources.archive import ArchiveSource

        store = open_archive(archive, self.settings, self.surroundings)
        writers = wiring.archived_writers(self.settings, self.surroundings, store)
        mapping = field_mapping(self.settings.profiles, self.settings.topics, profile, writers)
        return Restore(ArchiveSource(store), query, mapping, self.settings, self.surroundings, self.output)

    def into_topic(self, asked: "Restore", target: TargetOptions, profile: str | None) -> "IntoTopic":
        from agentctl.cli.restore_kafka import IntoTopic

        return IntoTopic(asked, target.to_topic, target.restore_id, profile)

    def resumed(self, name: str) -> "IntoTopic":
        from agentctl.cli.restore_kafka import IntoTopic, begun_order

        order = begun_order(name, self.settings, self.surroundings)
        asked = self.opened(order.query, order.profile, ArchiveOptions(order.archive))
        topic = None if order.scratch else order.target
        return IntoTopic(asked, topic, name, order.profile, resumed=True)

    def taken_back(self, name: str, topic: str | None, *, execute: bool) -> ExitCode:
        from agentctl.cli.restore_kafka import taken_back

        return taken_back(name, topic, self.settings, self.surroundings, self.output, execute=execute)


def _check(query: Query, thaw: ThawOptions, target: TargetOptions, again: AgainOptions) -> None:
    """Refuse what cannot be meant, before anything is asked of the archive."""
    asked = bool(query.ids or query.topics or query.agents or query.window.bounded)
    if again.resume is not None or again.undo is not None:
        _check_again(thaw, target, again, asked=asked)
    elif not asked:
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

    targets = {
        "--to-file": target.to_file is not None,
        "--to-topic": target.to_topic is not None,
        "--scratch": target.scratch,
    }
    named = [option for option, given in targets.items() if given]
    if len(named) > 1:
        raise UsageError(f"{' and '.join(named)} are two targets", hint="one at a time")
    if target.restore_id is not None and not (target.to_topic or target.scratch):
        raise UsageError("--id names a restore into Kafka", hint="with --to-topic TOPIC or --scratch")


def _check_again(thaw: ThawOptions, target: TargetOptions, again: AgainOptions, *, asked: bool) -> None:
    option = "--resume" if again.undo is None else "--undo"
    if again.resume is not None and again.undo is not None:
        raise UsageError("--resume goes on, and --undo goes back", hint="one of them")
    if asked:
        raise UsageError(f"{option} knows what was asked for", hint="leave out ids, times, topics and agents")
    if target.to_file or target.scratch or target.restore_id or (target.to_topic and again.undo is None):
        raise UsageError(f"{option} knows where it went", hint="leave out the target and --id")
    if again.undo is not None and thaw.thaw is not None:
        raise UsageError("--undo thaws nothing", hint="leave out --thaw")


def _into_topic(into: "IntoTopic", thaw: ThawOptions, target: TargetOptions, *, execute: bool) -> ExitCode:
    if target.plan or (not execute and thaw.thaw is None):
        return into.planned()
    if thaw.thaw is not None:
        days = _DAYS if thaw.days is None else thaw.days
        done = into.restore.thaw(thaw.thaw, days, execute=execute, wait=thaw.wait)
        if done is not None:
            return done
    return into.done() if execute else into.planned()


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
