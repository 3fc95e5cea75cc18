"""The list of claims: problems first, leases that can be read at any width, and what it leaves out named."""

import pytest

from agentctl.claims.board import ClaimsBoard
from agentctl.claims.list_view import Wanted, list_view
from agentctl.claims.standing import State
from agentctl.model.coverage import Coverage
from agentctl.model.finding import Code
from agentctl.model.record import TimestampType
from agentctl.model.view import View
from agentctl.render.choose import Format, Output
from tests.builders import ms
from tests.claims.logs import CLAIMS, Log
from tests.screens import GOLDEN, NOW_MS, Screen, check_golden

HALF_AN_HOUR = 1_800_000


def night() -> Log:
    """One item of each kind, as they stand at 14:25:40."""
    log = Log(ttl_ms=HALF_AN_HOUR)
    log.claim("content", "12:21:30", item="vector_db_pricing", format="blog_post")
    log.progress("content", "12:27", item="vector_db_pricing", step=3, total=5, status="Writing draft")
    log.claim("marketing", "14:21:30", item="agent_evals_landscape", partition=3)
    log.progress("marketing", "14:25:38", item="agent_evals_landscape", step=4, total=5)
    log.claim("sales", "14:25:09", item="rag_latency_report", partition=2)
    log.claim("marketing", "14:10:00", item="agent_observability_platforms", partition=1)
    log.claim("sales", ms("14:10:00") + 86, item="agent_observability_platforms", partition=1)
    log.claim("content", ms("14:10:00") + 278, item="agent_observability_platforms", partition=1)
    log.progress("sales", "14:12", item="agent_observability_platforms", step=1, total=5)
    log.claim("seo", "14:00", item="done_already", partition=4)
    log.result("seo", "14:05", item="done_already")
    log.claim("oracle", "13:00", item="nobody_began", partition=5)
    return log


def view(log: Log | None = None, wanted: Wanted | None = None, now_ms: int = NOW_MS, **more: object) -> View:
    """The list of a log, at a moment."""
    log, wanted = log or night(), wanted or Wanted()
    board = ClaimsBoard(log.ledger, keep=wanted.keeps)
    found = board.settle(now_ms).findings
    return list_view(
        *(board.standings(now_ms), found, Coverage()),
        now_ms=now_ms,
        topic=CLAIMS,
        wanted=wanted,
        tally=board.tally,
        **more,  # type: ignore[arg-type]
    )


def items(shown: View) -> list[object]:
    return [row["work_item"] for row in shown.rows]


SCREENS: dict[str, tuple[Screen, Output]] = {
    **{f"list-{width}": (Screen(width), Output()) for width in (60, 80, 120)},
    "list-piped": (Screen(terminal=False), Output()),
    "list-ascii": (Screen(), Output(ascii=True)),
    "list-wide": (Screen(160), Output(Format.WIDE)),
    "list-json": (Screen(terminal=False), Output(Format.JSON)),
}


@pytest.mark.parametrize("name", SCREENS)
def test_the_screen_is_as_it_was_read_and_approved(name: str) -> None:
    screen, output = SCREENS[name]
    here = Screen(screen.width, screen.terminal, environment={"NO_COLOR": "1"})
    here.show(view(), output)
    check_golden(f"claims/{name}", here.all)


def test_no_golden_screen_is_left_over() -> None:
    assert {path.stem for path in (GOLDEN / "claims").glob("list-*.txt")} == set(SCREENS)


@pytest.mark.parametrize("width", [40, 60, 72, 80, 100, 120])
def test_a_lease_is_never_cut_and_rivals_are_readable(width: int) -> None:
    here = Screen(width)
    here.show(view(), Output(colour=False))
    for whole in ("▓▓▓▓▓▓▓░ 25m left", "▓▓▓▓▓▓▓▓ 29m left", "░░░░░░░░ -1h34m", "▓▓▓▓░░░░ 14m left"):
        assert whole in here.shown
    told = " ".join(here.shown.split())
    assert "sales 1@1 +86ms, still at work · content 1@2 +278ms" in told.replace(" · ", " · ")


def test_ascii_draws_leases_and_flags_with_signs_that_every_terminal_has() -> None:
    here = Screen()
    here.show(view(), Output(ascii=True, colour=False))
    assert here.shown.isascii()
    assert "#######. 25m left" in here.shown
    assert "\n!  vector_db" in here.shown


