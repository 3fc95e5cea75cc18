"""One Apache Kafka that is secured in every way at once: a listener for each, users, and ACLs."""

import logging
import shutil
import socket
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from confluent_kafka import KafkaException, Producer
from confluent_kafka.admin import (
    AclBinding,
    AclOperation,
    AclPermissionType,
    AdminClient,
    ResourcePatternType,
    ResourceType,
)
from confluent_kafka.cimpl import NewTopic

from agentctl.sandbox.apache import installed, new_cluster
from agentctl.sandbox.process import free_port
from agentctl.sandbox.server import start_server
from tests.harness import OUTSIDE, Watch, cache_folder
from tests.secured.certificates import LOCALHOST, Certificates, issue

SECONDS = 30.0

ADMIN, ADMIN_PASSWORD = "admin", "s3cret-of-the-admin"
ALICE, ALICE_PASSWORD = "alice", "s3cret-of-alice"
"""Reads what she may."""
BOB, BOB_PASSWORD = "bob", "s3cret-of-bob"
"""Sees topics, and may read none."""
MALLORY, MALLORY_PASSWORD = "mallory", "s3cret-of-mallory"
"""Can log in, and may do nothing."""
STORE_PASSWORD = "s3cret-of-the-store"
SECRET = "s3cret"
"""What every secret of these tests holds, the wrong ones too: nothing that the program says may."""

OPEN = "research-events"
"""A topic that alice may read; on SSL without a client certificate, anybody."""
SEALED = "content-claims"
"""A topic that alice may describe and not read."""
HIDDEN = "agent-progress"
"""A topic that alice may not even see."""
WORKFLOW = "wf_secured"

_PASSWORDS = {ADMIN: ADMIN_PASSWORD, ALICE: ALICE_PASSWORD, BOB: BOB_PASSWORD, MALLORY: MALLORY_PASSWORD}
_LISTENERS = {
    "CONTROLLER": "SASL_PLAINTEXT",
    "PLAIN": "SASL_PLAINTEXT",
    "OPEN": "PLAINTEXT",
    "TLS": "SSL",
    "MTLS": "SSL",
    "SCRAM": "SASL_SSL",
    "OAUTH": "SASL_PLAINTEXT",
    "FAR": "PLAINTEXT",
    "MUTE": "PLAINTEXT",
}

# One process is broker and controller; it logs in to itself as the admin. A replica of everything, few
# partitions of the internal topics. FAR advertises a port where nobody listens and MUTE one where nobody
# answers, as behind a proxy.
_PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.bootstrap.servers={host}:{ports[CONTROLLER]}
listeners={listeners}
advertised.listeners={advertised}
listener.security.protocol.map={protocols}
inter.broker.listener.name=PLAIN
controller.listener.names=CONTROLLER
sasl.mechanism.inter.broker.protocol=PLAIN
sasl.mechanism.controller.protocol=PLAIN
log.dirs={folder}/data
num.network.threads=1
num.io.threads=2
background.threads=2
auto.create.topics.enable=false
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=1
group.initial.rebalance.delay.ms=0
connection.failed.authentication.delay.ms=50
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:admin
ssl.keystore.type=PEM
ssl.keystore.location={files.broker}
ssl.truststore.type=PEM
ssl.truststore.location={files.ca}
listener.name.mtls.ssl.client.auth=required
listener.name.mtls.ssl.principal.mapping.rules=RULE:^.*CN=([^,]+).*$/$1/,DEFAULT
listener.name.controller.sasl.enabled.mechanisms=PLAIN
listener.name.controller.plain.sasl.jaas.config={plain}
listener.name.plain.sasl.enabled.mechanisms=PLAIN
listener.name.plain.plain.sasl.jaas.config={plain}
listener.name.scram.sasl.enabled.mechanisms=SCRAM-SHA-512
listener.name.scram.scram-sha-512.sasl.jaas.config=\
org.apache.kafka.common.security.scram.ScramLoginModule required;
listener.name.oauth.sasl.enabled.mechanisms=OAUTHBEARER
listener.name.oauth.oauthbearer.sasl.jaas.config=\
org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required \
unsecuredLoginStringClaim_sub="admin";
"""
_SILENT = logging.Logger("agentctl.tests.secured", level=logging.CRITICAL + 1)


@dataclass(frozen=True, slots=True)
class Secured:
    """The running broker: where its listeners are, and the certificates that fit."""

    ports: Mapping[str, int]
    files: Certificates
    advertised: Mapping[str, int]
    """What FAR and MUTE advertise instead of their ports: one refuses connections, one accepts them and
    never answers.
    """

    def at(self, listener: str) -> str:
        """Return where a listener is, ``127.0.0.1:PORT``."""
        return f"{LOCALHOST}:{self.ports[listener]}"


@contextmanager
def running() -> Iterator[Secured]:
    """Run it; it ends with the block, or with this process however that ends."""
    folder = Path(tempfile.mkdtemp(prefix="agentctl-secured-"))
    watch = Watch(folder)
    try:
        # Both are held, so that nobody else gets them.
        with socket.socket() as dead, socket.create_server((LOCALHOST, 0)) as mute:
            dead.bind((LOCALHOST, 0))
            yield from _started(folder, {"FAR": dead.getsockname()[1], "MUTE": mute.getsockname()[1]})
    finally:
        watch.dismiss()
        shutil.rmtree(folder, ignore_errors=True)


def _started(folder: Path, elsewhere: Mapping[str, int]) -> Iterator[Secured]:
    files = issue(folder, ALICE, STORE_PASSWORD)
    kafka = installed(OUTSIDE, cache_folder(), lambda line: None)
    ports: dict[str, int] = {}

    def command(port: int) -> list[str]:
        ports.update({name: free_port() for name in _LISTENERS}, PLAIN=port)
        properties = folder / "server.properties"
        properties.write_text(_server_properties(folder, files, ports, elsewhere), encoding="utf-8")
        kafka.format(properties, new_cluster(), "--standalone", *_scram_users())
        return kafka.server(properties, ("-Xmx400m", "-XX:+UseSerialGC"))

    server = start_server("the secured Kafka", command, folder / "broker.log", OUTSIDE, _answers())
    try:
        _furnish(f"{LOCALHOST}:{ports['PLAIN']}")
        yield Secured(ports, files, elsewhere)
    finally:
        server.child.stop()


def _server_properties(
    folder: Path, files: Certificates, ports: Mapping[str, int], elsewhere: Mapping[str, int]
) -> str:
    users = " ".join(f'user_{name}="{password}"' for name, password in _PASSWORDS.items())
    advertised = {**{name: port for name, port in ports.items() if name != "CONTROLLER"}, **elsewhere}
    return _PROPERTIES.format(
        host=LOCALHOST,
        ports=ports,
        folder=folder,
        files=files,
        listeners=",".join(f"{name}://{LOCALHOST}:{port}" for name, port in ports.items()),
        advertised=",".join(f"{name}://{LOCALHOST}:{port}" for name, port in advertised.items()),
        protocols=",".join(f"{name}:{protocol}" for name, protocol in _LISTENERS.items()),
        plain=(
            "org.apache.kafka.common.security.plain.PlainLoginModule required "
            f'username="{ADMIN}" password="{ADMIN_PASSWORD}" {users};'
        ),
    )


def _scram_users() -> list[str]:
    """Return the options that write the users' secrets into the empty data folder."""
    return [
        word
        for name, password in _PASSWORDS.items()
        for word in ("--add-scram", f"SCRAM-SHA-512=[name={name},password={password}]")
    ]


