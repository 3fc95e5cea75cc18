"""A registry asked and written to; wrong credentials, TLS, silence and refusals told in sentences."""

import socket
import ssl
import sys
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest
import trustme

from agentctl.errors import AccessError, AgentctlError, NotFoundError, UnreachableError, UsageError
from agentctl.registry.client import Registry
from agentctl.registry.documents import versions
from agentctl.registry.errors import IncompatibleSchemaError
from tests.registry.front import LOGIN, front
from tests.registry.opening import at, new_subject, opened, record

pytestmark = pytest.mark.xdist_group("registry")

ONE, TWO, OTHER = (
    record(("a", "string")),
    record(("a", "string"), ("b", ["null", "int"])),
    record(("a", "int")),
)
GUID = UUID("5b1cbd4e-5c59-4f8d-a3f9-0d2e7c0a0a11")


def test_a_schema_is_registered_once_and_found_by_subject_version_and_id(registry: str) -> None:
    subject = new_subject()
    with opened(at(registry)) as found:
        assert found.latest(subject) is None
        first = found.register(subject, ONE, None)
        assert (first.version, first.schema) == (1, ONE)
        assert found.register(subject, ONE, None) == first
        second = found.register(subject, TWO, first)
        assert found.register(subject, ONE, second) == first
        assert subject in found.subjects()
        assert found.versions(subject) == (1, 2)
        assert found.version(subject, 2) == found.latest(subject) == second
        assert found.schema(second.id) == TWO
        assert found.lookup(subject, OTHER) is None
        assert [(one.version, one.id, one.format) for one in versions(found, subject)] == [
            (1, first.id, "AVRO"),
            (2, second.id, "AVRO"),
        ]


def test_nothing_is_registered_over_what_somebody_else_registered_meanwhile(registry: str) -> None:
    subject = new_subject()
    with opened(at(registry)) as ours, opened(at(registry)) as theirs:
        first = ours.register(subject, ONE, None)
        theirs.register(subject, TWO, first)
        with pytest.raises(AgentctlError, match=r"is at version 2 .* and was at version 1 .* when this was"):
            ours.register(subject, OTHER, first)
        with pytest.raises(AgentctlError, match="and was not there when this was planned"):
            ours.register(subject, OTHER, None)
        assert ours.versions(subject) == (1, 2)


def test_what_breaks_the_level_of_a_subject_is_refused_with_the_reason(registry: str) -> None:
    subject = new_subject()
    with opened(at(registry)) as found:
        first = found.register(subject, ONE, None)
        assert found.level(subject) == found.global_level() == "NONE"
        found._client.set_compatibility(subject, "FORWARD")
        assert found.level(subject) == "FORWARD"
        assert found.compatibility(subject, TWO).compatible
        assert not found.compatibility(subject, OTHER).compatible
        with pytest.raises(IncompatibleSchemaError, match="not compatible: Incompatible artifact") as refused:
            found.register(subject, OTHER, first)
        assert "Exception" not in refused.value.message
        assert found.level(new_subject()) == "NONE"


def test_a_registry_that_names_its_reasons_has_them_told() -> None:
    answer = {"is_compatible": False, "messages": ["READER_FIELD_MISSING_DEFAULT_VALUE at /fields/1"]}
    path = "/compatibility/subjects/s/versions/latest"
    with front(None, made_up={path: (200, answer)}) as before, opened(at(before.address)) as found:
        assert found.compatibility("s", ONE).messages == tuple(answer["messages"])  # type: ignore[arg-type]


def test_what_a_schema_refers_to_comes_with_it(registry: str) -> None:
    inner, outer = new_subject(), new_subject()
    with opened(at(registry)) as found:
        first = found.register(inner, ONE, None)
        schema = found._schema(record(("inner", "Event"), name="Outer"))
        module = sys.modules["confluent_kafka.schema_registry"]
        schema.references.append(module.SchemaReference("Event", inner, first.version))
        id_ = found._client.register_schema(outer, schema)
    with opened(at(registry)) as found:
        assert found.schema(id_).references == (ONE.text,)


QUESTIONS: dict[str, Callable[[Registry], object]] = {
    "subject": lambda found: found.versions("no such subject"),
    "version": lambda found: found.version(found.register(new_subject(), ONE, None).subject, 7),
    "id": lambda found: found.schema(999_999),
    "guid": lambda found: found.schema(GUID),
}


@pytest.mark.parametrize("ask", QUESTIONS.values(), ids=QUESTIONS)
def test_what_does_not_exist_is_not_found(registry: str, ask: Callable[[Registry], object]) -> None:
    with opened(at(registry)) as found, pytest.raises(NotFoundError):
        ask(found)


