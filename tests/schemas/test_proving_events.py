"""Records to a tally: which are events of the type, what each is written in, and what becomes of it."""

import io
import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import fastavro
import pytest

from agentctl.errors import NotFoundError
from agentctl.events.mapping import field_mapping
from agentctl.events.writers import Writers
from agentctl.model.coverage import Coverage
from agentctl.model.query import Query
from agentctl.model.record import Headers, Record, TimestampType
from agentctl.model.writer import WriterSchema
from agentctl.schemas.candidate import Candidate, Written
from agentctl.schemas.check_view import FailOn
from agentctl.schemas.prove_view import Proof, prove_view
from agentctl.schemas.proving import Tally
from agentctl.schemas.verdict import Change, Direction, Effect, Format

OLD = {
    "type": "record",
    "name": "Done",
    "namespace": "agents",
    "fields": [
        {"name": "agent", "type": "string"},
        {"name": "schema_version", "type": "int"},
        {"name": "words", "type": ["null", "long"]},
    ],
}
NEW = {**OLD, "fields": [*OLD["fields"][:2], {"name": "words", "type": "float"}]}
PLAIN = {
    "type": "record",
    "name": "done",
    "fields": [
        {"name": "event_type", "type": "string"},
        {"name": "words", "type": "int", "aliases": ["count"]},
        {"name": "summary", "type": "string", "default": ""},
    ],
}


def schema(written: Any, name: str = "new.avsc") -> Written:
    return Written(Format.AVRO, json.dumps(written), name)


def record(value: bytes | None, offset: int = 0, headers: Headers = ()) -> Record:
    return Record("t", 0, offset, 1_790_000_000_000 + offset, TimestampType.CREATE, None, value, headers)


def of_json(**fields: Any) -> bytes:
    return json.dumps({"event_type": "done", **fields}).encode()


def of_avro(words: int | None, version: int = 1) -> bytes:
    file = io.BytesIO()
    value = {"agent": "research", "schema_version": version, "words": words}
    fastavro.schemaless_writer(file, fastavro.parse_schema(OLD), value)
    return file.getvalue()


def framed(data: bytes, schema_id: int = 7) -> bytes:
    return b"\0" + schema_id.to_bytes(4, "big") + data


def proved(candidate: Candidate, records: Sequence[Record], registry: Any = None) -> Tally:
    prover = candidate.prover(field_mapping({}, {}, None, None if registry is None else Writers(registry)))
    prover.take(records)
    return prover.tally


def fates(tally: Tally) -> list[tuple[int, str, str]]:
    return [(row.offset, row.issue.fate.name.lower(), row.issue.path) for row in tally.first()]


class Registry:
    """A registry that knows one schema."""

    def __init__(self, known: WriterSchema) -> None:
        self._known = known

    def writer(self, name: int | UUID) -> WriterSchema:
        if name != 7:
            raise NotFoundError("it has no such schema")
        return self._known


def test_events_of_json_are_proved_as_they_are() -> None:
    values = [
        of_json(words=1),
        of_json(words="1"),
        of_json(),
        of_json(count=3, schema_version=2),
        of_json(words=2**31),
        of_json(words=1, event_type="other"),
        None,
    ]
    tally = proved(Candidate(schema(PLAIN), None, "done"), [record(one, at) for at, one in enumerate(values)])
    assert (tally.events, tally.failed, tally.changed) == (5, 3, 0)
    assert tally.versions == {"1": 4, "2": 1}
    assert fates(tally) == [(1, "failed", "/words"), (2, "failed", "/words"), (4, "failed", "/words")]
    assert (tally.first_ms, tally.last_ms) == (1_790_000_000_000, 1_790_000_000_004)


def test_what_cannot_be_decoded_fails_where_the_type_stands_in_it() -> None:
    tally = proved(
        Candidate(schema(PLAIN), None, "done"), [record(b'{"event_type": "done", '), record(b'{"a": ')]
    )
    assert (tally.events, tally.failed) == (1, 1)


def test_avro_is_read_by_the_old_schema_behind_the_prefix_and_behind_the_header() -> None:
    guid = UUID(int=5)
    headers = (("__value_schema_id", b"\1" + guid.bytes),)
    records = [
        record(framed(of_avro(1, version=3)), 0),
        record(of_avro(2**24 + 1), 1, headers),
        record(framed(of_avro(None)), 2),
        record(framed(of_avro(5) + b"\0"), 3),
    ]
    tally = proved(Candidate(schema(NEW), schema(OLD), "Done"), records)
    assert tally.versions == {"3": 1, "1": 3}
    assert fates(tally) == [(2, "failed", "/words"), (3, "failed", ""), (1, "changed", "/words")]
    assert tally.ids == {"7": 3, str(guid): 1}


