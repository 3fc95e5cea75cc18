"""`agentctl lag why` on brokers: the record, what waits behind it, and that nobody is there."""

import json

from tests.cli.groups import commit, dated, lag
from tests.harness import Broker, Program


def test_why_names_the_record_the_workflows_and_that_nobody_is_there(
    broker: Broker, agentctl: Program
) -> None:
    topic = broker.topic("research")
    broker.produce(
        topic,
        [
            (b"k", json.dumps({"workflow_id": f"w{n % 3}", "agent": "research"}).encode(), None, None, 0)
            for n in range(9)
        ],
    )
    commit(broker, f"{topic}-g", {(topic, 0): 2})

    answer = lag(agentctl, broker, "why", f"{topic}-g")

    assert answer.exit_code == 0, answer.stderr
    summary = answer.json["summary"]
    assert (summary["cause"], summary["workflows_waiting"], summary["lag"]) == ("no-member", 3, 7)
    evidence = {row["evidence"]: row for row in answer.json["rows"]}
    assert evidence["stands-on"]["place"] == f"{topic}[0]@2"
    assert "workflow w2, by research" in evidence["stands-on"]["says"]
    assert evidence["hot-key"]["says"] == "100% of what waits there has key 'k'"


def test_why_of_a_group_that_has_read_everything(broker: Broker, agentctl: Program) -> None:
    topic = broker.topic()
    broker.produce(topic, dated(3))
    commit(broker, f"{topic}-g", {(topic, 0): 3})

    summary = lag(agentctl, broker, "why", f"{topic}-g").json["summary"]

    assert (summary["cause"], summary["lag_seconds"]) == ("caught-up", None)
