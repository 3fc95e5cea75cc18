"""The exporter's server on a free port of this machine, with a cluster that is made up."""

import http.client
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Thread

from agentctl.lag.answer import Answer
from agentctl.metrics.address import Address
from agentctl.metrics.refreshing import Refresher
from agentctl.metrics.server import address_of, server
from agentctl.metrics.snapshot import snapshot


@dataclass(frozen=True)
class Reply:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Served:
    """A running exporter, refreshed only when a test says so."""

    refresher: Refresher
    address: Address

    def get(self, path: str, method: str = "GET", **headers: str) -> Reply:
        """Ask for a path."""
        connection = http.client.HTTPConnection(self.address.host, self.address.port, timeout=30)
        try:
            connection.request(method, path, headers={k.replace("_", "-"): v for k, v in headers.items()})
            answer = connection.getresponse()
            return Reply(answer.status, dict(answer.getheaders()), answer.read())
        finally:
            connection.close()


@contextmanager
def exporter(
    look: Callable[[], Answer], clock: Callable[[], float] = lambda: 0.0, most: int = 100_000
) -> Iterator[Served]:
    refresher = Refresher(look, lambda one: snapshot(one, (), most), 15.0, lambda text: None, clock)
    listening = server(Address("127.0.0.1", 0), refresher)
    serving = Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.02})
    serving.start()
    try:
        yield Served(refresher, address_of(listening))
    finally:
        listening.shutdown()
        serving.join()
        listening.server_close()
