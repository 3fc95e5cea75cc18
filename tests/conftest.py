"""Brokers, the program, and isolation. Nothing but isolation happens to a test that does not ask."""

import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from agentctl.sandbox.apache import missing_programs
from agentctl.sandbox.broker import BrokerKind
from tests.browser import Browser, missing_browser, running_browser
from tests.harness import OUTSIDE, ROOT, Broker, Program, hosted, kinds_here
from tests.prometheus import Promtool, missing_prometheus
from tests.registry.running import running_registry
from tests.store.running import running_store
from tests.trio import Trio, three_brokers

# How long anything takes is measured by ``make bench``, never by a test.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")

_KINDS = kinds_here()
_FOREIGN = ("AGENTCTL_", "KAFKA_", "AWS_", "NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES", "PYTHONPATH")


def pytest_configure(config: pytest.Config) -> None:
    """Refuse to run without what is demanded; hear Ctrl-C, and let children hear it.

    A shell that starts the tests in the background has all of them ignore it.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if OUTSIDE.get("AGENTCTL_DEMAND_BROKERS") == "both" and BrokerKind.APACHE not in _KINDS:
        missing = ", ".join(missing_programs(OUTSIDE))
        raise pytest.UsageError(f"AGENTCTL_DEMAND_BROKERS=both, but there is no {missing} on the PATH")
    if OUTSIDE.get("AGENTCTL_DEMAND_BROWSER") and (absent := missing_browser(OUTSIDE)):
        raise pytest.UsageError(
            f"AGENTCTL_DEMAND_BROWSER is set, but there is no {', '.join(absent)} on the PATH"
        )
    if OUTSIDE.get("AGENTCTL_DEMAND_PROMETHEUS") and (absent := missing_prometheus(OUTSIDE)):
        raise pytest.UsageError(
            f"AGENTCTL_DEMAND_PROMETHEUS is set, but there is no {', '.join(absent)} on the PATH"
        )


def pytest_report_header() -> list[str]:
    """Say which brokers, which browser and which Prometheus the tests run on."""
    missing = missing_programs(OUTSIDE)
    without = f" (no Apache Kafka: {', '.join(missing)} not on the PATH)" if missing else ""
    absent = missing_browser(OUTSIDE)
    browser = f"none, reports are not opened: {', '.join(absent)} not on the PATH" if absent else "chromium"
    lacking = missing_prometheus(OUTSIDE)
    scraper = f"none, nothing is scraped: {', '.join(lacking)} not on the PATH" if lacking else "prometheus"
    return [f"brokers: {', '.join(_KINDS)}{without}", f"browser: {browser}", f"scraper: {scraper}"]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is about Apache Kafka only, or needs a browser or Prometheus, where there is none."""
    needing = set[str]()
    if BrokerKind.APACHE not in _KINDS:
        needing |= {"apache_broker", "fresh_apache_broker", "secured_broker", "three_running", "registry"}
    if missing_browser(OUTSIDE):
        needing.add("browser")
    if missing_prometheus(OUTSIDE):
        needing.add("promtool")
    left_out = {item for item in items if needing & set(getattr(item, "fixturenames", ()))}
    config.hook.pytest_deselected(items=list(left_out))
    items[:] = [item for item in items if item not in left_out]


@pytest.fixture(autouse=True)
def isolation(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of its own for each test, and none of the machine's settings."""
    home = tmp_path_factory.mktemp("home")
    for name in os.environ:
        if name.startswith(_FOREIGN):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(home))
    for name in ("CONFIG", "STATE", "CACHE", "DATA"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(home / name.lower()))
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.setenv("TZ", "UTC")
    return home


@pytest.fixture
def agentctl(isolation: Path) -> Program:
    """The program, run as a user runs it, in an empty folder."""
    folder = isolation / "work"
    folder.mkdir()
    return Program(folder, {**os.environ, "PYTHONPATH": str(ROOT)})


@pytest.fixture(scope="session")
def embedded_broker() -> Iterator[Broker]:
    """The broker that comes with the package."""
    with hosted(BrokerKind.EMBEDDED) as running:
        yield running


@pytest.fixture(scope="session")
def apache_broker() -> Iterator[Broker]:
    """Apache Kafka."""
    with hosted(BrokerKind.APACHE) as running:
        yield running


@pytest.fixture(scope="module")
def fresh_apache_broker() -> Iterator[Broker]:
    """Apache Kafka for one module alone: what others write into the history of commits may leave holes."""
    with hosted(BrokerKind.APACHE) as running:
        yield running


@pytest.fixture(scope="session")
def endpoint() -> Iterator[str]:
    """The address of moto's object store, which knows cold classes and lifecycles: one for all buckets."""
    with running_store() as address:
        yield address


@pytest.fixture(scope="session")
def registry() -> Iterator[str]:
    """The address of a real schema registry, Apicurio: one for all subjects."""
    with running_registry() as address:
        yield address


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Chromium, without a screen."""
    with running_browser(OUTSIDE, tmp_path_factory.mktemp("chromium")) as running:
        yield running


@pytest.fixture
def promtool(tmp_path: Path) -> Promtool:
    """The checker of Prometheus' rules; whoever starts a Prometheus asks for it, too."""
    path = shutil.which("promtool", path=OUTSIDE.get("PATH"))
    assert path is not None
    return Promtool(path, tmp_path)


@pytest.fixture(scope="session")
def three_running() -> Iterator[Trio]:
    """Three Apache Kafkas as one cluster, as the last test left them."""
    with three_brokers() as trio:
        yield trio


@pytest.fixture
def trio(three_running: Trio) -> Iterator[Trio]:
    """The three of them, all up and in step; a test may kill the second and the third."""
    three_running.revive()
    yield three_running
    three_running.revive()


@pytest.fixture(scope="session", params=_KINDS, ids=str)
def broker(request: pytest.FixtureRequest) -> Broker:
    """Every broker that this machine can start, one after the other."""
    found: Broker = request.getfixturevalue(f"{request.param}_broker")
    return found
