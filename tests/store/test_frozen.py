"""Objects in cold classes: how they stand, and how they are thawed."""

from datetime import UTC, datetime, timedelta

import pytest

from agentctl.archive.store import FrozenError, Stored, Thaw, Tier
from agentctl.errors import UnreachableError
from tests.store.conftest import Ground
from tests.store.faults import header, refuse, rewritten
from tests.store.running import NOW_MS

LATER = datetime.fromtimestamp(NOW_MS / 1000, UTC) + timedelta(days=3)
LATER_MS = NOW_MS + 3 * 86_400_000
HTTP_DATE = "%a, %d %b %Y %H:%M:%S GMT"
EARLIER = LATER - timedelta(days=4)


def put(ground: Ground, class_: str, key: str = "a.avro") -> None:
    ground.store.put_new(key, b"frozen?", storage_class=class_)
    ground.faults.seen.clear()


def asked(ground: Ground) -> list[tuple[str | None, str | None]]:
    """Return tier and days of every request to thaw that came."""
    bodies = [one.body.decode() for one in ground.faults.seen if one.method == "POST"]
    return [(between(body, "Tier"), between(body, "Days")) for body in bodies]


def between(text: str, tag: str) -> str | None:
    _, begin, rest = text.partition(f"<{tag}>")
    return rest.partition("<")[0] if begin else None


@pytest.mark.parametrize(
    "class_", ["STANDARD", "STANDARD_IA", "ONEZONE_IA", "GLACIER_IR", "INTELLIGENT_TIERING"]
)
def test_classes_that_can_be_read_at_once_are_hot(ground: Ground, class_: str) -> None:
    put(ground, class_)
    assert ground.store.get("a.avro") == b"frozen?"
    assert ground.store.head("a.avro").thaw is Thaw.HOT
    assert [one.thaw for one in ground.store.list()] == [Thaw.HOT]
    assert ground.store.thaw("a.avro", Tier.BULK, 1) is Thaw.HOT
    assert asked(ground) == [], "nothing is asked for that is there"


@pytest.mark.parametrize("class_", ["GLACIER", "DEEP_ARCHIVE"])
def test_a_frozen_object_can_be_looked_at_but_not_read(ground: Ground, class_: str) -> None:
    put(ground, class_)
    assert ground.store.head("a.avro") == Stored("a.avro", 7, class_, Thaw.FROZEN)
    assert list(ground.store.list()) == [Stored("a.avro", 7, class_, Thaw.FROZEN)]
    for read in (ground.store.get, lambda key: ground.store.get_range(key, 0, 3)):
        with pytest.raises(FrozenError, match=r"cannot read s3://.*/events/a\.avro: it is frozen") as failure:
            read("a.avro")
        assert failure.value.hint == "agentctl restore --thaw bulk"


def test_a_thaw_goes_from_frozen_over_thawing_to_thawed_and_the_class_stays(ground: Ground) -> None:
    put(ground, "GLACIER")
    assert ground.store.thaw("a.avro", Tier.BULK, 3) is Thaw.THAWING
    assert asked(ground) == [("Bulk", "3")]
    ground.faults.on("HEAD", "a.avro", header("x-amz-restore", 'ongoing-request="true"'))
    assert ground.store.head("a.avro") == Stored("a.avro", 7, "GLACIER", Thaw.THAWING)
    thawed = ground.store.head("a.avro")
    assert (thawed.thaw, thawed.storage_class) == (Thaw.THAWED, "GLACIER")
    assert thawed.expires_ms is not None
    assert ground.store.get("a.avro") == b"frozen?"
    assert ground.store.thaw("a.avro", Tier.BULK, 9) is Thaw.THAWED, "the copy is kept for longer"
    assert asked(ground)[-1] == ("Bulk", "9")


def test_when_a_copy_goes_away_is_told_and_afterwards_it_is_frozen(ground: Ground) -> None:
    put(ground, "GLACIER")
    kept = f'ongoing-request="false", expiry-date="{LATER.strftime(HTTP_DATE)}"'
    gone = f'ongoing-request="false", expiry-date="{EARLIER.strftime(HTTP_DATE)}"'
    ground.faults.on("HEAD", "a.avro", header("x-amz-restore", kept), header("x-amz-restore", gone))
    assert ground.store.head("a.avro") == Stored("a.avro", 7, "GLACIER", Thaw.THAWED, LATER_MS)
    assert ground.store.head("a.avro").thaw is Thaw.FROZEN


