"""Exported files as people keep, cut, join and mail them: every row is read, or named with the reason."""

import json
from collections.abc import Iterable
from pathlib import Path

import pytest

from agentctl.errors import AgentctlError, ExitCode, NotFoundError
from agentctl.events.mapping import field_mapping
from agentctl.model.coverage import Coverage
from agentctl.model.query import Query, Window
from agentctl.model.record import Place, Record, SourceKind
from agentctl.model.view import View
from agentctl.sources.file import FileSource
from agentctl.timeline.replay import Wish, replayed
from tests.builders import ms
from tests.contracts.source import Told, read
from tests.harness import Program
from tests.memory import MemorySource, record
from tests.sources.reading import Everything
from tests.sources.test_source_contract import exported

MAPPING = field_mapping({}, {}, None)
THREE = [record(value=b'{"id": "e%d"}' % n, at_ms=ms("03:00") + n, offset=n) for n in range(3)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "incident.ndjson"


def row(**members: object) -> bytes:
    """One line as ``-o ndjson`` writes it; members replace or add."""
    whole = {
        "schema": "agentctl.replay/1",
        "topic": "research-events",
        "partition": 0,
        "offset": 0,
        "timestamp": "2026-11-23T03:00:00.000Z",
        "timestamp_type": "create",
        "key": None,
        "value": "{}",
        "headers": [],
    }
    return json.dumps(whole | members).encode()


def scanned(path: Path, query: Query | None = None) -> tuple[list[Record], Coverage]:
    return read(FileSource(path), query or Query())


def places(records: Iterable[Record]) -> list[str]:
    return [str(one.place) for one in records]


def replay_of(path: Path, *ids: str) -> View:
    return replayed(FileSource(path), Query(ids), MAPPING, Told(), lambda: ms("04:00"), Wish())


@pytest.mark.parametrize("name", ["incident.ndjson", "incident.json"])
def test_what_was_exported_comes_back_record_by_record(tmp_path: Path, name: str) -> None:
    exported(THREE, tmp_path / name)
    records, coverage = scanned(tmp_path / name)
    assert records == [one._replace(source=SourceKind.FILE) for one in THREE]
    assert coverage.complete


def test_a_line_that_is_no_json_is_named_with_its_number_and_the_rest_is_answered(path: Path) -> None:
    path.write_bytes(row(offset=0) + b'\n{"broken\n' + row(offset=2) + b"\n")
    records, coverage = scanned(path)
    assert [one.offset for one in records] == [0, 2]
    [reason] = coverage.reasons
    assert reason.startswith(f"line 2 of {path} could not be read: it is no JSON (")
    assert replay_of(path).exit_code is ExitCode.PARTIAL


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b"[]", "it is no JSON object"),
        (b"17", "it is no JSON object"),
        (row(offset=-1), "its offset is no whole number"),
        (row(partition="0"), "its partition is no whole number"),
        (row(timestamp="yesterday"), "its timestamp is neither RFC 3339"),
        (row(value={"base64": "%%"}), "the base64 of its value is broken"),
        (row(value="\ud800"), "half a character"),
        (row(headers={}), "its headers are no list"),
        (b'{"topic": "t", "partition": 0, "offset": 0}', "it has no timestamp"),
        (row()[:-1] + b', "x": "\\ud800', "it is no JSON"),
        (b"\xff\xfe\x00", "it is no JSON"),
        (b"[" * 100_000, "it is no JSON"),
        (b'{"x": "\\u0041", "y": ' + b"[" * 100_000, "it is no JSON"),
    ],
)
def test_a_row_that_is_broken_says_why(path: Path, line: bytes, why: str) -> None:
    path.write_bytes(row(offset=5) + b"\n" + line + b"\n")
    records, coverage = scanned(path)
    assert [one.offset for one in records] == [5]
    [reason] = coverage.reasons
    assert reason.startswith(f"line 2 of {path} could not be read: ")
    assert why in reason
    assert not coverage.complete


def test_rows_exported_without_their_bytes_say_how_to_export_them(tmp_path: Path) -> None:
    path = tmp_path / "bare.json"
    bare = {name: text for name, text in json.loads(row()).items() if name not in ("key", "value", "headers")}
    document = {"schema": "agentctl.replay/1", "rows": [bare]}
    path.write_text(json.dumps(document, indent=2))
    _, coverage = scanned(path)
    [reason] = coverage.reasons
    assert reason.startswith(f"row 1 of {path}")
    assert "--payload" in reason


