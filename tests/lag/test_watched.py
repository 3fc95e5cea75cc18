"""Lag that is watched: a line for each change, and nobody is gone because a broker has just come back."""

from agentctl.lag.limits import Limits
from agentctl.lag.rows import Verdict
from agentctl.lag.watched import WatchedLag
from agentctl.model.view import View
from tests.metrics.answers import NOW_MS, answer, row


def said(view: View) -> list[tuple[object, ...]]:
    return [(one["group"], one["was"], one["now"]) for one in view.rows]


def test_the_first_look_tells_all_and_later_ones_what_has_changed() -> None:
    watched = WatchedLag(Limits(seconds=300))

    first = watched.take(answer(row("a", seconds=10), row("b", committed=100)))
    same = watched.take(answer(row("a", seconds=11), row("b", committed=100)))
    later = watched.take(answer(row("a", seconds=301, verdict=Verdict.STOP), row("b", committed=100)))

    assert said(first) == [("a", "new", "OK"), ("b", "new", "OK")]
    assert said(same) == []
    assert said(later) == [("a", "OK", "over the limit, STOP")]


def test_a_group_is_gone_when_two_looks_do_not_show_it() -> None:
    watched = WatchedLag(Limits())
    watched.take(answer(row("a"), row("b")))

    once, twice = watched.take(answer(row("a"))), watched.take(answer(row("a")))

    assert (said(once), said(twice)) == ([], [("b", "OK", "gone")])


def test_one_look_at_nothing_is_not_believed_and_not_shown() -> None:
    watched = WatchedLag(Limits())
    watched.take(answer(row("a")))

    nothing = watched.take(answer())
    shown = watched.frame(NOW_MS)
    back = watched.take(answer(row("a")))

    assert (said(nothing), said(back)) == ([], [])
    assert [one["group"] for one in shown.rows] == ["a"]


def test_nothing_twice_is_nothing() -> None:
    watched = WatchedLag(Limits())
    watched.take(answer(row("a")))
    watched.take(answer())

    assert said(watched.take(answer())) == [("a", "OK", "gone")]
    assert not watched.frame(NOW_MS).rows


def test_a_trend_grows_with_the_looks() -> None:
    watched = WatchedLag(Limits())
    for seconds in (0.0, 50.0, 100.0):
        watched.take(answer(row("a", seconds=seconds)))

    assert [one["trend"] for one in watched.frame(NOW_MS).rows] == ["▁▅█"]
