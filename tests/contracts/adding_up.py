"""What every coverage keeps to, whatever the log: covered = read + lost + holes, and nothing comes twice."""

from collections.abc import Sequence

from agentctl.model.coverage import Coverage, PartitionCoverage
from agentctl.model.query import Query
from agentctl.model.record import Record


def adds_up(coverage: Coverage, records: Sequence[Record], query: Query) -> None:
    """See that a coverage tells what came of a scan that every record passed."""
    offsets: dict[tuple[str, int], list[int]] = {part.place: [] for part in coverage.partitions}
    assert len(offsets) == len(coverage.partitions), "a partition stands in it twice"
    for record in records:
        offsets[record.topic, record.partition].append(record.offset)
    for part in coverage.partitions:
        given = offsets[part.place]
        assert given == sorted(set(given)), f"{part} came out of order, or twice"
        _adds_up(part, given, query)
        if coverage.complete:
            assert part.pruned is not None or part.end is None or part.last == part.end - 1
            assert not part.lost
    assert coverage.records_scanned == sum(part.scanned for part in coverage.partitions)
    assert coverage.complete == (not coverage.reasons)


def _adds_up(part: PartitionCoverage, given: Sequence[int], query: Query) -> None:
    if part.first is None or part.last is None:
        assert (part.first, part.last, part.scanned, part.lost, given) == (None, None, 0, 0, [])
        return
    assert part.pruned is None
    assert part.first <= part.last
    assert not given or part.first <= given[0] <= given[-1] <= part.last
    if part.log_start is not None and part.end is not None and part.high_watermark is not None:
        assert part.scanned + part.lost <= part.last - part.first + 1
        assert part.log_start <= part.first <= part.last < part.end <= part.high_watermark
        if query.window.since_ms is None and query.tail is None:
            assert part.first == part.log_start
    if query.window.bounded or query.tail is not None:
        assert len(given) <= part.scanned
    elif part.end is not None:  # of a file, where an event may stand twice, each line counts
        assert len(given) == part.scanned, f"{part} counts other records than it gave"
