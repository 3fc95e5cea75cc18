"""An incident file as the program reads it: whole, and by what the exporter knew of its topics."""

import json
from pathlib import Path

import pytest

from tests.harness import Program


def row(topic: str, **members: object) -> str:
    whole: dict[str, object] = {
        "topic": topic,
        "partition": 0,
        "offset": 0,
        "timestamp": "2026-11-23T03:00:00.000Z",
        "timestamp_type": "create",
        "key": None,
        "value": json.dumps({"workflow_id": "w", "agent": "sales", "topic": "k8s"}),
        "headers": [],
    }
    return json.dumps(whole | members) + "\n"


@pytest.fixture
def incident(agentctl: Program) -> Path:
    return agentctl.folder / "incident.ndjson"


def test_topics_without_a_role_belong_to_it_like_those_with_one(agentctl: Program, incident: Path) -> None:
    incident.write_text(row("research-events") + row("elsewhere"))
    answer = agentctl("replay", "--source", incident.name, "-o", "json")
    assert [one["topic"] for one in answer.json["rows"]] == ["elsewhere", "research-events"]


def test_a_topic_that_is_not_configured_here_has_the_role_that_it_had(
    agentctl: Program, incident: Path
) -> None:
    incident.write_text(row("elsewhere", role="claim"))
    [one] = agentctl("replay", "--source", incident.name, "-o", "json").json["rows"]
    assert (one["type"], one["what"]) == ("claim", "claimed  k8s")


def test_what_is_configured_here_goes_before_it(agentctl: Program, incident: Path) -> None:
    (agentctl.folder / "agentctl.toml").write_text('[topics.elsewhere]\nrole = "result"\n')
    incident.write_text(row("elsewhere", role="claim"))
    [one] = agentctl("replay", "--source", incident.name, "-o", "json").json["rows"]
    assert one["type"] == "result"


def test_members_that_cannot_be_meant_cost_no_row(agentctl: Program, incident: Path) -> None:
    bad = {"role": 7, "terms": [], "as_of": "now", "witness": "x", "around": {"a": 1}}
    incident.write_text(row("research-events", **bad))
    answer = agentctl("replay", "--source", incident.name, "-o", "json")
    assert answer.exit_code == 0
    assert len(answer.json["rows"]) == 1
    assert "Traceback" not in answer.stderr
