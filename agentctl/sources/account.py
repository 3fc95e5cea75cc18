"""What was read of all partitions, added up: a Coverage, with one reason for many partitions of a topic."""

from collections.abc import Iterable, Sequence

from agentctl.kafka.offsets import Partition
from agentctl.model.coverage import Coverage
from agentctl.model.instant import instant
from agentctl.model.query import Query
from agentctl.sources.naming import named, not_read
from agentctl.sources.ranges import Range
from agentctl.sources.reading import Reading


def problems(readings: Sequence[Reading]) -> list[str]:
    """Say what of the ranges is missing: a sentence for all partitions of a topic that share the reason."""
    return [*_lost(readings), *_unfinished(readings), *_held_back(readings), *_timeless(readings)]


def covered(readings: Iterable[Reading], trouble: Sequence[str], query: Query, bytes_: int) -> Coverage:
    """Add the partitions up."""
    all_ = list(readings)
    inversion_ms = max((reading.max_inversion_ms for reading in all_), default=0)
    missing = [*trouble, *problems(all_)]
    if query.window.until_ms is not None and query.slack_ms is not None and inversion_ms >= query.slack_ms:
        missing.append(
            f"timestamps run backwards by up to {inversion_ms:,} ms, as far as the slack of "
            f"{query.slack_ms:,} ms reads past the window: use --slack or --exact"
        )
    missing += _cut(all_)
    return Coverage(
        partitions=tuple(reading.coverage() for reading in all_),
        complete=not missing,
        reasons=tuple(missing),
        max_inversion_ms=inversion_ms,
        records_scanned=sum(reading.scanned for reading in all_),
        bytes_scanned=bytes_,
    )


def _lost(readings: Sequence[Reading]) -> list[str]:
    return [
        f"{reading.range} lost offsets {start:,} to {end - 1:,} to retention while it was read"
        for reading in readings
        for start, end in reading.lost
    ]


def _unfinished(readings: Sequence[Reading]) -> list[str]:
    """Say what was not read to its end, with the offset where that is one partition."""
    untouched: list[tuple[Partition, str]] = []
    begun: dict[tuple[str, str], list[Reading]] = {}
    for reading in readings:
        if reading.complete:
            continue
        why = reading.failure or "the scan was stopped"
        if reading.position == reading.range.start:
            untouched.append((reading.range.place, why))
        else:
            begun.setdefault((reading.range.topic, why), []).append(reading)
    said = not_read(untouched)
    for (_, why), group in begun.items():
        if len(group) == 1:
            one = group[0].range
            said.append(f"{one} was read to offset {group[0].position:,} of {one.end:,} only: {why}")
        else:
            places = named(reading.range.place for reading in group)
            said.append(f"{places} were not read to their ends: {why}")
    return said


def _held_back(readings: Sequence[Reading]) -> list[str]:
    said = []
    for group in _by_topic(reading for reading in readings if reading.range.held_back):
        total = sum(reading.range.held_back for reading in group)
        one = group[0].range
        if len(group) == 1:
            said.append(f"an open transaction holds back {total:,} offsets of {one}, from {one.end:,} on")
        else:
            places = named(reading.range.place for reading in group)
            said.append(f"open transactions hold back {total:,} offsets of {places}")
    return said


def _timeless(readings: Sequence[Reading]) -> list[str]:
    said = []
    for group in _by_topic(reading for reading in readings if reading.timeless):
        count = sum(reading.timeless for reading in group)
        places = named(reading.range.place for reading in group)
        said.append(f"{count:,} records of {places} have no timestamp, so no window can hold them")
    return said


def _cut(readings: Sequence[Reading]) -> list[str]:
    """Say of each topic what retention has removed of the window."""
    return [
        _removed([reading.range for reading in group])
        for group in _by_topic(reading for reading in readings if reading.range.cut)
    ]


def _removed(ranges: Sequence[Range]) -> str:
    since = [one.retained_since_ms for one in ranges]
    known = [time_ms for time_ms in since if time_ms is not None]
    where = f"{ranges[0].topic} (in {len(ranges):,} partition{'s' if len(ranges) > 1 else ''})"
    if len(known) < len(since):
        return f"retention removed all that {where} held: whether it lay in the window is not known"
    return f"retention removed everything before {instant(max(known))} from {where}"


def _by_topic(readings: Iterable[Reading]) -> list[list[Reading]]:
    groups: dict[str, list[Reading]] = {}
    for reading in readings:
        groups.setdefault(reading.range.topic, []).append(reading)
    return list(groups.values())
