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

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: Any) -> None:
            """Write nothing."""

        def handle_one_request(self) -> None:
            try:
                super().handle_one_request()
            except (ConnectionError, ssl.SSLError):
                self.close_connection = True

        def do_GET(self) -> None:
            self.serve()

        def do_POST(self) -> None:
            self.serve()

        def serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            found.asked.append(f"{self.command} {self.path}")
            status, answer = self.answered(body)
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def answered(self, body: bytes) -> tuple[int, bytes]:
            if login is not None:
                wanted = "Basic " + base64.b64encode(login.encode()).decode()
                if self.headers.get("Authorization") != wanted:
                    return 401, _error(40101, "Unauthorized")
            if read_only and self.command == "POST" and "/versions" in self.path:
                return 422, _error(42205, "Subject s in context . is in read-only mode")
            told = (made_up or {}).get(self.path.partition("?")[0])
            if told is not None:
                status, answer = told
                return status, answer if isinstance(answer, bytes) else json.dumps(answer).encode()
            if behind is None:
                return 404, _error(40403, "Schema not found")
            sent = {"Content-Type": "application/json"}
            request = Request(behind + self.path, body or None, sent, method=self.command)
            try:
                with urlopen(request, timeout=20) as answer_:
                    return answer_.status, answer_.read()
            except HTTPError as error:
                return error.code, error.read()

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
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
