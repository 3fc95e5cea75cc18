"""What a scan would read, as a View: nothing is read for it but the samples that pruning rests on."""

from agentctl.model.coverage import Coverage, Pruned
from agentctl.model.expectation import Expectation
from agentctl.model.query import Match, Query
from agentctl.model.record import Place
from agentctl.model.view import Column, Kind, Row, View
from agentctl.sources.ranges import Range, Ranges

RECORDS_PER_SECOND = 500_000
"""What one core looks through for an id, an agent or a type; of some hundred bytes each."""
DECODED_PER_SECOND = 60_000
"""The same where every record is wanted, so that each has to be decoded."""

_COLUMNS = (
    Column("topic", "TOPIC"),
    Column("partition", "PARTITION", Kind.NUMBER),
    Column("log_start", "LOG START", Kind.NUMBER),
    Column("from", "FROM", Kind.NUMBER),
    Column("to", "TO", Kind.NUMBER),
    Column("records", "RECORDS", Kind.NUMBER),
    Column("pruned", "NOT READ"),
)


def expectation(ranges: Ranges, query: Query) -> Expectation:
    """Return what a scan of the ranges comes to, and what would make it less."""
    sifted = query.ids or query.agents or query.types
    return Expectation(
        topics=len({one.topic for one in ranges.to_read}),
        partitions=len(ranges.to_read),
        records=ranges.expected,
        seconds=round(ranges.expected / (RECORDS_PER_SECOND if sifted else DECODED_PER_SECOND), 1),
        narrower=_narrower(ranges, query),
    )


def _narrower(ranges: Ranges, query: Query) -> tuple[str, ...]:
    """Name the options that were not used and would be of use."""
    ways = []
    if query.tail is None:
        ways.append("--since" if query.window.since_ms is None else "a later --since")
    if len({one.topic for one in ranges.to_read}) > 1:
        ways.append("-t")
    ids_may_be_keys = query.ids and query.match is Match.FIELD and query.keyed is None
    if ids_may_be_keys and not any(Place.parse(text) for text in query.ids):
        # What the configuration promises was tried already: it is pruned by key, or a remark says why not.
        by_key = {one.topic for one in ranges.ranges if one.pruned is Pruned.KEY}
        if not ranges.remarks and any(one.partition and one.topic not in by_key for one in ranges.to_read):
            ways.append("--keyed where the ID is the record's key")
    return tuple(ways)


def plan_view(ranges: Ranges, query: Query) -> View:
    """Show which offsets would be read, how many records that is at most, and about how long it takes."""
    coming = expectation(ranges, query)
    expected, seconds, count = coming.records, coming.seconds, coming.partitions
    return View(
        name="plan",
        title="plan",
        columns=_COLUMNS,
        rows=[_row(one) for one in ranges.ranges],
        summary={
            "topics": [topic.name for topic in ranges.topics],
            "partitions": len(ranges.ranges),
            "partitions_to_read": count,
            "expected_records": expected,
            "expected_seconds": seconds,
        },
        facts=(
            f"{count:,} of {len(ranges.ranges):,} partitions",
            f"{expected:,} records at most",
            f"about {seconds:g} s",
        ),
        notes=("nothing was read; without --explain this is what will be", *ranges.remarks),
        window=query.window,
        coverage=Coverage(complete=not ranges.troubles, reasons=ranges.troubles),
    )


def _row(one: Range) -> Row:
    read = one.pruned is None
    return {
        "topic": one.topic,
        "partition": one.partition,
        "log_start": one.log_start,
        "from": one.start if read else None,
        "to": one.end if read else None,
        "records": one.end - one.start if read else 0,
        "pruned": None if one.pruned is None else one.pruned.value,
    }
