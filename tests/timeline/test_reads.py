"""Commits say when groups passed an event; only what they prove rules out that it was read."""

import pytest

from agentctl.timeline.reads import Reads, groups_of
from tests.builders import event, ms
from tests.timeline.scenes import commits

EVENT = event(at="03:00", offset=5)


@pytest.mark.parametrize(
    ("agent", "group", "is_its"),
    [
        ("oracle", "oracle-audit", True),
        ("Oracle", "audit_ORACLE", True),
        ("oracle", "oracles", False),
        ("oracle", "oracle", True),
        ("seo agent", "seo-agents", False),
        ("seo agent", "team-seo.agent-2", True),
        ("seo agent", "agent-seo", False),
        ("r1", "r12-readers", False),
        ("", "group", False),
        ("--", "a--b", False),
    ],
)
def test_a_group_is_its_agents_when_it_bears_its_name_as_whole_words(
    agent: str, group: str, is_its: bool
) -> None:
    assert bool(groups_of(agent, [group])) is is_its


def test_without_a_history_nothing_is_known_and_nothing_is_ruled_out() -> None:
    reads = Reads()
    assert not reads.known
    assert reads.consumed(EVENT) == ()
    assert reads.readable("oracle", EVENT, 0)
    assert not reads.in_hand("oracle", EVENT, 0)
    assert reads.standings("oracle", "research-events", 0, 0) == ()


def test_each_group_says_when_it_passed_an_event_and_how_late() -> None:
    reads = Reads(commits(("03:01", "b", 6), ("03:02", "a", 5), ("03:20", "a", 9), ("03:30", "c", 1)))
    assert [tuple(one) for one in reads.consumed(EVENT)] == [
        ("a", ms("03:20"), 20 * 60_000, True),
        ("b", ms("03:01"), 60_000, True),
        ("c", None, None, True),
    ]


def test_a_commit_before_the_event_was_written_is_no_negative_delay() -> None:
    assert Reads(commits(("02:59", "a", 6))).consumed(EVENT)[0].behind_ms == 0


def test_an_event_without_a_time_was_passed_but_nobody_knows_how_late() -> None:
    [one] = Reads(commits(("03:01", "a", 6))).consumed(event(at=None, offset=5))
    assert (one.at_ms, one.behind_ms) == (ms("03:01"), None)


class TestReadable:
    def test_before_the_commit_behind_it_it_may_be_at_work(self) -> None:
        reads = Reads(commits(("02:00", "oracle", 5), ("14:15", "oracle", 6)))
        assert reads.readable("oracle", EVENT, ms("14:14"))
        assert reads.in_hand("oracle", EVENT, ms("14:14"))

    def test_while_the_group_still_commits_before_it_it_is_not(self) -> None:
        reads = Reads(commits(("02:00", "oracle", 3), ("14:00", "oracle", 4), ("14:15", "oracle", 6)))
        assert not reads.readable("oracle", EVENT, ms("13:59"))
        assert reads.readable("oracle", EVENT, ms("14:00"))

    def test_after_that_it_has_been_read(self) -> None:
        reads = Reads(commits(("02:00", "oracle", 5), ("14:15", "oracle", 6)))
        assert reads.readable("oracle", EVENT, ms("20:00"))
        assert not reads.in_hand("oracle", EVENT, ms("20:00"))

    def test_a_group_that_never_came_past_may_have_died_over_the_record_it_stands_at(self) -> None:
        stands_at_it = Reads(commits(("02:00", "oracle", 5)))
        stands_before = Reads(commits(("02:00", "oracle", 4)))
        assert stands_at_it.readable("oracle", EVENT, ms("14:00"))
        assert not stands_before.readable("oracle", EVENT, ms("14:00"))

    def test_a_group_that_commits_elsewhere_only_does_not_read_the_topic(self) -> None:
        reads = Reads(commits(("03:01", "oracle", 9), topic="content-claims"))
        assert not reads.readable("oracle", EVENT, ms("14:00"))
        assert reads.readable("nobody", EVENT, ms("14:00"))

    def test_an_unknown_moment_rules_out_nothing(self) -> None:
        assert Reads(commits(("04:00", "oracle", 1))).readable("oracle", EVENT, None)

    def test_a_history_that_breaks_off_rules_out_nothing(self) -> None:
        reads = Reads(commits(("04:00", "oracle", 1), whole=False))
        assert reads.readable("oracle", EVENT, ms("14:00"))


def test_of_several_groups_of_an_agent_the_earliest_counts() -> None:
    reads = Reads(commits(("03:05", "oracle-b", 6), ("03:09", "oracle-a", 6), ("03:01", "seo", 6)))
    passing = reads.passing("oracle", EVENT)
    assert passing is not None
    assert passing.group == "oracle-b"


def test_a_group_stands_where_it_last_committed_since_it_first_committed_that() -> None:
    reads = Reads(commits(("02:00", "oracle", 4), ("02:30", "oracle", 4), ("05:00", "oracle", 6)))
    [stand] = reads.standings("oracle", "research-events", 0, ms("03:00"))
    assert stand.offset == reads.position("oracle", "research-events", 0, ms("03:00")) == 4
    assert reads.stood_since_ms(stand) == ms("02:00")
