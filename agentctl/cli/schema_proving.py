"""From options to a proof: schemas out of files, a source that another process can open, and the answer."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from pathlib import Path

from agentctl.archiving.opening import Opening
from agentctl.cli.question import Question
from agentctl.errors import NotFoundError, UsageError
from agentctl.events.mapping import FieldMapping, field_mapping
from agentctl.kafka.connection import Connection
from agentctl.model.query import Query
from agentctl.model.view import View
from agentctl.ports import Progress, Source
from agentctl.schemas.avro.guard import traps
from agentctl.schemas.avro.parsing import parse
from agentctl.schemas.avro.reading import AvroJudge
from agentctl.schemas.candidate import Candidate, Written
from agentctl.schemas.check_view import FailOn
from agentctl.schemas.checking import compared
from agentctl.schemas.prove_view import Proof, prove_view
from agentctl.schemas.prover import Prover
from agentctl.schemas.verdict import Change, Direction, Format
from agentctl.settings.layers import Settings
from agentctl.sources.archive import ArchiveSource
from agentctl.sources.avro_file import AvroFile
from agentctl.sources.kafka import KafkaSource
from agentctl.sources.lines import unreadable
from agentctl.sources.schema_files import versions
from agentctl.sources.schema_proving import Proved
from agentctl.sources.tiers import TieredSource
from agentctl.surroundings import Surroundings


@dataclass(frozen=True, slots=True)
class Opened:
    """A source in words that can be sent to another process, which opens it there."""

    properties: Mapping[str, str] | None
    archive: Opening | None

    @classmethod
    def of(cls, asked: Question, surroundings: Surroundings) -> "Opened":
        """Return how to open what is asked."""
        source, settings = asked.source, asked.settings
        hot = not isinstance(source, ArchiveSource)
        cold = source.store.address if isinstance(source, ArchiveSource) else settings.get("archive")
        wanted = cold is not None and isinstance(source, ArchiveSource | TieredSource)
        return cls(
            settings.connection_properties(surroundings) if hot else None,
            Opening.of(cold, settings) if wanted and cold is not None else None,
        )

    def __call__(self) -> Source:
        """Open it."""
        opening = self.archive
        if self.properties is None:
            assert opening is not None
            return ArchiveSource(opening.store())
        hot = KafkaSource(Connection(self.properties))
        return hot if opening is None else TieredSource(hot, lambda: ArchiveSource(opening.store()))


@dataclass(frozen=True, slots=True)
class Proving:
    """What makes a prover, here by a mapping that is at hand."""

    candidate: Candidate
    mapping: FieldMapping | None = None

    def prover(self) -> Prover:
        """Return one that has judged nothing."""
        return self.candidate.prover(self.mapping)


@dataclass(frozen=True, slots=True)
class Stage:
    """What is proved, checked before anything is read."""

    candidate: Candidate
    before: Written | None = None
    """The newest version that is kept of the type, to compare with where no old schema is named."""

    @property
    def fingerprint(self) -> str:
        """What the schemas, the type and the directions come to."""
        one = self.candidate
        said = [one.new.text, one.old and one.old.text, one.type, one.directions]
        return blake2b(json.dumps(said).encode(), digest_size=16).hexdigest()

    def reading(self, settings: Settings, profile: str | None) -> "Stage":
        """Return it with how fields are found, for processes that have no settings."""
        tables = replace(self.candidate, profiles=settings.profiles, topics=settings.topics, profile=profile)
        return replace(self, candidate=tables)

    def of_avro_file(self, path: Path, settings: Settings, progress: Progress) -> "tuple[Proved, Stage]":
        """Prove the events of an Avro file by its own schema; ``--old`` is what they are compared with."""
        file = AvroFile(path)
        writer = parse(file.writer, str(path))
        own = Written(Format.AVRO, file.writer, f"{path.name}'s own schema")
        mapping = field_mapping(settings.profiles, settings.topics, None)
        if file.archived:
            prover = self.candidate.prover(mapping)
            coverage = file.prove(AvroJudge(writer, writer), prover, progress)
            return Proved((), prover.tally, coverage), self
        if self.candidate.new.format is not Format.AVRO:
            raise UsageError(
                f"the records of {path.name} are Avro, and the candidate is a JSON Schema",
                hint="--candidate FILE.avsc",
            )
        stage = Stage(replace(self.candidate, old=own))
        prover = stage.candidate.prover(mapping)
        coverage = file.prove(AvroJudge(writer, writer), prover, progress)
        return Proved((), prover.tally, coverage), stage


def stage_of(
    candidate: Path, old: Path | None, type_: str | None, directions: tuple[str, ...], folder: Path
) -> Stage:
    """Read the schemas; where none is named as the old one, those that ``folder`` keeps of the type.

    Raises NotFoundError, InvalidSchemaError, UsageError for formats that do not fit.
    """
    new, before = written(candidate), None if old is None else written(old)
    if before is not None and before.format is not new.format:
        raise UsageError(
            f"{before.origin} is {before.format.value}, and {new.origin} is {new.format.value}",
            hint="--old and --candidate of one format",
        )
    kept = [] if old is not None or type_ is None else _earlier(folder, type_, candidate)
    newest = written(kept[-1]) if kept and new.format is Format.AVRO else None
    if len(kept) == 1:
        before = newest  # nobody else can have written them
    if "forward" in directions and before is None:
        raise UsageError("--direction forward needs what the others still read with", hint="--old FILE")
    stage = Stage(Candidate(new, before, type_, directions), newest)
    # An invalid schema is told before anything is read.
    stage.candidate.prover(field_mapping({}, {}, None))
    for one in (new, before):
        if one is not None and one.format is Format.AVRO:
            one.avro()
    return stage


def written(path: Path) -> Written:
    """Read a schema's file; its ending tells the format. Raises NotFoundError, AgentctlError, UsageError."""
    formats = {".avsc": Format.AVRO, ".json": Format.JSON}
    if path.suffix not in formats:
        raise UsageError(
            f"{path.name} ends in neither .avsc nor .json", hint="Avro is .avsc, JSON Schema .json"
        )
    try:
        return Written(formats[path.suffix], path.read_text("utf-8-sig"), path.name)
    except FileNotFoundError:
        raise NotFoundError(f"there is no schema {path}", hint="--candidate FILE names the new one") from None
    except (OSError, ValueError) as error:
        raise unreadable(path, OSError(str(error))) from error


def view_of(stage: Stage, proved: Proved, query: Query, fail_on: FailOn) -> View:
    """Return the answer, with what the schemas alone say, where both are of Avro."""
    candidate = stage.candidate
    differing: Sequence[Change] | None = None
    said: Sequence[str] = ()
    before = candidate.old or stage.before
    if before is not None and candidate.new.format is Format.AVRO:
        old, new = before.avro(), candidate.new.avro()
        differing = [change for way in candidate.directions for change in compared(old, new, Direction(way))]
        said = traps(old, new)
    name = Path(candidate.new.origin).name
    proof = Proof(name, candidate.type, query, fail_on, differing, said)
    return prove_view(proof, proved.tally, proved.coverage)


def _earlier(folder: Path, type_: str, candidate: Path) -> list[Path]:
    """Return the versions of a type that a team keeps, without the candidate, the oldest first."""
    try:
        return [path for path in versions(folder, type_) if path.resolve() != candidate.resolve()]
    except NotFoundError:
        return []