def test_problems_stand_first_then_live_leases_by_what_is_left_of_them() -> None:
    assert items(view()) == [
        "agent_observability_platforms",
        "vector_db_pricing",
        "agent_evals_landscape",
        "rag_latency_report",
    ]


def test_finished_items_are_counted_and_all_shows_them() -> None:
    shown = view()
    assert (shown.summary["live"], shown.summary["finished"], shown.summary["items"]) == (3, 2, 6)
    assert (shown.summary["done"], shown.summary["expired"], shown.summary["ORPHANED"]) == (1, 1, 1)
    assert "2 more items (--all)" in shown.notes
    everything = view(wanted=Wanted(everything=True))
    assert len(everything.rows) == 6
    assert everything.summary == shown.summary


def test_filters_take_agents_rivals_too_workflows_and_states() -> None:
    assert items(view(wanted=Wanted(agents=("content",)))) == [
        "agent_observability_platforms",
        "vector_db_pricing",
    ]
    assert items(view(wanted=Wanted(states=(State.DONE,)))) == ["done_already"]
    assert items(view(wanted=Wanted(workflows=("other",)))) == []


def test_findings_of_items_that_are_not_shown_are_left_out() -> None:
    assert {one.evidence["work_item"] for one in view().findings} == {
        "agent_observability_platforms",
        "vector_db_pricing",
    }
    assert view(wanted=Wanted(agents=("oracle",))).findings == ()


def test_problems_end_in_exit_3_only_where_that_was_asked_for() -> None:
    assert view().exit_code == 0
    assert view(fail_on_problems=True).exit_code == 3


def test_nothing_that_matches_is_exit_4_and_says_which_nothing_it_is() -> None:
    assert view(wanted=Wanted(agents=("nobody",))).nothing == "No claim matched."
    empty = view(Log())
    assert (empty.nothing, empty.exit_code) == (f"No claim stands in {CLAIMS}.", 4)


def test_whose_clock_leases_rest_on_is_said() -> None:
    assert "leases by the agents' clocks (CreateTime)" in view().notes
    log = Log(ttl_ms=HALF_AN_HOUR)
    log.claim("seo", "14:25", clock=TimestampType.APPEND)
    assert "leases by the broker's clock (LogAppendTime)" in view(log).notes


def test_claims_dated_ahead_of_now_are_shown_and_named() -> None:
    log = Log(ttl_ms=HALF_AN_HOUR)
    log.claim("seo", "16:25:40", item="tomorrow")
    shown = view(log)
    assert items(shown) == ["tomorrow"]
    assert shown.rows[0]["age_ms"] == -2 * 3_600_000
    [found] = shown.findings
    assert (found.code, found.is_problem) == (Code.CLOCK_SKEW, True)
    assert "content-claims[0]@0 is dated 2026-11-23T16:25:40.000Z, 2h ahead of now." in found.explanation


def test_what_is_wrong_with_the_topic_is_told_whatever_items_are_asked_for() -> None:
    log = Log(ttl_ms=HALF_AN_HOUR)
    log.claim("seo", "16:25:40", item="tomorrow")
    shown = view(log, Wanted(agents=("sales",)))
    assert items(shown) == []
    assert [one.code for one in shown.findings] == [Code.CLOCK_SKEW]


@pytest.mark.parametrize(
    ("from_ms", "certain", "nothing"),
    [
        (NOW_MS, True, "No claim stands in content-claims."),
        (NOW_MS + 1, False, "No claim of that time is left in content-claims."),
        (None, False, "No claim of that time is left in content-claims."),
    ],
)
def test_where_retention_deleted_the_beginning_machines_and_people_are_told(
    from_ms: int | None, *, certain: bool, nothing: str
) -> None:
    shown = view(Log(), head_lost=True, certain_from_ms=from_ms)
    assert (shown.summary["certain"], shown.summary["certain_from"]) == (certain, from_ms)
    assert shown.nothing == nothing


def test_a_lease_of_unknown_length_says_so() -> None:
    log = Log(ttl_ms=None)
    log.claim("seo", "14:25")
    [row] = view(log).rows
    assert (row["lease"], row["lease_left_ms"]) == ("ttl unknown", None)


def test_the_next_step_is_the_worst_item_quoted_for_the_shell() -> None:
    log = Log(ttl_ms=1_000)
    log.claim("seo", "14:00", item="it's; rm -rf")
    log.progress("seo", "14:01", item="it's; rm -rf")
    assert view(log).next == ("agentctl claims show 'it'\"'\"'s; rm -rf'",)
