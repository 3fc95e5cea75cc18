"""What boto3 and stores report, as sentences for people."""

import re
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from agentctl.errors import AgentctlError, UnreachableError
from agentctl.settings.secrets import without_secrets
from agentctl.store.meanings import BROKEN, CLASSES, CODES, DEFECTIVE, MISMEANT, REGION, Told

FAILURES = (BotoCoreError, ClientError, ResponseParserError)
"""Everything that a request to a store fails with."""

_QUOTED = 200
_TLS_REASON = re.compile(r"\[(?:SSL|X509): [A-Z_0-9]+\] ([^(\[\]]+)")


def meaning(failure: Exception) -> Told:
    """Return what a failure means; of an answer with a code that nobody knows, what its status says."""
    if isinstance(failure, ClientError):
        if _status(failure) >= 500 and _headers(failure).get("content-type", "").startswith("text/html"):
            return CLASSES["ResponseParserError"]
        known = CODES.get(code_of(failure)) or CODES.get(str(_status(failure)))
        if known is not None:
            return known
        return BROKEN if _status(failure) >= 500 else MISMEANT
    for class_ in type(failure).__mro__:
        if class_.__name__ in CLASSES:
            return CLASSES[class_.__name__]
    return DEFECTIVE


def is_passing(failure: Exception) -> bool:
    """Whether the same request may well succeed a moment later."""
    return meaning(failure).passing


def code_of(failure: Exception) -> str:
    """Return the code of a store's answer; empty when no answer came."""
    return str(_error(failure).get("Code", "")) if isinstance(failure, ClientError) else ""


def told(failure: Exception, what: str, endpoint: str) -> AgentctlError:
    """Return a failure as what a person can act on. ``what`` begins the sentence: ``cannot list s3://b``.

    Texts of the library are quoted nowhere: they may hold a proxy's password or what a credential
    process wrote. Of a store's answer the code is, and the message where the code is not known.
    """
    known = meaning(failure)
    why, hint = known.why, known.hint
    if known.kind is UnreachableError and endpoint:
        why = f"{why} ({endpoint})"
    if known is REGION and (region := _region(failure)):
        why, hint = f"the bucket is in the region {region}", f"AWS_REGION={region}"
    elif known is CLASSES["SSLError"] and (reason := _TLS_REASON.search(str(failure))):
        why = f"TLS failed: {reason[1].strip()}"
    elif isinstance(failure, ClientError) and (known is MISMEANT or code_of(failure) not in CODES):
        said = " ".join(str(_error(failure).get("Message", "")).split())[:_QUOTED]
        why = f"{why} ({without_secrets(f'{code_of(failure)}: {said}'[:_QUOTED])})"
    elif known is DEFECTIVE:
        why = f"{why} ({type(failure).__name__})"
    return known.kind(f"{what}: {why}", hint=hint)


def _region(failure: Exception) -> str | None:
    if not isinstance(failure, ClientError):
        return None
    found = str(_error(failure).get("Region") or _headers(failure).get("x-amz-bucket-region") or "")
    return found if re.fullmatch(r"[a-z0-9-]{2,40}", found) else None


def _error(failure: ClientError) -> Mapping[str, Any]:
    return failure.response.get("Error", {})


def _headers(failure: ClientError) -> Mapping[str, str]:
    return failure.response.get("ResponseMetadata", {}).get("HTTPHeaders", {})


def _status(failure: ClientError) -> int:
    return int(failure.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
