"""How a call that failed is told: its sentence and its hint, and with ``--debug`` where it happened."""

import traceback

from agentctl.errors import AgentctlError, UsageError
from agentctl.render.complaints import complain, tell
from agentctl.render.sanitise import visible
from agentctl.settings.secrets import without_secrets
from agentctl.surroundings import Surroundings


def report(told: AgentctlError, cause: BaseException | None, surroundings: Surroundings) -> int:
    """Write a failure to stderr and return its exit code; of a ``cause`` the traceback, too."""
    if cause is not None:
        for line in "".join(traceback.format_exception(cause)).splitlines():
            tell(surroundings.stderr, visible(without_secrets(line)))
    if isinstance(told, UsageError):
        # It may quote the command line: agentctl context show sasl.password=… without its -X.
        told = UsageError(without_secrets(told.message), hint=told.hint)
    complain(told, surroundings)
    return told.exit_code
