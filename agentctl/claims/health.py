"""Whether a claims topic is as claims need it: its settings, its keys, and where those lie."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from agentctl.claims.ahead import Ahead
from agentctl.model.record import Place
from agentctl.model.span import span

_COMPACT, _APPEND_TIME = "compact", "LogAppendTime"


class CheckState(StrEnum):
    """What a check came to."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"
    UNKNOWN = "unknown"
    """It could not be looked at."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at."""

    name: str
    state: CheckState
    explanation: str
    mend: str | None = None
    """What to do; None where nothing has to be done."""


@dataclass(frozen=True, slots=True)
class KeyFacts:
    """What the records of a claims topic show of their keys."""

    records: int = 0
    missing: int = 0
    """Records without a key."""
    first_missing: Place | None = None
    split: int = 0
    """Work items whose records stand in several partitions."""
    first_split: str | None = None
    keys: int = 0
    """Different keys that were compared with the partitioners."""
    crc32: int = 0
    """Keys that lie where only librdkafka's partitioner puts them."""
    murmur2: int = 0
    """Keys that lie where only the Java client's partitioner puts them."""
    neither: int = 0
    """Keys that lie where none of both puts them."""
    ahead: tuple[Ahead, ...] = ()
    """Records of the future that carry their partitions along, the farthest first."""
    unread_ttls: int = 0
    """Claims whose ttl is no length of time."""
    first_unread_ttl: Place | None = None


@dataclass(frozen=True, slots=True)
class TopicFacts:
    """What is known of a claims topic; None where nobody may tell."""

    name: str
    brokers: str
    settings: Mapping[str, str] | None
    replicas: int | None
    """The fewest copies that a partition of it has."""
    longest_ttl_ms: int | None
    """The longest lease that a claim asks for or the configuration gives; None when that is its retention."""


def checks(topic: TopicFacts, keys: KeyFacts) -> list[Check]:
    """Look at everything."""
    return [*_of_keys(topic.name, keys), *_of_records(topic, keys), *_of_settings(topic)]


def _of_keys(topic: str, keys: KeyFacts) -> Iterator[Check]:
    if not keys.records:
        for name in ("keys", "split keys", "partitioner"):
            yield Check(name, CheckState.UNKNOWN, f"{topic} holds no claim to look at")
        return
    if keys.missing:
        yield Check(
            "keys",
            CheckState.PROBLEM,
            f"{keys.missing:,} of {keys.records:,} records have no key, the first {keys.first_missing}: "
            "nothing puts the claims of one item into one partition",
            "write every claim with its work item as the key",
        )
    else:
        yield Check("keys", CheckState.OK, f"all {keys.records:,} records have a key")
    if keys.split:
        items = "1 item stands" if keys.split == 1 else f"{keys.split:,} items stand"
        yield Check(
            "split keys",
            CheckState.PROBLEM,
            f"{items} in several partitions, such as {keys.first_split}: offsets cannot say who came first",
            "use one partitioner in all clients, and add no partitions to a claims topic in use",
        )
    else:
        yield Check("split keys", CheckState.OK, "the claims of every item stand in one partition")
    yield _partitioner(keys)


def _of_records(topic: TopicFacts, keys: KeyFacts) -> Iterator[Check]:
    if keys.ahead:
        worst, more = keys.ahead[0], len(keys.ahead) - 1
        said = worst.sentence + (f" {more:,} more partitions stand so." if more else "")
        mend = _cut_off(topic, keys.ahead) if worst.far else "set that clock, and wait until then"
        yield Check("dates", CheckState.PROBLEM if worst.far else CheckState.WARNING, said, mend)
    elif keys.records:
        yield Check("dates", CheckState.OK, "no record is dated ahead of now")
    if keys.unread_ttls:
        claims = "1 claim states" if keys.unread_ttls == 1 else f"{keys.unread_ttls:,} claims state"
        yield Check(
            "ttl",
            CheckState.WARNING,
            f"{claims} a ttl that is no length of time, the first {keys.first_unread_ttl}: their leases live "
            "as long as if none was stated",
            'write the ttl as a number of seconds, or as "30m"',
        )


def _cut_off(topic: TopicFacts, ahead: tuple[Ahead, ...]) -> str:
    """Return the command that deletes records of the future, and all before them."""
    cut = ",".join(
        f'{{"topic":"{one.place.topic}","partition":{one.place.partition},"offset":{one.place.offset + 1}}}'
        for one in sorted(ahead, key=lambda one: one.place)
        if one.far
    )
    return (
        f'echo \'{{"version":1,"partitions":[{cut}]}}\' > cut.json; kafka-delete-records.sh '
        f"--bootstrap-server {topic.brokers} --offset-json-file cut.json  # deletes the claims before, too"
    )


def _partitioner(keys: KeyFacts) -> Check:
    if keys.crc32 and keys.murmur2:
        return Check(
            "partitioner",
            CheckState.PROBLEM,
            f"{keys.crc32:,} of {keys.keys:,} keys lie where librdkafka puts them (crc32), {keys.murmur2:,} "
            "where the Java client does (murmur2): one item claimed through both is split",
            "set partitioner=murmur2_random in every client that stands on librdkafka",
        )
    if keys.neither:
        return Check(
            "partitioner",
            CheckState.WARNING,
            f"{keys.neither:,} of {keys.keys:,} keys lie where neither crc32 nor murmur2 puts them: "
            "partitions were added, or a writer chooses them by itself",
            "see that all agents choose partitions in the same way",
        )
    if not keys.crc32 and not keys.murmur2:
        return Check("partitioner", CheckState.OK, "every partitioner puts these keys where they lie")
    name = "crc32" if keys.crc32 else "murmur2"
    return Check("partitioner", CheckState.OK, f"all {keys.keys:,} keys lie where {name} puts them")


