"""Every way of securing a listener: the right login gets the rows, a wrong one the reason."""

import pytest

from tests.harness import Answer
from tests.secured import logins
from tests.secured.cluster import ALICE, OPEN, Secured
from tests.secured.conftest import Replay, ids

pytestmark = pytest.mark.xdist_group("secured")

WRONG = "s3cret-but-wrong"
CREDENTIALS = "agentctl context show says which credentials were used, and where they come from"
CLIENT_CERTIFICATE = "name one that it trusts: -X ssl.certificate.location=FILE -X ssl.key.location=FILE"


def fails(answer: Answer, exit_code: int, sentence: str, hint: str) -> None:
    """The answer is that sentence and that hint, and nothing on stdout."""
    assert answer.stderr.splitlines()[-2:] == [f"agentctl: {sentence}", f"  hint: {hint}"]
    assert (answer.exit_code, answer.stdout) == (exit_code, "")


@pytest.mark.parametrize("listener", ["OPEN", "TLS", "MTLS", "PLAIN", "SCRAM", "OAUTH"])
def test_the_right_login_reads_without_any_permission_of_a_group(
    replay: Replay, secured_broker: Secured, listener: str
) -> None:
    answer = replay(listener, logins.right(secured_broker)[listener])
    assert (answer.exit_code, answer.stderr) == (0, "")
    assert ids(answer) == [f"{OPEN}-{n}" for n in range(3)]
    assert answer.json["coverage"]["complete"] is True


def test_a_key_store_of_pkcs12_is_a_client_certificate_too(replay: Replay, secured_broker: Secured) -> None:
    store = {
        "ssl.keystore.location": str(secured_broker.files.client_p12),
        "ssl.keystore.password": "s3cret-of-the-store",
    }
    answer = replay("MTLS", {**logins.tls(secured_broker), **store})
    assert (answer.exit_code, len(ids(answer))) == (0, 3)


def test_a_wrong_password(replay: Replay, secured_broker: Secured) -> None:
    fails(
        replay("PLAIN", logins.plain(password=WRONG)),
        5,
        f"{secured_broker.at('PLAIN')} refused the credentials: invalid username or password",
        CREDENTIALS,
    )


@pytest.mark.parametrize("user", [ALICE, "nobody"])
def test_a_wrong_password_or_user_of_scram(replay: Replay, secured_broker: Secured, user: str) -> None:
    fails(
        replay("SCRAM", logins.scram(secured_broker, user, WRONG)),
        5,
        f"{secured_broker.at('SCRAM')} refused the credentials: "
        "invalid credentials with SASL mechanism SCRAM-SHA-512",
        CREDENTIALS,
    )


@pytest.mark.parametrize("listener", ["TLS", "SCRAM"])
@pytest.mark.parametrize("authorities", ["the system's", "another"])
def test_an_unknown_authority(
    replay: Replay, secured_broker: Secured, listener: str, authorities: str
) -> None:
    login = dict(logins.right(secured_broker)[listener])
    del login["ssl.ca.location"]
    if authorities == "another":
        login["ssl.ca.location"] = str(secured_broker.files.foreign_ca)
    fails(
        replay(listener, login),
        5,
        f"TLS with {secured_broker.at(listener)} failed: the broker's certificate could not be verified",
        "name the CA that signed it: -X ssl.ca.location=FILE; "
        "with the right CA, the certificate is for another name than 127.0.0.1",
    )


def test_a_certificate_for_another_name(replay: Replay, secured_broker: Secured) -> None:
    named = f"localhost:{secured_broker.ports['TLS']}"
    fails(
        replay("TLS", logins.tls(secured_broker), "-b", named),
        5,
        f"TLS with {named} failed: the broker's certificate could not be verified",
        "name the CA that signed it: -X ssl.ca.location=FILE; "
        "with the right CA, the certificate is for another name than localhost",
    )


def test_a_missing_client_certificate(replay: Replay, secured_broker: Secured) -> None:
    fails(
        replay("MTLS", logins.tls(secured_broker)),
        5,
        f"TLS with {secured_broker.at('MTLS')} failed: "
        "the broker refused the client's certificate, or wants one (bad certificate)",
        CLIENT_CERTIFICATE,
    )


def test_a_client_certificate_that_the_broker_does_not_trust(replay: Replay, secured_broker: Secured) -> None:
    own = str(secured_broker.files.foreign_client)
    login = {**logins.mutual(secured_broker), "ssl.certificate.location": own, "ssl.key.location": own}
    fails(
        replay("MTLS", login),
        5,
        f"TLS with {secured_broker.at('MTLS')} failed: "
        "the broker refused the client's certificate, or wants one (bad certificate)",
        CLIENT_CERTIFICATE,
    )


