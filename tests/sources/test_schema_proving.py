"""A proof that was stopped goes on with what is left, and its answer is that of one that was not."""

import json
from pathlib import Path

import pytest

from agentctl.errors import AgentctlError, NotFoundError
from agentctl.model.coverage import Coverage, PartitionCoverage, Pruned
from agentctl.model.query import Query, Window
from agentctl.schemas.candidate import Candidate, Written
from agentctl.schemas.prover import Prover
from agentctl.schemas.verdict import Format
from agentctl.sources.schema_proving import Diary, Proved, Silent, added, prove_parts, spread
from tests.memory import MemorySource, record

CANDIDATE = Written(
    Format.AVRO,
    json.dumps({"type": "record", "name": "done", "fields": [{"name": "n", "type": "int"}]}),
    "new.avsc",
)
PARTS = tuple(("events", number) for number in range(4))
RECORDS = [
    record("events", json.dumps({"n": n if n % 3 else "no"}).encode(), partition=n % 4, offset=n // 4)
    for n in range(40)
]


class Proving:
    """Makes provers of one candidate."""

    def prover(self) -> Prover:
        return Candidate(CANDIDATE, None, None).prover()


def proved(*parts: tuple[str, int]) -> Proved:
    own = [one for one in RECORDS if (one.topic, one.partition) in parts]
    return prove_parts(lambda: MemorySource.of(*own), Proving(), Query(), parts, Silent())


def test_partitions_one_by_one_come_to_what_all_at_once_do() -> None:
    whole, pieces = added([proved(*PARTS)]), added(proved(part) for part in reversed(PARTS))
    assert (whole.tally.events, whole.tally.failed) == (40, 14)
    assert pieces.tally.first() == whole.tally.first()
    assert (pieces.tally.events, pieces.tally.failed) == (40, 14)


def test_a_stopped_proof_goes_on_where_it_was(tmp_path: Path) -> None:
    first = Diary(tmp_path, ["asked"])
    first.begin(Window(5, None))
    first.note(proved(PARTS[0], PARTS[2]))
    second = Diary(tmp_path, ["asked"])
    second.read()
    assert second.window == Window(5, None)
    assert second.left(PARTS) == [PARTS[1], PARTS[3]]
    second.note(proved(*second.left(PARTS)))
    resumed = added(second.done)
    assert resumed.tally.first() == added([proved(*PARTS)]).tally.first()
    second.end()
    with pytest.raises(NotFoundError):
        Diary(tmp_path, ["asked"]).read()


def test_another_question_is_another_proof(tmp_path: Path) -> None:
    one = Diary(tmp_path, ["asked"])
    one.begin(Window())
    one.note(proved(PARTS[0]))
    with pytest.raises(NotFoundError):
        Diary(tmp_path, ["asked otherwise"]).read()


def test_what_could_not_be_read_is_read_again(tmp_path: Path) -> None:
    diary = Diary(tmp_path, [])
    diary.begin(Window())
    cut = proved(PARTS[0])
    diary.note(Proved(cut.parts, cut.tally, Coverage(complete=False, reasons=("it is frozen",))))
    again = Diary(tmp_path, [])
    again.read()
    assert again.left(PARTS) == list(PARTS)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"window": [1, 2], "done": [{}]}'])
def test_a_broken_diary_is_told(tmp_path: Path, text: str) -> None:
    diary = Diary(tmp_path, [])
    diary.path.write_text(text, encoding="utf-8")
    with pytest.raises(AgentctlError, match="cannot read how far the proof was"):
        diary.read()


def test_what_was_covered_comes_back_as_it_was(tmp_path: Path) -> None:
    part = PartitionCoverage("events", 0, "kafka", first=1, last=5, scanned=3, pruned=Pruned.TIME)
    one = Proved(PARTS, proved(*PARTS).tally, Coverage((part,), remarks=("as told",)))
    assert Proved.of_json(json.loads(json.dumps(one.to_json()))) == one


def test_partitions_are_spread_and_none_is_lost() -> None:
    for tasks in (1, 3, 9):
        chunks = spread(PARTS, tasks)
        assert len(chunks) == min(tasks, 4)
        assert sorted(part for chunk in chunks for part in chunk) == list(PARTS)
