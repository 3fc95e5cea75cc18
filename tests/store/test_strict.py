"""Against a store that checks signatures and checksums, and in which writers really race."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from agentctl.errors import AccessError, ExitCode
from tests.store.conftest import MIB, Ground
from tests.store.faults import flipped_request

SMALL, LARGE = b"small" * 100, bytes(range(256)) * (11 * MIB // 256)


@pytest.mark.parametrize("content", [b"", SMALL, LARGE], ids=["empty", "small", "large"])
def test_what_was_put_is_read_and_only_the_first_of_a_name_is_put(
    strict_ground: Ground, content: bytes
) -> None:
    store = strict_ground.store
    assert store.put_new("topic=a/1.avro", content, metadata={"next": "5"})
    assert not store.put_new("topic=a/1.avro", b"another")
    assert not store.put_new("topic=a/1.avro", LARGE[::-1])
    assert store.get("topic=a/1.avro") == content
    assert store.get_range("topic=a/1.avro", 2, 3) == content[2:5]
    assert store.head("topic=a/1.avro").metadata == {"next": "5"}
    assert [one.key for one in store.list()] == ["topic=a/1.avro"]
    assert list(store.folders()) == ["topic=a/"]
    assert strict_ground.uploads() == 0


def test_of_many_writers_one_wins(strict_ground: Ground) -> None:
    writers, begin = 8, Barrier(8)
    stores = [strict_ground.opened() for _ in range(writers)]

    def put(number: int) -> bool:
        begin.wait()
        return stores[number].put_new("a.avro", bytes([number]) * (7 * MIB if number % 2 else 1000))

    with ThreadPoolExecutor(writers) as pool:
        won = list(pool.map(put, range(writers)))
    assert sum(won) == 1
    assert set(strict_ground.body("events/a.avro")) == {won.index(True)}


@pytest.mark.parametrize(
    ("content", "part"), [(SMALL, "a.avro"), (LARGE, "partNumber=2")], ids=["small", "large"]
)
def test_what_is_damaged_on_the_way_is_sent_again(strict_ground: Ground, content: bytes, part: str) -> None:
    strict_ground.faults.on("PUT", part, flipped_request(100))
    assert strict_ground.store.put_new("a.avro", content)
    assert strict_ground.faults.count("PUT", part) == 2
    assert strict_ground.body("events/a.avro") == content


@pytest.mark.parametrize(
    ("variable", "why"),
    [
        ("AWS_SECRET_ACCESS_KEY", "the secret access key is wrong"),
        ("AWS_ACCESS_KEY_ID", "the store does not know the access key"),
    ],
)
def test_wrong_keys_are_told(
    strict_ground: Ground, monkeypatch: pytest.MonkeyPatch, variable: str, why: str
) -> None:
    monkeypatch.setenv(variable, "hunter2")
    for ask in (strict_ground.opened().get, lambda key: list(strict_ground.opened().list(key))):
        with pytest.raises(AccessError, match=why) as failure:
            ask("a.avro")
        assert failure.value.exit_code == ExitCode.ACCESS
        assert "hunter2" not in failure.value.message


def test_keys_of_a_profile_are_used(
    strict_ground: Ground, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    written = tmp_path / "credentials"
    written.write_text("[ops]\naws_access_key_id = writer\naws_secret_access_key = a secret of tests\n")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(written))
    monkeypatch.setenv("AWS_PROFILE", "ops")
    assert strict_ground.opened().put_new("a.avro", SMALL)
