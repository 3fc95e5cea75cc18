"""Two runs side by side read like what a person would say of them."""

from collections.abc import Sequence
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentctl.errors import ExitCode
from agentctl.model.coverage import Coverage
from agentctl.model.event import Event
from agentctl.model.query import Window
from agentctl.timeline.diff import Comparison, compared
from agentctl.timeline.diff_view import diff_view
from agentctl.timeline.order import Gathering, Ordered
from tests.builders import event, ms

HOUR = 3_600_000


def told(*events: Event) -> list[Ordered]:
    """The events as one run, in the order given, each in a partition of its own kind."""
    gathering = Gathering()
    for n, one in enumerate(events):
        gathering.add(one._replace(record=one.record._replace(offset=n)))
    return gathering.ordered()


def run(workflow: str = "w1", item: str = "k8s", shift_ms: int = 0, **changes: Event | None) -> list[Event]:
    """Research asks, content claims, works and finishes; an event may be replaced, or left out with None."""
    events = {
        "task": event(at="03:00", agent="research", type="analysis_complete"),
        "claim": event("content-claims", at="03:00:02", agent="content"),
        "draft": event("agent-progress", at="03:05", agent="content", step=1, total=2, status="Drafting"),
        "seo": event("agent-progress", at="03:06", agent="content", step=2, total=2, status="SEO"),
        "result": event("content-results", at="03:09", agent="content"),
    }
    chosen = (changes.get(name, one) for name, one in events.items())
    return [moved(one, workflow, item, shift_ms) for one in chosen if one is not None]


def moved(one: Event, workflow: str, item: str, shift_ms: int) -> Event:
    time_ms = one.record.timestamp_ms
    record = one.record._replace(timestamp_ms=None if time_ms is None else time_ms + shift_ms)
    return one._replace(record=record, workflow_id=workflow, work_item=one.work_item or item)


def rows(comparison: Comparison) -> list[tuple[int | None, int | None, bool, str | None]]:
    return [
        (
            None if pair.a is None else pair.a + 1,
            None if pair.b is None else pair.b + 1,
            pair.same,
            pair.difference,
        )
        for pair in comparison.pairs
    ]


def differing(a: Sequence[Event], b: Sequence[Event]) -> list[tuple[int | None, int | None, str | None]]:
    comparison = compared(told(*a), told(*b))
    return [(i, j, said) for i, j, same, said in rows(comparison) if not same]


def test_another_workflow_on_another_item_at_another_time_is_the_same_run() -> None:
    comparison = compared(told(*run()), told(*run("w2", "rag", 10 * HOUR)))
    assert rows(comparison) == [(n, n, True, None) for n in range(1, 6)]
    assert comparison.first is None
    assert comparison.sentence == "Both runs tell the same in 5 events."


def test_what_one_run_does_not_tell_is_missing_and_where_is_said() -> None:
    comparison = compared(told(*run()), told(*run("w2", "rag", seo=None)))
    assert rows(comparison) == [
        (1, 1, True, None),
        (2, 2, True, None),
        (3, 3, True, None),
        (4, None, False, "missing in B"),
        (5, 4, True, None),
    ]
    assert comparison.sentence == (
        "They first differ at #4 of A, 6m after the start: content SEO  2/2  k8s: missing in B."
    )


def test_what_only_the_other_run_tells_stands_behind_what_came_before_it_there() -> None:
    rival = event("content-claims", at="03:00:03", agent="sales")
    b = run("w2", "rag")
    b.insert(2, moved(rival, "w2", "rag", 0))
    assert rows(compared(told(*run()), told(*b)))[2] == (None, 3, False, "only in B")
    assert differing(b, run()) == [(3, None, "missing in B")]


@pytest.mark.parametrize(
    ("name", "changed", "said"),
    [
        (
            "result",
            event("content-results", at="03:09", agent="sales"),
            "other agent: content, in B sales",
        ),
        (
            "seo",
            event("agent-progress", at="03:06", agent="content", step=2, total=2, status="failed"),
            "other status: SEO, in B failed",
        ),
        (
            "task",
            event(at="03:00", agent="research", type="analysis_failed"),
            "other type: analysis_complete, in B analysis_failed",
        ),
        (
            "result",
            event("content-results", at="03:09", agent="sales", status="late"),
            "other agent: content, in B sales; other status: none, in B late",
        ),
        (
            "task",
            event(at="03:00", agent="research", type="analysis_complete", undecodable="not UTF-8"),
            "undecodable in B",
        ),
    ],
)
def test_what_is_nearly_the_same_says_in_what_it_differs(name: str, changed: Event, said: str) -> None:
    [(_, _, difference)] = differing(run(), run("w2", "rag", 0, **{name: changed}))
    assert difference == said


def test_another_work_item_is_said_by_the_names_of_both_runs() -> None:
    two = [*run(), event("content-claims", at="03:10", agent="content", work_item="rag")]
    other = [*run(), event("content-claims", at="03:10", agent="content", work_item="k8s", workflow_id="w1")]
    two[-1] = two[-1]._replace(workflow_id="w1")
    assert differing(two, other) == [(6, 6, "other work item: rag, in B k8s")]


def test_items_of_the_same_name_are_the_same_whichever_comes_first() -> None:
    def claims(*items: str) -> list[Event]:
        return [
            event("content-claims", at=ms("03:00") + n, agent=f"agent of {item}", work_item=item)
            for n, item in enumerate(items)
        ]

    assert differing(claims("a", "b"), claims("b", "a")) == []
    assert differing(claims("a", "b"), claims("b")) == [(1, None, "missing in B")]


