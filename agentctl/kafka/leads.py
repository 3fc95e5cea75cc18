"""Who leads partitions that nothing comes of, asked anew, and said in words."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from confluent_kafka import Consumer, KafkaException
from confluent_kafka.admin import AdminClient, ClusterMetadata

from agentctl.kafka.errors import Complaint

_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Lead:
    """A partition's leader, or the lack of one."""

    leader: int | None
    """A broker's id; None when the cluster has no leader for the partition."""
    address: str | None
    """Where clients are told to reach the leader, ``host:port``."""
    replicas: tuple[int, ...]
    """The ids of the brokers that hold the partition."""
    down: tuple[int, ...]
    """Those of them that the cluster does not count among the living."""

    @property
    def hopeless(self) -> bool:
        """Whether there is no broker left that could lead it."""
        return self.leader is None and self.down == self.replicas

    def sentence(self, complaints: Iterable[Complaint] = ()) -> str:
        """Say why nothing comes, as far as that is known; ``complaints`` are what connections said."""
        if self.leader is not None:
            node = str(self.leader)
            said = [one.text for one in complaints if one.node == node and not one.closed]
            why = f": {said[-1]}" if said else ""
            return f"its leader, broker {node} at {self.address}, does not answer{why}"
        if not self.down:
            return "it has no leader"
        if len(self.replicas) == 1:
            return f"it has no leader: its only replica, broker {self.down[0]}, is down"
        names = " and ".join(map(str, self.down))
        are = f"broker {names} is" if len(self.down) == 1 else f"brokers {names} are"
        return f"it has no leader: of its replicas, {are} down"


def leads(
    client: AdminClient | Consumer, partitions: Iterable[tuple[str, int]]
) -> Mapping[tuple[str, int], Lead]:
    """Return who leads the partitions now; nothing of those that nobody can tell of.

    It makes the client itself look anew: one that waits for a dead leader would else go on waiting.
    """
    try:
        cluster = client.list_topics(timeout=_SECONDS)
    except KafkaException:
        return {}
    return leads_in(cluster, partitions)


def leads_in(
    cluster: ClusterMetadata, partitions: Iterable[tuple[str, int]]
) -> Mapping[tuple[str, int], Lead]:
    """Return who leads the partitions by what the cluster has said, as ``leads`` does."""
    found = {}
    for topic, number in partitions:
        known = cluster.topics[topic].partitions.get(number) if topic in cluster.topics else None
        if known is None:
            continue
        leader = cluster.brokers.get(known.leader)
        found[topic, number] = Lead(
            leader=None if leader is None else leader.id,
            address=None if leader is None else f"{leader.host}:{leader.port}",
            replicas=tuple(known.replicas),
            down=tuple(node for node in known.replicas if node not in cluster.brokers),
        )
    return found
