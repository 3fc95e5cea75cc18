"""``agentctl archive list``: what lies in an archive, without reading any of it."""

from typing import Any

import pytest

from agentctl.archive.keys import ObjectKey
from agentctl.archive.metadata import Beside, beside, metadata_of
from agentctl.archive.objects import ArchiveObject
from agentctl.archive.store import Tier
from tests.harness import Answer, Program
from tests.store.conftest import Ground

GENERATION = "AAAAAAAAAAAAAAAAAAAAAA"
DAY = 86_400_000
FIRST_DAY = 1_790_000_000_000


def put(
    ground: Ground, topic: str, partition: int, position: int, next_: int, class_: str = "STANDARD"
) -> str:
    """Put an object whose records are of as many days as its position says; return its key."""
    start = FIRST_DAY + position * DAY
    content = ArchiveObject(
        ObjectKey(topic, GENERATION, partition, position),
        next_,
        next_ - position - 1,
        min_time_ms=start,
        max_time_ms=start + DAY - 1,
    )
    key = f"topic={topic}/gen={GENERATION}/p={partition}/{position:020d}.avro"
    ground.store.put_new(key, b"x" * next_, storage_class=class_, metadata=metadata_of(content, "0badcafe"))
    ground.store.put_new(key.removesuffix(".avro") + ".idx", b"sidecar")
    return key


@pytest.fixture
def filled(ground: Ground) -> Ground:
    """With five objects of two topics, two of them frozen, and what else lies in an archive."""
    put(ground, "results", 0, 0, 10, "DEEP_ARCHIVE")
    put(ground, "claims", 10, 5, 9, "GLACIER_IR")
    put(ground, "claims", 2, 0, 3, "GLACIER")
    put(ground, "claims", 2, 3, 7)
    ground.store.thaw(put(ground, "claims", 1, 0, 4, "GLACIER"), Tier.BULK, 1)
    ground.store.replace("lookup/day=2026-11-23/abc-17.kidx", b"lookup")
    ground.store.replace("topic=claims/notes.txt", b"of others")
    return ground


def listed(agentctl: Program, ground: Ground, *words: str, prefix: str = "events") -> Answer:
    return agentctl(
        *("archive", "list", "--from", f"s3://{ground.bucket}/{prefix}", *words),
        environment={"AGENTCTL_S3_ENDPOINT": ground.faults.url},
    )


def places(answer: Answer) -> list[tuple[str, int, int]]:
    rows: list[dict[str, Any]] = answer.json["rows"]
    return [(row["topic"], row["partition"], row["first"]) for row in rows]


def test_every_object_is_a_row_in_the_order_of_offsets(filled: Ground, agentctl: Program) -> None:
    answer = listed(agentctl, filled, "-o", "json")
    assert answer.exit_code == 0
    assert places(answer) == [
        ("claims", 1, 0), ("claims", 2, 0), ("claims", 2, 3), ("claims", 10, 5), ("results", 0, 0)
    ]  # fmt: skip
    assert answer.json["rows"][1] == {
        "key": f"topic=claims/gen={GENERATION}/p=2/00000000000000000000.avro",
        "topic": "claims",
        "partition": 2,
        "first": 0,
        "next": 3,
        "records": 2,
        "bytes": 3,
        "min_time": "2026-09-21T14:13:20.000Z",
        "max_time": "2026-09-22T14:13:19.999Z",
        "storage_class": "GLACIER",
        "frozen": True,
    }
    assert [row["frozen"] for row in answer.json["rows"]] == [False, True, False, False, True]
    assert answer.json["summary"] == {"objects": 5, "records": 20, "bytes": 33, "frozen": 2}


def test_none_of_them_is_read(filled: Ground, agentctl: Program) -> None:
    filled.faults.seen.clear()
    listed(agentctl, filled)
    assert filled.faults.count("GET", ".avro") == filled.faults.count("GET", ".idx") == 0
    assert filled.faults.count("HEAD") == 5
    assert filled.faults.count("GET", "list-type=2") == len(filled.faults.seen) - 5 == 3, (
        "12 keys, 5 on a page"
    )


def test_only_of_a_topic_and_a_time(filled: Ground, agentctl: Program) -> None:
    assert places(listed(agentctl, filled, "-t", "results", "-o", "json")) == [("results", 0, 0)]
    since = str(FIRST_DAY + 3 * DAY)
    assert places(listed(agentctl, filled, "--since", since, "-o", "json")) == [
        ("claims", 2, 3), ("claims", 10, 5)
    ]  # fmt: skip
    assert len(places(listed(agentctl, filled, "--until", since, "-o", "json"))) == 3
    nothing = listed(agentctl, filled, "--since", str(FIRST_DAY + 40 * DAY))
    assert nothing.exit_code == 4
    assert "There is no object in" in nothing.stdout + nothing.stderr


def test_a_topic_that_is_not_there_is_told_with_near_ones(filled: Ground, agentctl: Program) -> None:
    answer = listed(agentctl, filled, "-t", "claim")
    assert answer.exit_code == 4
    assert f"there is nothing of the topic 'claim' in s3://{filled.bucket}/events" in answer.stderr
    assert "did you mean claims?" in answer.stderr


@pytest.mark.parametrize(("where", "exit_code", "why"), [
    ("s3://nobody-has-this-bucket/x", 4, "there is no such bucket"),
    ("nonsense", 2, "is no address of an archive"),
])  # fmt: skip
def test_what_is_wrong_is_told(
    ground: Ground, agentctl: Program, where: str, exit_code: int, why: str
) -> None:
    answer = agentctl(
        "archive", "list", "--from", where, environment={"AGENTCTL_S3_ENDPOINT": ground.endpoint}
    )
    assert answer.exit_code == exit_code
    assert why in answer.stderr
    assert "hint:" in answer.stderr


def test_the_archive_of_the_context_is_meant_where_none_is_named(filled: Ground, agentctl: Program) -> None:
    folder = agentctl.folder.parent / "config" / "agentctl"
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text(
        f'[context.lab]\narchive = "s3://{filled.bucket}/events"\ns3_endpoint = "{filled.endpoint}"\n'
    )
    assert len(agentctl("archive", "list", "--context", "lab", "-o", "json").json["rows"]) == 5


def test_objects_that_others_put_have_unknown_offsets(ground: Ground, agentctl: Program) -> None:
    key = f"events/topic=a/gen={GENERATION}/p=0/{0:020d}.avro"
    ground.admin.put_object(
        Bucket=ground.bucket, Key=key, Body=b"x", Metadata={"next": "many", "records": "-1"}
    )
    answer = listed(agentctl, ground, "-o", "json")
    (row,) = answer.json["rows"]
    assert (row["next"], row["records"], row["min_time"]) == (None, None, None)
    shown = agentctl.terminal(
        *("archive", "list", "--from", f"s3://{ground.bucket}/events"),
        environment={"AGENTCTL_S3_ENDPOINT": ground.faults.url},
    )
    assert "1 object does not say what it holds" in shown.stdout


def test_what_stands_beside_an_object_is_read_as_it_was_written() -> None:
    content = ArchiveObject(ObjectKey("t", GENERATION, 0, 5), 9, 3, min_time_ms=7, max_time_ms=8)
    assert beside(metadata_of(content, "0badcafe")) == Beside(9, 3, "0badcafe", 7, 8)
    untimed = ArchiveObject(ObjectKey("t", GENERATION, 0, 5), 9, 0)
    assert beside(metadata_of(untimed, "0badcafe")) == Beside(9, 0, "0badcafe", None, None)
    assert beside({}) == Beside()
