"""What the registry's client reports, as sentences for people."""

import re
import ssl
from collections.abc import Iterable
from typing import Any

from agentctl.errors import AccessError, AgentctlError, NotFoundError, UnreachableError, UsageError
from agentctl.settings.secrets import without_secrets

_QUOTED = 300
_CREDENTIALS = "agentctl context show says which credentials were used, and where they come from"
_TRY_AGAIN = "try again; agentctl context show says which registry was asked"
_IS_IT = "does schema.registry.url name a schema registry, with its path if it has one?"
_JAVA = re.compile(r"^([\w$]+\.)+\w*(Exception|Error): ")
_READ_ONLY, _UNKNOWN = 42205, (40401, 40402, 40403)


class IncompatibleSchemaError(AgentctlError):
    """A registry does not take a schema: it would break a promise that the subject makes."""


def told(failure: Exception, doing: str, address: str) -> AgentctlError:
    """Return a failure as what a person can act on: ``cannot DOING: why``."""
    if isinstance(failure, AgentctlError):
        return failure
    if hasattr(failure, "http_status_code"):
        return _answered(failure, doing, address)
    names = {one.__name__ for cause in _causes(failure) for one in type(cause).__mro__}
    tls = next((one for one in _causes(failure) if isinstance(one, ssl.SSLError)), None)
    if tls is not None or "CERTIFICATE_VERIFY_FAILED" in str(failure):
        why = getattr(tls, "verify_message", "") or getattr(tls, "reason", "") or "the handshake failed"
        return AccessError(
            f"cannot {doing}: TLS with the schema registry {address} failed: {why}",
            hint="schema.registry.ssl.ca.location names the certificates that are trusted",
        )
    if "OAuthTokenError" in names:
        return AccessError(
            f"cannot {doing}: no token for the schema registry was to be had", hint=_CREDENTIALS
        )
    if "TimeoutException" in names:
        return UnreachableError(
            f"cannot {doing}: the schema registry {address} did not answer in time", hint=_TRY_AGAIN
        )
    if names & {"TransportError", "ConnectionError"}:
        return UnreachableError(
            f"cannot {doing}: the schema registry {address} is not reachable", hint=_TRY_AGAIN
        )
    if names & {"InvalidURL", "UnsupportedProtocol"}:
        return UsageError(f"cannot {doing}: {address} is no address of a schema registry", hint=_IS_IT)
    return AgentctlError(
        f"cannot {doing}: what {address} answers is not what a schema registry does", hint=_IS_IT
    )


def _answered(failure: Any, doing: str, address: str) -> AgentctlError:
    """Return what a registry's own refusal means."""
    status, code = failure.http_status_code, failure.error_code
    words = _JAVA.sub("", " ".join(str(failure.error_message or "").split()))
    said = without_secrets(words[:_QUOTED]).rstrip(".")
    if status in (401, 403):
        why = "does not know who asks" if status == 401 else "does not allow it"
        return AccessError(f"cannot {doing}: the schema registry {address} {why}", hint=_CREDENTIALS)
    if status == 404:
        if code in _UNKNOWN or (isinstance(code, int) and code // 100 == 404):
            return NotFoundError(f"cannot {doing}: {said or 'there is none'}", hint="agentctl schema list")
        if code is None or code < 0:
            return NotFoundError(
                f"cannot {doing}: the schema registry {address} knows no such thing", hint=_IS_IT
            )
    if status == 409:
        return IncompatibleSchemaError(
            f"cannot {doing}: the schema registry says that it is not compatible: {said}",
            hint="agentctl schema check says what breaks, and how to mend it",
        )
    if code == _READ_ONLY:
        return AgentctlError(
            f"cannot {doing}: the schema registry {address} is read-only ({said})",
            hint="somebody set its mode to READONLY; ask who administers it",
        )
    if status >= 500 or status in (408, 429):
        return UnreachableError(
            f"cannot {doing}: the schema registry {address} fails ({status})", hint=_TRY_AGAIN
        )
    if isinstance(code, int) and code > 0:
        return AgentctlError(f"cannot {doing}: the schema registry says: {said} ({code})", hint=None)
    return AgentctlError(
        f"cannot {doing}: what {address} answers ({status}) is not what a schema registry does", hint=_IS_IT
    )


def _causes(failure: BaseException | None) -> Iterable[BaseException]:
    while failure is not None:
        yield failure
        failure = failure.__cause__ or failure.__context__
