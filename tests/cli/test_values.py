"""Values for the tab key: out of configuration files and of what answers held lately, never from a broker."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from agentctl.cli.seen import MOST_NAMES, remember
from agentctl.cli.values import complete, offered
from agentctl.model.coverage import Coverage, PartitionCoverage
from agentctl.model.view import Column, View
from agentctl.surroundings import Surroundings, of_this_process
from tests.builders import ms
from tests.harness import Broker, Program


def answer(topics: list[str], workflows: list[str | None], source: str = "kafka") -> View:
    """A view of something that was read."""
    return View(
        name="replay",
        title="x",
        columns=(Column("workflow_id", "WORKFLOW"),),
        rows=[{"workflow_id": name} for name in workflows],
        coverage=Coverage(tuple(PartitionCoverage(topic, 0, source) for topic in topics)),
    )


@pytest.fixture
def around(isolation: Path) -> Surroundings:
    return replace(of_this_process(), home=isolation)


@pytest.fixture
def cache(isolation: Path) -> Path:
    return isolation / "cache" / "agentctl"


def kept(kind: str) -> list[str]:
    return complete([kind]).splitlines()


def test_contexts_come_out_of_the_configuration_files(agentctl: Program, isolation: Path) -> None:
    folder = isolation / "config" / "agentctl"
    (folder / "contexts.d").mkdir(parents=True)
    (folder / "config.toml").write_text("[context.production]\n[context.lab]\n")
    (folder / "contexts.d" / "sandbox.toml").write_text("[context.sandbox]\n")
    (agentctl.folder / "agentctl.toml").write_text("[context.local]\n")
    assert agentctl("__complete", "contexts").stdout == "lab\nlocal\nproduction\nsandbox\n"
    assert agentctl("__complete", "contexts", "l").stdout == "lab\nlocal\n"
    assert agentctl("__complete", "contexts", "x").stdout == ""


@pytest.mark.parametrize("words", [[], ["planets"], ["topics"], ["workflows", "w"], ["contexts", "a", "b"]])
def test_what_is_not_known_has_no_values_and_no_complaint(agentctl: Program, words: list[str]) -> None:
    said = agentctl("__complete", *words)
    assert (said.exit_code, said.stdout, said.stderr) == (0, "", "")


def test_names_of_an_answer_are_offered_later(around: Surroundings) -> None:
    remember(answer(["research-events", "content-claims"], ["wf_2", None, "wf_1", "wf_2"]), around)
    assert kept("topics") == ["content-claims", "research-events"]
    assert kept("workflows") == ["wf_1", "wf_2"]
    assert complete(["workflows", "wf_2"]) == "wf_2\n"


def test_the_latest_thousand_are_kept_each_once(around: Surroundings, cache: Path) -> None:
    remember(answer(["t"], [f"old_{n}" for n in range(MOST_NAMES)]), around)
    remember(answer(["t"], ["new", "old_7"]), around)
    lines = (cache / "workflows.txt").read_text().splitlines()
    assert len(lines) == MOST_NAMES
    assert lines[:3] == ["new", "old_7", "old_0"]
    assert len(set(lines)) == MOST_NAMES
    assert f"old_{MOST_NAMES - 1}" not in lines


@pytest.mark.parametrize(
    "name", ["", " ", "a b", "a\nb", "\x1b[2J", "$(x)", "`x`", "a;b", "*", "a?", "[a]", "~", "-x", "a\u202eb"]
)
def test_a_name_that_a_shell_or_a_screen_could_take_for_more_is_never_offered(
    around: Surroundings, cache: Path, name: str
) -> None:
    remember(answer(["t", name], [name, "ok"]), around)
    assert (cache / "workflows.txt").read_text() == "ok\n"
    # Neither is one that somebody else wrote there.
    (cache / "workflows.txt").write_text(f"{name}\nok\n")
    assert name not in kept("workflows")
    assert "ok" in kept("workflows")


def test_names_as_people_give_them_are_offered() -> None:
    names = ["workflow_7k2p", "a.b-c", "team/run:7", "9", "überblick", "user@host", "x=1", "50%", "/tmp/x"]
    assert offered(names) == names
    assert offered(["x" * 256, "y" * 257, "x" * 256]) == ["x" * 256]


def test_what_came_out_of_a_file_is_not_offered(around: Surroundings, cache: Path) -> None:
    remember(answer(["t"], ["w"], source="file"), around)
    remember(View(name="contexts", title="x", columns=(), rows=[]), around)
    assert not cache.exists()


def test_an_answer_that_adds_nothing_writes_nothing(around: Surroundings, cache: Path) -> None:
    remember(answer(["t"], ["w"]), around)
    before = (cache / "topics.txt").stat()
    remember(answer(["t"], ["w"]), around)
    after = (cache / "topics.txt").stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)
    assert sorted(path.name for path in cache.iterdir()) == ["topics.txt", "workflows.txt"]


def test_a_cache_that_cannot_be_written_or_read_changes_no_answer(around: Surroundings, cache: Path) -> None:
    cache.parent.write_text("a file where the folder should be")
    remember(answer(["t"], ["w"]), around)
    assert cache.parent.read_text() == "a file where the folder should be"
    assert kept("topics") == []


def test_a_cache_that_is_no_text_is_passed_over(around: Surroundings, cache: Path) -> None:
    cache.mkdir(parents=True)
    (cache / "topics.txt").write_bytes(b"\xff\xfe\n")
    assert kept("topics") == []
    remember(answer(["t"], ["w"]), around)
    assert kept("workflows") == ["w"]


def test_replaying_makes_the_names_known_and_completing_them_asks_no_broker(
    agentctl: Program, broker: Broker, cache: Path
) -> None:
    topic = broker.topic("known")
    payload = json.dumps({"workflow_id": "wf_known"}).encode()
    broker.produce(topic, [(None, payload, [], ms("03:00"), 0)])
    assert agentctl("replay", "-b", broker.bootstrap, "-t", topic).exit_code == 0
    assert agentctl("__complete", "topics").stdout == f"{topic}\n"
    assert agentctl("__complete", "workflows", "wf_").stdout == "wf_known\n"
    (cache / "topics.txt").unlink()
    assert agentctl("__complete", "topics").stdout == ""
