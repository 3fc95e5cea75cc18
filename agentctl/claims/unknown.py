"""What is said where nobody knows whether a record was written, or what stands before it."""

from agentctl.claims.drafts import Draft
from agentctl.errors import UnreachableError
from agentctl.model.record import Place
from agentctl.model.span import span


class OutcomeUnknownError(UnreachableError):
    """Nothing is held as far as the agent knows; what it wrote, if anything, ends with its lease."""


def unknown(draft: Draft, where: str, why: str) -> OutcomeUnknownError:
    """The broker did not say whether it took a record, and the log does not show it."""
    return OutcomeUnknownError(
        f"nobody knows whether {where} took the {draft.kind} on {draft.item}: {why}",
        hint=_until_its_end(draft),
    )


def not_read_back(draft: Draft, place: Place, why: str) -> OutcomeUnknownError:
    """The record is written, but what stands before it is not known."""
    return OutcomeUnknownError(
        f"{place} holds the {draft.kind} on {draft.item}, but cannot be read back: {why}",
        hint=_until_its_end(draft),
    )


def _until_its_end(draft: Draft) -> str:
    if not draft.ttl_ms:
        return "release it again; without that it ends with its lease"
    return (
        f"nothing is held; what it may have claimed ends by itself within {span(draft.ttl_ms)} of its arrival"
    )