@pytest.mark.parametrize(
    ("listener", "mechanism", "offered"),
    [
        ("PLAIN", "SCRAM-SHA-512", "PLAIN"),
        ("SCRAM", "PLAIN", "SCRAM-SHA-512"),
        ("OAUTH", "PLAIN", "OAUTHBEARER"),
    ],
)
def test_a_mechanism_that_the_listener_does_not_take(
    replay: Replay, secured_broker: Secured, listener: str, mechanism: str, offered: str
) -> None:
    protocol = "SASL_SSL" if listener == "SCRAM" else "SASL_PLAINTEXT"
    login = logins.scram(secured_broker) | {"security.protocol": protocol, "sasl.mechanism": mechanism}
    fails(
        replay(listener, login),
        5,
        f"{secured_broker.at(listener)} does not take the SASL mechanism {mechanism}, but {offered}",
        "name one that it takes: -X sasl.mechanism=…",
    )


@pytest.mark.parametrize(
    ("login", "protocols"), [({}, "SSL (or SASL_SSL)"), (logins.plain(), "SASL_SSL")], ids=["plain", "sasl"]
)
@pytest.mark.parametrize("listener", ["TLS", "SCRAM"])
def test_a_client_without_tls_at_a_port_with_it(
    replay: Replay, secured_broker: Secured, listener: str, login: logins.Properties, protocols: str
) -> None:
    fails(
        replay(listener, login),
        6,
        f"{secured_broker.at(listener)} closed the connection at the first request; it may want TLS",
        f"name its protocol: -X security.protocol={protocols}; or is it older than Kafka 0.10?",
    )


@pytest.mark.parametrize(
    ("listener", "like", "protocols"),
    [
        ("OPEN", "TLS", "PLAINTEXT (or SASL_PLAINTEXT)"),
        ("PLAIN", "TLS", "PLAINTEXT (or SASL_PLAINTEXT)"),
        ("PLAIN", "SCRAM", "SASL_PLAINTEXT"),
    ],
)
def test_a_client_with_tls_at_a_port_without_it(
    replay: Replay, secured_broker: Secured, listener: str, like: str, protocols: str
) -> None:
    fails(
        replay(listener, logins.right(secured_broker)[like]),
        5,
        f"TLS with {secured_broker.at(listener)} failed: the listener seems to speak no TLS",
        f"name its protocol: -X security.protocol={protocols}",
    )


@pytest.mark.parametrize(
    ("listener", "like", "protocol"), [("PLAIN", "OPEN", "PLAINTEXT"), ("SCRAM", "TLS", "SSL")]
)
def test_a_client_without_a_login_where_one_is_wanted(
    replay: Replay, secured_broker: Secured, listener: str, like: str, protocol: str
) -> None:
    fails(
        replay(listener, logins.right(secured_broker)[like]),
        6,
        f"{secured_broker.at(listener)} closed the connection when it was asked without a login; "
        "it may want one",
        f"-X security.protocol=SASL_{protocol} -X sasl.mechanism=…, sasl.username and sasl.password",
    )


@pytest.mark.parametrize(
    ("listener", "like", "protocol"), [("OPEN", "PLAIN", "PLAINTEXT"), ("TLS", "SCRAM", "SSL")]
)
def test_a_client_with_a_login_where_none_is_taken(
    replay: Replay, secured_broker: Secured, listener: str, like: str, protocol: str
) -> None:
    fails(
        replay(listener, logins.right(secured_broker)[like]),
        5,
        f"{secured_broker.at(listener)} takes no login by SASL at this listener",
        f"name its protocol: -X security.protocol={protocol}",
    )


@pytest.mark.parametrize(
    "config", ["s3cret=alice", "principal=alice s3cret", "principal=alice lifeSeconds=s3cret"]
)
def test_a_token_that_cannot_be_made(replay: Replay, secured_broker: Secured, config: str) -> None:
    fails(
        replay("OAUTH", logins.oauth(config)),
        5,
        f"cannot log in to {secured_broker.at('OAUTH')}: "
        "failed to acquire SASL OAUTHBEARER token: sasl.oauthbearer.config cannot be understood",
        CREDENTIALS,
    )


def test_oauth_without_anybody_to_get_a_token_from(replay: Replay, secured_broker: Secured) -> None:
    login = logins.oauth() | {"enable.sasl.oauthbearer.unsecure.jwt": "false"}
    answer = replay("OAUTH", login)
    assert answer.stderr.startswith("agentctl: OAUTHBEARER needs somebody to get a token from\n")
    assert (answer.exit_code, answer.stdout) == (2, "")
