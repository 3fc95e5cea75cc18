"""A schema that is to be proved, and what the events were written with: what a proof is made of anywhere."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from agentctl.errors import AgentctlError, UsageError
from agentctl.events.mapping import FieldMapping, field_mapping
from agentctl.events.writers import Writers
from agentctl.schemas.avro import parsing as avro
from agentctl.schemas.avro.from_json import JsonAsAvro
from agentctl.schemas.avro.reading import AvroJudge, ForwardJudge
from agentctl.schemas.avro.schema import AvroSchema, plain_name
from agentctl.schemas.prover import Bench, Prover, Writer
from agentctl.schemas.proving import Judge, Tally
from agentctl.schemas.verdict import Format


@dataclass(frozen=True, slots=True)
class Written:
    """A schema as it was written."""

    format: Format
    text: str
    origin: str
    """Where it stands, for people."""

    def avro(self) -> AvroSchema:
        """Return it parsed. Raises InvalidSchemaError."""
        return avro.parse(self.text, self.origin)


@dataclass(frozen=True, slots=True)
class Candidate:
    """What is proved, in words that can be sent to another process."""

    new: Written
    old: Written | None
    type: str | None
    directions: tuple[str, ...] = ("backward",)
    profiles: Mapping[str, object] | None = None
    topics: Mapping[str, object] | None = None
    profile: str | None = None
    """The field mapping of this call: its tables, and the profile that takes the place of every topic's."""

    def prover(self, mapping: FieldMapping | None = None) -> Prover:
        """Return what judges events, by a mapping that is at hand or one by the tables."""
        known = mapping or field_mapping(self.profiles or {}, self.topics or {}, self.profile)
        new = self.new.avro() if self.new.format is Format.AVRO else None
        writers = _Known(self, new, known.writers)
        json = tuple(Bench(one, _of_json(self._reader(one))) for one in self.directions)
        return Prover(json, writers, known, self.type, Tally())

    def _reader(self, direction: str) -> Written:
        """Return what is read with in a direction. JSON says nothing of what it was written with."""
        return self.old if direction == "forward" and self.old is not None else self.new


@dataclass(slots=True)
class _Known:
    """Who wrote Avro: by the registry where there is one, else by what is told of the old schema."""

    candidate: Candidate
    new: AvroSchema | None
    registry: Writers | None

    def __call__(self, name: int | UUID | None) -> Writer | str:
        """Return who wrote with the schema of an id, or why that is not known."""
        if self.new is None:
            return "they are Avro, and the candidate is a JSON Schema"
        if name is not None and self.registry is not None:
            return self._asked(name, self.registry, self.new)
        old = self.candidate.old
        if old is None:
            return "they are Avro, and what they were written with is not known: --old FILE, or a registry"
        return self._writer(old.avro(), self.new)

    def _asked(self, name: int | UUID, registry: Writers, new: AvroSchema) -> Writer | str:
        try:
            found = registry.schemas.writer(name)
            if found.format != "AVRO":
                return f"the registry has {found.format} for their schema {name}"
            if found.references:
                return f"their schema {name} refers to others, which are not read here"
            return self._writer(avro.parse(found.text, f"schema {name} of the registry"), new)
        except AgentctlError as error:
            return f"their schema {name} cannot be had: {error.message}"

    def _writer(self, old: AvroSchema, new: AvroSchema) -> Writer:
        full = getattr(old.root, "name", "")
        benches = tuple(
            Bench(one, ForwardJudge(old, new) if one == "forward" else AvroJudge(old, new))
            for one in self.candidate.directions
        )
        return Writer(frozenset({full, plain_name(full)}), benches)


def _of_json(reader: Written) -> Judge:
    """Return who judges events of JSON for a reader with that schema."""
    if reader.format is Format.AVRO:
        return JsonAsAvro(reader.avro())
    raise UsageError(
        f"{reader.origin} is a JSON Schema; candidates of Avro are proved, also on events of JSON",
        hint="--candidate FILE.avsc",
    )
