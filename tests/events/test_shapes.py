"""Plans by shape are a short way only: what they find is what a search for each field finds."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentctl.events.mapping import FieldMapping, field_mapping
from agentctl.events.profiles import BUILT_IN
from agentctl.model.record import Record, TimestampType
from tests.events.records import record

NAMES = sorted(
    {
        part
        for profile in BUILT_IN.values()
        for specs in profile.values()
        for spec in specs
        for text in ([spec] if isinstance(spec, str) else spec["all"])
        if text.startswith("$message.payload#/")
        for part in text.removeprefix("$message.payload#/").split("/")
    }
    | {"$key", "", "0", "nobody's"}
)
TOPICS = {
    **{f"{name}.{role}": {"profile": name, "role": role} for name in BUILT_IN for role in ("claim", "task")},
    "keyed": {"key": "workflow_id", "agent": "seo", "ttl": "30m"},
    "of-text": {"format": "text"},
    "own": {"profile": "own", "role": "progress"},
}
OWN: dict[str, object] = {
    "type": ["kind", "$message.payload#/type"],
    "status": ["$topic"],
    "step": ["seventeen", "$message.payload#/step"],
    "total": ["17", "$message.payload#/total"],
    "work_item": [{"all": ["$message.payload#/type", "$message.payload#/0"]}, "$message.payload#"],
    "ttl": ["$message.payload#/ttl/0", "$timestamp"],
}

words = st.sampled_from(
    [
        "",
        "seo",
        "w1",
        "claim",
        "30m",
        "1h 1m",
        "3",
        "3.5",
        "-1",
        "1.0",
        "2026-11-25T03:00:00Z",
        "\ud800",
        "0\0",
    ]
)
scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | words
    | st.text(max_size=80)
)
nested = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=2),
    max_leaves=4,
)
objects = st.dictionaries(st.sampled_from(NAMES), nested, max_size=8)
values = (
    objects.map(lambda one: json.dumps(one).encode())
    | objects.map(lambda one: json.dumps(one, ensure_ascii=False).encode("utf-8", "surrogatepass"))
    | st.builds(lambda one, end: json.dumps(one).encode()[:-1] + end, objects, st.binary(max_size=3))
    | st.none()
    | st.binary(max_size=20)
)
headers = st.lists(
    st.tuples(
        st.sampled_from(["ce_id", "ce_type", "ce_source", "content-type", "workflow_id", "x"]),
        st.none() | st.binary(max_size=6) | st.just(b"application/json"),
    ),
    max_size=2,
)
keys = st.none() | st.binary(max_size=5) | st.just(b"an item")


@pytest.fixture(scope="module")
def mapping() -> FieldMapping:
    return field_mapping({"own": OWN}, TOPICS)


@given(st.data())
def test_a_plan_finds_what_a_search_finds(mapping: FieldMapping, data: st.DataObject) -> None:
    one = Record(
        data.draw(st.sampled_from(sorted(TOPICS))),
        3,
        17,
        data.draw(st.none() | st.integers(-1, 2**62)),
        TimestampType.CREATE,
        data.draw(keys),
        data.draw(values),
        tuple(data.draw(st.just([]) | headers)),
    )
    event = mapping.event(one)
    assert repr(event) == repr(mapping.reader(one.topic).searched(one))


@pytest.mark.parametrize("topic", sorted(TOPICS))
def test_every_single_member_is_found_as_a_search_finds_it(mapping: FieldMapping, topic: str) -> None:
    reader = mapping.reader(topic)
    for name in NAMES:
        for text in ("", "x", "2", "30m", None, 2, 2.50, [5], {"type": "x", "name": "y", "key": "z"}):
            one = record({name: text, "other": 1}, topic=topic, key="k")
            assert reader.event(one) == reader.searched(one)


def test_a_topic_of_ever_new_shapes_is_read_like_any_other(mapping: FieldMapping) -> None:
    found = [
        mapping.event(record({f"member {n}": n, "agent": f"a{n}"}, topic="plain.task")) for n in range(999)
    ]
    assert [one.agent for one in found] == [f"a{n}" for n in range(999)]
