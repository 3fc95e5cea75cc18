"""The report: one file, everything in it, nothing hostile alive, and readable without its script."""

import re
from base64 import b64encode
from dataclasses import replace
from datetime import UTC, timedelta, timezone, tzinfo
from hashlib import sha256

import pytest
from hypothesis import given

from agentctl.model.finding import Code, Finding, Severity
from agentctl.model.record import Place
from agentctl.model.view import View
from agentctl.render import html
from agentctl.render.html_rows import MOST_PAYLOAD, MOST_ROWS
from agentctl.render.interface import Style
from agentctl.timeline.redact import Redacted, redacted
from tests.contracts.renderer import arbitrary, story_of, table_of
from tests.render import incident, reported, samples
from tests.render.hostile import TEXTS, texts
from tests.render.pages import Page

SHOUTS = (
    "<script>document.title='owned'</script>",
    "</script><script>document.title='owned'</script>",
    "<img src=x onerror=\"document.title='owned'\">",
    "\"><svg onload=document.title='owned'>",
    "' autofocus onfocus=document.title='owned' x='",
    "<!--",
    "]]>",
    "javascript:alert(1)",
    "&lt;b&gt;",
    "</style><style>*{display:none}</style>",
    "</title></textarea></pre></details>",
)


def page(view: View, style: Style | None = None) -> Page:
    return Page(list(html.render(view, style or Style())))


def footer(view: View) -> str:
    """Return the end of the page as a line: each thing's name, and what is said of it."""
    shown = page(view)
    told = [one.text for one in shown.elements if one.tag in ("dt", "dd")]
    return " ".join(told)


def test_nothing_in_it_is_asked_for_from_elsewhere() -> None:
    for view in (reported.night(), story_of([*TEXTS, *SHOUTS]), table_of([*TEXTS, *SHOUTS])):
        for element in page(view).elements:
            assert element.tag not in ("link", "img", "iframe", "object", "embed", "base", "image")
            for name, value in element.attributes.items():
                assert not name.startswith("on"), element
                assert name not in ("src", "style", "action", "srcset", "formaction"), element
                assert name != "href" or (value or "").startswith("#"), element