def test_five_broken_lines_are_named_and_the_others_counted(path: Path) -> None:
    path.write_bytes(b"x\n" * 12)
    _, coverage = scanned(path)
    assert [reason.split(" could ")[0] for reason in coverage.reasons] == [
        *(f"line {n} of {path}" for n in range(1, 6)),
        f"7 more lines of {path}",
    ]


def test_blank_lines_line_ends_of_windows_a_byte_order_mark_and_no_last_line_end(path: Path) -> None:
    lines = [b"", row(offset=0), b"   ", b"\t", row(offset=1), b"", row(offset=2)]
    path.write_bytes(b"\xef\xbb\xbf" + b"\r\n".join(lines))
    records, coverage = scanned(path)
    assert [one.offset for one in records] == [0, 1, 2]
    assert coverage.complete


def test_line_separators_inside_of_texts_end_no_line(path: Path) -> None:
    text = "one\u2028two\u0085three\x0bfour\x1e"
    path.write_text(json.dumps({**json.loads(row()), "value": text}, ensure_ascii=False), encoding="utf-8")
    records, _ = scanned(path)
    assert [one.value for one in records] == [text.encode()]


def test_half_a_character_in_what_was_derived_costs_no_record(path: Path) -> None:
    exported([record(value=b'{"agent": "\\ud800", "type": "x"}')], path)
    assert b"\\ud800" in path.read_bytes()
    records, coverage = scanned(path)
    assert [one.value for one in records] == [b'{"agent": "\\ud800", "type": "x"}']
    assert coverage.complete


def test_a_line_of_ten_mebibytes(path: Path) -> None:
    value = "x" * (10 * 1024 * 1024)
    path.write_bytes(row(offset=0, value=value) + b"\n" + row(offset=1) + b"\n")
    records, coverage = scanned(path)
    assert [len(one.value or b"") for one in records] == [len(value), 2]
    assert coverage.complete


def test_rows_in_any_order_come_in_the_order_of_their_partition(path: Path) -> None:
    order = [(1, 4), (0, 9), (1, 2), (0, 10), (0, 1)]
    path.write_bytes(b"\n".join(row(partition=p, offset=o) for p, o in order))
    records, coverage = scanned(path)
    assert [(one.partition, one.offset) for one in records] == sorted(order)
    assert [(p.partition, p.first, p.last, p.scanned) for p in coverage.partitions] == [
        (0, 1, 10, 3),
        (1, 2, 4, 2),
    ]


def test_two_exports_joined_show_each_record_once(path: Path) -> None:
    exported(THREE[:2], path)
    joined = path.read_bytes()
    exported(THREE[1:], path)
    path.write_bytes(joined + path.read_bytes())
    records, coverage = scanned(path)
    assert places(records) == places(THREE)
    assert coverage.complete


def test_two_records_at_one_place_are_a_contradiction_that_is_said(path: Path) -> None:
    path.write_bytes(row(value="one") + b"\n" + row(value="two") + b"\n")
    records, coverage = scanned(path)
    assert [one.value for one in records] == [b"one"]
    assert not coverage.complete
    assert coverage.reasons == (f"line 2 of {path} is another record at research-events[0]@0: left out",)


@pytest.mark.parametrize("content", [b"", b"\n\n  \n"])
def test_an_empty_file_is_exit_4_and_a_sentence(agentctl: Program, path: Path, content: bytes) -> None:
    path.write_bytes(content)
    answer = agentctl("replay", "--source", str(path), "-o", "json")
    assert answer.exit_code == 4
    assert answer.json["rows"] == []
    assert answer.stderr == "agentctl: Nothing matched the query in 0 records of no topic.\n"
    assert agentctl("replay", "w", "--source", str(path)).exit_code == 4
    assert agentctl("workflows", "--source", str(path)).exit_code == 4


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    for path in (tmp_path / "gone.ndjson", tmp_path / "gone" / "x", Path(__file__) / "x"):
        with pytest.raises(NotFoundError, match="there is no file") as refused:
            FileSource(path)
        assert str(path) in refused.value.message


def test_a_folder_a_pipe_and_a_name_that_cannot_be_are_sentences(agentctl: Program, tmp_path: Path) -> None:
    for word, said in (
        (str(tmp_path), "it is a folder"),
        ("/dev/null", "it is no regular file"),
        ("/dev/stdin", "it is no regular file"),
        ("x" * 300, "File name too long"),
    ):
        answer = agentctl("replay", "--source", word)
        assert (answer.exit_code, answer.stdout) == (1, "")
        assert answer.stderr.startswith(f"agentctl: cannot read {agentctl.folder / word}: {said}")
        assert "hint: " in answer.stderr


