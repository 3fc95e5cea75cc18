"""Every renderer keeps the contract; and what each has of its own."""

import csv as csv_module
import html
import json as json_module
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta, timezone
from itertools import pairwise
from xml.etree import ElementTree

from agentctl.model.view import Column, View
from agentctl.render import csv, json, markdown, ndjson, svg, table, text, timeline
from agentctl.render import html as page
from agentctl.render.drawing import WIDTH, drawing
from agentctl.render.interface import Style
from agentctl.render.scale import Break, Burst
from tests.builders import event
from tests.contracts.renderer import MachineContract, RendererContract, ScreenContract, table_of
from tests.render import incident, reported, samples
from tests.render.hostile import TEXTS, read_back
from tests.render.pages import Page

ZONED = Style(zone=timezone(timedelta(hours=1)))

_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
"""A character of Markdown that a backslash makes ordinary."""


def keys(view: View) -> list[str]:
    return [column.key for column in view.columns]


class TestTable(ScreenContract):
    render = staticmethod(table.render)


class TestTimeline(ScreenContract):
    render = staticmethod(timeline.render)
    draws_timelines = True


class TestJson(MachineContract):
    render = staticmethod(json.render)

    def names(self, lines: Sequence[str]) -> list[str]:
        return [row["name"] for row in json_module.loads("\n".join(lines))["rows"]]

    def test_the_document_has_every_declared_field_and_every_key(self) -> None:
        view = samples.night()
        document = json_module.loads("\n".join(self.lines(view)))
        assert list(document) == [
            *("schema", "context", "generated_at", "rows", "summary", "findings", "window", "coverage")
        ]
        assert all(list(row) == keys(view) for row in document["rows"])
        assert document["schema"] == "agentctl.replay/1"
        assert document["generated_at"] == "2026-11-23T14:25:40.000Z"
        assert document["summary"]["started"] == "2026-11-23T03:00:04.210Z"
        assert document["window"] == {"since": "2026-11-23T00:00:00.000Z", "until": None, "clock": "record"}

    def test_an_answer_without_rows_is_still_a_document(self) -> None:
        document = json_module.loads("\n".join(self.lines(replace(samples.workflows(), rows=[]))))
        assert document["rows"] == []

    def test_without_a_scan_there_is_neither_window_nor_coverage(self) -> None:
        view = replace(samples.night(), window=None, coverage=None)
        assert {"window", "coverage"}.isdisjoint(json_module.loads("\n".join(self.lines(view))))

    def test_findings_and_coverage_carry_what_the_contract_names(self) -> None:
        document = json_module.loads("\n".join(self.lines(samples.night())))
        assert document["findings"][0] == {
            "id": "T1",
            "code": "undecodable",
            "severity": "problem",
            "title": "time travel",
            "explanation": samples.night().findings[0].explanation,
            "events": ["content-results[0]@231"],
            "evidence": {"read_age_ms": 40_840_420},
            "next": ["agentctl lag history oracle-audit"],
        }
        assert document["coverage"]["partitions"][0] == {
            "topic": "research-events",
            "partition": 0,
            "source": "kafka",
            "log_start": 0,
            "high_watermark": 9_200,
            "end": 9_200,
            "first": 0,
            "last": 9_199,
            "scanned": 2,
            "lost": 0,
            "holes": 9_198,
            "retained_since": "2026-11-16T03:00:00.000Z",
            "pruned": None,
        }

    def test_times_are_utc_whatever_the_zone_of_the_screen(self) -> None:
        assert self.lines(samples.night(), ZONED) == self.lines(samples.night())

    def test_numbers_stay_numbers_and_what_json_cannot_say_is_null(self) -> None:
        (row,) = json_module.loads("\n".join(self.lines(table_of(["a"], [float("nan")]))))["rows"]
        assert row["count"] is None
        (row,) = json_module.loads("\n".join(self.lines(table_of(["a"], [10**40]))))["rows"]
        assert row["count"] == 10**40