@pytest.mark.parametrize(
    "text", ["", "nonsense", 'ongoing-request="maybe"', 'ongoing-request="false", expiry-date="x"']
)
def test_a_restore_header_that_says_nothing_is_no_reason_to_fail(ground: Ground, text: str) -> None:
    put(ground, "GLACIER")
    ground.faults.on("HEAD", "a.avro", header("x-amz-restore", text))
    assert ground.store.head("a.avro").expires_ms is None


def test_lists_tell_how_objects_stand_where_the_store_does(ground: Ground) -> None:
    for key in "abc":
        put(ground, "GLACIER", key)
    status = {
        b"a": b"<RestoreStatus><IsRestoreInProgress>true</IsRestoreInProgress></RestoreStatus>",
        b"b": b"<RestoreStatus><IsRestoreInProgress>false</IsRestoreInProgress><RestoreExpiryDate>"
        + LATER.strftime("%Y-%m-%dT%H:%M:%SZ").encode()
        + b"</RestoreExpiryDate></RestoreStatus>",
    }

    def with_status(body: bytes) -> bytes:
        for key, text in status.items():
            name = b"<Key>events/" + key + b"</Key>"
            assert name in body
            body = body.replace(name, name + text)
        return body

    ground.faults.on("GET", "list-type=2", rewritten(with_status))
    assert list(ground.store.list()) == [
        Stored("a", 7, "GLACIER", Thaw.THAWING),
        Stored("b", 7, "GLACIER", Thaw.THAWED, LATER_MS),
        Stored("c", 7, "GLACIER", Thaw.FROZEN),
    ]
    (seen,) = ground.faults.seen
    assert seen.header("x-amz-optional-object-attributes") == "RestoreStatus"


def test_a_thaw_that_somebody_asked_for_goes_on(ground: Ground) -> None:
    put(ground, "GLACIER")
    ground.faults.on("POST", "restore", refuse(409, "RestoreAlreadyInProgress"))
    assert ground.store.thaw("a.avro", Tier.STANDARD, 1) is Thaw.THAWING
    assert ground.waiting.waits == []


def test_where_there_is_no_capacity_for_expedited_standard_is_asked_for(ground: Ground) -> None:
    put(ground, "GLACIER")
    ground.faults.on("POST", "restore", refuse(503, "GlacierExpeditedRetrievalNotAvailable"))
    assert ground.store.thaw("a.avro", Tier.EXPEDITED, 2) is Thaw.THAWING
    assert asked(ground) == [("Expedited", "2"), ("Standard", "2")]
    assert ground.waiting.waits == [], "the answer is no fault that passes"


def test_deep_archive_has_no_expedited(ground: Ground) -> None:
    put(ground, "DEEP_ARCHIVE")
    ground.store.thaw("a.avro", Tier.EXPEDITED, 2)
    assert asked(ground) == [("Standard", "2")]


def test_what_passes_is_waited_for(ground: Ground) -> None:
    put(ground, "GLACIER")
    ground.faults.on("POST", "restore", refuse(503, "SlowDown"), refuse(500, "InternalError"))
    assert ground.store.thaw("a.avro", Tier.BULK, 1) is Thaw.THAWING
    assert len(asked(ground)) == 3
    ground.faults.on("POST", "restore", refuse(503, "SlowDown"), always=True)
    with pytest.raises(UnreachableError, match=r"cannot thaw s3://.*/a\.avro: the store asks to slow down"):
        ground.store.thaw("a.avro", Tier.BULK, 1)


def test_intelligent_tiering_may_be_frozen_and_is_thawed_for_good(ground: Ground) -> None:
    put(ground, "INTELLIGENT_TIERING")
    archived = header("x-amz-archive-status", "DEEP_ARCHIVE_ACCESS")
    ground.faults.on("HEAD", "a.avro", archived, archived)
    ground.faults.on("POST", "restore", lambda asked, forward: refuse(202)(asked, forward))
    assert ground.store.head("a.avro").thaw is Thaw.FROZEN
    assert ground.store.thaw("a.avro", Tier.EXPEDITED, 5) is Thaw.THAWING
    assert asked(ground) == [("Standard", None)]


def test_what_is_in_an_active_tier_again_is_hot(ground: Ground) -> None:
    put(ground, "INTELLIGENT_TIERING")
    ground.faults.on("HEAD", "a.avro", header("x-amz-archive-status", "ARCHIVE_ACCESS"))
    ground.faults.on("POST", "restore", refuse(403, "ObjectAlreadyInActiveTierError"))
    assert ground.store.thaw("a.avro", Tier.BULK, 5) is Thaw.HOT
