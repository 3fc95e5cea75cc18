"""What listens at the address is no Kafka, or a very old one: guessed from its first bytes, and said."""

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest

from tests.harness import Program

SECONDS = 10.0
LIST_OFFSETS, METADATA, API_VERSIONS = 2, 3, 18
UNSUPPORTED_VERSION = 35
OLDEST = {LIST_OFFSETS: (0, 0), METADATA: (0, 1), API_VERSIONS: (0, 0)}
"""What a broker of Kafka 0.10.0 understands, of what is asked here: first and last version of a request."""

Reply = Callable[[bytes], bytes]
"""A request without its length → what is sent; nothing closes the connection."""


@contextmanager
def listening(reply: Reply) -> Iterator[str]:
    """Answer each connection's requests, and close it when there is nothing to say."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=_serve, args=(server, reply))
        thread.start()
        try:
            yield f"127.0.0.1:{server.getsockname()[1]}"
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join()


def _serve(server: socket.socket, reply: Reply) -> None:
    while True:
        try:
            connection, _ = server.accept()
        except OSError:  # the server was shut down: the test is over
            return
        # The program may go before it has heard us.
        with suppress(OSError), connection, connection.makefile("rwb") as stream:
            while len(head := stream.read(4)) == 4:
                said = reply(stream.read(struct.unpack(">i", head)[0]))
                if not said:
                    break
                stream.write(said)
                stream.flush()


def closes(_request: bytes) -> bytes:
    """Brokers before 0.10 close the connection when they do not know a request."""
    return b""


def refuses_every_version(request: bytes) -> bytes:
    """Say that no version of the request is known, as Kafka says it."""
    correlation = struct.unpack(">hhi", request[:8])[2]
    body = struct.pack(">ihihhh", correlation, UNSUPPORTED_VERSION, 1, API_VERSIONS, 0, 0)
    return struct.pack(">i", len(body)) + body


class Old:
    """A broker of Kafka 0.10.0 with one topic, which can be described and, by today's requests, not read."""

    port = 0

    def __call__(self, request: bytes) -> bytes:
        kind, version, correlation = struct.unpack(">hhi", request[:8])
        body = struct.pack(">i", correlation)
        if kind == API_VERSIONS:
            body += struct.pack(">hi", UNSUPPORTED_VERSION if version else 0, len(OLDEST))
            body += b"".join(struct.pack(">hhh", key, *versions) for key, versions in OLDEST.items())
        elif kind == METADATA:
            partition = struct.pack(">hiiiiii", 0, 0, 1, 1, 1, 1, 1)
            inside = b"\0" if version else b""
            body += struct.pack(">ii", 1, 1) + text("127.0.0.1") + struct.pack(">i", self.port)
            body += struct.pack(">hi", -1, 1) if version else b""  # no rack; the controller
            body += struct.pack(">ih", 1, 0) + text("events") + inside + struct.pack(">i", 1) + partition
        elif kind == LIST_OFFSETS:
            # It knows where the log ends (-1) and, of times, only where their segment begins.
            offset = 100 if struct.unpack(">q", request[-12:-4])[0] == -1 else 0
            body += struct.pack(">i", 1) + text("events") + struct.pack(">iihiq", 1, 0, 0, 1, offset)
        else:
            return b""
        return struct.pack(">i", len(body)) + body


def text(said: str) -> bytes:
    return struct.pack(">h", len(said)) + said.encode()


def speaks_http(_request: bytes) -> bytes:
    return b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"


@pytest.mark.parametrize(
    ("reply", "sentence", "hint"),
    [
        (
            closes,
            "closed the connection at the first request; it may want TLS",
            "name its protocol: -X security.protocol=SSL (or SASL_SSL); or is it older than Kafka 0.10?",
        ),
        (
            refuses_every_version,
            "does not say which requests it understands: it is older than Kafka 0.10",
            "agentctl needs a newer broker; agentctl context show says where the address comes from",
        ),
        (
            speaks_http,
            "answers in HTTP, not in Kafka's protocol",
            "is it the right port? agentctl context show says where the address comes from",
        ),
    ],
)
def test_what_is_no_broker_of_today_is_told_by_its_first_answer(
    agentctl: Program, reply: Reply, sentence: str, hint: str
) -> None:
    with listening(reply) as address:
        answer = agentctl("replay", "w", "-b", address, timeout=SECONDS)
    assert answer.stderr.splitlines()[-2:] == [f"agentctl: {address} {sentence}", f"  hint: {hint}"]
    assert (answer.exit_code, answer.stdout) == (6, "")


def test_a_broker_that_is_too_old_to_be_read_is_named(agentctl: Program) -> None:
    old = Old()
    with listening(old) as address:
        old.port = int(address.rpartition(":")[2])
        answer = agentctl("replay", "w", "-t", "events", "-b", address, timeout=SECONDS)
    assert answer.stderr.splitlines() == [
        f"agentctl: {address} cannot say where a time lies: it is older than Kafka 0.10.1",
        "  hint: agentctl needs a newer broker; agentctl context show says where the address comes from",
    ]
    assert (answer.exit_code, answer.stdout) == (6, "")
