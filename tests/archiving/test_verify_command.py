"""``archive verify`` and ``archive index`` as a user runs them: exit codes, fields, and who does the work."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.archiving.wholes import OBJECTS, PARTITIONS, RECORDS, Whole, flipped
from tests.harness import OUTSIDE, ROOT, Program
from tests.store.running import admin, new_bucket

WORKERS = pytest.mark.parametrize("count", ["1", "2"])


@pytest.fixture
def here(endpoint: str) -> dict[str, str]:
    return {"AGENTCTL_S3_ENDPOINT": endpoint}


@contextmanager
def cluster(workers: int) -> Iterator[str]:
    """Run a Dask scheduler and so many workers as processes; give its address."""
    environment = {**OUTSIDE, "PYTHONPATH": str(ROOT)}
    with tempfile.TemporaryDirectory(prefix="agentctl-dask-") as name:
        folder = Path(name)
        ends = ("--no-dashboard", "--interface", "lo")
        words = [
            ["distributed.cli.dask_scheduler", "--port", "0", "--scheduler-file", f"{folder}/at.json", *ends],
            *(
                [
                    *("distributed.cli.dask_worker", "--scheduler-file", f"{folder}/at.json"),
                    *("--nthreads", "1", "--no-nanny", "--local-directory", f"{folder}/{n}", *ends),
                ]
                for n in range(workers)
            ),
        ]
        running = []
        try:
            for one in words:
                running.append(
                    subprocess.Popen(
                        [sys.executable, "-m", *one],
                        cwd=folder,
                        env=environment,
                        stdout=subprocess.DEVNULL,
                        stderr=subprocess.DEVNULL,
                    )
                )
            script = (
                "import sys; from distributed import Client\n"
                "with Client(scheduler_file=sys.argv[1], timeout=60) as client:\n"
                "    client.wait_for_workers(int(sys.argv[2]), timeout=60)\n"
                "    print(client.scheduler.address)"
            )
            asked = [sys.executable, "-c", script, f"{folder}/at.json", str(workers)]
            answer = subprocess.run(asked, env=environment, capture_output=True, timeout=120, check=True)
            yield answer.stdout.decode().strip()
        finally:
            for process in reversed(running):
                process.kill()
                process.wait()


@WORKERS
def test_faults_are_rows_and_the_exit_code_is_3(
    agentctl: Program, whole: Whole, here: dict[str, str], count: str
) -> None:
    key = whole.key(1, 0)
    one = whole.sealed(key)
    whole.spoil(key.name, flipped(one.bytes(), one.index.blocks[2].offset + 30))
    words = ("archive", "verify", "--from", whole.address, "--workers", count)
    answer = agentctl(*words, "-o", "json", environment=here)
    assert answer.exit_code == 3
    (row,) = answer.json["rows"]
    assert row == {
        "key": key.name,
        "block": 2,
        "fault": "block-damaged",
        "explanation": row["explanation"],
        "mend": row["mend"],
    }
    assert "CRC32C" in row["explanation"]
    summary = answer.json["summary"]
    assert (summary["faults"], summary["objects"]) == (1, PARTITIONS * OBJECTS)


def test_an_archive_without_a_fault_ends_in_0_and_a_frozen_part_in_7(
    agentctl: Program, whole: Whole, here: dict[str, str]
) -> None:
    words = ("archive", "verify", "--from", whole.address)
    answer = agentctl.terminal(*words, columns=120, environment=here)
    assert answer.exit_code == 0, answer.stdout
    assert "nothing is wrong" in answer.stdout
    whole.freeze(whole.key(0, 0))
    partial = agentctl(*words, "-o", "json", environment=here)
    assert partial.exit_code == 7
    assert partial.json["summary"]["frozen"] == [whole.key(0, 0).name]
    assert whole.key(0, 0).name in partial.json["coverage"]["reasons"][0]
    whole.store.delete(whole.key(1, 1).sidecar)
    assert agentctl(*words, environment=here).exit_code == 3


def test_index_shows_a_plan_and_acts_when_told(agentctl: Program, whole: Whole, here: dict[str, str]) -> None:
    for one in whole.objects:
        whole.store.delete(one.key.sidecar)
    words = ("archive", "index", "--from", whole.address, "-o", "json")
    before = whole.names()
    plan = agentctl(*words, environment=here)
    assert plan.exit_code == 0, plan.stderr
    assert {row["state"] for row in plan.json["rows"]} == {"planned"}
    assert [row["key"] for row in plan.json["rows"]][:-1] == [one.key.sidecar for one in whole.objects]
    assert whole.names() == before
    done = agentctl(*words, "--execute", "--workers", "2", environment=here)
    assert done.exit_code == 0, done.stderr
    assert {row["state"] for row in done.json["rows"]} == {"done"}
    assert agentctl("archive", "verify", "--deep", "--from", whole.address, environment=here).exit_code == 0


def test_an_object_that_cannot_be_indexed_ends_in_7(
    agentctl: Program, whole: Whole, here: dict[str, str]
) -> None:
    key = whole.key(0, 1)
    whole.freeze(key)
    whole.store.delete(key.sidecar)
    answer = agentctl("archive", "index", "--from", whole.address, "--execute", environment=here)
    assert answer.exit_code == 7
    assert key.name in answer.stdout + answer.stderr


@pytest.mark.parametrize("command", ["verify", "index"])
def test_no_bucket_and_no_object_end_in_4(
    agentctl: Program, endpoint: str, here: dict[str, str], command: str
) -> None:
    empty = new_bucket(admin(endpoint))
    assert agentctl("archive", command, "--from", f"s3://{empty}/events", environment=here).exit_code == 4
    answer = agentctl("archive", command, "--from", "s3://no-such-bucket-here/events", environment=here)
    assert answer.exit_code == 4
    assert "no-such-bucket-here" in answer.stderr


def test_workers_that_cannot_be_are_refused(agentctl: Program, whole: Whole, here: dict[str, str]) -> None:
    words = ("archive", "verify", "--from", whole.address)
    assert agentctl(*words, "--workers", "0", environment=here).exit_code == 2
    answer = agentctl(*words, "--scheduler", "tcp://127.0.0.1:9", environment=here)
    assert answer.exit_code == 6
    assert "no Dask scheduler answers at tcp://127.0.0.1:9" in answer.stderr


def test_two_workers_of_a_dask_cluster_find_what_one_process_finds(
    agentctl: Program, whole: Whole, here: dict[str, str]
) -> None:
    key = whole.key(1, 2)
    one = whole.sealed(key)
    whole.spoil(key.name, one.bytes()[: one.index.blocks[2].offset])
    for other in whole.objects[:3]:
        whole.store.delete(other.key.sidecar)
    with cluster(2) as address:
        words = ("--from", whole.address, "--scheduler", address, "-o", "json")
        index = agentctl("archive", "index", *words, "--execute", environment=here)
        assert index.exit_code == 0, index.stderr
        answer = agentctl("archive", "verify", "--deep", *words, environment=here)
    assert answer.exit_code == 3, answer.stderr
    assert [(row["key"], row["block"], row["fault"]) for row in answer.json["rows"]] == [
        (key.name, 2, "block-missing")
    ]
    assert answer.json["summary"]["records"] == PARTITIONS * OBJECTS * RECORDS - 2
    alone = agentctl("archive", "verify", "--deep", "--from", whole.address, "-o", "json", environment=here)
    assert json.dumps(alone.json["rows"]) == json.dumps(answer.json["rows"])
