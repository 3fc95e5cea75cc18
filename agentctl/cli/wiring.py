"""From options to the edges: settings, brokers, sources and screens, each imported when it is wanted."""

from dataclasses import replace
from datetime import UTC, tzinfo
from typing import TYPE_CHECKING

from agentctl.cli.options import ConnectionOptions, OutputOptions
from agentctl.errors import ExitCode, UsageError
from agentctl.model.view import View
from agentctl.surroundings import Surroundings

if TYPE_CHECKING:
    from agentctl.archive.store import Store
    from agentctl.events.mapping import FieldMapping
    from agentctl.events.writers import Writers
    from agentctl.model.query import Query, Window
    from agentctl.ports import Progress, Schemas, Source
    from agentctl.render.choose import Output
    from agentctl.render.progress import ScreenProgress
    from agentctl.settings.layers import Settings
    from agentctl.sources.archive import ArchiveSource
    from agentctl.timeline.deposition import Deposition
    from agentctl.timeline.witness import Witness


def settings(connection: ConnectionOptions, surroundings: Surroundings) -> "Settings":
    """Return the configuration of this call. Raises UsageError or NotFoundError when it cannot be meant."""
    from agentctl.settings.layers import Flags, resolve

    flags = Flags(
        brokers=connection.brokers,
        context=connection.context,
        properties=tuple(connection.properties or ()),
        properties_file=connection.properties_file,
    )
    return resolve(flags, surroundings)


def writers(settings: "Settings", surroundings: Surroundings, source: str = "auto") -> "Writers | None":
    """Return who knows the schemas of events; None where no registry is configured.

    Those of an archive travel with it. Nothing is asked, and the registry's client not loaded, before an
    event needs it.
    """
    if source == "archive":
        return archived_writers(settings, surroundings, archive(settings, surroundings).store)
    if not settings.get("schema.registry.url"):
        return None
    from agentctl.events.writers import Writers

    return Writers(_registry(settings, surroundings))


def archived_writers(settings: "Settings", surroundings: Surroundings, store: "Store") -> "Writers":
    """Return who knows the schemas of archived events: the archive itself, then a registry."""
    from agentctl.events.writers import Writers
    from agentctl.sources.archive_schemas import ArchivedSchemas

    known = settings.get("schema.registry.url") is not None
    return Writers(ArchivedSchemas(store, _registry(settings, surroundings) if known else None))


def keeping_writers(settings: "Settings", surroundings: Surroundings, store: "Store") -> "Writers | None":
    """Return who knows the schemas of events, and puts those that are asked for into an archive."""
    if not settings.get("schema.registry.url"):
        return None
    from agentctl.events.writers import Writers
    from agentctl.sources.archive_schemas import KeptSchemas

    return Writers(KeptSchemas(_registry(settings, surroundings), store))


def _registry(settings: "Settings", surroundings: Surroundings) -> "Schemas":
    from agentctl.registry.client import open_registry
    from agentctl.registry.decoding import RegistrySchemas

    return RegistrySchemas(lambda: open_registry(settings, surroundings))


def zone(options: OutputOptions, surroundings: Surroundings) -> tzinfo:
    """Return the zone of ``--tz``, else of ``AGENTCTL_TZ``, else UTC."""
    name = options.tz or surroundings.environment.get("AGENTCTL_TZ")
    if not name:
        return UTC
    from agentctl.timespec import zone as named_zone

    return named_zone(name, surroundings.local_zone)


def output(options: OutputOptions, surroundings: Surroundings) -> "Output":
    """Return what the options ask of the output, checked: call it before any long work.

    Raises UsageError for an unknown format, zone or ending, AgentctlError for an export that cannot be
    written.
    """
    from agentctl.render.choose import Output, check_export, parse_format

    if options.export is not None:
        check_export(surroundings.folder / options.export)
    return Output(
        format=parse_format(options.format) if options.format is not None else None,
        export=options.export,
        zone=zone(options, surroundings),
        ascii=True if options.ascii else None,
        colour=False if options.no_color else None,
    )


def window(
    since: str | None, until: str | None, options: OutputOptions, surroundings: Surroundings
) -> "Window":
    """Return the window that ``--since`` and ``--until`` mean now. Raises UsageError when they mean none."""
    from agentctl.model.query import Window

    if since is None and until is None:
        return Window()
    from agentctl.timespec import window as resolved

    return resolved(since, until, surroundings.now_ms(), zone(options, surroundings))


