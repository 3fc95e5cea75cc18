"""A proxy in front of an object store that does to requests and answers what networks and stores do."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

_HOP = {"connection", "keep-alive", "transfer-encoding", "expect", "content-length"}


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as the proxy got it."""

    method: str
    path: str
    """With its query."""
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str | None:
        """Return a header; None without."""
        return next((text for key, text in self.headers if key.lower() == name.lower()), None)


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer; ``declared`` is the length that its header says, where that is not the body's."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    declared: int | None = None

    def with_header(self, name: str, text: str) -> "Answer":
        """Return it with a header in the place of those of that name."""
        kept = tuple(pair for pair in self.headers if pair[0].lower() != name.lower())
        return replace(self, headers=(*kept, (name, text)))


class Dropped(Exception):  # noqa: N818 — what a network does, not a fault of the tests
    """The connection is closed without an answer."""


Forward = Callable[[Asked], Answer]
Action = Callable[[Asked, Forward], Answer]
"""What the proxy does with a request; ``Forward`` asks the store."""


def refuse(status: int, code: str = "", more: str = "", **headers: str) -> Action:
    """Answer with an error; the store is not asked."""
    text = f"<Error><Code>{code}</Code><Message>made up</Message>{more}<RequestId>1</RequestId></Error>"
    pairs = (("Content-Type", "application/xml"), *((k.replace("_", "-"), v) for k, v in headers.items()))

    def act(asked: Asked, forward: Forward) -> Answer:
        body = text.encode() if code and asked.method != "HEAD" else b""
        return Answer(status, pairs, body)

    return act


def unasked(asked: Asked, forward: Forward) -> Answer:
    """Close the connection before the store has heard of it."""
    raise Dropped


def lost(asked: Asked, forward: Forward) -> Answer:
    """Let the store do it, and lose its answer."""
    forward(asked)
    raise Dropped


def cut(to: int) -> Action:
    """Break the connection after so many bytes of the body."""

    def act(asked: Asked, forward: Forward) -> Answer:
        answer = forward(asked)
        return replace(answer, body=answer.body[:to], declared=len(answer.body))

    return act


def shortened(to: int) -> Action:
    """Give only so many bytes of the body, and say that this is all of it."""

    def act(asked: Asked, forward: Forward) -> Answer:
        answer = forward(asked)
        return replace(answer, body=answer.body[:to])

    return act


def flipped(at: int) -> Action:
    """Damage one byte of the body."""

    def act(asked: Asked, forward: Forward) -> Answer:
        answer = forward(asked)
        body = bytearray(answer.body)
        body[at] ^= 0x10
        return replace(answer, body=bytes(body))

    return act


def flipped_request(at: int) -> Action:
    """Damage one byte of what is sent to the store."""

    def act(asked: Asked, forward: Forward) -> Answer:
        body = bytearray(asked.body)
        body[at] ^= 0x10
        return forward(replace(asked, body=bytes(body)))

    return act


def header(name: str, text: str) -> Action:
    """Let the store answer, with another header."""
    return lambda asked, forward: forward(asked).with_header(name, text)


def rewritten(change: Callable[[bytes], bytes]) -> Action:
    """Let the store answer, with another body."""

    def act(asked: Asked, forward: Forward) -> Answer:
        answer = forward(asked)
        return replace(answer, body=change(answer.body))

    return act


def ignoring(name: str) -> Action:
    """Ask the store as if a header had not been there."""

    def act(asked: Asked, forward: Forward) -> Answer:
        kept = tuple(pair for pair in asked.headers if pair[0].lower() != name.lower())
        return forward(replace(asked, headers=kept))

    return act


@dataclass(slots=True)
class _Rule:
    method: str
    part: str
    actions: list[Action]
    always: bool


@dataclass
class Shim:
    """The proxy: ``shim.on("GET", "a.avro", refuse(500), cut(10))`` spoils the next two such requests."""

    url: str
    target: str
    seen: list[Asked] = field(default_factory=list)
    """Every request that came, whatever became of it."""
    ended: threading.Event = field(default_factory=threading.Event)
    _rules: list[_Rule] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def on(self, method: str, part: str, *actions: Action, always: bool = False) -> None:
        """Do these, one after the other, to requests of that method whose path and query hold ``part``."""
        self._rules.append(_Rule(method, part, list(actions), always))

    def late(self, asked: Asked, forward: Forward) -> Answer:
        """Answer only when the test is over."""
        self.ended.wait(60)
        raise Dropped

    def count(self, method: str, part: str = "") -> int:
        """Return how many such requests came."""
        return sum(one.method == method and part in one.path for one in self.seen)

    def answer(self, asked: Asked) -> Answer:
        """Do what is to be done with a request."""
        with self._lock:
            self.seen.append(asked)
            action = self._next(asked)
        return self._forward(asked) if action is None else action(asked, self._forward)

    def _next(self, asked: Asked) -> Action | None:
        for rule in self._rules:
            if rule.method == asked.method and rule.part in asked.path and rule.actions:
                return rule.actions[0] if rule.always else rule.actions.pop(0)
        return None

    def _forward(self, asked: Asked) -> Answer:
        connection = HTTPConnection(urlsplit(self.target).netloc, timeout=30)
        try:
            kept = {name: text for name, text in asked.headers if name.lower() not in _HOP}
            connection.request(asked.method, asked.path, body=asked.body, headers=kept)
            got = connection.getresponse()
            length = got.getheader("Content-Length")
            headers = tuple((name, text) for name, text in got.getheaders() if name.lower() not in _HOP)
            body = got.read()
            # The length of HEAD is that of the object.
            return Answer(
                got.status, headers, body, int(length) if length and asked.method == "HEAD" else None
            )
        finally:
            connection.close()


@contextmanager
def shim(target: str) -> Iterator[Shim]:
    """Run a proxy in front of the store at ``target``, such as ``http://127.0.0.1:9000``."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    running = Shim(f"http://127.0.0.1:{server.server_address[1]}", target)
    server.shim = running  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield running
    finally:
        running.ended.set()
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def _do(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        asked = Asked(self.command, self.path, tuple(self.headers.items()), body)
        try:
            answer = self.server.shim.answer(asked)  # type: ignore[attr-defined]
        except Dropped:
            self.close_connection = True
            return
        self.send_response(answer.status)
        for name, text in answer.headers:
            if name.lower() not in ("date", "server"):
                self.send_header(name, text)
        declared = len(answer.body) if answer.declared is None else answer.declared
        self.send_header("Content-Length", str(declared))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)
            self.close_connection |= declared != len(answer.body)

    do_GET = do_PUT = do_HEAD = do_POST = do_DELETE = _do  # noqa: N815 — names that the base class looks for

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""
