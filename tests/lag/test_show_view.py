"""How far groups are behind, as people see it on screens of every width; what machines get."""

import json

import pytest

from agentctl.lag.answer import Answer
from agentctl.lag.groups import Group, Member
from agentctl.lag.limits import By, Limits
from agentctl.lag.rows import INACTIVE, NEVER_COMMITTED, Judged, LagRow, Rates, Verdict
from agentctl.lag.show_view import PARTITION_COLUMNS, lag_view
from agentctl.lag.summing import ORDER
from agentctl.lag.wanted import Wanted
from agentctl.model.view import Shown, View
from agentctl.render.choose import Format, Output
from tests.metrics import answers
from tests.screens import GOLDEN, Screen, check_golden

HOUR = 3_600
# fmt: off
FIELDS = [
    "group", "state", "topic", "partition", "committed", "log_start", "log_end", "stable_end",
    "lag", "lag_seconds", "oldest_unread_seconds", "behind_seconds", "method", "error_seconds",
    "rate_in", "rate_out", "drain_seconds", "verdict", "commits_judged", "member", "client_id",
    "host", "notes",
]
# fmt: on
"""Of a row of a partition, as scripts rely on them."""
MEMBER = Member("seo-1-4f2a", "seo-1", "10.0.0.7", frozenset({("content-claims", 0)}))


def row(*words: object, rates: Rates | None = None, **more: object) -> LagRow:
    """Return a row as ``answers.row`` does, with rates."""
    made = answers.row(*words, **more)  # type: ignore[arg-type]
    fields = {name: getattr(made, name) for name in LagRow.__dataclass_fields__ if name not in _MADE}
    return LagRow(**{**fields, "rates": rates or made.rates})


_MADE = {"oldest_unread_seconds", "behind_seconds", "lag_seconds"}
STILL = Rates(0.0, 0.0)


def cluster() -> Answer:
    """One that is hours behind, one that never committed, one that keeps up, one behind a dead leader."""
    oracle = ("oracle-audit", "research-events")
    return answers.answer(
        row(*oracle, 0, committed=100, rates=Rates(0.2, 0.2), notes=(INACTIVE,)),
        row(
            *(*oracle, 2),
            committed=8_842,
            log=(0, 10_049),
            seconds=11.5 * HOUR,
            behind=11.2 * HOUR,
            verdict=Verdict.WARN,
            rates=Rates(3.1, 0.4),
            notes=("lost 12", INACTIVE),
        ),
        *(
            row("department-coordinators", "content-results", n, committed=100, rates=Rates(0.5, 0.5))
            for n in range(2)
        ),
        row(
            *("seo-agents", "content-claims", 0),
            committed=None,
            seconds=90,
            verdict=Verdict.UNKNOWN,
            member=MEMBER,
            rates=Rates(0.1),
            notes=(NEVER_COMMITTED,),
        ),
        row(
            *("sales-agents", "agent-progress", 0),
            log=None,
            verdict=Verdict.UNKNOWN,
            notes=("it has no leader",),
        ),
        troubles=("agent-progress[0] was not read: it has no leader",),
    )


SCREENS: dict[str, tuple[By | None, Screen, Output]] = {
    **{f"show-{width}": (None, Screen(width), Output()) for width in (60, 80, 120)},
    **{f"show-partitions-{width}": (By.PARTITION, Screen(width), Output()) for width in (60, 80, 120)},
    **{f"show-topics-{width}": (By.TOPIC, Screen(width), Output()) for width in (60, 80)},
    "show-members": (By.MEMBER, Screen(), Output()),
    "show-ascii": (None, Screen(), Output(ascii=True)),
    "show-partitions-wide": (By.PARTITION, Screen(200), Output(Format.WIDE)),
    "show-md": (None, Screen(terminal=False), Output(Format.MARKDOWN)),
    "show-json": (By.PARTITION, Screen(terminal=False), Output(Format.JSON)),
}


def view(by: By | None = By.PARTITION, answer: Answer | None = None, limits: Limits | None = None) -> View:
    return lag_view(answer or cluster(), by=by, limits=limits)


