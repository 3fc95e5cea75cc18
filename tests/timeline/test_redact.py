"""What must not leave the house: taken out of every row, said so, and not read back as if it were whole."""

import json
from pathlib import Path

import pytest

from agentctl.errors import UsageError
from agentctl.model.view import View
from agentctl.render.choose import Format, Output
from agentctl.sources.lines import lines
from agentctl.timeline.redact import Redacted, parse_redacted, redacted
from tests.render import reported
from tests.screens import Screen

PAYLOAD, HEADERS = Redacted.PAYLOAD, Redacted.HEADERS


def test_words_are_read_and_others_refused() -> None:
    assert parse_redacted(None) == ()
    assert parse_redacted("payload, headers,payload") == (PAYLOAD, HEADERS)
    with pytest.raises(UsageError, match="'paylod': that cannot be taken out") as caught:
        parse_redacted("paylod")
    assert caught.value.hint == "did you mean payload?"


def test_without_a_wish_nothing_changes() -> None:
    view = reported.night()
    assert redacted(view, ()) is view


def test_payloads_go_and_everything_that_identifies_an_event_stays() -> None:
    view = reported.night()
    left = redacted(view, [PAYLOAD])
    for before, after in zip(view.rows, left.rows, strict=True):
        assert after == {**before, "value": None, "payload": None, "redacted": ["payload"]}
    assert left.summary["redacted"] == ["payload"]
    assert left.findings == view.findings
    assert left.columns[-1].key == "redacted"


def test_headers_go_and_an_event_without_any_stays_whole() -> None:
    view = reported.night()
    first, second, *_ = view.rows
    rows = [{**first, "headers": [["secret", "x"]]}, {**second, "headers": []}]
    left = redacted(type(view)(view.name, view.title, view.columns, rows), [HEADERS])
    assert [row["headers"] for row in left.rows] == [None, []]


@pytest.mark.parametrize("form", list(Format))
def test_no_format_tells_what_was_taken_out(form: Format, tmp_path: Path) -> None:
    screen = Screen(width=200)
    screen.show(redacted(reported.night(), [PAYLOAD, HEADERS]), Output(form))
    assert '"deep"' not in screen.shown
    if form is not Format.CSV:
        assert "marketing" in screen.shown


@pytest.mark.parametrize("gone", [PAYLOAD, HEADERS])
def test_what_is_not_whole_is_not_replayed_as_if_it_were(gone: Redacted, tmp_path: Path) -> None:
    view = reported.night()
    rows = [{**row, "headers": [["h", "x"]]} for row in view.rows]
    screen = Screen(terminal=False)
    screen.show(
        redacted(type(view)(view.name, view.title, view.columns, rows), [gone]), Output(Format.NDJSON)
    )
    path = tmp_path / "x.ndjson"
    path.write_text(screen.shown)
    assert json.loads(screen.shown.splitlines()[0])["redacted"] == [gone.value]
    reasons = {line.reason for line in lines(path)}
    [reason] = reasons
    assert reason is not None
    assert reason.startswith(f"its {'payload was' if gone is PAYLOAD else 'headers were'} redacted")


def test_records_around_the_story_lose_the_same() -> None:
    rival = {"topic": "content-claims", "key": "k8s", "value": "secret", "headers": [["h", "secret"]]}
    view = View("replay", "w", (), [{"n": 1, "value": "secret", "headers": [], "around": [rival]}])
    [row] = redacted(view, tuple(Redacted)).rows
    assert row["around"] == [{"topic": "content-claims", "key": "k8s", "value": None, "headers": None}]
