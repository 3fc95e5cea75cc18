"""The HTTP server of the metrics: ``/metrics``, ``/healthz``, and one line for whoever looks elsewhere."""

import errno
import json
import socket
from collections.abc import Callable, Iterable
from http import HTTPStatus
from socketserver import TCPServer, ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from prometheus_client import make_wsgi_app

from agentctl.errors import AgentctlError, UsageError
from agentctl.metrics.address import Address
from agentctl.metrics.collector import registry
from agentctl.metrics.refreshing import Refresher

_SILENT_SECONDS = 10.0
"""How long a client may say nothing before its connection is closed."""
_ANY_PORT = "--listen 127.0.0.1:0 takes one that is free"
_ROOT = b"agentctl lag serve: /metrics for Prometheus, /healthz for whoever watches this program\n"

StartResponse = Callable[[str, list[tuple[str, str]]], object]
Application = Callable[[dict[str, Any], StartResponse], Iterable[bytes]]


class _Handler(WSGIRequestHandler):
    """Answers without writing a log: a scrape is no event."""

    timeout = _SILENT_SECONDS

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


class _Server(ThreadingMixIn, WSGIServer):
    """A thread a connection; none of them keeps the program from ending."""

    daemon_threads = True
    request_queue_size = 64

    def server_bind(self) -> None:
        """Bind, without asking the name service what this machine is called, which may take long."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])
        self.setup_environ()

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of clients that went away or fell silent."""


def server(where: Address, refresher: Refresher) -> WSGIServer:
    """Return a server that listens already, and answers once it is told to ``serve_forever``.

    Raises AgentctlError when it cannot listen there.
    """
    try:
        family, *_, place = socket.getaddrinfo(where.host, where.port, type=socket.SOCK_STREAM)[0]
    except (OSError, UnicodeError):
        raise UsageError(f"--listen {where}: there is no host of that name", hint=_ANY_PORT) from None
    kind = type("_ServerOfFamily", (_Server,), {"address_family": family})
    try:
        listening: WSGIServer = kind(place[:2], _Handler)
    except OSError as error:
        raise _refused(where, error) from None
    listening.set_app(application(refresher))
    return listening


def address_of(listening: WSGIServer) -> Address:
    """Return where a server listens, with the port that it chose."""
    return Address(str(listening.server_address[0]), int(listening.server_address[1]))


def application(refresher: Refresher) -> Application:
    """Return what answers requests, as WSGI has it."""
    metrics = make_wsgi_app(registry(refresher))

    def answer(environ: dict[str, Any], start: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if path == "/metrics":
            found: Iterable[bytes] = metrics(environ, start)
            return found
        if path == "/healthz":
            status, health = _health(refresher)
            return _plain(start, status, "application/json", json.dumps(health).encode() + b"\n")
        status = HTTPStatus.OK if path == "/" else HTTPStatus.NOT_FOUND
        return _plain(start, status, "text/plain; charset=utf-8", _ROOT)

    return answer


def _plain(start: StartResponse, status: HTTPStatus, kind: str, body: bytes) -> Iterable[bytes]:
    headers = [("Content-Type", kind), ("Content-Length", str(len(body))), ("Cache-Control", "no-store")]
    start(f"{status.value} {status.phrase}", headers)
    return [body]


def _health(refresher: Refresher) -> tuple[HTTPStatus, dict[str, object]]:
    standing, now = refresher.standing, refresher.clock()
    why, found = standing.why_unhealthy(now), standing.snapshot
    health: dict[str, object] = {"status": "ok" if why is None else "failing", "reason": why}
    health["interval_seconds"] = refresher.interval_seconds
    health["age_seconds"] = None if found is None else round(now - standing.taken_at, 3)
    health["took_seconds"] = standing.took_seconds
    health["groups"] = None if found is None else found.groups
    health["troubles"] = [] if found is None else list(found.troubles)
    return HTTPStatus.OK if why is None else HTTPStatus.SERVICE_UNAVAILABLE, health


def _refused(where: Address, error: OSError) -> AgentctlError:
    """Return why nobody can listen there."""
    if error.errno == errno.EADDRINUSE:
        return AgentctlError(f"cannot listen on {where}: the port is in use", hint=_ANY_PORT)
    if error.errno == errno.EADDRNOTAVAIL:
        return AgentctlError(f"cannot listen on {where}: this machine has no such address", hint=_ANY_PORT)
    if error.errno in (errno.EACCES, errno.EPERM):
        return AgentctlError(
            f"cannot listen on {where}: the system does not allow it", hint="a port above 1023"
        )
    return AgentctlError(f"cannot listen on {where}: {error.strerror or error}", hint=_ANY_PORT)