def test_a_file_that_may_not_be_read_says_why(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Root may read everything, so the refusal is the system's words and not its permissions.
    path.write_bytes(row())

    def refuse(self: Path, mode: str) -> None:
        raise PermissionError(13, "Permission denied")

    source = FileSource(path)
    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(AgentctlError) as refused:
        source.topics()
    assert refused.value.message == f"cannot read {path}: Permission denied"
    assert refused.value.exit_code is ExitCode.FAILED


def test_a_file_that_breaks_off_while_it_is_read_is_a_sentence(agentctl: Program) -> None:
    answer = agentctl("replay", "--source", "/proc/self/mem")
    assert answer.exit_code == 1
    assert answer.stderr.startswith("agentctl: cannot read /proc/self/mem: Input/output error\n")


def test_topics_select_and_an_unknown_one_offers_near_names(path: Path) -> None:
    path.write_bytes(row(topic="content-claims") + b"\n" + row(topic="research-events") + b"\n")
    records, coverage = scanned(path, Query(topics=("content-claims",)))
    assert places(records) == ["content-claims[0]@0"]
    assert coverage.topics == ("content-claims",)
    with pytest.raises(NotFoundError) as refused:
        FileSource(path).scan(Query(topics=("content-claim",)), Everything(), Told())
    assert refused.value.message == f"{path} holds nothing of topic content-claim"
    assert refused.value.hint == "there are: content-claims"


def test_an_internal_topic_is_read_only_when_it_is_named(path: Path) -> None:
    path.write_bytes(row(topic="__consumer_offsets") + b"\n" + row(topic="research-events") + b"\n")
    assert FileSource(path).topics() == ("research-events",)
    records, _ = scanned(path, Query(topics=("__consumer_offsets",)))
    assert places(records) == ["__consumer_offsets[0]@0"]


def test_records_without_a_timestamp_lie_in_no_window_and_that_is_said(path: Path) -> None:
    path.write_bytes(row(offset=0, timestamp=None, timestamp_type="none") + b"\n" + row(offset=1) + b"\n")
    assert places(scanned(path)[0]) == ["research-events[0]@0", "research-events[0]@1"]
    records, coverage = scanned(path, Query(window=Window(ms("02:00"), ms("04:00"))))
    assert places(records) == ["research-events[0]@1"]
    assert coverage.reasons == ("1 record has no timestamp, so no window can hold it",)


def test_times_that_rfc_3339_cannot_write_come_back(path: Path) -> None:
    far = [record(at_ms=at, offset=n) for n, at in enumerate((-(2**62), -1, 2**62))]
    exported(far, path)
    assert [one.timestamp_ms for one in scanned(path)[0]] == [-(2**62), -1, 2**62]


def test_a_document_that_jq_wrote_on_one_line_is_read(tmp_path: Path) -> None:
    exported(THREE, tmp_path / "x.json")
    document = json.loads((tmp_path / "x.json").read_text())
    (tmp_path / "x.json").write_text(json.dumps(document) + "\n")
    assert places(scanned(tmp_path / "x.json")[0]) == places(THREE)


def test_a_document_that_breaks_off_says_what_to_do_instead(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    exported(THREE, path)
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(AgentctlError) as refused:
        scanned(path)
    assert refused.value.message.startswith(f"cannot read {path}: it is a JSON document that is broken (")
    assert ".ndjson" in (refused.value.hint or "")


def test_a_document_without_rows_says_what_to_export(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text('{\n  "schema": "agentctl.contexts/1"\n}\n')
    with pytest.raises(AgentctlError, match="it is a JSON document without rows"):
        scanned(path)


def test_a_replay_of_a_file_of_many_topics_reads_those_that_were_asked_for(path: Path) -> None:
    one = record("a", b'{"workflow_id": "w1"}', at_ms=ms("03:00"))
    other = record("b", b'{"workflow_id": "w1"}', at_ms=ms("03:01"))
    exported([one, other], path)
    assert [line["topic"] for line in replay_of(path, "w1").rows] == ["a", "b"]
    assert [line["topic"] for line in replay_of(path, "b[0]@0").rows] == ["b"]


def test_memory_and_file_answer_alike(path: Path) -> None:
    records = [
        record(value=b'{"workflow_id": "w%d"}' % (n % 3), at_ms=ms("03:00") + n, partition=n % 2, offset=n)
        for n in range(50)
    ]
    exported(records, path)
    memory, _ = read(MemorySource.of(*records), Query())
    assert sorted(one.place for one in memory) == [one.place for one in scanned(path)[0]]
    assert Place("research-events", 1, 49) in [one.place for one in memory]
