"""What a scan would read, as a View: nothing is read for it but the samples that pruning rests on."""

from agentctl.model.coverage import Coverage
from agentctl.model.query import Query
from agentctl.model.view import Column, Kind, Row, View
from agentctl.sources.ranges import Range, Ranges

RECORDS_PER_SECOND = 500_000
"""What one core reads of records of some hundred bytes; measured in docs/benchmarks.md."""

_COLUMNS = (
    Column("topic", "TOPIC"),
    Column("partition", "PARTITION", Kind.NUMBER),
    Column("log_start", "LOG START", Kind.NUMBER),
    Column("from", "FROM", Kind.NUMBER),
    Column("to", "TO", Kind.NUMBER),
    Column("records", "RECORDS", Kind.NUMBER),
    Column("pruned", "NOT READ"),
)


def plan_view(ranges: Ranges, query: Query) -> View:
    """Show which offsets would be read, how many records that is at most, and about how long it takes."""
    expected = ranges.expected
    seconds = round(expected / RECORDS_PER_SECOND, 1)
    count = len(ranges.to_read)
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
