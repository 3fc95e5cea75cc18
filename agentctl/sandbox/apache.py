"""Apache Kafka in KRaft mode as the sandbox's broker, with a tiered storage that is a folder.

Its jars come from Maven Central once, by the ``pom.xml`` beside this file, and are kept in the cache
folder. One process is broker and controller.
"""

import base64
import os
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path

from agentctl.errors import AgentctlError
from agentctl.sandbox.broker import metadata_answers
from agentctl.sandbox.process import LOCALHOST, free_port
from agentctl.sandbox.server import Say, Server, start_server

KAFKA_VERSION = "4.3.1"
_SERVER = ("-Xmx512m",)
_TOOL = ("-Xmx128m", "-XX:+UseSerialGC")
_MAVEN_SECONDS = 600
_TOOL_SECONDS = 60
_REMOTE_LOG_METADATA = "__remote_log_metadata"

# A single process on one machine: one replica of everything, no waiting for members, and a tier that
# is looked after every second. Topics are made on purpose only. Few partitions for the two internal
# topics, for each is a log that has to be opened.
_PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.bootstrap.servers={host}:{controller}
listeners=BROKER://{host}:{port},CONTROLLER://{host}:{controller}
advertised.listeners=BROKER://{host}:{port}
listener.security.protocol.map=BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT
inter.broker.listener.name=BROKER
controller.listener.names=CONTROLLER
log.dirs={folder}/data
num.network.threads=2
num.io.threads=4
auto.create.topics.enable=false
offsets.topic.replication.factor=1
offsets.topic.num.partitions=5
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=5
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
log.retention.check.interval.ms=1000
log.initial.task.delay.ms=500
log.cleaner.backoff.ms=500
remote.log.storage.system.enable=true
remote.log.storage.manager.class.name=org.apache.kafka.server.log.remote.storage.LocalTieredStorage
remote.log.metadata.manager.listener.name=BROKER
remote.log.manager.task.interval.ms=1000
rsm.config.dir={folder}/tier
rlmm.config.remote.log.metadata.topic.replication.factor=1
rlmm.config.remote.log.metadata.topic.num.partitions=3
"""

_JVM = (
    "-XX:TieredStopAtLevel=1",
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
    "-Dlog4j2.level=OFF",
    "-Dlog4j.rootLogger=OFF",
)


@dataclass(frozen=True, slots=True)
class Kafka:
    """Apache Kafka as installed here: Java, and the jars that it runs from."""

    java: str
    jars: Path
    environment: Mapping[str, str]

    def command(self, program: str, *words: str, jvm: tuple[str, ...] = _TOOL) -> list[str]:
        """Return the words that start one of its programs, a class with a ``main``."""
        return [self.java, *_JVM, *jvm, "-cp", f"{self.jars}/*", program, *words]

    def server(self, properties: Path, jvm: tuple[str, ...] = _SERVER) -> list[str]:
        """Return the words that start a server."""
        return self.command("kafka.Kafka", str(properties), jvm=jvm)

    def format(self, properties: Path, cluster: str, *words: str) -> None:
        """Write a cluster's identity into the data folder, as KRaft wants before the first start.

        The folder is ``data`` beside the properties; what it held is gone. Raises AgentctlError when
        Kafka cannot.
        """
        shutil.rmtree(properties.parent / "data", ignore_errors=True)
        self.run(
            "kafka.tools.StorageTool",
            *("format", "-t", cluster, "-c", str(properties), *words),
            doing=f"format its data folder {properties.parent}",
        )

    def run(self, program: str, *words: str, doing: str) -> str:
        """Run one of its programs to the end and return what it printed.

        Raises AgentctlError, which names ``doing``, when it fails.
        """
        done = subprocess.run(
            self.command(program, *words),
            env=dict(self.environment),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_TOOL_SECONDS,
            check=False,
        )
        if done.returncode != 0:
            raise AgentctlError(
                f"Apache Kafka could not {doing}: {_first_error(done.stderr + done.stdout)}.",
                hint="is there room on the disk, and is Java 17 or newer the first on the PATH?",
            )
        return done.stdout


def installed(environment: Mapping[str, str], cache: Path, say: Say) -> Kafka:
    """Return Apache Kafka; its jars are kept in ``cache`` and fetched when they are not there yet."""
    java = _program("java", environment, "Java 17 or newer")
    return Kafka(java, jars(environment, cache, say), environment)


def new_cluster() -> str:
    """Return an identity for a new cluster."""
    # One that begins with a dash would be read as an option.
    return "k" + base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")[1:]


def start_apache(folder: Path, environment: Mapping[str, str], cache: Path, say: Say) -> Server:
    """Start Apache Kafka with its data in ``folder``, which must exist.

    ``cache`` is where its jars are kept, ``$XDG_CACHE_HOME/agentctl`` by custom. The broker counts as
    started once its tier's own topic is there: a stop before that would wait for it.
    """
    kafka = installed(environment, cache, say)
    properties = folder / "server.properties"

    def command(port: int) -> list[str]:
        properties.write_text(
            _PROPERTIES.format(host=LOCALHOST, port=port, controller=free_port(), folder=folder),
            encoding="utf-8",
        )
        kafka.format(properties, new_cluster(), "--standalone")
        return kafka.server(properties)

    return start_server(
        "Apache Kafka",
        command,
        folder / "broker.log",
        environment,
        metadata_answers(lambda topics: _REMOTE_LOG_METADATA in topics),
    )


def jars(environment: Mapping[str, str], cache: Path, say: Say) -> Path:
    """Return the folder with Kafka's jars, fetched by Maven when it is not there yet.

    They are fetched beside and moved into place at once, so two processes may race: the second finds
    the first one's and drops its own.
    """
    place = cache / f"kafka-{KAFKA_VERSION}"
    if place.is_dir():
        return place
    maven = _program("mvn", environment, "Maven")
    say(f"fetching Apache Kafka {KAFKA_VERSION} (58 MB, once)")
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="kafka-", dir=cache) as workshop:
        found = Path(workshop) / "jars"
        with as_file(files("agentctl.sandbox") / "pom.xml") as pom:
            shutil.copy(pom, workshop)
        _fetch(maven, Path(workshop), found, environment)
        try:
            found.rename(place)
        except OSError:
            if not place.is_dir():
                raise
    return place


def missing_programs(environment: Mapping[str, str]) -> tuple[str, ...]:
    """Return which of the programs that Apache Kafka needs are not on the path."""
    return tuple(name for name in ("java", "mvn") if shutil.which(name, path=environment.get("PATH")) is None)


def _fetch(maven: str, workshop: Path, target: Path, environment: Mapping[str, str]) -> None:
    try:
        fetched = subprocess.run(
            [maven, "-q", "-B", "dependency:copy-dependencies", f"-DoutputDirectory={target}"],
            cwd=workshop,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_MAVEN_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as late:
        raise AgentctlError(
            f"Maven did not fetch Apache Kafka's jars within {_MAVEN_SECONDS} s.",
            hint="is Maven Central, or a mirror in ~/.m2/settings.xml, reachable?",
        ) from late
    if fetched.returncode != 0:
        raise AgentctlError(
            f"Maven could not fetch Apache Kafka's jars: {_first_error(fetched.stdout + fetched.stderr)}.",
            hint="is Maven Central, or a mirror in ~/.m2/settings.xml, reachable?",
        )


def _program(name: str, environment: Mapping[str, str], package: str) -> str:
    found = shutil.which(name, path=environment.get("PATH", os.defpath))
    if found is None:
        raise AgentctlError(
            f"The sandbox's Apache Kafka needs {package}, and there is no {name} on the PATH.",
            hint=f"install {package}, or take the embedded broker: agentctl sandbox up --broker embedded",
        )
    return found


def _first_error(output: str) -> str:
    """Return the first line of a tool's output that says what went wrong."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    errors = [line for line in lines if "ERROR" in line or "Exception" in line or "rror:" in line]
    return (errors or lines or ["it said nothing"])[0].removeprefix("[ERROR] ").rstrip(".")