class TestNdjson(MachineContract):
    render = staticmethod(ndjson.render)

    def names(self, lines: Sequence[str]) -> list[str]:
        return [json_module.loads(line)["name"] for line in lines]

    def test_each_line_is_a_row_with_its_schema_and_every_key(self) -> None:
        view = samples.night()
        rows = [json_module.loads(line) for line in self.lines(view)]
        assert all(list(row) == ["schema", *keys(view)] for row in rows)
        assert {row["schema"] for row in rows} == {"agentctl.replay/1"}

    def test_no_rows_are_no_lines(self) -> None:
        assert self.lines(replace(samples.workflows(), rows=[])) == []


class TestCsv(MachineContract):
    render = staticmethod(csv.render)

    def names(self, lines: Sequence[str]) -> list[str]:
        limit = csv_module.field_size_limit(2**24)
        try:
            cells = [row["name"] for row in csv_module.DictReader(lines)]
        finally:
            csv_module.field_size_limit(limit)
        return [read_back(cell.removeprefix("'")) for cell in cells]

    def test_the_header_names_every_column(self) -> None:
        view = samples.night()
        assert self.lines(view)[0].split(",") == keys(view)
        assert self.lines(replace(view, rows=[])) == [",".join(keys(view))]

    def test_no_text_is_a_formula_for_a_spreadsheet(self) -> None:
        words = ["=1+1", "+1", "-1", "@SUM(A1)", "＝1", "＋1", "－1", "＠x", "\t=1", "\r=1", "'x"]
        rows = list(csv_module.reader(self.lines(table_of(words))))[1:]
        for name, *_, agents, payload, hidden in rows:
            assert name == hidden
            for cell in (name, agents, payload):
                assert not cell.startswith(tuple("=+-@＝＋－＠\t\r"))

    def test_a_negative_number_stays_a_number(self) -> None:
        (_, row) = csv_module.reader(self.lines(table_of(["a"], [-412])))
        assert row[1:4] == ["-412", "1969-12-31T23:59:59.588Z", "-412"]

    def test_unknown_is_an_empty_cell(self) -> None:
        view = replace(samples.workflows(), rows=[{}])
        assert self.lines(view)[1] == "," * (len(view.columns) - 1)

    def test_a_row_is_a_line_with_as_many_cells_as_the_header(self) -> None:
        rows = list(csv_module.reader(self.lines(table_of(TEXTS))))
        assert len(rows) == len(TEXTS) + 1
        assert {len(row) for row in rows} == {len(table_of([]).columns)}


class TestText(MachineContract):
    render = staticmethod(text.render)

    def names(self, lines: Sequence[str]) -> list[str]:
        return [read_back(line.split("\t")[0]) for line in lines]

    def told(self, words: Sequence[str]) -> list[str]:
        # An empty text is shown as what is unknown is shown: as a dash.
        return [word or "-" for word in words]

    def test_a_row_is_a_line_without_heading(self) -> None:
        assert len(self.lines(table_of(TEXTS))) == len(TEXTS)
        assert self.lines(replace(samples.workflows(), rows=[])) == []

    def test_an_event_is_a_line_whose_first_five_cells_nobody_can_shift(self) -> None:
        words = [word for word in TEXTS if word]
        view = incident.shown([event()])
        rows = [{**view.rows[0], "agent": word, "type": word, "work_item": word} for word in words]
        for line, word in zip(self.lines(replace(view, rows=rows)), words, strict=True):
            time, agent, kind, item, place, *_ = line.split("\t")
            assert time == "2026-11-23T03:00:00.000Z"
            assert [read_back(cell) for cell in (agent, kind, item)] == [word] * 3
            assert place == "research-events[0]@0"

    def test_causes_are_places_and_problems_have_their_labels(self) -> None:
        last = self.lines(samples.night())[-1].split("\t")
        assert "cause=research-events[2]@8841" in last
        assert "problem=T1;U1" in last

    def test_a_silence_is_no_problem(self) -> None:
        told = "\n".join(self.lines(incident.time_travel()))
        assert "problem=T1" in told
        assert not re.search(r"problem=\S*S\d", told)

    def test_a_moved_event_says_so(self) -> None:
        assert [line.endswith("\treordered") for line in self.lines(samples.night())].count(True) == 1


