"""Makes the client: whom it asks, in whose name, and when it must not."""

import ipaddress
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import botocore.session
from boto3.session import Session
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import BotoCoreError

from agentctl.errors import AccessError, UsageError
from agentctl.settings.layers import Settings
from agentctl.store.errors import told
from agentctl.store.patience import Patience

_CONNECTIONS = 32
_CONNECT_SECONDS = 5.0
_DEFAULT_REGION = "us-east-1"
_MADE_UP = "agentctl"
"""Both keys for a store on this machine that takes any, but wants some."""
_OF_THE_MACHINE = ("container-role", "iam-role")
"""Where a virtual machine finds its own identity; asking on another machine takes seconds."""


def make_client(settings: Settings, patience: Patience) -> Any:
    """Return a client for the store that the settings name; nothing is asked of the store yet.

    Keys, profiles, sign-on, region and proxies are boto3's own affair, as for every other tool of AWS. A
    store on this machine, such as the sandbox's, is asked with made-up keys where there are none. Raises
    UsageError where credentials would be sent to where a project file says, AccessError without any.
    """
    endpoint = settings.get("s3_endpoint") or None
    if endpoint is not None:
        _check_endpoint(endpoint, settings.values["s3_endpoint"].origin)
    try:
        session = botocore.session.Session()
        signed = _signed(session, endpoint, settings)
        return Session(botocore_session=session).client(
            "s3",
            endpoint_url=endpoint,
            region_name=session.get_config_variable("region") or _DEFAULT_REGION,
            config=_config(session, endpoint, patience, signed=signed),
        )
    except BotoCoreError as failure:
        raise told(failure, "cannot open the archive", endpoint or "") from failure
    except ValueError:  # what boto3 says of an endpoint, which it quotes
        raise UsageError(
            "the endpoint of the store cannot be meant", hint="such as s3_endpoint = 'https://s3.example.com'"
        ) from None


def _signed(session: Any, endpoint: str | None, settings: Settings) -> bool:
    """Whether requests carry a signature."""
    said = settings.values.get("s3_endpoint")
    foreign = said is not None and said.file is not None and not said.file.own
    here = endpoint is not None and _is_here(endpoint)
    if here and not foreign:
        resolver = session.get_component("credential_provider")
        for name in _OF_THE_MACHINE:
            resolver.remove(name)
    found: bool = session.get_credentials() is not None
    if found and foreign:
        assert said is not None
        raise UsageError(
            f"s3_endpoint comes from {said.origin}, but there are AWS credentials of yours: they would be "
            "used where the project file says",
            hint="set s3_endpoint in your own config.toml, or AWS_ENDPOINT_URL_S3",
        )
    if not found and not here and not foreign:
        raise AccessError(
            "cannot open the archive: there are no AWS credentials",
            hint="set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
        )
    if not found and here:
        session.set_credentials(_MADE_UP, _MADE_UP)
    return found or here


def _config(session: Any, endpoint: str | None, patience: Patience, *, signed: bool) -> Config:
    more: dict[str, Any] = {} if signed else {"signature_version": UNSIGNED}
    profile: Mapping[str, Any] = session.get_scoped_config()
    written = profile.get("s3")
    styled = isinstance(written, Mapping) and "addressing_style" in written
    if endpoint is not None and not styled:
        # Few stores but AWS answer to bucket.host.
        more["s3"] = {**(written if isinstance(written, Mapping) else {}), "addressing_style": "path"}
    return Config(
        connect_timeout=min(_CONNECT_SECONDS, patience.answer_seconds),
        read_timeout=patience.answer_seconds,
        # What is tried again, how often and for how long is decided here, so that it can be counted.
        retries={"total_max_attempts": 1, "mode": "standard"},
        max_pool_connections=_CONNECTIONS,
        **more,
    )


def _check_endpoint(endpoint: str, origin: str) -> None:
    """Refuse what is no address of a server, without quoting it: it may hold a password."""
    try:
        parts = urlsplit(endpoint)
        fine = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        fine = False
    if not fine:
        raise UsageError(f"s3_endpoint from {origin} is no http or https address", hint="https://HOST:PORT")
    if parts.username is not None or parts.query or parts.fragment:
        raise UsageError(
            f"s3_endpoint from {origin} holds more than an address",
            hint="https://HOST:PORT; keys go elsewhere",
        )


def _is_here(endpoint: str) -> bool:
    host = urlsplit(endpoint).hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