def _of_settings(topic: TopicFacts) -> Iterator[Check]:
    settings = topic.settings
    if settings is None:
        for name in ("compaction", "retention", "timestamps", "min.insync.replicas", "unclean election"):
            yield Check(
                name,
                CheckState.UNKNOWN,
                f"the settings of {topic.name} are not shown to this user",
                f"grant the ACL operation DESCRIBE_CONFIGS on {topic.name}",
            )
    else:
        yield _compaction(topic, settings)
        yield from _retention(topic, settings)
        yield _timestamps(topic, settings)
        yield _min_insync(topic, settings)
        yield _unclean(topic, settings)
    yield _replication(topic)


def _compaction(topic: TopicFacts, settings: Mapping[str, str]) -> Check:
    policy = settings.get("cleanup.policy", "delete")
    if _COMPACT not in policy:
        return Check("compaction", CheckState.OK, f"cleanup.policy is {policy}")
    return Check(
        "compaction",
        CheckState.PROBLEM,
        f"cleanup.policy is {policy}: compaction keeps the last claim on an item, which is the loser's, and "
        "removes the holder's",
        _set(topic, "cleanup.policy=delete"),
    )


def _retention(topic: TopicFacts, settings: Mapping[str, str]) -> Iterator[Check]:
    text = settings.get("retention.ms", "")
    kept_ms = int(text) if text.lstrip("-").isdigit() else None
    ttl_ms = topic.longest_ttl_ms
    if kept_ms is None:
        yield Check("retention", CheckState.UNKNOWN, "retention.ms is not told")
    elif kept_ms < 0:
        yield Check("retention", CheckState.OK, "claims are kept for ever")
    elif ttl_ms is not None and kept_ms < ttl_ms:
        yield Check(
            "retention",
            CheckState.PROBLEM,
            f"a claim is deleted after {span(kept_ms)}, before its lease of {span(ttl_ms)} is over",
            _set(topic, f"retention.ms={2 * ttl_ms}"),
        )
    elif ttl_ms is None:
        said = f"leases live as long as claims are kept, {span(kept_ms)}: an item is locked for that long"
        mend = f"write a ttl into every claim, or set ttl in [topics.{topic.name}]"
        yield Check("retention", CheckState.WARNING, said, mend)
    else:
        said = f"claims are kept for {span(kept_ms)}, the longest lease is {span(ttl_ms)}"
        yield Check("retention", CheckState.OK, said)
    size = settings.get("retention.bytes", "-1")
    if size != "-1":
        yield Check(
            "retention",
            CheckState.PROBLEM,
            f"retention.bytes is {size}: a claim of any age may be deleted",
            _set(topic, "retention.bytes=-1"),
        )


def _timestamps(topic: TopicFacts, settings: Mapping[str, str]) -> Check:
    kind = settings.get("message.timestamp.type")
    if kind is None:
        return Check("timestamps", CheckState.UNKNOWN, "message.timestamp.type is not told")
    if kind == _APPEND_TIME:
        return Check("timestamps", CheckState.OK, "the broker dates claims (LogAppendTime)")
    return Check(
        "timestamps",
        CheckState.PROBLEM,
        f"agents date their claims themselves ({kind}): a clock that is wrong takes over leases that live",
        _set(topic, f"message.timestamp.type={_APPEND_TIME}"),
    )


def _min_insync(topic: TopicFacts, settings: Mapping[str, str]) -> Check:
    name, text = "min.insync.replicas", settings.get("min.insync.replicas", "")
    if not text.isdigit():
        return Check(name, CheckState.UNKNOWN, f"{name} is not told")
    if int(text) >= 2 or topic.replicas is None or topic.replicas < 3:
        return Check(name, CheckState.OK, f"{name} is {text}")
    return Check(
        name,
        CheckState.PROBLEM,
        f"{name} is {text} with {topic.replicas} replicas: a claim that was confirmed may be lost with one "
        "broker, and its offset given to another",
        _set(topic, f"{name}=2"),
    )


def _unclean(topic: TopicFacts, settings: Mapping[str, str]) -> Check:
    name, text = "unclean election", settings.get("unclean.leader.election.enable")
    if text is None:
        return Check(name, CheckState.UNKNOWN, "unclean.leader.election.enable is not told")
    if text != "true":
        return Check(name, CheckState.OK, "no replica that lags behind becomes the leader")
    return Check(
        name,
        CheckState.PROBLEM,
        "a replica that lags behind may become the leader: confirmed claims vanish, and their offsets are "
        "given again",
        _set(topic, "unclean.leader.election.enable=false"),
    )


def _replication(topic: TopicFacts) -> Check:
    if topic.replicas is None:
        return Check("replication", CheckState.UNKNOWN, "the replicas are not told")
    if topic.replicas >= 2:
        return Check("replication", CheckState.OK, f"every partition has {topic.replicas} copies or more")
    return Check(
        "replication",
        CheckState.WARNING,
        "there is one copy only: what its broker loses is lost, and while it is away nobody can claim",
        f"give {topic.name} three replicas with kafka-reassign-partitions.sh",
    )


def _set(topic: TopicFacts, setting: str) -> str:
    return (
        f"kafka-configs.sh --bootstrap-server {topic.brokers} --alter --entity-type topics "
        f"--entity-name {topic.name} --add-config {setting}"
    )