class TestMarkdown(MachineContract):
    render = staticmethod(markdown.render)

    def names(self, lines: Sequence[str]) -> list[str]:
        first = next(n for n, line in enumerate(lines) if line.startswith("| ---"))
        cells = []
        for line in lines[first + 1 :]:
            if not line.startswith("| "):
                break
            cells.append(read_back(html.unescape(_ESCAPED.sub(r"\1", _cells(line)[0]))))
        return cells

    def test_no_markup_of_an_event_is_markup_of_the_document(self) -> None:
        document = "\n".join(self.lines(table_of(TEXTS)))
        assert "<script>" not in document
        assert not re.search(r"(?<!\\)\]\(", document)
        for line in self.lines(table_of(TEXTS)):
            if line.startswith("|"):
                assert len(_cells(line)) == 7

    def test_a_timeline_has_a_row_for_each_entry_with_its_evidence(self) -> None:
        lines = self.lines(samples.night())
        entries = [line for line in lines if line.startswith("| ")][2:]
        assert len(entries) == 9
        assert "content-results\\[0\\]@231" in entries[-1]

    def test_the_end_says_how_it_was_made_and_what_is_left_out(self) -> None:
        end = self.lines(reported.night())
        end = end[end.index("## How this was made") :]
        assert f"- command: `{reported.COMMAND}`" in end
        assert "- librdkafka: 2.12.1" in end
        assert "- window: all that the topics hold" in end
        assert "- left out: payloads: --export FILE.html or FILE.ndjson has them" in end
        folded = "\n".join(self.lines(incident.time_travel()))
        assert "folded into later rows" in folded

    def test_a_cause_says_whether_it_is_stated_and_what_follows_from_a_stale_read(self) -> None:
        document = "\n".join(self.lines(reported.night()))
        assert "| \\#1 (stated) |" in document
        assert "(inferred) |" in document
        assert "downstream of T1 |" in document

    def test_unknown_cells_are_empty(self) -> None:
        view = View("v", "v", (Column("a", "A"), Column("b", "B")), [{"a": None, "b": "x"}])
        assert "|  | x |" in self.lines(view)

    def test_a_partial_answer_is_said_aloud(self) -> None:
        assert any("**partial**" in line for line in self.lines(samples.workflows()))


class TestHtml(MachineContract):
    render = staticmethod(page.render)

    def names(self, lines: Sequence[str]) -> list[str]:
        return [read_back(cells[0]) for cells in Page(lines).rows]


class TestSvg(RendererContract):
    render = staticmethod(svg.render)

    def test_it_is_well_formed_whatever_events_say(self) -> None:
        for view in [*self.views(TEXTS), samples.night(), samples.workflows(), incident.odd()]:
            root = ElementTree.fromstring("\n".join(self.lines(view)))
            assert root.tag == "{http://www.w3.org/2000/svg}svg"
            assert not [one for one in root.iter() if one.tag.endswith(("script", "image", "foreignObject"))]

    def test_it_asks_for_nothing_from_elsewhere(self) -> None:
        for view in [*self.views(TEXTS), samples.night()]:
            root = ElementTree.fromstring("\n".join(self.lines(view)))
            for element in root.iter():
                for name, value in element.attrib.items():
                    assert "href" not in name or value.startswith("#")
                    assert not name.startswith("on")

    def test_a_lane_for_each_agent_and_a_mark_where_something_was_found(self) -> None:
        text = "\n".join(self.lines(samples.night()))
        for agent in ("research", "marketing", "oracle"):
            assert f">{agent}</text>" in text
        assert 'class="mark result bad"' in text
        assert "10h 29m" in text

    def test_later_is_further_to_the_right_and_a_long_silence_takes_no_room(self) -> None:
        drawn = drawing(reported.timeline_of(samples.night()), Style(), most_lanes=9, fine=1, links=False)
        assert drawn is not None
        night, silence, afternoon = drawn.parts
        assert isinstance(night, Burst)
        assert isinstance(silence, Break)
        assert isinstance(afternoon, Burst)
        places = [night.at(night.since_ms + n * 60_000) for n in range(31)]
        steps = {b - a for a, b in pairwise(places)}
        assert places == sorted(places)
        assert max(steps) - min(steps) <= 1, "to scale, to the unit"
        assert silence.width < WIDTH // 10
        assert night.end == silence.start
        assert silence.start + silence.width == afternoon.start
        assert afternoon.end == WIDTH


def _cells(line: str) -> list[str]:
    """Cut a line of a Markdown table at the bars that are not escaped."""
    return line.removeprefix("| ").removesuffix(" |").split(" | ")
