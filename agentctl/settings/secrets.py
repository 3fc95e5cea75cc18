"""Secrets: which settings hold one, where they may come from, and how they are shown without being told."""

import re
import shlex
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from agentctl.errors import UsageError
from agentctl.surroundings import Surroundings

MASK = "••••••"

_COMMAND_SECONDS = 30.0
_SECRET_WORDS = re.compile(
    r"password|passwd|passphrase|secret|token|jaas|credential|oauthbearer\.config|user\.info", re.I
)
_KEY_MATERIAL = re.compile(r"(^|[._])key([._](pem|data|value))?$", re.I)
_ONLY_A_PLACE = re.compile(r"[._](location|file|path|url|uri|algorithm|class)$", re.I)
_OPEN_LOGIN = re.compile(
    r"^(sasl\.(mechanisms?|username|kerberos\..*|oauthbearer\.(method|scope|client\.id|.*\.(url|type|file|algorithm)))"
    r"|ssl\.(.*\.location|cipher\.suites|curves\.list|sigalgs\.list|endpoint\..*|ca\..*|certificate\..*|providers))$"
)
"""What may be shown of a login. All else is masked, so that a misspelt ``sasl.pasword`` is not told."""
_TOLD_KEY = re.compile(r"([\w.-]+)(?:=|['\"]: )")
_USER_INFO = re.compile(r"(?<=//)[^/@\s]+(?=@)")
_QUERY = re.compile(r"(?<=\?)\S+")


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
    if _ONLY_A_PLACE.search(key):
        return False
    return bool(_SECRET_WORDS.search(key) or _KEY_MATERIAL.search(key))


def shown(key: str, value: str | Secret) -> str:
    """Return the value as it may be shown to anybody."""
    if isinstance(value, Secret):
        return str(value)
    if is_secret(key) or _is_hidden_login(key.removeprefix("kafka.")):
        return MASK
    return _QUERY.sub(MASK, _USER_INFO.sub(MASK, value)) if "//" in value else value


def without_secrets(text: str) -> str:
    """Return a message with everything behind the first ``password=`` or the like masked.

    All of it, because nobody can say where a password ends.
    """
    for key in _TOLD_KEY.finditer(text):
        if is_secret(key[1]) or _is_hidden_login(key[1]):
            return text[: key.end()] + MASK
    return text


def _is_hidden_login(key: str) -> bool:
    return key.startswith(("sasl.", "ssl.")) and not _OPEN_LOGIN.match(key)


def split_key(key: str) -> tuple[str, Kept | None]:
    """Return a key without its ending ``_file``, ``_command`` or ``_env``, and what the ending said."""
    for kept in Kept:
        base = key.removesuffix(f"_{kept}")
        if base != key and base:
            return base, kept
    return key, None


def fetch(key: str, secret: Secret, surroundings: Surroundings) -> str:
    """Return the secret itself. Raises UsageError, without a word of it, when it cannot be had."""
    if secret.kept is Kept.ENVIRONMENT:
        return _from_environment(key, str(secret.where), surroundings)
    if secret.kept is Kept.FILE:
        return _from_file(key, str(secret.where), surroundings)
    where = secret.where
    try:
        words: Sequence[str] = shlex.split(where) if isinstance(where, str) else where
    except ValueError as error:
        raise _no_secret(key, f"its command cannot be split into words: {error}") from None
    return _from_command(key, words, surroundings)


def _from_environment(key: str, name: str, surroundings: Surroundings) -> str:
    value = surroundings.environment.get(name)
    if not value:
        raise _no_secret(key, f"the environment has no {name}")
    return value


def _from_file(key: str, where: str, surroundings: Surroundings) -> str:
    path = surroundings.folder / expanded(where, surroundings)
    try:
        return _line(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise _no_secret(key, f"{path}: {reason}") from None


def _from_command(key: str, words: Sequence[str], surroundings: Surroundings) -> str:
    if not words:
        raise _no_secret(key, "its command is empty")
    try:
        done = subprocess.run(
            words,
            cwd=surroundings.folder,
            env=dict(surroundings.environment),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=_COMMAND_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise _no_secret(key, f"its command did not end within {_COMMAND_SECONDS:.0f} s") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it cannot be run"
        raise _no_secret(key, f"its command {words[0]}: {reason}") from None
    if done.returncode != 0:
        raise _no_secret(key, f"its command {words[0]} ended with exit code {done.returncode}")
    return _line(done.stdout)


def _no_secret(key: str, why: str) -> UsageError:
    return UsageError(f"cannot get {key}: {why}", hint="agentctl context show names where it is expected")


def _line(text: str) -> str:
    return text.removesuffix("\n").removesuffix("\r")


def expanded(where: str, surroundings: Surroundings) -> Path:
    """Return a path with a leading ``~/`` as the user's home."""
    return surroundings.home / where[2:] if where.startswith("~/") else Path(where)
