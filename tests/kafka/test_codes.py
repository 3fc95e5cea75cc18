"""Which kind of failure, and so which exit code, each error code is: all that confluent_kafka names."""

import re

import pytest
from confluent_kafka import KafkaError

from agentctl.errors import AccessError, AgentctlError, NotFoundError, UnreachableError, UsageError
from agentctl.kafka.codes import kind_of

CODES = {
    name: code
    for name, code in vars(KafkaError).items()
    if name.isupper() and isinstance(code, int) and not name.startswith("__")
}
ABOUT_ACCESS = re.compile(r"AUTH|SASL|SSL|CREDENTIAL|DELEGATION|SECURITY")
ABOUT_REACH = re.compile(
    r"TRANSPORT|RESOLVE|BROKERS?_(DOWN|NOT)|NETWORK|(?<!INVALID_SESSION)_TIMED_OUT|COORDINATOR_(LOAD|NOT)"
    r"|LEADERS?_NOT_AVAILABLE|NOT_(LEADER|COORDINATOR|CONTROLLER)|(REPLICA|OFFSET)_NOT_AVAILABLE"
)
ABSENT = {
    "UNKNOWN_TOPIC_OR_PART",
    "_UNKNOWN_TOPIC",
    "_UNKNOWN_PARTITION",
    "_UNKNOWN_GROUP",
    "UNKNOWN_TOPIC_ID",
    "GROUP_ID_NOT_FOUND",
    "RESOURCE_NOT_FOUND",
}
each_code = pytest.mark.parametrize("name", CODES)


def test_there_are_codes_to_look_at() -> None:
    assert len(CODES) > 150
    assert {"_TRANSPORT", "_SSL", "TOPIC_AUTHORIZATION_FAILED"} <= set(CODES)


@each_code
def test_what_is_about_authentication_authorisation_or_tls_is_access_and_nothing_else_is(name: str) -> None:
    assert (kind_of(CODES[name]) is AccessError) is bool(ABOUT_ACCESS.search(name))


@each_code
def test_what_is_about_brokers_that_cannot_be_reached_now_is_unreachable(name: str) -> None:
    if ABOUT_REACH.search(name):
        assert kind_of(CODES[name]) is UnreachableError


@each_code
def test_what_is_not_there_is_not_found_and_nothing_else_is(name: str) -> None:
    assert (kind_of(CODES[name]) is NotFoundError) is (name in ABSENT)


@each_code
def test_only_what_librdkafka_says_of_its_arguments_is_usage(name: str) -> None:
    wrong_arguments = {"_INVALID_ARG", "_CONFLICT", "_NOT_CONFIGURED"}
    assert (kind_of(CODES[name]) is UsageError) is (name in wrong_arguments)


@pytest.mark.parametrize(
    "code", [KafkaError.UNKNOWN, KafkaError._FAIL, KafkaError.OFFSET_OUT_OF_RANGE, 32_000]
)
def test_anything_else_is_a_failure_without_a_kind(code: int) -> None:
    assert kind_of(code) is AgentctlError
