"""The command that is run for each new problem: what it reads, how it may fail, and that nobody waits."""

import json
import time
from pathlib import Path

from agentctl.cli.notifying import Notifier, Told

PATIENCE = 30.0


def until(notifier: Notifier, count: int = 1) -> list[str]:
    """Return the complaints once there are so many."""
    found: list[str] = []
    deadline = time.monotonic() + PATIENCE
    while len(found) < count:
        assert time.monotonic() < deadline, found
        found += notifier.complaints()
    return found


def until_there(path: Path, lines: int) -> list[str]:
    """Return the lines of a file once there are so many."""
    deadline = time.monotonic() + PATIENCE
    while not path.exists() or path.read_text().count("\n") < lines:
        assert time.monotonic() < deadline
    return path.read_text().splitlines()


def told(name: str) -> Told:
    return Told(name, json.dumps({"id": name}))


def test_it_reads_one_finding_a_run_in_their_order(tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    with Notifier(f"cat >> '{seen}'", None) as notifier:
        for name in ("C1", "O1", "C2"):
            notifier.tell(told(name))
        lines = until_there(seen, 3)
    assert [json.loads(line)["id"] for line in lines] == ["C1", "O1", "C2"]


def test_a_command_that_fails_is_reported_and_the_next_problem_is_told(tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    with Notifier(f"cat >> '{seen}'; exit 9", None) as notifier:
        notifier.tell(told("C1"))
        notifier.tell(told("C2"))
        complaints = until(notifier, 2)
    assert complaints == ["--exec exited with 9 (for C1)", "--exec exited with 9 (for C2)"]
    assert len(until_there(seen, 2)) == 2


def test_a_command_that_does_not_read_is_no_failure(tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    with Notifier(f"exec <&-; echo done >> '{seen}'", None) as notifier:
        notifier.tell(Told("C1", json.dumps({"id": "C1", "much": "x" * 1_000_000})))
        until_there(seen, 1)
    assert notifier.complaints() == []


def test_a_command_that_hangs_is_ended_with_all_that_it_started(tmp_path: Path) -> None:
    child = tmp_path / "child"
    command = f"cat > /dev/null; sleep 600 & echo $! > '{child}'; wait"
    with Notifier(command, None, most_seconds=0.5) as notifier:
        notifier.tell(told("C1"))
        assert until(notifier) == ["--exec still ran after 0.5s, and was ended (for C1)"]
        [pid] = until_there(child, 1)
        assert gone(int(pid))


def test_leaving_ends_the_run_that_is_on_its_way_and_forgets_those_that_wait(tmp_path: Path) -> None:
    child = tmp_path / "child"
    began = time.monotonic()
    with Notifier(f"echo $$ >> '{child}'; exec sleep 600", None) as notifier:
        notifier.tell(told("C1"))
        notifier.tell(told("C2"))
        [pid] = until_there(child, 1)
        assert notifier.rest() == 2
    assert gone(int(pid))
    assert time.monotonic() - began < PATIENCE
    assert len(child.read_text().splitlines()) == 1


def test_a_command_that_is_not_there_is_reported() -> None:
    with Notifier("/no/such/command", None) as notifier:
        notifier.tell(told("C1"))
        assert until(notifier) == ["--exec exited with 127 (for C1)"]


def gone(pid: int) -> bool:
    """Return once a process is no more, or only waits to be collected."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return True
        if state == "Z":
            return True
    return False
