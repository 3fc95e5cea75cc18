"""The package as it is installed: the wheel holds what it needs, and runs without what only extras bring."""

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from email.parser import HeaderParser
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement

import agentctl
from agentctl.cli.app import program
from agentctl.cli.tree import command_tree
from tests.harness import ROOT
from tests.memory import record
from tests.sources.test_source_contract import exported

COMMANDS = [node.path for node in command_tree(program()).walk()]
REPORT = ("report.css", "report.js", "lanes.css", "picture.css")
OF_EXTRAS = ("agentctl.metrics.collector", "agentctl.metrics.server")
"""Modules that are loaded by the one command that needs the extra, which says so where it is not there."""
EXTRAS_BRING = (
    "prometheus_client",
    "distributed",
    "moto",
    "noida_db",
    "flask",
    "pytest",
    "hypothesis",
    "mypy",
    "xdist",
    "importlinter",
    "hatchling",
)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.Path:
    """The wheel, built by the project's own build backend."""
    folder = tmp_path_factory.mktemp("wheel")
    done = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    [path] = folder.glob("*.whl")
    return zipfile.Path(path)


def names(wheel: zipfile.Path) -> set[str]:
    return set(wheel.root.namelist())


def metadata(wheel: zipfile.Path, name: str) -> str:
    folder = f"agentctl-{agentctl.__version__}.dist-info"
    return (wheel / folder / name).read_text("utf-8")


def needed() -> Iterator[str]:
    """Give the distributions that agentctl needs without any extra, and what those need."""
    left, seen = ["agentctl"], set[str]()
    while left:
        name = left.pop()
        for text in distribution(name).requires or ():
            wanted = Requirement(text)
            if wanted.name not in seen and (wanted.marker is None or wanted.marker.evaluate({"extra": ""})):
                seen.add(wanted.name)
                left.append(wanted.name)
    yield from sorted(seen)


@dataclass(frozen=True)
class Installed:
    """The wheel and what it needs, without anything else that happens to be installed here."""

    path: str
    folder: Path

    def __call__(self, *words: str) -> "subprocess.CompletedProcess[str]":
        # -S: without the site-packages of the environment that runs the tests.
        return subprocess.run(
            [sys.executable, "-S", *words],
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": self.path},
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture(scope="module")
def unpacked(wheel: zipfile.Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A search path with the unpacked wheel and links to the distributions that it needs."""
    folder = tmp_path_factory.mktemp("installed")
    wheel.root.extractall(folder)
    for name in needed():
        found = distribution(name)
        for part in {file.parts[0] for file in found.files or () if file.parts[0] != ".."}:
            link = folder / part
            if not link.is_symlink() and part != "__pycache__":
                link.symlink_to(Path(str(found.locate_file(part))))
    return str(folder)


@pytest.fixture
def installed(unpacked: str, tmp_path: Path) -> Installed:
    folder = tmp_path / "work"
    folder.mkdir()
    return Installed(unpacked, folder)


def test_the_wheel_holds_the_package_and_nothing_beside_it(wheel: zipfile.Path) -> None:
    tops = {name.partition("/")[0] for name in names(wheel)}
    assert tops == {"agentctl", f"agentctl-{agentctl.__version__}.dist-info"}
    report = {f"agentctl/render/report/{name}" for name in REPORT}
    assert {"agentctl/py.typed", "agentctl/sandbox/pom.xml", *report} <= names(wheel)
    assert not [name for name in names(wheel) if "test" in name or name.endswith(".pyc")]


def test_the_wheel_holds_every_module(wheel: zipfile.Path) -> None:
    modules = {str(path.relative_to(ROOT)) for path in (ROOT / "agentctl").rglob("*.py")}
    assert modules == {name for name in names(wheel) if name.endswith(".py")}


def test_its_metadata_says_what_the_package_says(wheel: zipfile.Path) -> None:
    found = HeaderParser().parsestr(metadata(wheel, "METADATA"))
    assert found["Name"] == "agentctl"
    assert found["Version"] == agentctl.__version__
    assert found["License-Expression"] == "Apache-2.0"
    assert found["Requires-Python"] == ">=3.11"
    assert set(found.get_all("Provides-Extra") or ()) == {"sandbox", "metrics", "registry", "cluster", "dev"}
    assert "agentctl = agentctl.__main__:main" in metadata(wheel, "entry_points.txt")


def test_it_is_run_without_what_extras_bring(installed: Installed) -> None:
    script = f"import importlib.util as u; print([n for n in {EXTRAS_BRING!r} if u.find_spec(n)])"
    assert installed("-c", script).stdout == "[]\n"
    where = installed("-c", "import agentctl; print(agentctl.__file__)").stdout.strip()
    assert where == f"{installed.path}/agentctl/__init__.py"


@pytest.mark.parametrize("path", COMMANDS, ids=lambda path: " ".join(path) or "agentctl")
def test_every_command_shows_its_help(installed: Installed, path: tuple[str, ...]) -> None:
    done = installed("-m", "agentctl", *path, "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"Usage: {' '.join(('agentctl', *path))} ")


def test_every_module_can_be_imported(installed: Installed) -> None:
    script = (
        "import agentctl, importlib, pkgutil\n"
        "for one in pkgutil.walk_packages(agentctl.__path__, 'agentctl.'):\n"
        f"    if not one.name.endswith('__main__') and one.name not in {OF_EXTRAS!r}:\n"
        "        importlib.import_module(one.name)\n"
        "print('all')"
    )
    done = installed("-c", script)
    assert (done.returncode, done.stdout) == (0, "all\n"), done.stderr


def test_what_is_of_the_extra_for_metrics_says_so(installed: Installed) -> None:
    done = installed("-m", "agentctl", "lag", "serve", "-b", "127.0.0.1:1")
    assert (done.returncode, "agentctl[metrics]" in done.stderr) == (1, True)


@pytest.mark.parametrize("form", ["table", "wide", "text", "json", "ndjson", "csv", "md", "html", "svg"])
def test_an_exported_file_is_replayed_in_every_format(
    installed: Installed, tmp_path: Path, form: str
) -> None:
    exported([record(value=b'{"workflow_id": "w", "agent": "seo"}')], tmp_path / "x.ndjson")
    done = installed("-m", "agentctl", "replay", "w", "--source", str(tmp_path / "x.ndjson"), "-o", form)
    assert (done.returncode, done.stderr) == (0, "")
    assert "seo" in done.stdout


def test_kafka_is_asked_with_what_the_package_itself_needs(installed: Installed) -> None:
    done = installed("-m", "agentctl", "replay", "w", "-b", "127.0.0.1:1")
    assert done.returncode == 6, done.stderr


def test_a_command_that_needs_an_extra_says_which(installed: Installed) -> None:
    done = installed("-m", "agentctl", "sandbox", "up")
    assert done.returncode == 1
    assert done.stdout == ""
    assert "is not installed" in done.stderr
    assert "hint: pip install 'agentctl[sandbox]'" in done.stderr
    assert "Traceback" not in done.stderr


def test_version_and_help_for_machines(installed: Installed) -> None:
    assert installed("-m", "agentctl", "--version").stdout == f"agentctl {agentctl.__version__}\n"
    assert json.loads(installed("-m", "agentctl", "--help-json").stdout)["version"] == agentctl.__version__


def test_what_is_needed_leaves_the_extras_out() -> None:
    assert {"boto3", "botocore", "confluent-kafka", "orjson", "rich", "typer"} <= set(needed())
    assert {"moto", "noida-db", "pytest", "hypothesis"}.isdisjoint(needed())