def test_its_policy_lets_its_own_style_and_script_run_and_nothing_else() -> None:
    text = "\n".join(html.render(reported.night(), Style()))
    policy = (
        page(reported.night()).one("meta", **{"http-equiv": "Content-Security-Policy"}).attributes["content"]
    )
    assert policy is not None
    for tag in ("style", "script"):
        [inside] = re.findall(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        digest = b64encode(sha256(inside.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}';" in policy
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy
    assert "http" not in policy


@arbitrary
@given(words=texts)
def test_no_text_of_an_event_becomes_an_element(words: str) -> None:
    harmless = page(story_of(["x"]))
    hostile = page(story_of([f"{words}<b x='1' y=\"2\">"]))
    known = {(one.tag, *sorted(one.attributes)) for one in harmless.elements}
    assert {(one.tag, *sorted(one.attributes)) for one in hostile.elements} <= known | {("details",), ("b",)}
    assert not [one for one in hostile.all("b") if "x" in one.attributes]


def test_findings_stand_before_everything_with_links_to_their_evidence() -> None:
    shown = page(reported.night())
    first = next(one for one in shown.elements if one.tag in ("article", "table", "svg"))
    assert first.tag == "article"
    assert "T1 time travel problem" in " ".join(first.text.split())
    links = [one.attributes["href"] for one in shown.all("a") if "article" in one.inside]
    assert links[:2] == ["#e22", "#e1"]
    targets = {one.attributes.get("id") for one in shown.elements}
    inner = {(one.attributes.get("href") or "#")[1:] for one in shown.elements if "href" in one.attributes}
    assert inner <= targets, "every link leads somewhere"


def test_every_event_has_its_times_its_cause_and_its_evidence() -> None:
    view = reported.night()
    rows = page(view, Style(local=timezone(timedelta(hours=1)))).rows
    assert len(rows) == len(view.rows) == 23
    n, utc, local, gap, agent, what, cause, place, found = rows[21]
    assert (n, utc, local, agent) == ("22", "14:20:44.630", "15:20:44", "oracle")
    assert gap.startswith("+")
    assert what.startswith("result")
    assert cause.startswith("#1 stated")
    assert place == "content-results[2]@207"
    assert found == "⚑ T1"
    assert "downstream of T1" in rows[22][-1]
    assert "inferred" in rows[2][6]


def test_a_folded_picture_leaves_no_event_out_of_the_table() -> None:
    view = incident.time_travel()
    assert reported.timeline_of(view).hidden
    assert len(page(view).rows) == len(view.rows)


def test_the_local_time_names_another_day() -> None:
    early = page(samples.night(), Style(local=timezone(timedelta(hours=-5))))
    assert early.rows[0][2] == "22:00:04 22 Nov"
    assert "Local -05:00" in [one.text for one in early.all("th")]


@pytest.mark.parametrize("local", [None, UTC, timezone(timedelta(), "Etc/UTC")])
def test_a_machine_in_utc_has_no_second_time(local: tzinfo | None) -> None:
    assert len(page(samples.night(), Style(local=local)).rows[0]) == 8


def test_silences_stand_where_they_were_with_their_explanation() -> None:
    order = [
        one.attributes.get("id") or one.text
        for one in page(reported.night()).all("tr")
        if (one.attributes.get("class") or "").startswith(("event", "silence"))
    ]
    at = next(n for n, one in enumerate(order) if "10h 29m without events. oracle was behind" in one)
    assert order[at - 1 : at + 2 : 2] == ["e8", "e9"]


def test_the_payload_can_be_opened_without_a_script() -> None:
    [first, *_] = page(reported.night()).all("details")
    assert '"tokens": [0,{"deep":"yes"}]' in first.text


def test_a_long_payload_is_cut_and_that_is_said() -> None:
    view = reported.night()
    first, *others = view.rows
    view = replace(view, rows=[{**first, "payload": {"text": "x" * 2 * MOST_PAYLOAD}}, *others])
    assert "cut here" in page(view).all("details")[0].text
    assert "the end of 1 payload longer than 8,000 characters" in footer(view)


def test_the_end_says_how_it_was_made() -> None:
    said = footer(reported.night())
    assert f"command {reported.COMMAND}" in said
    assert "agentctl 0.1.0" in said
    assert "librdkafka 2.12.1" in said
    assert "window all that the topics hold" in said
    assert "coverage complete up to 2026-11-23T14:25:38.000Z: 12,345 records in 4 topics read" in said
    assert "left out nothing of what was found" in said


def test_what_is_left_out_is_said() -> None:
    view = redacted(reported.night(), [Redacted.PAYLOAD])
    said = footer(replace(view, summary={**view.summary, "more": 7}))
    assert "redacted: payload" in said
    assert "7 events beyond the limit" in said
    assert '"deep"' not in page(view).text


def test_a_partial_answer_is_said_at_the_top_and_explained_at_the_end() -> None:
    view = replace(
        reported.night(), coverage=incident.scanned(complete=False, reasons=("a[0] was cut short",))
    )
    assert "Partial:" in page(view).one("header").text
    assert "coverage PARTIAL" in footer(view)
    assert "not read a[0] was cut short" in footer(view)


def test_of_very_many_events_those_that_matter_are_listed_and_the_others_counted() -> None:
    view = reported.many(MOST_ROWS + 1_000)
    shown = page(view)
    assert len(shown.rows) == MOST_ROWS
    kinds = [one.attributes["data-mark"] for one in shown.all("tr", "event")]
    assert kinds.count("claim") == kinds.count("result") == (MOST_ROWS + 1_000) // 5
    counted = sum(
        int(n.replace(",", "")) for n in re.findall(r"… ([\d,]+) events? (?:is|are) not", shown.text)
    )
    assert counted == 1_000
    assert "1,000 of 6,000 events stand here only as a number" in footer(view)
    inner = {(one.attributes.get("href") or "#")[1:] for one in shown.all("a")}
    assert inner - {one.attributes.get("id") for one in shown.elements} <= {
        f"e{row['n']}" for row in view.rows
    }


def test_more_findings_than_anybody_reads_are_counted() -> None:
    one = Finding("U1", Code.UNDECODABLE, Severity.WARNING, "undecodable", "x", (Place("t", 0, 1),))
    view = replace(reported.night(), findings=(one,) * 301)
    assert len(page(view).all("article")) == 300
    assert "1 findings beyond the first 300" in footer(view)


@pytest.mark.parametrize("view", [samples.workflows(), incident.nothing(), table_of([])], ids=["w", "n", "t"])
def test_an_answer_without_a_timeline_is_a_table_or_a_sentence(view: View) -> None:
    shown = page(view)
    assert not [one for one in shown.elements if one.attributes.get("id") == "lanes"]
    assert len(shown.rows) == len(view.rows)
    assert view.rows or "Nothing" in shown.text or "No event" in shown.text
