"""Properties that librdkafka takes, and those that it does not: named, and no value told."""

from pathlib import Path

import pytest

from agentctl.errors import UsageError
from agentctl.kafka.connection import Connection

BROKERS = {"bootstrap.servers": "127.0.0.1:1"}
SASL = {"security.protocol": "SASL_PLAINTEXT", "sasl.mechanism": "PLAIN", "sasl.username": "me"}
OAUTH = {"security.protocol": "sasl_ssl", "sasl.mechanism": "OAUTHBEARER"}


def refusal(properties: dict[str, str]) -> UsageError:
    with pytest.raises(UsageError) as caught:
        _ = Connection(BROKERS | properties).admin
    with pytest.raises(UsageError):
        Connection(BROKERS | properties).consumer({"group.id": "g"}, {})
    return caught.value


@pytest.mark.parametrize(
    ("properties", "named"),
    [
        ({"security.protocl": "hunter2"}, '"security.protocl"'),
        ({"socket.timeout.ms": "hunter2"}, '"socket.timeout.ms"'),
        (SASL, "sasl.username and sasl.password must be set"),
        ({"security.protocol": "SSL", "ssl.key.pem": "hunter2"}, "ssl.key.pem"),
        ({"security.protocol": "SSL", "ssl.key.password": "hunter2", "ssl.ca.pem": "x"}, "ssl.ca.pem"),
        (OAUTH, "OAUTHBEARER needs somebody to get a token from"),
        (OAUTH | {"sasl.oauthbearer.method": "oidc"}, "sasl.oauthbearer.token.endpoint.url"),
    ],
)
def test_a_property_that_is_not_taken_is_named_and_its_value_is_not(
    properties: dict[str, str], named: str
) -> None:
    told = refusal(properties)
    assert named in told.message
    assert told.hint
    assert "hunter2" not in f"{told.message} {told.hint}"
    assert "Failed to create" not in told.message


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    missing = tmp_path / "ca.pem"
    told = refusal({"security.protocol": "SSL", "ssl.ca.location": str(missing)})
    assert told.message == f"ssl.ca.location names {missing}, and there is no such file"


def test_a_secret_that_is_quoted_is_masked(tmp_path: Path) -> None:
    store = tmp_path / "hunter2.p12"
    store.write_bytes(b"no store")
    told = refusal(
        {
            "security.protocol": "SSL",
            "ssl.keystore.location": str(store),
            "ssl.keystore.password": "hunter2",
        }
    )
    assert "ssl.keystore.location" in told.message
    assert "hunter2" not in told.message


@pytest.mark.parametrize(
    "more", [{"sasl.oauthbearer.method": "default"}, {"enable.sasl.oauthbearer.unsecure.jwt": "false"}]
)
def test_oauth_that_would_wait_for_a_token_for_ever_is_refused(more: dict[str, str]) -> None:
    assert "sasl.oauthbearer.method=oidc" in (refusal(OAUTH | more).hint or "")


@pytest.mark.parametrize(
    "properties",
    [
        OAUTH | {"enable.sasl.oauthbearer.unsecure.jwt": "true", "sasl.oauthbearer.config": "principal=me"},
        {"sasl.mechanism": "OAUTHBEARER"},
        SASL | {"sasl.password": "p"},
    ],
)
def test_what_can_be_meant_is_taken(properties: dict[str, str]) -> None:
    assert Connection(BROKERS | properties).admin is not None
