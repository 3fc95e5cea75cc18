"""The sandbox's object store: moto's S3 server, which knows the Glacier classes, with one bucket."""

import os
import socket
import sys
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from agentctl.errors import AgentctlError
from agentctl.sandbox.process import LOCALHOST
from agentctl.sandbox.server import Server, start_server

BUCKET = "agentctl-sandbox"
REGION = "us-east-1"
_CONNECT_SECONDS = 0.5


def start_store(folder: Path, environment: Mapping[str, str]) -> Server:
    """Start the store and make its bucket. It keeps everything in memory; ``folder`` holds its log."""
    if find_spec("moto") is None or find_spec("flask") is None:
        raise AgentctlError(
            "The sandbox's object store (moto's server) is not installed.",
            hint="pip install 'agentctl[sandbox]'",
        )

    def command(port: int) -> list[str]:
        return [sys.executable, "-m", "moto.server", "-H", LOCALHOST, "-p", str(port)]

    # Settings that are meant for clients must not turn the server's own look-ups elsewhere.
    own = {name: value for name, value in environment.items() if not name.startswith("AWS_")}
    own.setdefault("PATH", os.defpath)
    server = start_server("the object store", command, folder / "store.log", own, listens)
    client(f"http://{server.address}").create_bucket(Bucket=BUCKET)
    return server


def client(endpoint: str) -> Any:
    """Return an S3 client for the sandbox's store, which takes any credentials but wants some."""
    return boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name=REGION,
        aws_access_key_id="sandbox",
        aws_secret_access_key="sandbox",  # noqa: S106 — not a secret: the store takes any
        config=Config(connect_timeout=2, read_timeout=10, s3={"addressing_style": "path"}),
    )


def listens(port: int) -> bool:
    """Whether somebody accepts connections on that port of this machine."""
    try:
        with socket.create_connection((LOCALHOST, port), timeout=_CONNECT_SECONDS):
            return True
    except OSError:
        return False
