"""Three Apache Kafka brokers as one cluster: leaders that can be moved, brokers that can be killed."""

import os
import shutil
import signal
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from json import dumps
from pathlib import Path

from confluent_kafka import ElectionType, KafkaException, TopicPartition
from confluent_kafka.admin import ClusterMetadata

from agentctl.errors import AgentctlError
from agentctl.sandbox.apache import Kafka, installed, new_cluster
from agentctl.sandbox.broker import BrokerKind, metadata_answers
from agentctl.sandbox.process import LOCALHOST, free_port
from agentctl.sandbox.server import Server, start_server
from tests.harness import OUTSIDE, Broker, Watch, cache_folder

FENCED_SECONDS = 3
"""After which a broker that died is no leader any more; Kafka's own value is 9."""
_SECONDS = 60.0
_ANSWER_SECONDS = 5.0
_PAUSE_SECONDS = 0.05
_NODES = (1, 2, 3)
_JVM = ("-Xmx320m", "-XX:+UseSerialGC")

# The first is the controller as well, so it is never killed. Leaders move when a test says so only.
_PROPERTIES = """\
process.roles={roles}
node.id={node}
controller.quorum.bootstrap.servers={host}:{controller}
listeners={listeners}
advertised.listeners=BROKER://{host}:{port}
listener.security.protocol.map=BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT
inter.broker.listener.name=BROKER
controller.listener.names=CONTROLLER
log.dirs={folder}/data
num.network.threads=1
num.io.threads=2
background.threads=2
auto.create.topics.enable=false
auto.leader.rebalance.enable=false
broker.session.timeout.ms={fenced_ms}
broker.heartbeat.interval.ms=300
min.insync.replicas=1
offsets.topic.replication.factor=3
offsets.topic.num.partitions=3
transaction.state.log.replication.factor=3
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=1
group.initial.rebalance.delay.ms=0
"""


