"""What librdkafka and brokers say, in words for people."""

import pytest
from confluent_kafka import KafkaError, KafkaException

from agentctl.errors import AccessError, AgentctlError, NotFoundError, UnreachableError
from agentctl.kafka.errors import Complaint, cleaned, error_of, reason_of, translated

T = KafkaError._TRANSPORT
LOG = "FAIL [rdkafka#producer-1] [thrd:h:1/bootstrap]: "


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (
            "10.0.0.1:9092/bootstrap: Connect to ipv4#10.0.0.1:9092 failed: Connection refused "
            "(after 0ms in state CONNECT)",
            Complaint(T, "10.0.0.1:9092", None, "connection refused", "plaintext", "CONNECT"),
        ),
        (
            "kafka-2:9092/2: Connect to ipv4#10.0.0.2:9092 failed: Connection refused "
            "(after 0ms in state CONNECT, 3 identical error(s) suppressed)",
            Complaint(T, "kafka-2:9092", "2", "connection refused", "plaintext", "CONNECT"),
        ),
        (
            "sasl_ssl://h:1/bootstrap: SASL authentication error: Authentication failed: "
            "Invalid username or password (after 3ms in state AUTH_REQ)",
            Complaint(T, "h:1", None, "invalid username or password", "sasl_ssl", "AUTH_REQ"),
        ),
        (
            "ssl://[::1]:9093/1: SSL handshake failed: error:0A000086:SSL routines::certificate verify "
            "failed: broker certificate could not be verified (install ca-certificates package) "
            "(after 5ms in state SSL_HANDSHAKE)",
            Complaint(
                T,
                "[::1]:9093",
                "1",
                "SSL handshake failed: SSL routines::certificate verify failed: broker certificate could "
                "not be verified (install ca-certificates package)",
                "ssl",
                "SSL_HANDSHAKE",
            ),
        ),
        ("h:1/bootstrap: Failed (_TRANSPORT)", Complaint(T, "h:1", None, "failed", "plaintext", None)),
        ("2/2 brokers are down", Complaint(T, None, None, "2/2 brokers are down", "plaintext", None)),
    ],
)
def test_a_complaint_is_taken_apart(text: str, complaint: Complaint) -> None:
    assert Complaint.of(KafkaError(T, text)) == complaint


def test_a_closed_connection_is_known_from_the_log_only() -> None:
    line = (
        "ssl://h:1/3: Disconnected: connection closed by peer: receive 0 after POLLIN (after 1ms in state UP)"
    )
    said = Complaint.of_log(LOG + line)
    assert said is not None
    assert (said.code, said.address, said.node, said.protocol, said.state) == (T, "h:1", "3", "ssl", "UP")
    assert said.closed


@pytest.mark.parametrize(
    "line",
    [
        "CONFWARN [rdkafka#consumer-1] [thrd:app]: Configuration property x is a producer property",
        "FAIL of something else",
        f"{LOG}no broker is named here",
        "",
    ],
)
def test_other_lines_of_the_log_are_no_complaints(line: str) -> None:
    assert Complaint.of_log(line) is None


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("Local: Host resolution failure", "host resolution failure"),
        ("Broker: Not leader for partition.", "not leader for partition"),
        ("SASL PLAIN mechanism handshake failed", "SASL PLAIN mechanism handshake failed"),
        ("ssl.key.pem failed: not in PEM format?", "ssl.key.pem failed: not in PEM format?"),
        ("Failed\n  here", "failed here"),
        ("error:0A0000C1:SSL routines::no shared cipher", "SSL routines::no shared cipher"),
        (
            "Failed to acquire SASL OAUTHBEARER token: "
            "Unrecognized sasl.oauthbearer.config beginning at: hunter2",
            "failed to acquire SASL OAUTHBEARER token: sasl.oauthbearer.config cannot be understood",
        ),
        ("", ""),
    ],
)
def test_a_phrase_can_follow_a_colon(text: str, phrase: str) -> None:
    assert cleaned(text) == phrase


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (KafkaError.TOPIC_AUTHORIZATION_FAILED, "no permission"),
        (KafkaError.UNKNOWN_TOPIC_OR_PART, "no such topic"),
        (KafkaError._UNKNOWN_TOPIC, "no such topic"),
        (KafkaError.NOT_LEADER_FOR_PARTITION, "not leader for partition"),
    ],
)
def test_a_reason_has_no_subject(code: int, reason: str) -> None:
    assert reason_of(KafkaError(code)) == reason


@pytest.mark.parametrize(
    ("code", "kind", "exit_code"),
    [
        (KafkaError.CLUSTER_AUTHORIZATION_FAILED, AccessError, 5),
        (KafkaError.REQUEST_TIMED_OUT, UnreachableError, 6),
        (KafkaError.UNKNOWN_TOPIC_OR_PART, NotFoundError, 4),
        (KafkaError.UNKNOWN, AgentctlError, 1),
    ],
)
def test_an_exception_becomes_a_sentence_with_its_exit_code(
    code: int, kind: type[AgentctlError], exit_code: int
) -> None:
    told = translated(KafkaException(KafkaError(code)), "list the topics")
    assert type(told) is kind
    assert told.exit_code == exit_code
    assert told.message.startswith("cannot list the topics: ")


@pytest.mark.parametrize("exception", [KafkaException("odd"), KafkaException(), ValueError("odd")])
def test_an_exception_without_an_error_is_a_failure(exception: Exception) -> None:
    assert error_of(exception).code() == KafkaError._FAIL
