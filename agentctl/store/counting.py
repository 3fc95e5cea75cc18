"""Counts what is really sent: every try, and what the library asks by itself, such as for a region."""

from threading import Lock
from typing import Any

from agentctl.archive.store import Requests

_KINDS = {"GET": "get", "PUT": "put", "HEAD": "head"}
_LISTING = "ListObjectsV2"


class Counted:
    """The requests of one store, by kind. What is neither read nor put, such as DELETE, counts as post."""

    def __init__(self) -> None:
        self._requests = Requests()
        self._lock = Lock()

    @property
    def requests(self) -> Requests:
        """Return what was sent until now, as a copy."""
        with self._lock:
            found = self._requests
            return Requests(found.get, found.put, found.list, found.head, found.post, found.bytes_read)

    def watch(self, client: Any) -> None:
        """Count what that client sends from now on."""
        client.meta.events.register("before-send.s3", self._sent)

    def read(self, size: int) -> None:
        """Count bytes of a body that came back."""
        with self._lock:
            self._requests.bytes_read += size

    def _sent(self, request: Any, event_name: str, **_: Any) -> None:
        listing = event_name.endswith(f".{_LISTING}")
        kind = "list" if listing else _KINDS.get(request.method, "post")
        with self._lock:
            setattr(self._requests, kind, getattr(self._requests, kind) + 1)