class Trio(Broker):
    """The three brokers; as a Broker it is reached through the first one."""

    def __init__(self, folder: Path, kafka: Kafka) -> None:
        self._folder = folder
        self._kafka = kafka
        self._cluster = new_cluster()
        self._controller = 0
        self.servers: dict[int, Server] = {1: self._start(1, new=True)}
        with ThreadPoolExecutor() as together:
            others = together.map(partial(self._start, new=True), _NODES[1:])
        self.servers.update(zip(_NODES[1:], others, strict=True))
        super().__init__(BrokerKind.APACHE, self.address(1))
        self._until(lambda: len(self.admin.list_topics(timeout=_SECONDS).brokers) == len(_NODES))

    def _start(self, node: int, *, new: bool = False) -> Server:
        folder = self._folder / str(node)
        folder.mkdir(exist_ok=True)
        properties = folder / "server.properties"
        first = node == _NODES[0]

        def command(port: int) -> list[str]:
            if first:
                self._controller = free_port()
            own = f",CONTROLLER://{LOCALHOST}:{self._controller}" if first else ""
            properties.write_text(
                _PROPERTIES.format(
                    roles="broker,controller" if first else "broker",
                    node=node,
                    host=LOCALHOST,
                    port=port,
                    controller=self._controller,
                    listeners=f"BROKER://{LOCALHOST}:{port}{own}",
                    folder=folder,
                    fenced_ms=FENCED_SECONDS * 1000,
                ),
                encoding="utf-8",
            )
            if new:
                self._kafka.format(
                    properties, self._cluster, "--standalone" if first else "--no-initial-controllers"
                )
            return self._kafka.server(properties, _JVM)

        return start_server(f"broker {node}", command, folder / "broker.log", OUTSIDE, metadata_answers())

    def address(self, node: int) -> str:
        """Return where a broker is reached, ``127.0.0.1:PORT``; after it was revived, elsewhere."""
        return self.servers[node].address

    @property
    def everybody(self) -> str:
        """All three addresses, as a client's ``bootstrap.servers``."""
        return ",".join(self.address(node) for node in _NODES)

    def kill(self, node: int) -> None:
        """End a broker as the kernel does when memory runs out: it says goodbye to nobody."""
        os.killpg(self.servers[node].child.pid, signal.SIGKILL)

    def freeze(self, node: int) -> None:
        """Stop a broker in the middle: it takes connections and answers nothing, as behind a dead network."""
        os.killpg(self.servers[node].child.pid, signal.SIGSTOP)

    def revive(self) -> None:
        """Bring every broker back, with the data that it had, and return when all replicas are in step."""
        for node, server in self.servers.items():
            if server.child.alive:
                os.killpg(server.child.pid, signal.SIGCONT)
            else:
                self.servers[node] = self._started_again(node)
        self._until(self._in_step)

    def _started_again(self, node: int) -> Server:
        """Start a broker with its data; a copy of the metadata that the kill has torn is fetched anew."""
        try:
            return self._start(node)
        except AgentctlError:
            if node == _NODES[0]:
                raise  # nobody else has it
            shutil.rmtree(self._folder / str(node) / "data" / "__cluster_metadata-0")
            return self._start(node)

    def _in_step(self) -> bool:
        found = self.admin.list_topics(timeout=_SECONDS)
        parts = [part for topic in found.topics.values() for part in topic.partitions.values()]
        return len(found.brokers) == len(_NODES) and all(
            part.leader >= 0 and set(part.isrs) == set(part.replicas) for part in parts
        )

    def leaders(self, topic: str) -> list[int]:
        """Return the leader of each partition; -1 where there is none."""
        found = self._metadata(topic).topics[topic].partitions
        return [found[number].leader for number in sorted(found)]

    def _metadata(self, topic: str) -> ClusterMetadata:
        """Ask, and again where the client has asked one that is frozen."""
        began = time.monotonic()
        while True:
            try:
                return self.admin.list_topics(topic, timeout=_ANSWER_SECONDS)
            except KafkaException:
                if time.monotonic() - began > _SECONDS:
                    raise

    def reassign(self, topic: str, replicas: Sequence[Sequence[int]]) -> None:
        """Give a topic's partitions to other brokers, and return when they have them.

        Where the leader is among the new ones it stays so, even when it is not the first.
        """
        wanted = [
            {"topic": topic, "partition": number, "replicas": list(nodes)}
            for number, nodes in enumerate(replicas)
        ]
        plan = self._folder / "plan.json"
        plan.write_text(dumps({"version": 1, "partitions": wanted}), encoding="utf-8")
        # librdkafka cannot ask for this.
        self._kafka.run(
            "org.apache.kafka.tools.reassign.ReassignPartitionsCommand",
            *("--bootstrap-server", self.bootstrap, "--reassignment-json-file", str(plan), "--execute"),
            doing="reassign partitions",
        )
        self._until(lambda: self._placed(topic) == [list(nodes) for nodes in replicas])

    def _placed(self, topic: str) -> list[list[int]]:
        found = self._metadata(topic).topics[topic].partitions
        return [found[number].replicas for number in sorted(found)]

    def elect_first(self, topic: str, partitions: int) -> None:
        """Make the first replica of each partition its leader, and return when it is."""
        places = [TopicPartition(topic, number) for number in range(partitions)]
        self.admin.elect_leaders(ElectionType.PREFERRED, places).result(_SECONDS)
        self._until(lambda: self.leaders(topic) == [nodes[0] for nodes in self._placed(topic)])

    def slow_readers(self, client_id: str, bytes_per_second: int) -> None:
        """Let each broker give a client of that name no more than so many bytes in a second."""
        self._kafka.run(
            "kafka.admin.ConfigCommand",
            *("--bootstrap-server", self.bootstrap, "--alter", "--entity-type", "clients"),
            *("--entity-name", client_id, "--add-config", f"consumer_byte_rate={bytes_per_second}"),
            doing="limit readers",
        )

    def _until(self, true: Callable[[], bool]) -> None:
        while not true():
            self.admin.poll(_PAUSE_SECONDS)

    def stop(self) -> None:
        """End all three; the controller goes last, for the others say goodbye to it."""
        for server in reversed(self.servers.values()):
            if server.child.alive:
                os.killpg(server.child.pid, signal.SIGCONT)
            server.child.stop()


@contextmanager
def three_brokers() -> Iterator[Trio]:
    """Run them; they end with the block, or with this process however that ends."""
    folder = Path(tempfile.mkdtemp(prefix="agentctl-trio-"))
    watch = Watch(folder)
    try:
        trio = Trio(folder, installed(OUTSIDE, cache_folder(), lambda line: None))
        try:
            yield trio
        finally:
            trio.stop()
    finally:
        watch.dismiss()
        shutil.rmtree(folder, ignore_errors=True)