@pytest.mark.parametrize(
    "properties",
    [
        (f"schema.registry.basic.auth.user.info={LOGIN}",),
        ("basic.auth.credentials.source=USER_INFO", f"basic.auth.user.info={LOGIN}"),
        (
            "schema.registry.basic.auth.credentials.source=SASL_INHERIT",
            f"sasl.username={LOGIN.split(':')[0]}",
            f"sasl.password={LOGIN.split(':')[1]}",
        ),
    ],
)
def test_a_login_is_sent(registry: str, properties: tuple[str, ...]) -> None:
    with front(registry, login=LOGIN) as before, opened(at(before.address), *properties) as found:
        assert isinstance(found.subjects(), tuple)


@pytest.mark.parametrize("properties", [(), ("schema.registry.basic.auth.user.info=reader:hunter2",)])
def test_a_wrong_login_is_no_access_and_is_not_told(properties: tuple[str, ...]) -> None:
    with front(None, login=LOGIN) as before, opened(at(before.address), *properties) as found:
        with pytest.raises(AccessError, match="does not know who asks") as refused:
            found.subjects()
        assert "hunter2" not in f"{refused.value.message}{refused.value.hint}{found!r}"


def test_a_login_in_the_address_is_not_told() -> None:
    with front(None, login=LOGIN) as before:
        address = before.address.replace("//", "//reader:hunter2@")
        with opened(at(address)) as found, pytest.raises(AccessError) as refused:
            found.subjects()
    assert "hunter2" not in refused.value.message


def test_tls_needs_the_authority_that_signed(registry: str, tmp_path: Path) -> None:
    ca, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert("127.0.0.1").configure_cert(context)
    ca.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    with front(registry, tls=context) as before:
        with opened(at(before.address), f"schema.registry.ssl.ca.location={tmp_path / 'ca.pem'}") as found:
            assert isinstance(found.subjects(), tuple)
        with opened(at(before.address)) as found, pytest.raises(AccessError, match="TLS"):
            found.subjects()


def test_a_read_only_registry_says_so() -> None:
    with (
        front(None, read_only=True) as before,
        opened(at(before.address)) as found,
        pytest.raises(AgentctlError, match="is read-only"),
    ):
        found.register("s", ONE, None)


@pytest.mark.parametrize("listens", [False, True])
def test_who_does_not_answer_is_unreachable(listens: bool) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        if listens:
            silent.listen()
        with opened(at(address), patience_seconds=0.2) as found, pytest.raises(UnreachableError):
            found.subjects()


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (200, b"<html>hello</html>", AgentctlError),
        (200, ["a"], AgentctlError),
        (200, {"schema": 7}, AgentctlError),
        (404, b"<html>nothing here</html>", NotFoundError),
        (503, b"", UnreachableError),
        (403, {}, AccessError),
        (422, {"error_code": 42201, "message": "Invalid schema"}, AgentctlError),
    ],
)
def test_what_is_no_registry_ends_in_a_sentence(status: int, body: object, kind: type[AgentctlError]) -> None:
    with (
        front(None, made_up={"/schemas/ids/7": (status, body)}) as before,
        opened(at(before.address)) as found,
        pytest.raises(AgentctlError) as failed,
    ):
        found.schema(7)
    assert type(failed.value) is kind
    assert failed.value.message.startswith("cannot get the schema 7: ")


@pytest.mark.parametrize(
    ("properties", "says"),
    [
        ((), "no schema registry is configured"),
        (("schema.registry.url=ftp://x",), "does not take these settings"),
        (("schema.registry.url=http://x", "basic.auth.user.info=hunter2"), "does not take these settings"),
        (
            ("schema.registry.url=http://x", "basic.auth.credentials.source=MAGIC"),
            "credentials.source is MAGIC",
        ),
        (("schema.registry.url=https://x", "schema.registry.ssl.ca.location=/no/ca.pem"), "is not there"),
        (("schema.registry.url=https://x", "schema.registry.ssl.truststore.location=/t.jks"), "Java store"),
    ],
)
def test_settings_that_cannot_be_meant(properties: tuple[str, ...], says: str) -> None:
    with pytest.raises(UsageError, match=says) as refused, opened(*properties):
        pass
    assert "hunter2" not in f"{refused.value.message}{refused.value.hint}"


def test_without_the_extra_the_command_that_installs_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "confluent_kafka.schema_registry", None)
    with pytest.raises(AgentctlError) as refused, opened(at("http://127.0.0.1:1")):
        pass
    assert refused.value.hint == "pip install 'agentctl[registry]'"
