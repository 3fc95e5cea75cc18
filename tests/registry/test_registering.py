"""Registering as the command does it: planned, then done once, and refused where the ground has moved."""

import pytest

from agentctl.errors import AgentctlError
from agentctl.registry.registering import planned, registered_view
from tests.registry.opening import at, new_subject, opened, record

pytestmark = pytest.mark.xdist_group("registry")

ONE, TWO, OTHER = record(("a", "string")), record(("a", "string"), ("b", "int")), record(("a", "int"))


def test_a_plan_says_what_would_be_and_changes_nothing(registry: str) -> None:
    subject = new_subject()
    with opened(at(registry)) as found:
        view = registered_view(planned(found, subject, ONE), found.address, None)
        assert (view.rows[0]["action"], view.rows[0]["version"], view.rows[0]["id"]) == ("register", 1, None)
        assert view.notes == ("nothing was changed: --execute --expect 0 does it",)
        assert found.latest(subject) is None


def test_what_was_planned_is_done_once(registry: str) -> None:
    subject = new_subject()
    with opened(at(registry)) as found:
        plan = planned(found, subject, ONE, 0)
        done = found.register(subject, ONE, plan.latest)
        first = registered_view(plan, found.address, done).rows[0]
        again = registered_view(planned(found, subject, ONE, 0), found.address, None)
        assert (first["action"], again.rows[0]["action"]) == ("registered", "unchanged")
        assert first["version"] == again.rows[0]["version"] == 1
        assert first["id"] == again.rows[0]["id"] == done.id


def test_another_latest_version_than_expected_is_refused(registry: str) -> None:
    subject = new_subject()
    with opened(at(registry)) as found:
        found.register(subject, ONE, None)
        with pytest.raises(AgentctlError, match=r"the latest version of .* is 1, and none was expected"):
            planned(found, subject, TWO, 0)


def test_what_the_registry_would_refuse_is_a_problem(registry: str) -> None:
    subject = new_subject()
    with opened(at(registry)) as found:
        found.register(subject, ONE, None)
        found._client.set_compatibility(subject, "BACKWARD")
        view = registered_view(planned(found, subject, OTHER), found.address, None)
        assert (view.rows[0]["action"], view.rows[0]["level"], view.exit_code) == ("refused", "BACKWARD", 3)
