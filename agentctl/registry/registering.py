"""What registering a schema would do, and what it did, as a View."""

from dataclasses import dataclass

from agentctl.errors import AgentctlError
from agentctl.model.view import Column, Kind, View
from agentctl.model.writer import WriterSchema
from agentctl.registry.client import Compatibility, Registered, Registry

_COLUMNS = (
    Column("subject", "SUBJECT"),
    Column("action", "ACTION"),
    Column("version", "VERSION", Kind.NUMBER),
    Column("id", "ID", Kind.NUMBER),
    Column("level", "LEVEL"),
    Column("compatible", "COMPATIBLE", Kind.FLAG),
)


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be registered, and how the registry stands to it."""

    subject: str
    candidate: WriterSchema
    latest: Registered | None
    known: Registered | None
    """The version that is that very schema already."""
    level: str | None
    verdict: Compatibility | None
    """What the registry says; None where it has nothing to compare with."""

    @property
    def refused(self) -> bool:
        """Whether the registry would not take it."""
        return self.verdict is not None and not self.verdict.compatible and self.level != "NONE"


def planned(registry: Registry, subject: str, candidate: WriterSchema, expected: int | None = None) -> Plan:
    """Look how a registry stands to a schema.

    ``expected`` is the version that has to be the latest, 0 for none. Raises AgentctlError where it is not.
    """
    latest, known = registry.latest(subject), registry.lookup(subject, candidate)
    stands = 0 if latest is None else latest.version
    if expected is not None and stands != expected and known is None:
        raise AgentctlError(
            f"nothing was registered: the latest version of {subject} is {stands or 'not there'}, "
            f"and {expected or 'none'} was expected",
            hint="look at what is registered, and plan it again",
        )
    compared = latest is not None and known is None
    return Plan(
        subject,
        candidate,
        latest,
        known,
        registry.level(subject),
        registry.compatibility(subject, candidate) if compared else None,
    )


def registered_view(plan: Plan, address: str, done: Registered | None) -> View:
    """Show a plan, or with ``done`` what came of it."""
    there = plan.known or done
    action = (
        "unchanged" if plan.known else "registered" if done else "refused" if plan.refused else "register"
    )
    version = (plan.latest.version + 1 if plan.latest else 1) if there is None else there.version
    messages = () if plan.verdict is None else plan.verdict.messages
    planned_only = there is None and not plan.refused
    return View(
        name="schema-register",
        title=f"{plan.subject} in {address}",
        columns=_COLUMNS,
        rows=[
            {
                "subject": plan.subject,
                "action": action,
                "version": version,
                "id": None if there is None else there.id,
                "level": plan.level,
                "compatible": None if plan.verdict is None else plan.verdict.compatible,
            }
        ],
        summary={
            "latest_version": None if plan.latest is None else plan.latest.version,
            "latest_id": None if plan.latest is None else plan.latest.id,
            "messages": list(messages),
        },
        notes=(
            *(["it is registered already: nothing is to be done"] if plan.known else []),
            *([f"the registry would refuse it at the level {plan.level}"] if plan.refused else []),
            *messages,
            *([f"nothing was changed: --execute --expect {version - 1} does it"] if planned_only else []),
        ),
        fail_on_problems=True,
        problem=plan.refused,
    )
