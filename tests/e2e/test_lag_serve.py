"""`agentctl lag serve` on real brokers and a real Prometheus: the incident alarms, and outages end."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from prometheus_client.parser import text_string_to_metric_families

from agentctl.sandbox.apache import missing_programs
from agentctl.sandbox.groups import GROUPS, LATE_GROUP, NEVER_COMMITTED
from tests.e2e.test_follow_outage import Mortal, mortal_broker
from tests.harness import OUTSIDE, Broker, Program, Watch, cache_folder
from tests.prometheus import PATIENCE_SECONDS, Promtool, running_prometheus
from tests.watched import Watched, watched

LATE = {"consumer_group": LATE_GROUP, "topic": "research-events"}
BROKER = "embedded" if missing_programs(OUTSIDE) else "apache"
SEEDING_SECONDS = 240.0
SERVE = ("lag", "serve", "--listen", "127.0.0.1:0", "--interval", "1s")


def address(run: Watched) -> str:
    """Return where the program says that it listens, ``HOST:PORT``."""
    run.until("Ctrl-C ends it", "stderr")
    return run.stderr.partition("http://")[2].partition("/metrics")[0]


def numbers(target: str) -> "dict[tuple[str, ...], float]":
    """Scrape once: the numbers by the name of the metric and the values of its labels, sorted by label."""
    with urlopen(f"http://{target}/metrics", timeout=30) as answer:
        text = answer.read().decode()
    return {
        (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def health(target: str) -> "tuple[int, dict[str, Any]]":
    try:
        with urlopen(f"http://{target}/healthz", timeout=30) as answer:
            return answer.status, json.load(answer)
    except HTTPError as error:
        return error.code, json.load(error)


def until(what: Callable[[], object]) -> None:
    """Return once something is so."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not what():
        assert time.monotonic() < deadline, "it never came to be so"


@pytest.fixture
def sandbox(agentctl: Program, isolation: Path) -> Iterator[Program]:
    """The program beside a sandbox with the night of the incident, which ends with the test."""
    watch = Watch(isolation)
    try:
        cache = {"XDG_CACHE_HOME": str(cache_folder().parent)}
        up = agentctl("sandbox", "up", "--broker", BROKER, environment=cache, timeout=SEEDING_SECONDS)
        assert up.exit_code == 0, up.stderr
        try:
            yield agentctl
        finally:
            assert agentctl("sandbox", "down", timeout=SEEDING_SECONDS).exit_code == 0
    finally:
        watch.dismiss()


def test_the_incident_alarms_for_oracle_and_for_no_group_that_keeps_pace(
    sandbox: Program, promtool: Promtool
) -> None:
    rules = sandbox("lag", "rules", "--max-seconds", "300", "--for", "2s")
    path = promtool.write("agentctl-lag.yml", rules.stdout)
    seen: set[tuple[str, str]] = set()
    with (
        watched(sandbox, *SERVE, "--context", "sandbox", "--compat", "kafka_exporter") as run,
        running_prometheus(address(run), [path]) as prometheus,
    ):

        def oracle_is_alarmed() -> bool:
            alerts = prometheus.alerts("ConsumerLagging")
            seen.update((one["labels"]["consumer_group"], one["state"]) for one in alerts)
            return (LATE_GROUP, "firing") in seen

        prometheus.until(oracle_is_alarmed)
        [alarm] = [
            one
            for one in prometheus.alerts("ConsumerLagging")
            if one["labels"]["consumer_group"] == LATE_GROUP
        ]
        behind = prometheus.query(f"max(kafka_consumer_lag_seconds{{consumer_group={LATE_GROUP!r}}})")
        records = prometheus.query(f"sum(kafka_consumer_lag_records{{consumer_group={LATE_GROUP!r}}})")
        compatible = prometheus.query(f"kafka_consumergroup_lag_sum{{consumergroup={LATE_GROUP!r}}}")
        watched_groups = prometheus.query("group by (consumer_group) (kafka_consumer_lag_seconds)")
        unknown = prometheus.alerts("LagUnknown") + prometheus.alerts("LagExporterDown")
        code, seconds = run.end()
    # analytics never commits: it is alarmed rightly; none of those that keep pace ever was.
    assert {group for group, _ in seen} <= {LATE_GROUP, NEVER_COMMITTED}
    assert (LATE_GROUP, "pending") in seen
    assert LATE.items() <= alarm["labels"].items()
    assert alarm["labels"]["severity"] == "critical"
    assert alarm["annotations"]["runbook"] == f"agentctl lag why -- '{LATE_GROUP}'"
    assert float(behind[0]["value"][1]) > 300
    assert [float(one["value"][1]) for one in (*records, *compatible)] == [1_207, 1_207]
    assert {one["metric"]["consumer_group"] for one in watched_groups} >= set(GROUPS)
    assert unknown == []
    assert (code, run.stderr.count("Traceback")) == (130, 0)
    assert seconds < 1


