"""Gets a secret from where it is kept: a file, a command, or a variable of the environment."""

import shlex
import subprocess
from collections.abc import Sequence

from agentctl.errors import UsageError
from agentctl.settings.secrets import Kept, Secret, expanded
from agentctl.surroundings import Surroundings

_COMMAND_SECONDS = 30.0


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
