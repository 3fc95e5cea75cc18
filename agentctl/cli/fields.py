"""``agentctl fields``: how events are read."""

from typing import Annotated

import typer

from agentctl.cli import wiring
from agentctl.cli.help import Command, new_group
from agentctl.cli.options import ConnectionOptions, OutputOptions, grouped
from agentctl.cli.question import ScanOptions, question
from agentctl.errors import ExitCode, UsageError
from agentctl.events.explain import Sample, fields_view
from agentctl.events.prefilter import Everything
from agentctl.model.query import Query
from agentctl.surroundings import Surroundings
from agentctl.timeline.search import schemas_missed, stopped

app = new_group("Explain how events are read.")

SAMPLE = 1_000
"""Records of each partition, the latest ones, that are looked at."""


@app.command("explain", cls=Command)
@grouped
def explain(
    connection: ConnectionOptions,
    scan: ScanOptions,
    output: OutputOptions,
    surroundings: Surroundings,
    topic: Annotated[str, typer.Argument(help="The topic to look at.")],
    sample: Annotated[
        int, typer.Option("--sample", min=1, metavar="N", help="Latest records of each partition.")
    ] = SAMPLE,
    unmatched: Annotated[
        bool, typer.Option("--all", help="Show the locators that found nothing, too.")
    ] = False,
) -> ExitCode:
    """Show which locator of the field mapping found which field how often, on a topic's latest events.

    Example: agentctl fields explain research-events
    """
    if scan.topics:
        raise UsageError("fields explain takes the topic as its argument, not as --topic")
    asked = question(scan, connection, output, surroundings, Query(topics=(topic,), tail=sample))
    seen = Sample(asked.mapping, topic)
    with wiring.progress(surroundings) as progress:
        pass_ = asked.source.scan(asked.query, Everything(), progress)
        try:
            for batch in pass_:
                for record in batch:
                    seen.add(record)
        except KeyboardInterrupt:
            done = f"{pass_.coverage.records_scanned:,} of the latest records of {topic}"
            raise stopped(done, hint="look at fewer with --sample N") from None
    coverage = schemas_missed(pass_.coverage, asked.mapping)
    view = fields_view(seen, coverage, asked.query.window, unmatched=unmatched)
    return wiring.show(view, output, surroundings, used=asked.settings)
