"""Where an archive lies: ``s3://bucket/prefix``."""

import re
from dataclasses import dataclass

from agentctl.errors import UsageError

_ADDRESS = re.compile(
    r"s3://(?P<bucket>[A-Za-z0-9][A-Za-z0-9._-]{1,61}[A-Za-z0-9])(?:/(?P<prefix>.*))?", re.S
)
_LONGEST_PREFIX = 512
"""In bytes; a key of S3 has 1024, and ours are appended to the prefix."""


@dataclass(frozen=True, slots=True)
class Address:
    """A bucket, and where in it."""

    bucket: str
    prefix: str
    """Empty, or with a slash at its end."""

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.prefix}".rstrip("/")

    @classmethod
    def parse(cls, text: str) -> "Address":
        """Read an address. Raises UsageError when it is none."""
        found = _ADDRESS.fullmatch(text)
        if found is None:
            raise UsageError(f"{text!r} is no address of an archive", hint="such as s3://bucket/prefix")
        prefix = (found["prefix"] or "").strip("/")
        parts = prefix.split("/") if prefix else []
        if any(part in ("", ".", "..") for part in parts) or not prefix.isprintable():
            raise UsageError(
                f"the prefix of {text!r} holds an empty part, a dot or a control character",
                hint="such as s3://bucket/prefix",
            )
        if len(prefix.encode()) > _LONGEST_PREFIX:
            raise UsageError(
                f"the prefix of the archive is longer than {_LONGEST_PREFIX} bytes", hint="take a shorter one"
            )
        return cls(found["bucket"], f"{prefix}/" if prefix else "")