@pytest.fixture
def mortal(apache_broker: Broker) -> Iterator[Mortal]:
    """A broker for this test alone, where there can be one."""
    with mortal_broker() as running:
        yield running


def test_it_outlives_a_broker_and_tells_nothing_old_meanwhile(agentctl: Program, mortal: Mortal) -> None:
    topic = mortal.broker.topic("research-events")
    mortal.broker.produce(topic, [(None, b"{}", None, None, 0)] * 5)
    commit(mortal.broker, "oracle-audit", topic, 2)
    records = ("kafka_consumer_lag_records", "oracle-audit", "0", topic)
    with watched(agentctl, *SERVE, "-b", mortal.broker.bootstrap) as run:
        target = address(run)
        until(lambda: numbers(target).get(records) == 3)
        assert health(target)[0] == 200
        mortal.kill()
        until(lambda: numbers(target)["agentctl_lag_up",] == 0)
        assert not any(name.startswith("kafka_") for name, *_ in numbers(target))
        until(lambda: health(target)[1]["reason"] not in (None, "no refresh has ended yet"))
        assert health(target)[0] == 503
        run.until("; trying on", "stderr")
        mortal.revive()
        mortal.broker.produce(topic, [(None, b"{}", None, None, 0)])
        until(lambda: numbers(target).get(records) == 4)
        run.until("the lag of groups can be read again", "stderr")
        until(lambda: health(target)[0] == 200)
        assert numbers(target)["agentctl_lag_up",] == 1
        code, seconds = run.end()
    assert (code, run.stderr.count("Traceback")) == (130, 0)
    assert seconds < 1


def test_a_group_that_comes_later_is_measured_once_it_is_there(agentctl: Program, broker: Broker) -> None:
    topic = broker.topic("research-events")
    broker.produce(topic, [(None, b"{}", None, None, 0)] * 5)
    group = f"later-{topic}"
    commit(broker, f"other-{topic}", topic, 5)
    with watched(agentctl, *SERVE, "-b", broker.bootstrap, group, f"other-{topic}") as run:
        target = address(run)
        run.until(f"no such consumer group: {group}", "stderr")
        until(lambda: ("kafka_consumer_lag_records", f"other-{topic}", "0", topic) in numbers(target))
        assert numbers(target)["agentctl_lag_unreadable", "group"] == 1
        commit(broker, group, topic, 1)
        until(lambda: numbers(target).get(("kafka_consumer_lag_records", group, "0", topic)) == 4)
        until(lambda: numbers(target)["agentctl_lag_unreadable", "group"] == 0)
        groups = {names[0] for name, *names in numbers(target) if name == "kafka_consumer_lag_records"}
        run.end()
    assert groups == {group, f"other-{topic}"}


def commit(broker: Broker, group: str, topic: str, offset: int) -> None:
    """Commit as a consumer of a group does."""
    from confluent_kafka import Consumer, TopicPartition

    consumer = Consumer({"bootstrap.servers": broker.bootstrap, "group.id": group})
    try:
        consumer.commit(offsets=[TopicPartition(topic, 0, offset)], asynchronous=False)
    finally:
        consumer.close()
