"""An excerpt answers what was asked as the whole does; it is certain of nothing where commits are missing."""

from hypothesis import given
from hypothesis import strategies as st

from agentctl.lag.commits import Owner
from agentctl.lag.excerpt import AskedHistory
from agentctl.lag.history import CommitHistory, Passing, Reach
from agentctl.lag.track import GONE, Track

TOPIC, GROUPS = "research-events", ("a", "b")

entries = st.lists(st.tuples(st.integers(GONE, 12), st.integers(0, 9)), min_size=1, max_size=25)
reaches = st.builds(
    Reach,
    partition=st.just(0),
    complete_since_ms=st.one_of(st.none(), st.integers(0, 80)),
    known_until_ms=st.one_of(st.none(), st.integers(40, 120)),
    unreadable=st.sampled_from([0, 0, 0, 1]),
)


@st.composite
def histories(draw: st.DrawFn) -> CommitHistory:
    """Groups commit, go back, are dropped; their coordinator's clock may run backwards."""
    tracks = []
    for group in GROUPS:
        track, time_ms = Track(Owner(group, TOPIC, 0), 0), 0
        for offset, step_ms in draw(entries):
            time_ms += step_ms - 1
            track.add(offset, max(time_ms, 0))
        tracks.append(track)
    return CommitHistory(tracks, [draw(reaches)])


records = st.tuples(st.integers(0, 12), st.one_of(st.none(), st.integers(0, 120)))
moments = st.tuples(st.sampled_from(GROUPS), st.integers(0, 200))


def since_ms(history: CommitHistory, group: str, time_ms: int) -> int | None:
    """Since when the group stood where it stood, as stories ask it."""
    track = history.track(group, TOPIC, 0)
    commit = history.position_at(group, TOPIC, 0, time_ms).commit
    index = None if track is None or commit is None else track.at(commit.time_ms)
    return None if track is None or index is None else track.time_ms(track.stood_since(index))


@given(histories(), st.lists(records, max_size=5), st.lists(moments, max_size=5))
def test_what_was_asked_is_answered_alike(
    whole: CommitHistory, asked: list[tuple[int, int | None]], at: list[tuple[str, int]]
) -> None:
    history = AskedHistory(whole)
    passings = [history.passed(TOPIC, 0, *one) for one in asked]
    standings = [history.position_at(group, TOPIC, 0, time_ms) for group, time_ms in at]
    since = [since_ms(history, *one) for one in at]
    excerpt = history.excerpt()
    assert [excerpt.passed(TOPIC, 0, *one) for one in asked] == passings
    assert [excerpt.position_at(group, TOPIC, 0, time_ms) for group, time_ms in at] == standings
    assert [since_ms(excerpt, *one) for one in at] == since
    assert (excerpt.groups, excerpt.positions, excerpt.begins_ms) == (
        whole.groups,
        whole.positions,
        whole.begins_ms,
    )
    brief = [whole.passed_at(TOPIC, 0, *one) for one in asked]
    assert [excerpt.passed_at(TOPIC, 0, *one) for one in asked] == brief
    again = AskedHistory(excerpt)
    assert [again.passed(TOPIC, 0, *one) for one in asked] == passings
    assert [again.excerpt().passed(TOPIC, 0, *one) for one in asked] == passings


@given(histories(), st.lists(records, max_size=3), records)
def test_of_what_was_not_asked_nothing_certain_is_wrong(
    whole: CommitHistory, asked: list[tuple[int, int | None]], other: tuple[int, int | None]
) -> None:
    history = AskedHistory(whole)
    for one in asked:
        history.passed(TOPIC, 0, *one)
    truths: tuple[Passing, ...] = whole.passed(TOPIC, 0, *other)
    for said, truth in zip(history.excerpt().passed(TOPIC, 0, *other), truths, strict=True):
        assert (said.at is None) == (truth.at is None)
        if said.certain:
            assert (said.at, truth.certain) == (truth.at, True)


@given(histories(), records)
def test_whatever_question_a_record_is_asked_about_it_is_remembered(
    whole: CommitHistory, asked: tuple[int, int | None]
) -> None:
    brief, single = AskedHistory(whole), AskedHistory(whole)
    brief.passed_at(TOPIC, 0, *asked)
    single.passing("a", TOPIC, 0, *asked)
    assert brief.excerpt().passed(TOPIC, 0, *asked) == whole.passed(TOPIC, 0, *asked)
    assert single.excerpt().passed(TOPIC, 0, *asked)[0] == whole.passed(TOPIC, 0, *asked)[0]


def one_group(*commits: tuple[int, int]) -> AskedHistory:
    track = Track(Owner("a", TOPIC, 0), 0)
    for offset, time_ms in commits:
        track.add(offset, time_ms)
    return AskedHistory(CommitHistory([track], [Reach(0, 0)]))


def test_a_long_history_shrinks_to_what_matters() -> None:
    history = one_group(*((n, n * 10) for n in range(10_000)))
    [passing] = history.passed(TOPIC, 0, 5_000, 0)
    excerpt = history.excerpt()
    assert len(excerpt) == 4
    assert excerpt.passed(TOPIC, 0, 5_000, 0) == (passing,)


def test_between_what_was_kept_a_standing_is_not_certain() -> None:
    history = one_group(*((n, n * 10) for n in range(100)))
    history.position_at("a", TOPIC, 0, 500)
    excerpt = history.excerpt()
    assert excerpt.position_at("a", TOPIC, 0, 505).known
    assert not excerpt.position_at("a", TOPIC, 0, 700).known
    [passing] = excerpt.passed(TOPIC, 0, 70, 0)
    assert passing.at is not None
    assert not passing.certain
