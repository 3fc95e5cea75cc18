"""``agentctl archive``: what lies in the archive, and what becomes of it."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, ClassVar

import typer

from agentctl.cli import wiring
from agentctl.cli.archive_wiring import ArchiveOptions, days, open_archive
from agentctl.cli.change import ChangeOptions, may_change
from agentctl.cli.help import Command, Group, new_group
from agentctl.cli.options import ConnectionOptions, OutputOptions, grouped
from agentctl.errors import ExitCode, NotFoundError
from agentctl.surroundings import Surroundings

if TYPE_CHECKING:
    from agentctl.archive.list_view import Listed
    from agentctl.store.s3 import S3Store


class ArchiveGroup(Group):
    """What is done to an archive."""

    elsewhere: ClassVar[Mapping[str, str]] = {
        **dict.fromkeys(("run", "status"), "agentctl.cli.archive_run"),
        **dict.fromkeys(("verify", "index"), "agentctl.cli.archive_verify"),
    }


app = new_group("Keep what Kafka forgets: on S3, in cold classes, found by id.", ArchiveGroup)


@app.command("list", cls=Command)
@grouped
def list_(
    archive: ArchiveOptions,
    connection: ConnectionOptions,
    output: OutputOptions,
    surroundings: Surroundings,
    topics: Annotated[
        list[str] | None, typer.Option("--topic", "-t", metavar="TOPIC", help="Only of these topics.")
    ] = None,
    since: Annotated[
        str | None,
        typer.Option("--since", metavar="TIME", help="Only what may hold records of then or later."),
    ] = None,
    until: Annotated[
        str | None, typer.Option("--until", metavar="TIME", help="Only what may hold records before then.")
    ] = None,
) -> ExitCode:
    """List the objects of an archive, with the offsets and times that they cover.

    None of them is read, so that it does not matter which are frozen.

    Example: agentctl archive list -t claims-log --since -60d
    """
    from agentctl.archive.list_view import list_view

    wiring.output(output, surroundings)
    window = wiring.window(since, until, output, surroundings)
    settings = wiring.settings(connection, surroundings)
    store = open_archive(archive, settings, surroundings)
    found = [one for one in _objects(store, topics or ()) if one.may_hold(window)]
    return wiring.show(list_view(store.address, found, window), output, surroundings, used=settings)


@app.command("lifecycle", cls=Command)
@grouped
def lifecycle(
    archive: ArchiveOptions,
    change: ChangeOptions,
    connection: ConnectionOptions,
    output: OutputOptions,
    surroundings: Surroundings,
    cool_after: Annotated[
        str, typer.Option("--cool-after", metavar="DURATION", help="When data objects become cold.")
    ] = "30d",
    storage_class: Annotated[
        str, typer.Option("--storage-class", metavar="C", help="Where they move then.")
    ] = "GLACIER",
    expire_after: Annotated[
        str | None,
        typer.Option("--expire-after", metavar="DURATION", help="When everything goes. [default: never]"),
    ] = None,
) -> ExitCode:
    """Show, or set with --execute, what the bucket does with the archive as it ages.

    Data cools; sidecars and lookups stay hot, so that a thaw can be planned at once. Unfinished uploads
    go after 7 days. Rules of others in the same bucket stay as they are.

    Example: agentctl archive lifecycle --cool-after 30d --storage-class GLACIER --expire-after 400d
    """
    from agentctl.archive.lifecycle import Policy, rules
    from agentctl.archive.lifecycle_view import lifecycle_view
    from agentctl.store.lifecycle import merged

    wiring.output(output, surroundings)
    policy = Policy(
        days(cool_after, "--cool-after"),
        storage_class.upper(),
        None if expire_after is None else days(expire_after, "--expire-after"),
    ).checked()
    settings = wiring.settings(connection, surroundings)
    execute = may_change(change, settings)
    store = open_archive(archive, settings, surroundings)
    planned, configuration = merged(store.lifecycle(), rules(store.prefix, policy), store.prefix)
    if execute and planned.anything:
        store.replace_lifecycle(configuration)
    view = lifecycle_view(store.address, policy, planned, configuration, done=execute)
    return wiring.show(view, output, surroundings, used=settings)


def _objects(store: "S3Store", topics: Sequence[str]) -> "list[Listed]":
    """Return every object, by a list and a look at each. Raises NotFoundError for a topic without any."""
    from agentctl.archive.keys import ObjectKey
    from agentctl.archive.lifecycle import OBJECTS
    from agentctl.archive.list_view import Listed
    from agentctl.store.looking import looked_at

    found: list[Listed] = []
    for begin in [f"{OBJECTS}{topic}/" for topic in topics] or [OBJECTS]:
        keys = {one.key: ObjectKey.parse(one.key) for one in store.list(begin)}
        of_objects = {name: key for name, key in keys.items() if key is not None}
        if topics and not of_objects:
            raise _no_topic(store, begin.removeprefix(OBJECTS).rstrip("/"))
        found += [Listed(of_objects[one.key], one) for one in looked_at(store, of_objects)]
    return found


def _no_topic(store: "S3Store", name: str) -> NotFoundError:
    from agentctl.archive.lifecycle import OBJECTS
    from agentctl.model.near import near_names

    there = [part.rstrip("/") for part in store.folders(OBJECTS)]
    near = near_names(name, there)
    if near:
        hint = f"did you mean {' or '.join(near)}?"
    else:
        hint = f"there are: {', '.join(there[:20])}" if there else "agentctl archive run writes one"
    return NotFoundError(f"there is nothing of the topic {name!r} in {store.address}", hint=hint)