@pytest.mark.parametrize("name", SCREENS)
def test_the_screen_is_as_it_was_read_and_approved(name: str) -> None:
    by, screen, output = SCREENS[name]
    here = Screen(screen.width, screen.terminal, environment={"NO_COLOR": "1"})
    here.show(view(by), output)
    check_golden(f"lag/{name}", here.all)


def test_no_golden_screen_is_left_over() -> None:
    assert {path.stem for path in (GOLDEN / "lag").glob("show-*.txt")} == set(SCREENS)


@pytest.mark.parametrize("width", [60, 80, 120])
def test_a_group_that_has_read_all_is_one_line_with_its_verdict(width: int) -> None:
    here = Screen(width)
    here.show(view(None), Output(colour=False))
    lines = here.shown.splitlines()
    [at] = [n for n, line in enumerate(lines) if "department" in line]
    assert "OK" in lines[at]
    assert not lines[at + 1].startswith("  BEHIND")


def test_machines_get_exactly_the_fields_that_are_promised() -> None:
    here = Screen(terminal=False)
    here.show(view(), Output(Format.JSON))
    rows = json.loads(here.shown)["rows"]
    assert len(rows) == 6
    assert all(list(one) == FIELDS for one in rows)
    machine = [column.key for column in PARTITION_COLUMNS if column.shown is not Shown.SCREEN]
    assert machine == FIELDS


def test_an_unknown_lag_is_no_zero_anywhere() -> None:
    [unknown] = [one for one in view().rows if one["group"] == "sales-agents"]
    assert [unknown[key] for key in ("lag", "lag_seconds", "behind_seconds", "log_end")] == [None] * 4
    assert unknown["lag_time"] == "?"
    assert view().exit_code == 7


def test_the_next_commands_can_be_pasted_whatever_the_group_is_called() -> None:
    late = answers.answer(row("my group; reboot", seconds=HOUR))
    assert view(answer=late).next == (
        "agentctl lag why 'my group; reboot'",
        "agentctl lag history 'my group; reboot' -t research-events",
    )
    dashed = answers.answer(row("--exit-code", seconds=HOUR))
    assert view(answer=dashed).next == (
        "agentctl lag why -- --exit-code",
        "agentctl lag history -t research-events -- --exit-code",
    )


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (Answer((), (), 0), "No consumer group has committed anything, and none is at work."),
        (
            Answer((), (), 0, wanted=Wanted(topics=("results",))),
            "No consumer group has committed anything on results, and none is at work there.",
        ),
        (
            Answer((), (Group("g", "empty", {}),), 0, wanted=Wanted(("g",))),
            "g: no commit is kept, and nobody reads for it.",
        ),
        (
            Answer((), (Group("g", "empty", {}),), 0, wanted=Wanted(("g",), ("results",))),
            "g: no commit on results is kept, and nobody reads on results.",
        ),
        (
            Answer((), (Group("g", "unknown", {}, refusal="x"),), 0, ("g: x",), wanted=Wanted(("g",))),
            "How far g is behind is not known.",
        ),
    ],
    ids=["no group at all", "nobody on a topic", "nothing is left", "not on that topic", "not known"],
)
def test_where_there_is_no_row_it_says_which_nothing_it_is(answer: Answer, said: str) -> None:
    assert view(answer=answer).nothing == said


@pytest.mark.parametrize("verdict", ORDER)
def test_every_verdict_but_ok_and_unknown_is_a_problem_where_that_was_asked_for(verdict: Verdict) -> None:
    late = answers.answer(row(seconds=1, verdict=verdict))
    assert view(answer=late, limits=Limits()).exit_code == 0
    bad = verdict not in (Verdict.OK, Verdict.UNKNOWN)
    assert view(answer=late, limits=Limits(verdicts=True)).exit_code == (3 if bad else 0)
    assert Judged(verdict).verdict is verdict


def test_limits_of_zero_are_limits() -> None:
    late = answers.answer(row(seconds=1))
    assert view(answer=late, limits=Limits(seconds=0.0)).exit_code == 3
    assert view(answer=late, limits=Limits(records=0)).exit_code == 3
    done = answers.answer(row(committed=100))
    assert view(answer=done, limits=Limits(seconds=0.0, records=0)).exit_code == 0
