"""What stands in front of a registry: it asks for a password, speaks TLS, or lets nothing be written."""

import base64
import json
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

LOGIN = "reader:a secret of tests"


@dataclass
class Front:
    """Its address, and what was asked through it."""

    address: str = ""
    asked: list[str] = field(default_factory=list)
    """Method and path of each request, in order."""


@dataclass(frozen=True)
class Manners:
    """How it stands in front."""

    behind: str | None
    login: str | None
    read_only: bool
    made_up: Mapping[str, tuple[int, Any]]
    asked: list[str]

    def answer(self, method: str, path: str, login: str | None, body: bytes) -> tuple[int, bytes]:
        """Return status and body."""
        self.asked.append(f"{method} {path}")
        if self.login is not None and login != "Basic " + base64.b64encode(self.login.encode()).decode():
            return 401, _error(40101, "Unauthorized")
        if self.read_only and method == "POST" and "/versions" in path:
            return 422, _error(42205, "Subject s in context . is in read-only mode")
        told = self.made_up.get(path.partition("?")[0])
        if told is not None:
            status, answer = told
            return status, answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        if self.behind is None:
            return 404, _error(40403, "Schema not found")
        request = Request(
            self.behind + path, body or None, {"Content-Type": "application/json"}, method=method
        )
        try:
            with urlopen(request, timeout=20) as found:
                return found.status, found.read()
        except HTTPError as error:
            return error.code, error.read()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    manners: Manners

    def log_message(self, format: str, *args: Any) -> None:
        """Write nothing."""

    def handle_one_request(self) -> None:
        try:
            super().handle_one_request()
        except (ConnectionError, ssl.SSLError):
            self.close_connection = True

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        status, answer = self.manners.answer(self.command, self.path, self.headers.get("Authorization"), body)
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)


@contextmanager
def front(
    behind: str | None,
    *,
    login: str | None = None,
    read_only: bool = False,
    tls: ssl.SSLContext | None = None,
    made_up: Mapping[str, tuple[int, Any]] | None = None,
) -> Iterator[Front]:
    """Stand in front of a registry. ``made_up``: answers by path, status and JSON or bytes each."""
    found = Front()
    manners = Manners(behind, login, read_only, made_up or {}, found.asked)
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"manners": manners}))
    server.daemon_threads = True
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    found.address = f"{'https' if tls else 'http'}://127.0.0.1:{server.server_address[1]}"
    try:
        yield found
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _error(code: int, message: str) -> bytes:
    return json.dumps({"error_code": code, "message": message}).encode()
