"""`--follow` and `--play` at the command line: what is refused, and a play on a clock that is not real."""

import io
import json
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from agentctl.cli.frame import run
from agentctl.surroundings import Surroundings
from tests.builders import ms

START = 1_000_000


@dataclass
class Machine:
    """Surroundings whose clock moves only when somebody sleeps."""

    folder: Path
    now_ms: int = START
    slept: list[float] = field(default_factory=list)
    stdout: io.StringIO = field(default_factory=io.StringIO)
    stderr: io.StringIO = field(default_factory=io.StringIO)
    seen: list[tuple[int, int]] = field(default_factory=list)
    """By sleep: when it began, and how many lines stood there."""
    interrupt_after: int | None = None

    def sleep(self, seconds: float) -> None:
        self.seen.append((self.now_ms - START, self.stdout.getvalue().count("\n")))
        if self.interrupt_after is not None and len(self.seen) > self.interrupt_after:
            raise KeyboardInterrupt
        self.slept.append(seconds)
        self.now_ms += round(seconds * 1_000)

    def __call__(self, *words: str, terminal: bool = False) -> int:
        around = Surroundings(
            stdin=io.StringIO(),
            stdout=self.stdout,
            stderr=self.stderr,
            environment={},
            folder=self.folder,
            home=self.folder,
            clock=lambda: self.now_ms,
            width=80,
            output_is_terminal=terminal,
            error_is_terminal=False,
            sleep=self.sleep,
        )
        return run(words, around)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    rows = [
        ("03:00:00", "research", "a"),
        ("03:01:00", "seo", "b"),
        ("03:02:00", "seo", "c"),
        ("09:00:00", "pa", "d"),
    ]
    with (tmp_path / "night.ndjson").open("w") as file:
        for n, (at, agent, id) in enumerate(rows):
            payload = json.dumps({"workflow_id": "w", "id": id, "agent": agent})
            row = {
                "schema": "agentctl.replay/1",
                "topic": "t",
                "partition": 0,
                "offset": n,
                "timestamp": str(ms(at)),
                "timestamp_type": "create",
                "key": None,
                "value": payload,
                "headers": [],
            }
            file.write(json.dumps(row) + "\n")
    return Machine(tmp_path)


def test_rows_are_shown_when_they_are_due_and_silences_are_cut(machine: Machine) -> None:
    assert machine("replay", "--source", "night.ndjson", "--play", "60x") == 0
    ids = [line.split("\t")[1] for line in machine.stdout.getvalue().splitlines()]
    assert ids == ["research", "seo", "seo", "pa"]
    # A minute takes a second; the silence of six hours a second, too, and says so.
    assert sum(machine.slept) == pytest.approx(3.0)
    assert machine.seen == [(0, 1), (1_000, 2), (2_000, 3)]
    assert "⫽ 5h 58m without events" in machine.stderr.getvalue()


def test_on_a_screen_the_rows_stand_between_title_and_coverage(machine: Machine) -> None:
    assert machine("replay", "--source", "night.ndjson", "--play", "60x", "--no-color", terminal=True) == 0
    lines = machine.stdout.getvalue().splitlines()
    assert lines[0].startswith("everything")
    assert [line for line in lines if "// 5h 58m without events" in line]
    assert lines[-1].startswith("read 4 records")
    lines_at_start = machine.seen[0][1]
    assert "  1  03:00:00.000" in lines[lines_at_start - 1]
    assert "  4  09:00:00.000" not in "\n".join(lines[:lines_at_start])


def test_ndjson_has_the_rows_of_a_replay(machine: Machine) -> None:
    assert machine("replay", "--source", "night.ndjson", "--play", "1000000", "-o", "ndjson") == 0
    played = machine.stdout.getvalue().splitlines()
    plain = Machine(machine.folder)
    assert plain("replay", "--source", "night.ndjson", "-o", "ndjson") == 0
    assert [line for line in played if "agentctl.replay/1" in line] == plain.stdout.getvalue().splitlines()


def test_ctrl_c_says_how_far_it_came(machine: Machine) -> None:
    machine.interrupt_after = 1
    assert machine("replay", "--source", "night.ndjson", "--play", "60x") == 130
    assert "Stopped by Ctrl-C after 2 of 4 events." in machine.stderr.getvalue()


def test_nothing_to_play_is_the_same_answer_as_without(machine: Machine) -> None:
    assert machine("replay", "zzz", "--source", "night.ndjson", "--play", "60x") == 4
    assert "Nothing matched zzz" in machine.stderr.getvalue()


FOLLOW = ("replay", "w", "-b", "127.0.0.1:1", "--follow")
PLAY = ("replay", "w", "--source", "night.ndjson", "--play", "60x")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((*FOLLOW, "--until", "14:00"), "--follow and --until do not go together"),
        ((*FOLLOW, "--limit", "3"), "--follow and --limit do not go together"),
        ((*FOLLOW, "--mark", "3"), "--follow and --mark do not go together"),
        ((*FOLLOW, "--as-seen-by", "seo"), "--follow and --as-seen-by do not go together"),
        ((*FOLLOW, "--exit-code"), "--follow and --exit-code do not go together"),
        ((*FOLLOW, "--explain"), "--follow and --explain do not go together"),
        ((*FOLLOW, "--with-commits"), "--follow and --with-commits do not go together"),
        ((*FOLLOW, "--source", "night.ndjson"), "a file does not grow; --play 60x plays it back"),
        ((*FOLLOW, "--play", "60x"), "--follow and --play do not go together"),
        ((*FOLLOW, "-o", "json"), "--follow takes -o table, wide, text, ndjson"),
        ((*FOLLOW, "-o", "csv"), "--follow cannot write csv"),
        ((*FOLLOW, "-o", "md"), "--follow cannot write md"),
        ((*FOLLOW, "-o", "html"), "--follow cannot write html"),
        ((*FOLLOW, "-o", "svg"), "--follow cannot write svg"),
        ((*FOLLOW, "--export", "x.html"), "--follow -o ndjson > x.ndjson"),
        ((*PLAY, "-o", "json"), "--play takes -o table, wide, text, ndjson"),
        ((*PLAY, "--export", "x.md"), "--play -o ndjson > x.ndjson"),
        ((*PLAY, "--as-seen-by", "seo"), "--play and --as-seen-by do not go together"),
        ((*PLAY, "--explain"), "--play and --explain do not go together"),
        (
            ("replay", "w", "--source", "night.ndjson", "--play", "soon"),
            "--play 60x plays an hour in a minute",
        ),
    ],
)
def test_what_cannot_be_meant_is_refused_at_once_with_what_can(
    machine: Machine, words: tuple[str, ...], said: str
) -> None:
    assert machine(*words) == 2
    assert said in machine.stderr.getvalue()
    assert machine.stdout.getvalue() == ""
    assert not list(machine.folder.glob("x.*"))


def test_a_dead_broker_is_an_error_and_not_a_wait(machine: Machine) -> None:
    assert machine(*FOLLOW) == 6
