"""Where a server listens, as it is typed."""

from dataclasses import dataclass
from ipaddress import ip_address

from agentctl.errors import UsageError

_HIGHEST_PORT = 65_535
_LOCALHOST = "127.0.0.1"
_QUOTED = 80
"""Characters of what was typed that an error repeats."""


@dataclass(frozen=True, slots=True)
class Address:
    """A host, by name or number, and a port; port 0 is any that is free."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def local(self) -> bool:
        """Whether only this machine reaches it."""
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"


def address(text: str) -> Address:
    """Return what ``HOST:PORT``, ``[IPV6]:PORT`` or ``PORT`` means. Raises UsageError for anything else."""
    host, colon, digits = text.strip().rpartition(":")
    if not colon:
        host = _LOCALHOST
    elif host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    elif ":" in host:
        raise _refused(text, "is ambiguous", f"an IPv6 address stands in brackets: [::1]:{digits}")
    if not host:
        raise _refused(
            text, "names no host", f"127.0.0.1:{digits}, or 0.0.0.0:{digits} for the whole network"
        )
    if any(not (letter.isalnum() or letter in ".-_:%") for letter in host):
        raise _refused(text, "names no host", "--listen 127.0.0.1:9308")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 5 and int(digits) <= _HIGHEST_PORT):
        raise _refused(text, f"has no port between 0 and {_HIGHEST_PORT}", "--listen 127.0.0.1:9308")
    return Address(host, int(digits))


def _refused(text: str, why: str, hint: str) -> UsageError:
    return UsageError(f"--listen {text[:_QUOTED]!r} {why}", hint=hint)
