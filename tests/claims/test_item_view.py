"""One item: the referee's words on every claim, what it cost, and what the log shows of the protocol."""

import pytest

from agentctl.claims.item_view import item_view
from agentctl.claims.practice import cost, protocol
from agentctl.claims.referee import Referee
from agentctl.claims.standing import standing
from agentctl.model.coverage import Coverage
from agentctl.model.finding import Labels
from agentctl.model.view import View
from agentctl.render.choose import Output
from tests.claims.logs import CLAIMS, ITEM, TTL, Log
from tests.screens import GOLDEN, NOW_MS, Screen, check_golden


def race() -> Log:
    """Three agents claim one item; all of them work, and two of them publish."""
    log = Log(ttl_ms=1_800_000)
    log.claim("marketing", "14:10", workflow_id="workflow_3m47", format="blog_post")
    log.claim("sales", "14:10:00.086", workflow_id="workflow_3m47")
    log.claim("content", "14:10:00.278", workflow_id="workflow_3m47")
    for minute in ("11", "13", "15"):
        log.progress("sales", f"14:{minute}", step=int(minute) - 10, total=5)
    log.progress("marketing", "14:14", step=1, total=5)
    log.result("sales", "14:20")
    return log


def view(log: Log, now_ms: int = NOW_MS, item: str = ITEM, near: tuple[str, ...] = ()) -> View:
    history = log.history(item=item)
    claimed = [history] if history.claims else []
    return item_view(
        history if claimed else None,
        standing(history, now_ms),
        Referee(now_ms).findings(claimed, Labels()),
        Coverage(),
        work_item=item,
        now_ms=now_ms,
        near=near,
    )


SCREENS = {
    **{f"item-{width}": (Screen(width), Output()) for width in (60, 80, 120)},
    "item-piped": (Screen(terminal=False), Output()),
    "item-ascii": (Screen(), Output(ascii=True)),
}


@pytest.mark.parametrize("name", SCREENS)
def test_the_screen_is_as_it_was_read_and_approved(name: str) -> None:
    screen, output = SCREENS[name]
    here = Screen(screen.width, screen.terminal, environment={"NO_COLOR": "1"})
    here.show(view(race()), output)
    check_golden(f"claims/{name}", here.all)


def test_no_golden_screen_is_left_over() -> None:
    assert {path.stem for path in (GOLDEN / "claims").glob("item-*.txt")} == set(SCREENS)


def test_every_claim_has_its_verdict() -> None:
    rows = view(race()).rows
    assert [(row["token"], row["agent"], row["verdict"]) for row in rows] == [
        ("0@0", "marketing", "holds"),
        ("0@1", "sales", "lost"),
        ("0@2", "content", "lost"),
    ]
    assert [(row["gap_ms"], row["steps_since"], row["results_since"]) for row in rows] == [
        (None, 1, 0),
        (86, 3, 1),
        (278, 0, 0),
    ]


def test_what_to_do_now_is_said_with_the_token_that_fences() -> None:
    notes = view(race()).notes
    assert "fence: accept only results that carry token 0@0" in notes
    assert "do now: stop sales" in notes


def test_the_cost_counts_only_those_who_worked_beside_the_holder() -> None:
    spent = cost(race().history())
    assert (spent.agents, spent.wasted_ms, spent.steps, spent.results) == (("sales",), 600_000 - 86, 3, 1)
    assert "cost: sales spent 9m 59s, 3 steps and 1 result beside the holder" in view(race()).notes
    summary = view(race()).summary
    assert summary["cost"] == {"wasted_ms": 599_914, "wasted_steps": 3, "duplicate_results": 1}


def test_the_protocol_is_told_as_far_as_the_log_shows_it() -> None:
    assert protocol(race().history()).row == {
        "keyed": True,
        "one_partition": True,
        "reads_back": False,
        "token_in_results": False,
    }
    log = Log()
    claim = log.claim("marketing", 0)
    assert protocol(log.history()).sentence == "keyed"
    lost = log.claim("sales", 1, keyless=True)
    log.release("sales", 2, lost)
    log.result("marketing", 3, token=claim)
    assert protocol(log.history()).sentence == "NOT KEYED, one partition, read back, tokens in results"
    log.claim("seo", 4, partition=1)
    assert protocol(log.history()).one_partition is False


def test_an_agent_that_died_leaves_its_item_to_others() -> None:
    log = Log()
    log.claim("marketing", 0)
    log.progress("marketing", 1)
    assert "do now: let another agent claim it" in view(log, 2 * TTL).notes


def test_split_claims_have_no_verdict_and_no_token() -> None:
    log = Log()
    log.claim("marketing", 0)
    log.claim("sales", 1, partition=1)
    shown = view(log, 2)
    assert [row["verdict"] for row in shown.rows] == [None, None]
    assert shown.summary["token"] is None
    assert any(note.startswith("do now: stop all but one by hand") for note in shown.notes)


def test_an_item_that_nobody_claimed_is_exit_4_with_near_names() -> None:
    shown = view(Log(), item="agent_tracin", near=(ITEM,))
    assert (shown.exit_code, shown.rows) == (4, [])
    assert shown.nothing == f"Nobody has claimed agent_tracin.\nNear: {ITEM}"


def test_what_is_odd_about_its_records_is_said_of_the_first_few() -> None:
    log = Log()
    log.claim("marketing", 0, ttl_ms=400 * 86_400_000, format="blog_post")
    log.claim("marketing", 1, format="newsletter")
    log.claim("sales", 2, ttl_ms=0)
    log.renew("sales", 3, "9@9")
    log.renew("sales", 4, "9@9")
    notes = view(log, 5).notes
    assert f"{CLAIMS}[0]@0 has a ttl of more than a year" in notes
    assert f"{CLAIMS}[0]@1 claims again for other work: are two agents under one name?" in notes
    assert f"{CLAIMS}[0]@2 has a ttl of 0: its lease was over as it began" in notes
    assert "2 more records are odd" in notes
