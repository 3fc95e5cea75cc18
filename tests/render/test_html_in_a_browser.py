"""The report in a real browser: quick with 2,000 events, silent, harmless, readable without its script."""

from dataclasses import replace
from pathlib import Path

import pytest

from agentctl.model.view import View
from agentctl.render.choose import Output
from tests.browser import Browser
from tests.contracts.renderer import story_of
from tests.render import reported, samples
from tests.render.hostile import TEXTS
from tests.render.test_html import SHOUTS
from tests.screens import Screen

pytestmark = pytest.mark.xdist_group("browser")

MANY = 2_000
SMOOTH_MS, WORST_MS = 100.0, 1_000.0
"""How soon a key press is answered, layout included: as a rule, and on a machine that is busy with tests."""
STATE = """
const cells = Array.from(document.querySelectorAll("#state tbody tr"), (row) =>
  Array.from(row.cells, (cell) => cell.textContent));
return Object.fromEntries(cells.map(([agent, ...rest]) => [agent, rest]));
"""
SHOWN = "document.querySelectorAll('#events tr.event:not([hidden])').length"


def opened(browser: Browser, view: View, folder: Path, **how: object) -> None:
    path = folder / "incident.html"
    Screen(folder=folder).show(view, Output(export=path))
    browser.open(path, **how)  # type: ignore[arg-type]


def moved(browser: Browser, n: int) -> dict[str, list[str]]:
    """Click on the time of an event, and return how things stood then, by agent."""
    browser.ask("document.querySelector(`#e${arguments[0]} .time`).click()", n)
    stamp = browser.ask("return document.querySelector(`#e${arguments[0]} time`).dateTime", n)
    browser.until(f"document.getElementById('when').textContent.startsWith({stamp!r})")
    state: dict[str, list[str]] = browser.ask(STATE)
    return state


def test_two_thousand_events_open_and_filter_smoothly_and_nothing_leaves_the_page(
    browser: Browser, tmp_path: Path
) -> None:
    opened(browser, reported.many(MANY), tmp_path)
    assert browser.ask(f"return {SHOWN}") == MANY
    took = browser.ask_later(
        """
        const text = document.getElementById("text");
        const times = [];
        const words = ["s", "se", "sentence 12", "sentence 123", "nothing has this", "sentence 1999 ", ""];
        const next = () => {
          if (!words.length) { done(times); return; }
          const began = performance.now();
          text.value = words.shift();
          text.dispatchEvent(new Event("input", { bubbles: true }));
          requestAnimationFrame(() => {
            document.body.getBoundingClientRect();
            times.push(performance.now() - began);
            next();
          });
        };
        next();
        """
    )
    assert len(took) == 7
    assert sorted(took)[3] < SMOOTH_MS, took
    assert max(took) < WORST_MS, took
    assert browser.ask(f"return {SHOWN}") == MANY
    assert browser.complaints() == []
    assert browser.requests() == []


def test_filters_work_together(browser: Browser, tmp_path: Path) -> None:
    opened(browser, reported.night(), tmp_path)
    ask = "const one = document.getElementById(arguments[0]);"
    ask += "one.type === 'checkbox' ? one.checked = arguments[1] : one.value = arguments[1];"
    ask += "one.dispatchEvent(new Event('input', {bubbles: true}))"
    browser.ask(ask, "text", "KUBERNETES")
    browser.until(f"{SHOWN} < 23")
    browser.ask(ask, "mark", "result")
    browser.until(f"{SHOWN} === 2")
    assert browser.ask("return document.getElementById('count').textContent") == "2 of 23"
    browser.ask(ask, "flagged", True)
    browser.until(f"{SHOWN} === 1")
    assert browser.ask("return document.querySelector('#events tr.event:not([hidden])').id") == "e22"


def test_the_slider_shows_what_everyone_did_held_and_knew(browser: Browser, tmp_path: Path) -> None:
    opened(browser, reported.night(), tmp_path)
    doing, held, had, unknown = moved(browser, 4)["marketing"]
    assert doing.startswith("Generating outline")
    assert held == "kubernetes_observability (token 2@377)"
    assert "#1 (acted on it)" in had
    assert moved(browser, 4)["oracle"] == ["nothing known yet", "", "", "#4, #3, #2, #1"]
    doing, held, had, unknown = moved(browser, 22)["oracle"]
    assert "#1 (by its commits)" in moved(browser, 15)["oracle"][2]
    assert "#14" in unknown
    assert moved(browser, 8)["marketing"][1] == "", "the result ended the claim"
    assert browser.complaints() == []


def test_the_slider_stands_at_the_first_finding_and_moves_by_events(browser: Browser, tmp_path: Path) -> None:
    opened(browser, samples.night(), tmp_path)
    browser.until("document.getElementById('when').textContent.startsWith('2026-11-23T14:15:03.118Z')")
    browser.ask("document.getElementById('behind').click()")
    browser.until("document.getElementById('when').textContent.startsWith('2026-11-23T14:20:44.630Z')")
    assert browser.ask("return document.querySelector('tr.now').id") == "e11"
    browser.ask(
        "const s = document.getElementById('slider'); s.value = 0; s.dispatchEvent(new Event('input'))"
    )
    browser.until("document.getElementById('when').textContent.startsWith('2026-11-23T03:00:04.210Z')")


def test_zoom_makes_the_picture_wider_and_keeps_the_moment_in_sight(browser: Browser, tmp_path: Path) -> None:
    opened(browser, reported.night(), tmp_path)
    before = browser.ask("return document.getElementById('lanes').clientWidth")
    browser.ask("const zoom = document.getElementById('zoom-in'); zoom.click(); zoom.click()")
    assert browser.ask("return document.getElementById('lanes').clientWidth") >= before * 4 - 4
    browser.until(
        "(() => { const a = document.getElementById('cursor').getBoundingClientRect(), "
        "b = document.querySelector('.scroll').getBoundingClientRect();"
        "return a.left >= b.left && a.right <= b.right; })()"
    )


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without"])
def test_what_hostile_events_say_is_shown_and_never_done(
    browser: Browser, tmp_path: Path, script: bool
) -> None:
    view = replace(story_of([*TEXTS, *SHOUTS]), title="</title><script>document.title='owned'</script>")
    opened(browser, view, tmp_path, script=script)
    assert browser.driver.title == "</title><script>document.title='owned'</script>"
    seen = browser.seen()
    for shout in SHOUTS:
        assert shout in seen
    assert browser.complaints() == []
    assert browser.requests() == []


def test_it_is_readable_without_a_script(browser: Browser, tmp_path: Path) -> None:
    opened(browser, reported.night(), tmp_path, script=False)
    seen = browser.seen()
    for words in (
        *("time travel", "oracle acted at", "14:20:44.630", "content-results[2]@207", "payload"),
        *("10h 29m without events.", reported.COMMAND, "downstream of T1"),
    ):
        assert words in seen
    assert "Filter by text" not in seen, "what needs a script is not there without one"
    assert browser.complaints() == []


@pytest.mark.parametrize("width", [400, 1280])
def test_nothing_sticks_out_of_the_window(browser: Browser, tmp_path: Path, width: int) -> None:
    opened(browser, story_of([*TEXTS, "x" * 500]), tmp_path, width=width)
    assert browser.ask("return document.documentElement.scrollWidth") <= width
