"""librdkafka's and the brokers' errors in words."""

import re
from dataclasses import dataclass

from confluent_kafka import KafkaError, KafkaException

from agentctl.errors import AccessError, AgentctlError, UnreachableError, UsageError
from agentctl.kafka.codes import kind_of

HINTS = {
    AccessError: "agentctl context show says which credentials were used, and where they come from",
    UnreachableError: "try again; agentctl context show says which brokers were asked",
    UsageError: "agentctl context show says which properties were used, and where they come from",
}

_BROKER_SAYS = re.compile(
    r"(?:(?P<protocol>[a-z_]+)://)?(?P<address>\S+)/(?P<node>\w+): (?P<text>.*?)"
    r"(?: \(after \d+ms in state (?P<state>\w+).*| \(after .*| \(_\w+\))?",
    re.DOTALL,
)
_LOG_LINE = re.compile(r"FAIL \[[^]]*\] \[[^]]*\]: (?P<said>\S+/\w+: .*)", re.DOTALL)
_CONNECT = re.compile(r"Connect to \S+ failed: (?P<reason>.*)", re.DOTALL)
_SUPPRESSED = re.compile(r",? ?\(?\d+ identical error\(s\) suppressed\)?")
_TOKEN_CONFIG = re.compile(r"(?:Invalid|Unrecognized) sasl\.oauthbearer\.config.*", re.DOTALL)
"""What follows quotes the configuration, which may hold a secret."""
_OPENSSL_CODE = re.compile(r"\berror:[0-9A-F]{8}:")
_WRAPPINGS = (
    *("Local: ", "Broker: ", "SASL authentication error: "),
    *("Authentication failed: ", "Authentication failed during authentication due to "),
)


@dataclass(frozen=True, slots=True)
class Complaint:
    """What a broker's connection said: about which address, and why."""

    code: int
    address: str | None
    node: str | None
    """The broker's id as its address was advertised; None for an address that the user named."""
    text: str
    protocol: str = "plaintext"
    """How the broker was spoken to, as ``sasl_ssl``."""
    state: str | None = None
    """How far the connection was, in librdkafka's words: ``CONNECT``, ``APIVERSION_QUERY``, ``UP``, …"""

    @classmethod
    def of(cls, error: KafkaError) -> "Complaint":
        """Take an error of a connection apart."""
        return cls._of_text(error.code(), error.str())

    @classmethod
    def of_log(cls, line: str) -> "Complaint | None":
        """Take a line of librdkafka's log that says why a connection does not stand; None for other lines.

        Not all that it says is told as an error, too: that the broker closed the connection, for one.
        """
        found = _LOG_LINE.fullmatch(line)
        return None if found is None else cls._of_text(KafkaError._TRANSPORT, found["said"])

    @classmethod
    def _of_text(cls, code: int, said: str) -> "Complaint":
        found = _BROKER_SAYS.fullmatch(said)
        if found is None:
            return cls(code, None, None, cleaned(said))
        node = found["node"] if found["node"].isdigit() else None
        protocol = found["protocol"] or "plaintext"
        return cls(code, found["address"], node, cleaned(found["text"]), protocol, found["state"])

    @property
    def closed(self) -> bool:
        """Whether the broker closed the connection, without a word."""
        return self.text.startswith("disconnected")


def cleaned(text: str) -> str:
    """Return what librdkafka says as a phrase that can follow a colon."""
    text = " ".join(_SUPPRESSED.sub("", text).split()).rstrip(".")
    refused = _CONNECT.fullmatch(text)
    text = refused["reason"] if refused is not None else text
    text = _OPENSSL_CODE.sub("", _TOKEN_CONFIG.sub("sasl.oauthbearer.config cannot be understood", text))
    for before in _WRAPPINGS:
        text = text.removeprefix(before)
    first, _, _ = text.partition(" ")
    return text if first.upper() == first or "." in first else text[:1].lower() + text[1:]


def reason_of(error: KafkaError) -> str:
    """Return why something failed, in a phrase without a subject: ``no such topic``."""
    if error.code() == KafkaError.TOPIC_AUTHORIZATION_FAILED:
        return "no permission"
    if error.code() in (KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError._UNKNOWN_TOPIC):
        return "no such topic"
    return Complaint.of(error).text


def error_of(exception: BaseException) -> KafkaError:
    """Return the KafkaError that an exception of confluent_kafka carries."""
    first = exception.args[0] if exception.args else None
    return first if isinstance(first, KafkaError) else KafkaError(KafkaError._FAIL, str(exception))


def translated(exception: KafkaException, doing: str) -> AgentctlError:
    """Return an exception as a sentence: ``cannot DOING: why``, with the exit code that it means."""
    error = error_of(exception)
    kind = kind_of(error.code())
    return kind(f"cannot {doing}: {reason_of(error)}", hint=HINTS.get(kind))
