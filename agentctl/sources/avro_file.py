"""An Avro object container file whose records are events, whoever wrote it."""

import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, cast

import fastavro
import orjson

from agentctl.archive.rows import record_of
from agentctl.archive.schema import SCHEMA
from agentctl.errors import AgentctlError
from agentctl.model.coverage import Coverage, PartitionCoverage
from agentctl.ports import Progress
from agentctl.schemas.avro.reading import AvroJudge
from agentctl.schemas.prover import Prover
from agentctl.schemas.proving import UnreadableError
from agentctl.sources.file import FILE
from agentctl.sources.lines import check_readable, unreadable

_MAGIC = b"Obj\x01"
_ARCHIVED = f"{SCHEMA['namespace']}.{SCHEMA['name']}"
_BATCH = 1_000


def is_avro_file(path: Path) -> bool:
    """Whether a file begins as one does. Raises NotFoundError, AgentctlError as ``check_readable``."""
    check_readable(path)
    try:
        with path.open("rb") as file:
            return file.read(4) == _MAGIC
    except OSError as error:
        raise unreadable(path, error) from error


@dataclass(slots=True)
class AvroFile:
    """One file. Raises AgentctlError where its header cannot be read."""

    path: Path
    writer: str = field(init=False)
    """The schema in its header."""
    archived: bool = field(init=False)
    """Whether agentctl's archive wrote it: then its records are those of Kafka, and hold the events."""
    read: int = 0
    size_bytes: int = 0
    trouble: str | None = None
    """Why it was not read to its end."""

    def __post_init__(self) -> None:
        try:
            with self.path.open("rb") as file:
                self.writer = str(fastavro.block_reader(file).metadata["avro.schema"])
        except Exception as error:
            raise self._broken(error) from error
        said = orjson.loads(self.writer)
        named = f"{said.get('namespace', '')}.{said.get('name', '')}" if isinstance(said, dict) else ""
        self.archived = _ARCHIVED in (named, said.get("name") if isinstance(said, dict) else None)

    def _broken(self, error: Exception) -> AgentctlError:
        if isinstance(error, OSError):
            return unreadable(self.path, error)
        return AgentctlError(
            f"cannot read {self.path}: its header is no Avro file's ({error or type(error).__name__})",
            hint="an object file of Avro, or NDJSON as agentctl replay --payload -o ndjson writes it",
        )

    def prove(self, judge: AvroJudge, prover: Prover, progress: Progress) -> Coverage:
        """Have every record judged, and say what was read."""
        try:
            with self.path.open("rb") as file:
                for count, block in _blocks(file):
                    self._block(judge, prover, count, block)
                    progress.advance(count, len(block))
        except UnreadableError as error:
            self.trouble = str(error)
        except OSError as error:
            raise unreadable(self.path, error) from error
        except Exception as error:
            # Every codec has its own way to say that bytes cannot be.
            self.trouble = str(error) or type(error).__name__
        return self.coverage

    def _block(self, judge: AvroJudge, prover: Prover, count: int, block: bytes) -> None:
        file = io.BytesIO(block)
        self.size_bytes += len(block)
        if self.archived:
            prover.take([record_of(judge.next(file)) for _ in range(count)])
            self.read += count
        else:
            prover.take_values(self.path.name, self._values(judge, file, count), self.read)
        if file.read(1):
            raise UnreadableError("bytes are left behind the last record of a block")

    def _values(self, judge: AvroJudge, file: io.BytesIO, count: int) -> Iterator[Any]:
        for _ in range(count):
            value = judge.next(file)
            self.read += 1
            yield value

    @property
    def coverage(self) -> Coverage:
        """What has been read until now."""
        last = self.read - 1 if self.read else None
        where = f"{self.path.name} could not be read behind its record {self.read:,}: {self.trouble}"
        return Coverage(
            partitions=(
                PartitionCoverage(
                    self.path.name, 0, FILE, first=0 if self.read else None, last=last, scanned=self.read
                ),
            ),
            complete=self.trouble is None,
            reasons=() if self.trouble is None else (where,),
            records_scanned=self.read,
            bytes_scanned=self.size_bytes,
        )


def _blocks(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Give the count and the bytes, unpacked, of each block."""
    for block in cast("Iterator[Any]", fastavro.block_reader(file)):
        yield block.num_records, block.bytes_.getvalue()
