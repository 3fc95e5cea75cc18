"""Prometheus and promtool, as Debian packages them."""

import json
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import urlopen

from agentctl.sandbox.server import start_server
from tests.harness import OUTSIDE, Watch

PROGRAMS = ("prometheus", "promtool")
PATIENCE_SECONDS = 60.0
_CONFIGURATION = """\
global: {{scrape_interval: 500ms, scrape_timeout: 500ms, evaluation_interval: 500ms}}
rule_files: [{rules}]
scrape_configs:
  - job_name: agentctl
    static_configs: [{{targets: ["{target}"]}}]
"""


def missing_prometheus(environment: Mapping[str, str]) -> list[str]:
    """Return what is not on the PATH of the programs that are needed."""
    return [name for name in PROGRAMS if shutil.which(name, path=environment.get("PATH")) is None]


@dataclass(frozen=True)
class Promtool:
    """The checker of rule files."""

    path: str
    folder: Path

    def check(self, rules: str) -> str:
        """Return what it says of a rule file that it accepts; fails for any other."""
        return self._run("check", "rules", str(self.write("checked.yml", rules)))

    def test(self, tests: object) -> None:
        """Run its unit tests, given as what its YAML means."""
        # JSON is YAML.
        self._run("test", "rules", str(self.write("tests.yml", json.dumps(tests))))

    def metrics(self, exposition: bytes) -> str:
        """Return what it has to say of a scrape, which is nothing where all is well."""
        done = subprocess.run(
            [self.path, "check", "metrics"], input=exposition, capture_output=True, timeout=60, check=False
        )
        return done.stderr.decode()

    def write(self, name: str, text: str) -> Path:
        """Put a file where it may find it."""
        path = self.folder / name
        path.write_text(text, "utf-8")
        return path

    def _run(self, *words: str) -> str:
        done = subprocess.run([self.path, *words], capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr


@dataclass(frozen=True)
class Prometheus:
    """A running one, that scrapes one address."""

    url: str

    def query(self, expression: str) -> "list[dict[str, Any]]":
        """Return the series of an instant query: ``{"metric": labels, "value": [time, text]}``."""
        found: list[dict[str, Any]] = self._asked("query", query=expression)["result"]
        return found

    def alerts(self, name: str) -> "list[dict[str, Any]]":
        """Return what an alert stands at, pending and firing."""
        return [one for one in self._asked("alerts")["alerts"] if one["labels"]["alertname"] == name]

    def rules(self) -> "list[dict[str, Any]]":
        """Return the rules as it has read them."""
        return [rule for group in self._asked("rules")["groups"] for rule in group["rules"]]

    def target(self) -> "dict[str, Any]":
        """Return how scraping does: ``health``, ``lastError`` and so on; nothing before it began."""
        found: list[dict[str, Any]] = self._asked("targets")["activeTargets"]
        return found[0] if found and found[0]["health"] != "unknown" else {}

    def until(self, what: Callable[[], object]) -> None:
        """Return once something is so, or fail."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not what():
            assert time.monotonic() < deadline, self.target()

    def _asked(self, what: str, **words: str) -> Any:
        with urlopen(f"{self.url}/api/v1/{what}?{urlencode(words)}", timeout=PATIENCE_SECONDS) as answer:
            return json.load(answer)["data"]


@contextmanager
def running_prometheus(target: str, rules: Sequence[Path] = ()) -> Iterator[Prometheus]:
    """Start one that scrapes ``HOST:PORT`` twice a second; it ends with the block, or with this process."""
    program = shutil.which("prometheus", path=OUTSIDE.get("PATH"))
    assert program is not None
    folder = Path(tempfile.mkdtemp(prefix="agentctl-prometheus-"))
    watch = Watch(folder)
    try:
        configuration = folder / "prometheus.yml"
        files = json.dumps([str(path) for path in rules])[1:-1]
        configuration.write_text(_CONFIGURATION.format(rules=files, target=target))
        server = start_server(
            "prometheus",
            lambda port: [
                program,
                f"--config.file={configuration}",
                f"--storage.tsdb.path={folder / 'data'}",
                f"--web.listen-address=127.0.0.1:{port}",
                "--log.level=warn",
            ],
            folder / "prometheus.log",
            OUTSIDE,
            _ready,
        )
        try:
            yield Prometheus(f"http://{server.address}")
        finally:
            server.child.stop()
    finally:
        watch.dismiss()
        shutil.rmtree(folder, ignore_errors=True)


def _ready(port: int) -> bool:
    try:
        with urlopen(f"http://127.0.0.1:{port}/-/ready", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