def rows_are_whole(options: OutputOptions, surroundings: Surroundings) -> bool:
    """Whether the rows are written as NDJSON or HTML, which always hold keys, values and headers."""
    from agentctl.render.choose import Format, format_of

    return format_of(output(options, surroundings), surroundings) in (Format.NDJSON, Format.HTML)


def length_ms(text: str, option: str) -> int:
    """Return a length of time such as ``10m`` in milliseconds. Raises UsageError when it is none."""
    from agentctl.timespec import length

    return length(text, option)


def source(word: str, settings: "Settings", mapping: "FieldMapping", surroundings: Surroundings) -> "Source":
    """Return what ``--source`` names.

    ``auto`` and ``kafka`` are the cluster, ``archive`` is the one of the settings, anything else is a file.

    Raises UsageError when no broker or archive is configured, NotFoundError when there is no such file.
    """
    if word in ("auto", "kafka"):
        from agentctl.kafka.connection import Connection
        from agentctl.sources.kafka import KafkaSource

        connection = Connection(settings.connection_properties(surroundings))
        return KafkaSource(connection, mapping.key_field, surroundings.now_ms)
    if word == "archive":
        return archive(settings, surroundings)
    from agentctl.sources.file import FileSource

    return FileSource(surroundings.folder / word)


def archive(settings: "Settings", surroundings: Surroundings) -> "ArchiveSource":
    """Return the archive of the settings. Raises UsageError when none is named, AccessError without keys."""
    from agentctl.sources.archive import ArchiveSource
    from agentctl.store.s3 import open_store

    return ArchiveSource(open_store(None, settings, surroundings))


def tiered(hot: "Source", settings: "Settings", surroundings: Surroundings) -> "Source":
    """Return a cluster together with the archive that is named beside it; the cluster alone where none is."""
    from agentctl.sources.kafka import KafkaSource

    if not settings.get("archive") or not isinstance(hot, KafkaSource):
        return hot
    from agentctl.sources.tiers import TieredSource

    return TieredSource(hot, lambda: archive(settings, surroundings))


def deposition(source: "Source") -> "Deposition | None":
    """Return what an exported file tells beside its records; None of a cluster, which can be asked."""
    from agentctl.sources.file import FileSource

    if not isinstance(source, FileSource):
        return None
    from agentctl.sources.deposition import recorded_in

    return recorded_in(source.path)


def witness(
    source: "Source", progress: "Progress", *, at_any_cost: bool, recorded: "Deposition | None" = None
) -> "Witness":
    """Return who knows what the records of a source do not say: the cluster, or what a file ``recorded``."""
    from agentctl.sources.kafka import KafkaSource

    hot = getattr(source, "hot", source)
    if isinstance(hot, KafkaSource):
        from agentctl.sources.witness import KafkaWitness

        return KafkaWitness(hot.connection, progress, at_any_cost=at_any_cost)
    if recorded is not None:
        from agentctl.timeline.deposition import RecordedWitness

        return RecordedWitness(recorded)
    from agentctl.timeline.witness import NoWitness

    return NoWitness()


def plan(source: "Source", query: "Query") -> View:
    """Return what a scan would read. Raises UsageError for a source that is no cluster."""
    from agentctl.sources.kafka import KafkaSource
    from agentctl.sources.plan_view import plan_view

    source = getattr(source, "hot", source)
    if not isinstance(source, KafkaSource):
        raise UsageError(
            "there is a plan to explain for a cluster only", hint="agentctl restore --plan, of an archive"
        )
    return plan_view(source.plan(query), query)


def progress(surroundings: Surroundings) -> "ScreenProgress":
    """Return where long work tells how far it is; used as a context manager."""
    from agentctl.render.progress import ScreenProgress

    return ScreenProgress(surroundings)


def show(
    view: View, options: OutputOptions, surroundings: Surroundings, *, used: "Settings | None" = None
) -> ExitCode:
    """Write the answer, with the context that it came from and the time; return its exit code.

    Names in an answer that settings were ``used`` for are kept for tab completion.
    """
    from agentctl.cli.provenance import provenance
    from agentctl.render.choose import show as write

    if used is not None and view.coverage is not None:
        from agentctl.cli.seen import remember

        remember(view, surroundings)
    context = view.context if used is None else used.context
    view = replace(
        view,
        context=context,
        generated_at_ms=surroundings.now_ms(),
        provenance=provenance(context, surroundings),
    )
    return write(view, output(options, surroundings), surroundings)