def test_what_agents_do_side_by_side_has_no_order() -> None:
    def steps(*agents: str) -> list[Event]:
        seen: dict[str, int] = {}
        events = []
        for n, agent in enumerate(agents):
            seen[agent] = seen.get(agent, 0) + 1
            step = event("agent-progress", at=ms("03:00") + n, agent=agent, work_item="k8s", step=seen[agent])
            events.append(step)
        return events

    assert differing(steps("x", "y", "x", "y"), steps("y", "x", "x", "y")) == []


def test_who_claims_first_has_an_order() -> None:
    def claims(*agents: str) -> list[Event]:
        return [
            event("content-claims", at=ms("03:00") + n, agent=agent, work_item="k8s")
            for n, agent in enumerate(agents)
        ]

    [(a, b, said)] = differing(claims("sales", "content"), claims("content", "sales"))
    assert (a, b, said) == (1, 2, "out of order: in A before #2, in B after its like, #1")


def test_one_agent_that_does_things_in_another_order_is_out_of_order() -> None:
    a = run()
    b = run("w2")
    b[2], b[3] = b[3], b[2]
    b = [one._replace(record=one.record._replace(timestamp_ms=ms("03:00") + n)) for n, one in enumerate(b)]
    [(_, _, said)] = differing(a, b)
    assert said is not None
    assert said.startswith("out of order: in A ")


class TestTimes:
    def test_a_delay_is_said_where_it_arises_and_is_no_divergence(self) -> None:
        late = run("w2")
        late[3:] = [moved(one, "w2", "k8s", 11 * HOUR) for one in late[3:]]
        comparison = compared(told(*run()), told(*late))
        assert [(same, said) for _, _, same, said in rows(comparison)] == [
            (True, None),
            (True, None),
            (True, None),
            (True, "later by 11h"),
            (True, None),
        ]
        assert [pair.later_ms for pair in comparison.pairs] == [0, 0, 0, 11 * HOUR, 11 * HOUR]
        assert comparison.first is None

    def test_a_run_that_was_quicker_is_earlier(self) -> None:
        slow = run("w2")
        slow[3:] = [moved(one, "w2", "k8s", HOUR) for one in slow[3:]]
        assert compared(told(*slow), told(*run())).pairs[3].difference == "earlier by 1h"

    def test_less_than_a_minute_or_half_of_the_step_is_nothing(self) -> None:
        a = [event(at="03:00", offset=0), event("content-results", at="05:00")]
        for shift_ms, said in [(59_000, None), (59 * 60_000, None), (60 * 60_000, "later by 1h")]:
            b = [a[0], moved(a[1], "w", "k8s", shift_ms)]
            a_item = [a[0], moved(a[1], "w", "k8s", 0)]
            assert compared(told(*a_item), told(*b)).pairs[1].difference == said

    def test_unknown_times_are_not_compared(self) -> None:
        timeless = [event(at=None), event("content-results", at=None)]
        comparison = compared(told(*timeless), told(*timeless))
        assert [pair.later_ms for pair in comparison.pairs] == [None, None]
        assert comparison.first is None
        assert compared(told(timeless[0]), []).sentence == "They first differ at #1 of A: task: missing in B."


deeds = st.lists(
    st.builds(
        event,
        st.sampled_from(["research-events", "content-claims", "agent-progress", "content-results"]),
        at=st.integers(0, 10),
        agent=st.sampled_from(["x", "y", None]),
        work_item=st.sampled_from(["a", "b", None]),
        step=st.sampled_from([None, 1, 2]),
        status=st.sampled_from([None, "ok"]),
    ),
    max_size=12,
)


@given(deeds)
def test_a_run_is_the_same_as_itself(events: list[Event]) -> None:
    assert differing(events, events) == []


@given(deeds, deeds)
def test_every_event_stands_in_one_row_and_both_ways_agree(a: list[Event], b: list[Event]) -> None:
    one, other = compared(told(*a), told(*b)), compared(told(*b), told(*a))
    assert [pair.a for pair in one.pairs if pair.a is not None] == list(range(len(a)))
    assert sorted(pair.b for pair in one.pairs if pair.b is not None) == list(range(len(b)))
    assert (one.first is None) == (other.first is None)
    assert all(pair.difference for pair in one.pairs if not pair.same)


def test_twenty_thousand_events_take_seconds() -> None:
    def long(dropped: int) -> list[Ordered]:
        events = (
            event("agent-progress", at=n * 1_000, offset=n, agent=f"a{n % 7}", work_item="k", step=n % 5)
            for n in range(20_000)
            if n % 50 != dropped
        )
        return [Ordered(one, one.record.timestamp_ms, None, reordered=False) for one in events]

    began = perf_counter()
    comparison = compared(long(3), long(7))
    assert perf_counter() - began < 15
    assert sum(pair.same for pair in comparison.pairs) > 19_000


def test_the_view_says_the_first_divergence_and_counts_the_others() -> None:
    comparison = compared(told(*run()), told(*run("w2", "rag", draft=None, seo=None)))
    view = diff_view(comparison, ("good", "bad"), Coverage(), Window())
    assert view.summary["same"] is False
    assert (view.summary["rows_same"], view.summary["missing_in_b"], view.summary["only_in_b"]) == (3, 2, 0)
    first = view.summary["first_divergence"]
    assert isinstance(first, dict)
    assert (first["n_a"], first["n_b"], first["difference"]) == (3, None, "missing in B")
    assert view.notes == (comparison.sentence,)
    assert view.facts == ("2 of 5 rows differ", "A 9m", "B 9m")
    assert view.exit_code is ExitCode.FINE
    short = diff_view(comparison, ("good", "bad"), Coverage(), Window(), different_only=True)
    assert [row["n_a"] for row in short.rows] == [3, 4]
    assert short.notes[1] == "3 rows that are the same are left out"
