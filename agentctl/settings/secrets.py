"""Secrets: which settings hold one, where it is kept, and how they are shown without being told."""

import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from agentctl.surroundings import Surroundings

MASK = "••••••"

# Texts, not compiled patterns: most calls hold no secret and need none. Python keeps what it compiled.
_TELLING = r"(?i)password|passwd|passphrase|secret|token|jaas|credential|oauthbearer\.config|user\.info"
_KEY_MATERIAL = r"(?i)(^|[._])key([._](pem|data|value))?$"
_ONLY_A_PLACE = r"(?i)[._](location|file|path|url|uri|algorithm|class|source)$"
_OPEN_LOGIN = (
    r"^(sasl\.(mechanisms?|username|kerberos\..*|oauthbearer\.(method|scope|client\.id|.*\.(url|type|file|algorithm)))"
    r"|ssl\.(.*\.location|cipher\.suites|curves\.list|sigalgs\.list|endpoint\..*|ca\..*|certificate\..*|providers))$"
)
"""What may be shown of a login. All else is masked, so that a misspelt ``sasl.pasword`` is not told."""
_TOLD_KEY = r"([\w.-]+)(?:=|['\"]: )"
_USER_INFO = r"(?<=//)[^/@\s]+(?=@)"
_QUERY = r"(?<=\?)\S+"


class Kept(StrEnum):
    """Where a secret is kept; the word is also the ending of its key, as in ``sasl.password_file``."""

    FILE = "file"
    COMMAND = "command"
    ENVIRONMENT = "env"


@dataclass(frozen=True, slots=True)
class Secret:
    """A value that is fetched only when a connection is made."""

    kept: Kept
    where: str | tuple[str, ...]
    """A path, a command, or the name of an environment variable."""

    def __str__(self) -> str:
        if self.kept is Kept.FILE:
            return f"{MASK} from file {self.where}"
        # A command's own words may be secret, so it is not shown.
        return f"{MASK} from a command" if self.kept is Kept.COMMAND else f"{MASK} from ${self.where}"


def is_secret(key: str) -> bool:
    """Say whether a setting of that name holds a secret itself, and not only the place of one."""
    if re.search(_ONLY_A_PLACE, key):
        return False
    return bool(re.search(_TELLING, key) or re.search(_KEY_MATERIAL, key))


def shown(key: str, value: str | Secret) -> str:
    """Return the value as it may be shown to anybody."""
    if isinstance(value, Secret):
        return str(value)
    if is_secret(key) or _is_hidden_login(key.removeprefix("kafka.")):
        return MASK
    return re.sub(_QUERY, MASK, re.sub(_USER_INFO, MASK, value)) if "//" in value else value


def without_secrets(text: str) -> str:
    """Return a message with everything behind the first ``password=`` or the like masked.

    All of it, because nobody can say where a password ends.
    """
    for key in re.finditer(_TOLD_KEY, text):
        if is_secret(key[1]) or _is_hidden_login(key[1]):
            return text[: key.end()] + MASK
    return text


def _is_hidden_login(key: str) -> bool:
    return key.startswith(("sasl.", "ssl.")) and not re.match(_OPEN_LOGIN, key)


def split_key(key: str) -> tuple[str, Kept | None]:
    """Return a key without its ending ``_file``, ``_command`` or ``_env``, and what the ending said."""
    for kept in Kept:
        base = key.removesuffix(f"_{kept}")
        if base != key and base:
            return base, kept
    return key, None


def expanded(where: str, surroundings: Surroundings) -> Path:
    """Return a path with a leading ``~/`` as the user's home."""
    return surroundings.home / where[2:] if where.startswith("~/") else Path(where)