def test_avro_of_another_name_is_no_event_of_the_type() -> None:
    assert proved(Candidate(schema(NEW), schema(OLD), "other"), [record(framed(of_avro(1)))]).events == 0
    assert (
        proved(Candidate(schema(NEW), schema(OLD), "agents.Done"), [record(framed(of_avro(1)))]).events == 1
    )


def test_avro_whose_schema_is_not_known_is_not_proved_and_told() -> None:
    tally = proved(Candidate(schema(NEW), None, "Done"), [record(framed(of_avro(1)))])
    assert tally.events == 0
    ((reason, count),) = tally.unread.items()
    assert (count, "--old FILE" in reason) == (1, True)


def test_a_registry_knows_what_each_event_was_written_with() -> None:
    registry = Registry(WriterSchema(json.dumps(OLD)))
    records = [record(framed(of_avro(None)), 0), record(framed(of_avro(1), 8), 1)]
    tally = proved(Candidate(schema(NEW), None, None), records, registry)
    assert fates(tally) == [(0, "failed", "/words")]
    assert tally.unread == {"their schema 8 cannot be had: it has no such schema": 1}


def test_forward_is_what_a_reader_of_the_old_schema_gets_of_events_as_the_candidate_writes_them() -> None:
    wider = {**OLD, "fields": [*OLD["fields"][:2], {"name": "words", "type": ["null", "long", "string"]}]}
    without = {**OLD, "fields": OLD["fields"][:2]}
    one = [record(framed(of_avro(5)))]
    assert proved(Candidate(schema(wider), schema(OLD), None, ("forward",)), one).failed == 0
    tally = proved(Candidate(schema(without), schema(OLD), None, ("backward", "forward")), one)
    assert [(row.direction, row.issue.path) for row in tally.first()] == [("forward", "/words")]


def test_a_tally_comes_back_from_json_and_adds_up() -> None:
    tally = proved(Candidate(schema(NEW), schema(OLD), None), [record(framed(of_avro(None)), 4)])
    again = Tally.of_json(json.loads(json.dumps(tally.to_json())))
    assert again == tally
    again.add(tally)
    assert (again.events, again.failed, again.versions["1"]) == (2, 2, 2)


def test_only_the_first_are_shown_and_all_are_counted() -> None:
    records = [record(of_json(words="no"), offset) for offset in range(50)]
    tally = proved(Candidate(schema(PLAIN), None, "done"), records)
    assert tally.failed == 50
    assert [row.offset for row in tally.first()] == list(range(20))


BREAKING = (Change("TYPE_MISMATCH", Effect.BREAKING, Direction.BACKWARD, "/fields/0", "it differs"),)


@pytest.mark.parametrize(
    ("failed", "changed", "fail_on", "code"),
    [
        (0, 0, FailOn.BREAKING, 0),
        (1, 0, FailOn.BREAKING, 3),
        (0, 1, FailOn.BREAKING, 0),
        (0, 1, FailOn.DATA, 3),
        (1, 1, FailOn.NONE, 0),
    ],
)
def test_what_fails_ends_in_3_and_what_changes_where_that_is_asked(
    failed: int, changed: int, fail_on: FailOn, code: int
) -> None:
    tally = Tally(events=9, failed=failed, changed=changed)
    view = prove_view(Proof("new.avsc", None, Query(), fail_on), tally, Coverage())
    assert view.exit_code == code


def test_breaking_that_never_happened_is_said_with_what_was_covered() -> None:
    tally = Tally(events=184_220, first_ms=1_790_000_000_000, last_ms=1_790_000_060_000)
    proof = Proof("new.avsc", "done", Query(tail=500), FailOn.BREAKING, BREAKING)
    view = prove_view(proof, tally, Coverage())
    assert view.summary["never_happened"] is True
    assert "TYPE_MISMATCH" in view.notes[1]
    assert "never happened in 184,220 events up to 2026-09-21T14:14:20.000Z" in view.notes[1]
    tally.failed = 1
    assert prove_view(proof, tally, Coverage()).summary["never_happened"] is False


def test_what_was_not_proved_makes_the_answer_partial() -> None:
    tally = Tally(events=1)
    tally.unread["they are in another format"] = 2
    view = prove_view(Proof("new.avsc", None, Query(), FailOn.BREAKING), tally, Coverage())
    assert view.exit_code == 7
    assert view.coverage is not None
    assert "2 events were not proved" in view.coverage.reasons[0]
    assert prove_view(Proof("n", None, Query(), FailOn.BREAKING), Tally(), Coverage()).exit_code == 4
