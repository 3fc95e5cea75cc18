"""The names and labels of other exporters, for dashboards and rules that are there already."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import StrEnum
from itertools import groupby

from agentctl.lag.groups import Group
from agentctl.lag.rows import LagRow
from agentctl.metrics.series import Family, Series, Unit, Weighed, of, worst


class Compat(StrEnum):
    """Exporters whose names can be served beside the own ones."""

    KAFKA_LAG_EXPORTER = "kafka-lag-exporter"
    KAFKA_EXPORTER = "kafka_exporter"


Naming = Callable[[Sequence[Weighed], Sequence[Group]], Iterable[Unit]]
"""What the rows and the groups of an answer are in the names of one exporter."""


def naming(compat: Compat, cluster: str) -> Naming:
    """Return the names of an exporter; some of them tell the cluster by a label."""
    if compat is Compat.KAFKA_EXPORTER:
        return kafka_exporter
    return lambda rows, _groups: kafka_lag_exporter(rows, cluster)


_OF_GROUP = ("cluster_name", "group")
_OF_PARTITION = ("cluster_name", "topic", "partition")
_OF_MEMBER = (*_OF_GROUP, "topic", "partition", "member_host", "consumer_id", "client_id")
_E = "kafka_consumergroup_group_"
_OFFSET = Family(f"{_E}offset", "The offset that the group reads next.", _OF_MEMBER)
_LAG = Family(f"{_E}lag", "Offsets that the group has not read.", _OF_MEMBER)
_LAG_SECONDS = Family(f"{_E}lag_seconds", "How late the group is, in seconds.", _OF_MEMBER)
_MAX_LAG = Family(f"{_E}max_lag", "The largest lag of a partition, in offsets.", _OF_GROUP)
_MAX_SECONDS = Family(f"{_E}max_lag_seconds", "The largest lag of a partition, in seconds.", _OF_GROUP)
_SUM_LAG = Family(f"{_E}sum_lag", "The lag of all partitions, in offsets.", _OF_GROUP)
_TOPIC_LAG = Family(
    f"{_E}topic_sum_lag", "The lag of a topic's partitions, in offsets.", (*_OF_GROUP, "topic")
)
_LATEST = Family("kafka_partition_latest_offset", "The offset after the last record.", _OF_PARTITION)
_EARLIEST = Family("kafka_partition_earliest_offset", "The first offset that is kept.", _OF_PARTITION)


def kafka_lag_exporter(rows: Sequence[Weighed], cluster: str) -> Iterator[Unit]:
    """Give what kafka-lag-exporter serves; seconds that it would serve as NaN are absent."""
    for one in rows:
        row = one.row
        yield Unit(one.badness, (row.group, row.topic, row.partition), tuple(_of_member(row, cluster)))
    for group, own in _by_group(rows).items():
        yield Unit(worst(own), (group, "", -1), tuple(_of_group(group, own, cluster)))
    for one in _partitions(rows):
        row = one.row
        if row.bounds is not None:
            labels = (cluster, row.topic, str(row.partition))
            series = (
                *of(_LATEST, labels, row.bounds.high_watermark),
                *of(_EARLIEST, labels, row.bounds.log_start),
            )
            yield Unit(one.badness, ("", row.topic, row.partition), series)


def _of_member(row: LagRow, cluster: str) -> Iterator[Series]:
    member = row.member
    who = ("", "", "") if member is None else (member.host, member.member_id, member.client_id)
    labels = (cluster, row.group, row.topic, str(row.partition), *who)
    yield from of(_OFFSET, labels, row.committed)
    yield from of(_LAG, labels, row.lag)
    yield from of(_LAG_SECONDS, labels, row.lag_seconds)


def _of_group(group: str, rows: Sequence[Weighed], cluster: str) -> Iterator[Series]:
    labels = (cluster, group)
    lags = _known_lags(rows)
    seconds = [one.row.lag_seconds for one in rows if one.row.lag_seconds is not None]
    yield from of(_MAX_LAG, labels, max(lags, default=None))
    yield from of(_MAX_SECONDS, labels, max(seconds, default=None))
    yield from of(_SUM_LAG, labels, sum(lags) if lags else None)
    for topic, own in _by_topic(rows):
        known = _known_lags(own)
        yield from of(_TOPIC_LAG, (*labels, topic), sum(known) if known else None)


_K = "kafka_consumergroup_"
_K_PARTITION = ("consumergroup", "topic", "partition")
_K_TOPIC = ("consumergroup", "topic")
_K_LAG = Family(f"{_K}lag", "Offsets that the group has not read; -1: it never committed.", _K_PARTITION)
_K_CURRENT = Family(
    f"{_K}current_offset", "The offset that the group reads next; -1: it never committed.", _K_PARTITION
)
_K_LAG_SUM = Family(f"{_K}lag_sum", "The lag of the partitions with a commit.", _K_TOPIC)
_K_CURRENT_SUM = Family(f"{_K}current_offset_sum", "The committed offsets of a topic's partitions.", _K_TOPIC)
_K_MEMBERS = Family(f"{_K}members", "How many members the group has.", ("consumergroup",))
_K_NEWEST = Family(
    "kafka_topic_partition_current_offset", "The offset after the last record.", ("topic", "partition")
)
_K_OLDEST = Family(
    "kafka_topic_partition_oldest_offset", "The first offset that is kept.", ("topic", "partition")
)
_NOT_COMMITTED = -1


def kafka_exporter(rows: Sequence[Weighed], groups: Sequence[Group]) -> Iterator[Unit]:
    """Give what kafka_exporter serves of groups, and of the partitions that they read."""
    for one in rows:
        row = one.row
        labels = (row.group, row.topic, str(row.partition))
        never = row.committed is None
        series = (
            *of(_K_CURRENT, labels, _NOT_COMMITTED if never else row.committed),
            *of(_K_LAG, labels, _NOT_COMMITTED if never else row.lag),
        )
        yield Unit(one.badness, (row.group, row.topic, row.partition), series)
    by_group = _by_group(rows)
    for group, all_own in by_group.items():
        for topic, own in _by_topic(all_own):
            yield Unit(worst(own), (group, topic, -1), tuple(_of_topic((group, topic), own)))
    for found in groups:
        if found.refusal is None:
            members = tuple(of(_K_MEMBERS, (found.name,), len(found.members)))
            yield Unit(worst(by_group.get(found.name, ())), (found.name, "", -1), members)
    for one in _partitions(rows):
        row = one.row
        if row.bounds is not None:
            place = (row.topic, str(row.partition))
            both = (
                *of(_K_NEWEST, place, row.bounds.high_watermark),
                *of(_K_OLDEST, place, row.bounds.log_start),
            )
            yield Unit(one.badness, ("", row.topic, row.partition), both)


def _of_topic(labels: tuple[str, str], rows: Sequence[Weighed]) -> Iterator[Series]:
    """Give sums over the partitions in which the group has committed."""
    committed = [one for one in rows if one.row.committed is not None]
    if committed:
        lags = _known_lags(committed)
        yield from of(_K_CURRENT_SUM, labels, sum(one.row.committed or 0 for one in committed))
        yield from of(_K_LAG_SUM, labels, sum(lags) if lags else None)


def _known_lags(rows: Iterable[Weighed]) -> list[int]:
    return [one.row.lag for one in rows if one.row.lag is not None]


def _by_group(rows: Iterable[Weighed]) -> dict[str, list[Weighed]]:
    found: dict[str, list[Weighed]] = {}
    for one in rows:
        found.setdefault(one.row.group, []).append(one)
    return found


def _by_topic(rows: Iterable[Weighed]) -> Iterator[tuple[str, Sequence[Weighed]]]:
    by_topic = sorted(rows, key=lambda one: one.row.topic)
    for topic, own in groupby(by_topic, lambda one: one.row.topic):
        yield topic, list(own)


def _partitions(rows: Iterable[Weighed]) -> Iterable[Weighed]:
    """Give for every partition the row of the group that is furthest behind in it."""
    found: dict[tuple[str, int], Weighed] = {}
    for one in rows:
        place = (one.row.topic, one.row.partition)
        if place not in found or one.badness > found[place].badness:
            found[place] = one
    return found.values()
