"""Events with escapes, markup, bidirectional overrides, a megabyte, or no UTF-8: harmless, and whole."""

import csv
import io
import json
import re
from pathlib import Path

import pytest

from tests.builders import ms
from tests.harness import Broker, Message5, Program

NASTY = {
    "escape": "\x1b[2J\x1b]0;owned\x07red",
    "hyperlink": "\x1b]8;;http://evil.example\x1b\\click\x1b]8;;\x1b\\",
    "markup": "[/red] [bold]x[/bold] [link=http://evil]y[/link]",
    "bidi": "abc\u202egpj.exe\u2066\u200f",
    "c1": "\u009b31m and \u0085 next line",
    "lines": "one\r\ntwo\nthree\u2028four",
    "formula": "=cmd|' /C calc'!A0",
    "pipe": "| a | b | `code` <script>alert(1)</script>",
}

UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\u2028\u2029]")

LONG = 900 * 1024


@pytest.fixture
def topic(broker: Broker) -> str:
    """A topic with a hostile event of each kind, in agent, type, work item and status alike."""
    name = broker.topic("hostile", config={"retention.ms": "-1"})
    records: list[Message5] = [
        (
            None,
            json.dumps(
                {"workflow_id": "w", "agent": text, "type": text, "topic": text, "status": kind}
            ).encode(),
            [],
            ms("03:00") + n,
            0,
        )
        for n, (kind, text) in enumerate(NASTY.items())
    ]
    at = ms("03:01")
    records += [
        (
            None,
            json.dumps({"workflow_id": "w", "agent": "long", "note": "x" * LONG}).encode(),
            [],
            at,
            0,
        ),
        (b"w", b"\xff\xfe\x00broken w", [("h\u202e", b"\xff\x1b[2J"), ("h\u202e", None)], at + 1, 0),
        (b"w", b'{"workflow_id": "w", "truncat', [("content-type", b"application/json")], at + 2, 0),
    ]
    broker.produce(name, records)
    return name


@pytest.mark.parametrize("format_", ["table", "wide", "text", "json", "ndjson", "csv", "md"])
def test_no_format_lets_a_control_character_through(
    agentctl: Program, broker: Broker, topic: str, format_: str
) -> None:
    answer = agentctl("replay", "w", "-b", broker.bootstrap, "-t", topic, "-o", format_)
    assert answer.exit_code == 0, answer.stderr
    assert not UNSAFE.search(answer.stdout), UNSAFE.search(answer.stdout)
    assert not UNSAFE.search(answer.stderr)
    assert "<script>" not in answer.stdout or format_ not in ("md",)


def test_json_holds_the_true_text(agentctl: Program, broker: Broker, topic: str) -> None:
    rows = agentctl("replay", "w", "-b", broker.bootstrap, "-t", topic, "-o", "json", "--payload").json[
        "rows"
    ]
    assert [row["agent"] for row in rows[: len(NASTY)]] == list(NASTY.values())
    long, broken, truncated = rows[len(NASTY) :]
    assert len(long["payload"]["note"]) == LONG
    assert broken["undecodable"]
    assert broken["value"] == {"base64": "//4AYnJva2VuIHc="}
    assert broken["headers"] == [["h\u202e", {"base64": "/xtbMko="}], ["h\u202e", None]]
    assert truncated["undecodable"]
    assert truncated["value"] == '{"workflow_id": "w", "truncat'


def test_csv_has_a_line_an_event_and_the_text_in_full(agentctl: Program, broker: Broker, topic: str) -> None:
    answer = agentctl("replay", "w", "-b", broker.bootstrap, "-t", topic, "-o", "csv")
    rows = list(csv.DictReader(io.StringIO(answer.stdout)))
    assert len(rows) == len(NASTY) + 3
    assert NASTY["markup"] in rows[2]["agent"]
    assert not any(row["agent"].startswith(("=", "+", "@")) for row in rows)


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_no_line_of_a_screen_is_wider_than_the_terminal(
    agentctl: Program, broker: Broker, topic: str, width: int
) -> None:
    answer = agentctl("replay", "w", "-b", broker.bootstrap, "-t", topic, "-o", "table", columns=width)
    assert max(len(line) for line in answer.stdout.splitlines()) <= width


def test_an_export_of_hostile_events_comes_back_the_same(
    agentctl: Program, broker: Broker, topic: str, tmp_path: Path
) -> None:
    export = tmp_path / "hostile.ndjson"
    agentctl("replay", "w", "-b", broker.bootstrap, "-t", topic, "--export", str(export))
    direct = agentctl("replay", "w", "-b", broker.bootstrap, "-t", topic, "-o", "json", "--payload").json[
        "rows"
    ]
    again = agentctl("replay", "w", "--source", str(export), "-o", "json", "--payload").json["rows"]
    # The moment of the answer is that of the export in one, and a later one in the other.
    assert [{**row, "source": "kafka", "as_of": None} for row in again] == [
        {**row, "as_of": None} for row in direct
    ]
