"""Schemas for decoding: asked for once, not while the registry is silent, and again when it may be back."""

import pytest

from agentctl.errors import AgentctlError, NotFoundError, UnreachableError, UsageError
from agentctl.model.writer import WriterSchema
from agentctl.registry.client import Registry
from agentctl.registry.decoding import RegistrySchemas
from tests.registry.front import front
from tests.registry.opening import at, opened

pytestmark = pytest.mark.xdist_group("registry")


def test_an_id_is_asked_for_once_whether_it_is_there_or_not() -> None:
    made_up = {"/schemas/ids/7": (200, {"schema": '"string"'})}
    with front(None, made_up=made_up) as before, opened(at(before.address)) as found:
        schemas = RegistrySchemas(lambda: found)
        for _ in range(3):
            assert schemas.writer(7) == WriterSchema('"string"')
            with pytest.raises(NotFoundError):
                schemas.writer(8)
        assert before.asked == ["GET /schemas/ids/7", "GET /schemas/ids/8"]


def test_a_registry_that_fails_is_left_alone_for_a_while() -> None:
    opens: list[AgentctlError] = []
    now = [0.0]

    def refuse() -> Registry:
        opens.append(UnreachableError("the registry is not reachable"))
        raise opens[-1]

    schemas = RegistrySchemas(refuse, lambda: now[0])
    for id_ in range(1, 9):
        with pytest.raises(UnreachableError):
            schemas.writer(id_)
    assert len(opens) == 1
    now[0] = 31.0
    with pytest.raises(UnreachableError):
        schemas.writer(1)
    assert len(opens) == 2


def test_settings_that_cannot_be_meant_are_found_at_the_first_event_that_needs_them() -> None:
    def refuse() -> Registry:
        raise UsageError("no such file")

    with pytest.raises(UsageError):
        RegistrySchemas(refuse).writer(7)
    RegistrySchemas(refuse).close()