def _as_admin(address: str) -> dict[str, Any]:
    return {
        "bootstrap.servers": address,
        "security.protocol": "SASL_PLAINTEXT",
        "sasl.mechanism": "PLAIN",
        "sasl.username": ADMIN,
        "sasl.password": ADMIN_PASSWORD,
        "reconnect.backoff.max.ms": 200,
        "logger": _SILENT,
    }


def _answers() -> Callable[[int], bool]:
    """Return a question to the starting broker."""
    clients: dict[int, AdminClient] = {}

    def answers(port: int) -> bool:
        if port not in clients:
            clients[port] = AdminClient(_as_admin(f"{LOCALHOST}:{port}"))
        try:
            return bool(clients[port].list_topics(timeout=0.5).brokers)
        except KafkaException:
            return False

    return answers


def _furnish(address: str) -> None:
    """Make topics with three records each, and say who may do what with them."""
    admin = AdminClient(_as_admin(address))
    topics = admin.create_topics(
        [NewTopic(name, 2, 1, config={"retention.ms": "-1"}) for name in (OPEN, SEALED, HIDDEN)]
    )
    acls = admin.create_acls(
        [
            _allowed(ALICE, OPEN, AclOperation.READ),
            _allowed(ALICE, SEALED, AclOperation.DESCRIBE),
            _allowed("ANONYMOUS", OPEN, AclOperation.READ),
            _allowed(BOB, OPEN, AclOperation.DESCRIBE),
            _allowed(BOB, SEALED, AclOperation.DESCRIBE),
        ]
    )
    for future in (*topics.values(), *acls.values()):
        future.result(SECONDS)
    producer = Producer({**_as_admin(address), "enable.idempotence": True, "linger.ms": 2})
    for topic in (OPEN, SEALED, HIDDEN):
        for number in range(3):
            value = f'{{"id": "{topic}-{number}", "workflow_id": "{WORKFLOW}", "agent": "research"}}'
            producer.produce(topic, value, partition=number % 2, timestamp=1_700_000_000_000 + number)
    assert producer.flush(SECONDS) == 0


def _allowed(user: str, topic: str, operation: AclOperation) -> AclBinding:
    return AclBinding(
        ResourceType.TOPIC,
        topic,
        ResourcePatternType.LITERAL,
        f"User:{user}",
        "*",
        operation,
        AclPermissionType.ALLOW,
    )
