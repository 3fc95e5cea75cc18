"""A project file comes with somebody's code: nobody's credentials follow where it points."""

from pathlib import Path

import pytest
from botocore import UNSIGNED

from agentctl.errors import AccessError, AgentctlError, UsageError
from agentctl.settings.layers import Flags, resolve
from agentctl.store.client import make_client
from agentctl.store.s3 import S3Store, open_store
from tests.settings.home import Home
from tests.store.conftest import Ground
from tests.store.running import KEYS, Waiting

FOREIGN = "https://s3.evil.example"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A home with nothing in it, on no machine of AWS."""
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    return Home(tmp_path)


def opened(home: Home, address: str | None = "s3://bucket/events", context: str | None = None) -> S3Store:
    around = home.surroundings()
    return open_store(address, resolve(Flags(context=context), around), around, Waiting().patience())


def lend_keys(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, place: str) -> None:
    """Put keys of the user's somewhere."""
    if place == "environment":
        for name, text in KEYS.items():
            monkeypatch.setenv(name, text)
        return
    written = tmp_path / "credentials"
    name = "default" if place == "file" else "ops"
    written.write_text(f"[{name}]\naws_access_key_id = writer\naws_secret_access_key = hunter2\n")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(written))
    if place == "profile":
        monkeypatch.setenv("AWS_PROFILE", "ops")


@pytest.mark.parametrize("keys", ["environment", "file", "profile"])
@pytest.mark.parametrize("endpoint", [FOREIGN, "http://127.0.0.1:9"])
@pytest.mark.parametrize("place", ["top", "context", "their part of the user's context"])
def test_keys_are_not_sent_where_a_project_file_says(
    home: Home, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, keys: str, endpoint: str, place: str
) -> None:
    lend_keys(monkeypatch, tmp_path, keys)
    if place == "their part of the user's context":
        home.own('[context.lab]\narchive = "s3://bucket/events"\n')
    table = "" if place == "top" else "[context.lab]\n"
    home.project(f'{table}s3_endpoint = "{endpoint}"\n')
    with pytest.raises(UsageError, match=r"s3_endpoint comes from .*agentctl\.toml, but") as failure:
        opened(home, context=None if place == "top" else "lab")
    assert "hunter2" not in failure.value.message


def test_keys_are_sent_where_the_user_says(
    home: Home, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    lend_keys(monkeypatch, tmp_path, "environment")
    home.project(f'archive = "s3://theirs/events"\ns3_endpoint = "{FOREIGN}"\n')
    home.environment["AWS_ENDPOINT_URL_S3"] = "https://s3.mine.example"
    assert opened(home, None).address == "s3://theirs/events"
    del home.environment["AWS_ENDPOINT_URL_S3"]
    home.own('[context.lab]\ns3_endpoint = "https://s3.mine.example"\n')
    assert opened(home, None, "lab").address == "s3://theirs/events"


@pytest.mark.parametrize("who", ["a project file", "the user"])
def test_where_there_are_no_keys_none_are_sent(ground: Ground, home: Home, who: str) -> None:
    (home.project if who == "a project file" else home.own)(f's3_endpoint = "{ground.faults.url}"\n')
    store = opened(home, f"s3://{ground.bucket}/events")
    assert store.put_new("a.avro", b"x"), "a store on this machine takes made-up ones"
    assert store.get("a.avro") == b"x"
    said = {one.header("authorization") or "" for one in ground.faults.seen}
    assert all("Credential=agentctl/" in text for text in said)


def test_a_project_file_may_name_a_store_that_anybody_may_read(home: Home) -> None:
    home.project(f's3_endpoint = "{FOREIGN}"\n')
    client = make_client(resolve(Flags(), home.surroundings()), Waiting().patience())
    assert client.meta.config.signature_version is UNSIGNED


def test_a_variable_that_turns_those_of_aws_off_is_heard(home: Home) -> None:
    home.environment |= {"AWS_ENDPOINT_URL_S3": FOREIGN, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"}
    assert resolve(Flags(), home.surroundings()).get("s3_endpoint") is None


def test_without_keys_nothing_is_asked_of_a_store_elsewhere(home: Home) -> None:
    home.own(f's3_endpoint = "{FOREIGN}"\n')
    with pytest.raises(AccessError, match="there are no AWS credentials") as failure:
        opened(home)
    assert failure.value.hint is not None
    assert "AWS_PROFILE" in failure.value.hint


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://me:hunter2@s3.example.com",
        "ftp://hunter2",
        "hunter2",
        "https://",
        "http://host:hunter2",
        "https://s3.example.com/?key=hunter2",
    ],
)
def test_an_endpoint_is_an_address_and_nothing_else_and_is_not_quoted(home: Home, endpoint: str) -> None:
    home.own(f's3_endpoint = "{endpoint}"\n')
    with pytest.raises(UsageError, match="s3_endpoint from") as failure:
        opened(home)
    assert "hunter2" not in f"{failure.value.message} {failure.value.hint}"


@pytest.mark.parametrize(
    ("variables", "why"),
    [
        ({"AWS_PROFILE": "nobody"}, "there is no such AWS profile"),
        ({"AWS_ACCESS_KEY_ID": "half"}, "one half of the AWS credentials is missing"),
        ({"AWS_DEFAULTS_MODE": "odd", **KEYS}, "the AWS settings cannot be meant"),
    ],
)
def test_what_is_wrong_with_the_settings_of_aws_is_told(
    home: Home, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], why: str
) -> None:
    for name, text in variables.items():
        monkeypatch.setenv(name, text)
    with pytest.raises(AgentctlError, match=f"cannot open the archive: {why}"):
        opened(home)


@pytest.mark.parametrize(
    "address", ["bucket", "s3:/bucket", "s3://", "http://bucket/x", "s3://b", "s3://bu cket/x"]
)
def test_what_is_no_address_is_told(home: Home, address: str) -> None:
    with pytest.raises(UsageError, match="is no address of an archive"):
        opened(home, address)


@pytest.mark.parametrize("prefix", ["a//b", "../b", "a/./b", "a\nb"])
def test_what_no_prefix_can_be_is_told(home: Home, prefix: str) -> None:
    with pytest.raises(UsageError, match="the prefix of"):
        opened(home, f"s3://bucket/{prefix}")


def test_no_archive_at_all_is_told(home: Home) -> None:
    with pytest.raises(UsageError, match="no archive is named"):
        opened(home, None)
