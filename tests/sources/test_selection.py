"""Which topics are read when none is named: those with a role, else all; a place brings its topic."""

from agentctl.events.mapping import field_mapping
from agentctl.model.query import Query
from agentctl.sources.selection import chosen_topics
from tests.memory import MemorySource, record


def chosen(query: Query, *topics: str, configured: dict[str, dict[str, object]] | None = None) -> list[str]:
    mapping = field_mapping({}, configured or {}, None)
    return list(chosen_topics(query, MemorySource.of(*map(record, topics)), mapping))


def test_topics_that_are_named_are_taken_as_they_are() -> None:
    assert chosen(Query(topics=("b", "gone", "a")), "a", "b", "content-claims") == ["b", "gone", "a"]


def test_topics_whose_names_tell_a_role_come_before_all_others() -> None:
    assert chosen(Query(), "content-claims", "metrics", "agent-progress") == [
        "agent-progress",
        "content-claims",
    ]


def test_a_configured_role_counts_as_a_guessed_one() -> None:
    configured: dict[str, dict[str, object]] = {"jobs": {"role": "task"}}
    assert chosen(Query(), "jobs", "metrics", configured=configured) == ["jobs"]


def test_when_no_topic_has_a_role_all_are_read() -> None:
    assert chosen(Query(), "metrics", "audit") == ["audit", "metrics"]


def test_without_any_topic_there_is_none_to_read() -> None:
    assert chosen(Query()) == []


def test_a_place_alone_reads_its_topic_only() -> None:
    query = Query(ids=("metrics[0]@3", "audit[1]@9", "metrics[2]@0"))
    assert chosen(query, "metrics", "audit", "content-claims") == ["metrics", "audit"]


def test_a_place_beside_an_id_adds_its_topic_to_those_with_a_role() -> None:
    query = Query(ids=("workflow_1", "metrics[0]@3"))
    assert chosen(query, "metrics", "audit", "content-claims") == ["content-claims", "metrics"]


def test_what_looks_like_a_place_in_a_topic_that_is_not_there_is_an_id() -> None:
    query = Query(ids=("workflow_1", "gone[0]@3"))
    assert chosen(query, "content-claims") == ["content-claims"]
