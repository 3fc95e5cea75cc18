"""Putting a new object: once, whatever happens to requests and answers, and whoever else is at it."""

from concurrent.futures import ThreadPoolExecutor
from random import Random
from threading import Barrier, Lock

import pytest

from agentctl.errors import AccessError, AgentctlError, UnreachableError
from tests.store.conftest import MIB, Ground
from tests.store.faults import Action, Answer, Asked, Forward, cut, lost, refuse, unasked
from tests.store.running import Waiting

SMALL, LARGE = b"small" * 100, bytes(range(256)) * (11 * MIB // 256)
PASSING: dict[str, Action] = {
    "internal error": refuse(500, "InternalError"),
    "slow down": refuse(503, "SlowDown"),
    "connection closed": unasked,
    "damaged on the way": refuse(400, "BadDigest"),
    "waited too long": refuse(400, "RequestTimeout"),
}


@pytest.mark.parametrize("content", [SMALL, LARGE], ids=["small", "large"])
def test_only_the_first_object_of_a_name_is_put(ground: Ground, content: bytes) -> None:
    assert ground.store.put_new("a.avro", content)
    assert not ground.store.put_new("a.avro", b"another")
    assert not ground.store.put_new("a.avro", LARGE[::-1])
    assert ground.body("events/a.avro") == content
    assert ground.uploads() == 0, "what was begun for nothing is given up"


def test_of_many_writers_one_wins(ground: Ground) -> None:
    writers, begin = 8, Barrier(8)
    stores = [ground.opened() for _ in range(writers)]

    def put(number: int) -> bool:
        begin.wait()
        return stores[number].put_new("a.avro", bytes([number]) * (7 * MIB if number % 2 else 1000))

    with ThreadPoolExecutor(writers) as pool:
        won = list(pool.map(put, range(writers)))
    assert sum(won) == 1
    assert set(ground.body("events/a.avro")) == {won.index(True)}
    assert ground.uploads() == 0


@pytest.mark.parametrize("fault", PASSING)
@pytest.mark.parametrize("content", [SMALL, LARGE], ids=["small", "large"])
def test_what_passes_is_waited_for(ground: Ground, content: bytes, fault: str) -> None:
    ground.faults.on("PUT", "a.avro", PASSING[fault], PASSING[fault])
    ground.faults.on("POST", "a.avro", PASSING[fault], PASSING[fault])
    assert ground.store.put_new("a.avro", content, metadata={"next": "5"})
    assert ground.body("events/a.avro") == content
    assert ground.store.head("a.avro").metadata == {"next": "5"}


def test_a_conflict_is_tried_again(ground: Ground) -> None:
    ground.faults.on("PUT", "a.avro", refuse(409, "ConditionalRequestConflict"))
    assert ground.store.put_new("a.avro", SMALL)
    assert ground.faults.count("PUT") == 2


def test_after_a_conflict_at_its_end_an_upload_is_begun_anew(ground: Ground) -> None:
    ground.faults.on("POST", "uploadId", refuse(409, "ConditionalRequestConflict"))
    assert ground.store.put_new("a.avro", LARGE)
    assert ground.body("events/a.avro") == LARGE
    assert ground.faults.count("POST", "uploads") == 2
    assert ground.uploads() == 0


def test_after_a_lost_answer_the_own_object_is_found_there(ground: Ground) -> None:
    ground.faults.on("PUT", "a.avro", lost)
    assert not ground.store.put_new("a.avro", SMALL)
    assert ground.body("events/a.avro") == SMALL


@pytest.mark.parametrize("fault", [lost, cut(0), cut(20)], ids=["lost", "empty", "cut"])
def test_after_a_lost_answer_an_upload_may_be_ended_once_more(ground: Ground, fault: Action) -> None:
    ground.faults.on("POST", "uploadId", fault)
    assert ground.store.put_new("a.avro", LARGE), "S3 says again that it is done"
    assert ground.faults.count("POST", "uploadId") == 2
    assert ground.body("events/a.avro") == LARGE


@pytest.mark.parametrize("then", [(404, "NoSuchUpload"), (412, "PreconditionFailed"), (500, "InternalError")])
def test_after_a_lost_answer_at_its_end_an_upload_is_found_done(
    ground: Ground, then: tuple[int, str]
) -> None:
    ground.faults.on("POST", "uploadId", lost, refuse(*then))
    assert not ground.store.put_new("a.avro", LARGE)
    assert ground.body("events/a.avro") == LARGE


@pytest.mark.parametrize("method", ["PUT", "POST"])
def test_lost_answers_of_parts_do_no_harm(ground: Ground, method: str) -> None:
    part = "partNumber=2" if method == "PUT" else "?uploads"
    ground.faults.on(method, part, lost)
    assert ground.store.put_new("a.avro", LARGE)
    assert ground.body("events/a.avro") == LARGE


def test_an_upload_that_fails_leaves_no_parts(ground: Ground) -> None:
    ground.faults.on("PUT", "partNumber=2", refuse(403, "AccessDenied"))
    with pytest.raises(AccessError, match="permission is denied"):
        ground.store.put_new("a.avro", LARGE)
    assert ground.uploads() == 0
    assert list(ground.store.list()) == []


def test_ctrl_c_leaves_no_parts(ground: Ground) -> None:
    def stopped(seconds: float) -> None:
        raise KeyboardInterrupt

    ground.faults.on("PUT", "partNumber=2", refuse(500, "InternalError"))
    ground.waiting.sleep = stopped  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        ground.store.put_new("a.avro", LARGE)
    assert ground.uploads() == 0


def test_an_upload_that_somebody_gave_up_is_begun_anew(ground: Ground) -> None:
    def given_up(asked: Asked, forward: Forward) -> Answer:
        found = ground.admin.list_multipart_uploads(Bucket=ground.bucket)["Uploads"][0]
        ground.admin.abort_multipart_upload(
            Bucket=ground.bucket, Key=found["Key"], UploadId=found["UploadId"]
        )
        return refuse(404, "NoSuchUpload")(asked, forward)

    ground.faults.on("POST", "uploadId", given_up)
    assert ground.store.put_new("a.avro", LARGE)
    assert ground.body("events/a.avro") == LARGE


def test_patience_ends(ground: Ground) -> None:
    ground.faults.on("PUT", "a.avro", refuse(503, "SlowDown"), always=True)
    with pytest.raises(
        UnreachableError, match=r"cannot write s3://.*/events/a\.avro: the store asks to slow"
    ):
        ground.store.put_new("a.avro", SMALL)
    assert 20 < sum(ground.waiting.waits) <= 30


def test_a_conflict_that_does_not_end_is_said(ground: Ground) -> None:
    ground.faults.on("POST", "uploadId", refuse(409, "ConditionalRequestConflict"), always=True)
    with pytest.raises(AgentctlError, match="another writer was at the same object"):
        ground.store.put_new("a.avro", LARGE)
    assert ground.uploads() == 0


def test_parts_go_too_when_a_fault_hides_that_another_writer_was_first(ground: Ground) -> None:
    def another(asked: Asked, forward: Forward) -> Answer:
        ground.opened(prefix="events").replace("a.avro", b"another writer's")
        return refuse(500, "InternalError")(asked, forward)

    ground.faults.on("POST", "uploadId", another, refuse(500, "InternalError"))
    assert not ground.store.put_new("a.avro", LARGE)
    assert ground.body("events/a.avro") == b"another writer's"
    assert ground.uploads() == 0


@pytest.mark.parametrize("content", [SMALL, LARGE], ids=["small", "large"])
def test_a_store_without_tags_gets_none(ground: Ground, content: bytes) -> None:
    def untagged(asked: Asked, forward: Forward) -> Answer:
        return (
            refuse(501, "NotImplemented")(asked, forward) if asked.header("x-amz-tagging") else forward(asked)
        )

    for method in ("PUT", "POST"):
        ground.faults.on(method, "a.avro", untagged, always=True)
    assert ground.store.put_new("a.avro", content)
    assert ground.body("events/a.avro") == content


def test_a_store_without_conditions_is_refused(ground: Ground) -> None:
    ground.faults.on("PUT", "a.avro", refuse(501, "NotImplemented"), always=True)
    with pytest.raises(AgentctlError, match="the store cannot do this") as failure:
        ground.store.put_new("a.avro", SMALL)
    assert failure.value.hint is not None
    assert "If-None-Match" in failure.value.hint


def test_everything_that_is_put_carries_a_checksum_and_its_condition(ground: Ground) -> None:
    ground.store.put_new("small", SMALL)
    ground.store.put_new("large", LARGE)
    puts = [one for one in ground.faults.seen if one.method == "PUT"]
    assert len(puts) == 4
    assert all(one.header("x-amz-checksum-crc32") for one in puts)
    assert puts[0].header("If-None-Match") == "*"
    (end,) = [one for one in ground.faults.seen if one.method == "POST" and "uploadId" in one.path]
    assert end.header("If-None-Match") == "*"
    assert end.header("x-amz-checksum-type") == "FULL_OBJECT"


def test_data_objects_and_nothing_else_carry_the_tag_that_a_lifecycle_looks_for(ground: Ground) -> None:
    for key, content in (("topic=a/1.avro", SMALL), ("topic=a/2.avro", LARGE), ("topic=a/1.idx", SMALL)):
        ground.store.put_new(key, content)
    ground.store.replace("lookup/1.kidx", SMALL)

    def tags(key: str) -> list[dict[str, str]]:
        found: list[dict[str, str]] = ground.admin.get_object_tagging(
            Bucket=ground.bucket, Key=f"events/{key}"
        )["TagSet"]
        return found

    data = [{"Key": "agentctl", "Value": "data"}]
    assert tags("topic=a/1.avro") == tags("topic=a/2.avro") == data
    assert tags("topic=a/1.idx") == tags("lookup/1.kidx") == []


@pytest.mark.parametrize("seed", range(4))
def test_in_a_network_that_loses_at_random_at_most_one_believes_to_have_won(
    ground: Ground, seed: int
) -> None:
    chances, lock = Random(seed), Lock()
    faults = [lost, unasked, refuse(500, "InternalError"), refuse(409, "ConditionalRequestConflict"), cut(3)]

    def maybe(asked: Asked, forward: Forward) -> Answer:
        with lock:
            fault = chances.choice(faults) if chances.random() < 0.4 else None
        return forward(asked) if fault is None else fault(asked, forward)

    for method in ("PUT", "POST", "HEAD"):
        ground.faults.on(method, "a.avro", maybe, always=True)

    def put(number: int) -> bool:
        content = bytes([number]) * (7 * MIB if number % 2 else 1000)
        return ground.opened(Waiting().patience(300)).put_new("a.avro", content)

    with ThreadPoolExecutor(4) as pool:
        won = list(pool.map(put, range(4)))
    (there,) = set(ground.body("events/a.avro"))
    assert [number for number, mine in enumerate(won) if mine] in ([], [there])
