"""What is wrong with bytes of the archive, in words that name the object and the block."""

from agentctl.errors import AgentctlError, ExitCode


class DamagedError(AgentctlError):
    """Bytes are not what was written: cut off, flipped, or foreign. What else there is can still be read."""

    exit_code = ExitCode.PARTIAL

    def __init__(self, key: str, fault: str, *, block: int | None = None) -> None:
        place = key if block is None else f"Block {block} of {key}"
        super().__init__(
            f"{place} is damaged: {fault}.", hint="agentctl archive verify names all that is damaged"
        )
        self.key = key
        """The object, sidecar or lookup."""
        self.block = block
        """Which block of the object, from 0; None where it is not one block."""
        self.fault = fault


class FormatError(AgentctlError):
    """An object, sidecar or lookup of a format that this version does not read."""

    def __init__(self, key: str, found: str, known: int) -> None:
        self.newer = found.isdecimal() and int(found) > known
        """Whether a later version of agentctl wrote it."""
        super().__init__(
            f"{key} is written in format {found}; this version of agentctl reads format {known} of archives.",
            hint="a newer agentctl wrote it: update this one"
            if self.newer
            else "agentctl archive index makes it anew",
        )
        self.key = key
        self.found = found
