"""What a run of the archive has done, as a View."""

from agentctl.archiving.account import Account, Tally
from agentctl.model.coverage import Coverage
from agentctl.model.span import span
from agentctl.model.view import Column, Kind, Row, Shown, View

_COLUMNS = (
    Column("topic", "TOPIC"),
    Column("partition", "P", Kind.NUMBER),
    Column("found_at", "FOUND AT", Kind.NUMBER),
    Column("archived_to", "ARCHIVED TO", Kind.NUMBER),
    Column("objects", "OBJECTS", Kind.NUMBER),
    Column("records", "RECORDS", Kind.NUMBER),
    Column("bytes", "BYTES", Kind.NUMBER),
    Column("holes", "HOLES", Kind.NUMBER, Shown.WIDE),
    Column("others", "BY OTHERS", Kind.NUMBER, Shown.WIDE),
    Column("generation", "GENERATION", shown=Shown.PLAIN),
)


def run_view(account: Account, address: str) -> View:
    """Show a row for each partition that this writer had."""
    tallies = sorted(account.tallies.values(), key=lambda one: (one.topic, one.partition, one.generation))
    took_ms = max(account.ended_ms - account.began_ms, 1)
    unindexed = sum(one.unindexed for one in tallies)
    notes = [f"{account.records:,} records archived in {span(took_ms)}"]
    if unindexed:
        notes.append(f"{unindexed} objects have no sidecar or lookup yet: agentctl archive index makes them")
    return View(
        name="archive-run",
        title=f"archive {address}",
        columns=_COLUMNS,
        rows=[_row(one) for one in tallies],
        summary={
            "archive": address,
            "objects": account.objects,
            "records": account.records,
            "bytes": account.size_bytes,
            "unindexed": unindexed,
            "took_ms": took_ms,
        },
        notes=(*notes, *account.remarks),
        coverage=Coverage(
            complete=not account.troubles, reasons=tuple(account.troubles), as_of_ms=account.ended_ms
        ),
        next=("agentctl archive status",),
    )


def _row(one: Tally) -> Row:
    return {
        "topic": one.topic,
        "partition": one.partition,
        "found_at": one.found_at,
        "archived_to": one.archived_to,
        "objects": one.objects,
        "records": one.records,
        "bytes": one.size_bytes,
        "holes": one.holes,
        "others": one.others,
        "generation": one.generation,
    }
