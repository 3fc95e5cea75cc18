"""The alert rules, as promtool and Prometheus understand them: who is alarmed by what, and who is not."""

import shlex
from typing import Any

import pytest

from agentctl.lag.prometheus_rules import Rule, duration, rules, rules_text
from tests.prometheus import Promtool, running_prometheus

FIVE_MINUTES = 300_000
Case = dict[str, Any]
ORACLE = {
    "consumer_group": "oracle-audit",
    "topic": "research-events",
    "instance": "kafka:9308",
    "job": "lag",
}


def series(metric: str, values: str, **labels: str) -> "dict[str, str]":
    """Return a series of one partition, a value a minute, in promtool's short form."""
    told = ORACLE | {"partition": "2"} | labels
    written = ", ".join(f"{name}={quoted(value)}" for name, value in told.items() if value)
    return {"series": f"{metric}{{{written}}}", "values": values}


def quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def rule(name: str) -> Rule:
    [found] = [one for one in rules(300, FIVE_MINUTES) if one.alert == name]
    return found


class Rules:
    """The rules as they are printed, fed with series."""

    def __init__(self, promtool: Promtool) -> None:
        self._promtool = promtool
        promtool.write("rules.yml", rules_text(300, FIVE_MINUTES))

    def expect(self, given: "list[dict[str, str]]", at: str, alert: str, fires: "list[Case]") -> None:
        """Fail unless exactly these alerts fire at that time."""
        case = {"eval_time": at, "alertname": alert, "exp_alerts": fires}
        self._promtool.test(
            {
                "rule_files": ["rules.yml"],
                "evaluation_interval": "30s",
                "tests": [{"interval": "1m", "input_series": given, "alert_rule_test": [case]}],
            }
        )


@pytest.fixture
def printed(promtool: Promtool) -> Rules:
    return Rules(promtool)


def fired(
    alert: str, summary: str, labels: "dict[str, str]", why: str = "'oracle-audit'", **more: str
) -> Case:
    """Return an alert with everything that it says."""
    told = rule(alert)
    return {
        "exp_labels": labels | {"severity": told.severity},
        "exp_annotations": {
            "summary": summary,
            "description": told.description,
            "runbook": f"agentctl lag why -- {why}",
        }
        | more,
    }


def test_promtool_accepts_the_rules(promtool: Promtool) -> None:
    for seconds, hold_ms in ((300, FIVE_MINUTES), (0.5, 0), (86_400.25, 1_500), (1e15, 86_400_000)):
        assert f"SUCCESS: {len(rules(300, 0))} rules found" in promtool.check(rules_text(seconds, hold_ms))


def test_prometheus_reads_the_rules_as_they_are_meant(promtool: Promtool) -> None:
    path = promtool.write("rules.yml", rules_text(300, FIVE_MINUTES))
    with running_prometheus("127.0.0.1:1", [path]) as prometheus:
        read = prometheus.rules()
    assert [one["name"] for one in read] == [one.alert for one in rules(300, FIVE_MINUTES)]
    for found, meant in zip(read, rules(300, FIVE_MINUTES), strict=True):
        assert found["labels"] == {"severity": meant.severity}
        assert found["annotations"] == {
            "summary": meant.summary,
            "description": meant.description,
            "runbook": meant.runbook,
        }
        assert found["duration"] == {"5m": 300, "15m": 900, "1h": 3_600, "0s": 0}[meant.holds]


@pytest.mark.parametrize(
    ("ms", "text"), [(0, "0s"), (300_000, "5m"), (90_000, "90s"), (7_200_000, "2h"), (1_500, "1500ms")]
)
def test_lengths_of_time_are_written_as_prometheus_reads_them(ms: int, text: str) -> None:
    assert duration(ms) == text


# Oracle falls behind at the fifth minute, by a minute a minute; the others keep pace.
INCIDENT = [
    series("kafka_consumer_lag_seconds", "0x5 60+60x55"),
    series("kafka_consumer_lag_seconds", "0x60", partition="1"),
    series("kafka_consumer_lag_seconds", "2 290 3 295 0x56", consumer_group="seo-agents"),
    series("kafka_consumer_lag_seconds", "0x5 400 0x54", consumer_group="dashboard"),
]


def test_the_incident_is_alarmed_after_it_held_and_a_healthy_group_never_is(printed: Rules) -> None:
    # 300 s are passed at minute 11; until minute 16 the alert is only pending.
    printed.expect(INCIDENT, "10m", "ConsumerLagging", [])
    printed.expect(INCIDENT, "15m30s", "ConsumerLagging", [])
    printed.expect(
        INCIDENT,
        "16m",
        "ConsumerLagging",
        [fired("ConsumerLagging", "Group oracle-audit is 11m 0s behind on research-events", ORACLE)],
    )
    printed.expect(
        INCIDENT,
        "50m",
        "ConsumerLagging",
        [fired("ConsumerLagging", "Group oracle-audit is 45m 0s behind on research-events", ORACLE)],
    )


def test_one_alert_stands_for_all_partitions_of_a_topic(printed: Rules) -> None:
    given = [series("kafka_consumer_lag_seconds", "400x20", partition=str(number)) for number in range(5)]
    summary = "Group oracle-audit is 6m 40s behind on research-events"
    printed.expect(given, "10m", "ConsumerLagging", [fired("ConsumerLagging", summary, ORACLE)])


def test_what_a_cluster_is_called_by_a_label_of_the_scrape_is_kept(printed: Rules) -> None:
    given = [series("kafka_consumer_lag_seconds", "400x20", cluster=name) for name in ("east", "west")]
    summary = "Group oracle-audit is 6m 40s behind on research-events"
    both = [fired("ConsumerLagging", summary, ORACLE | {"cluster": name}) for name in ("east", "west")]
    printed.expect(given, "10m", "ConsumerLagging", both)


@pytest.mark.parametrize(
    "name",
    ["it's", "'; touch /tmp/owned; '", "$(reboot)", "a\nb", 'quo"te', "back\\slash", "-x", "{{ $value }}"],
)
def test_a_groups_name_cannot_leave_its_place_in_the_command(printed: Rules, name: str) -> None:
    given = [series("kafka_consumer_lag_seconds", "400x20", consumer_group=name)]
    command = "agentctl lag why -- '" + name.replace("'", "'\\''") + "'"
    assert shlex.split(command) == ["agentctl", "lag", "why", "--", name]
    summary = f"Group {name} is 6m 40s behind on research-events"
    alarm = fired("ConsumerLagging", summary, ORACLE | {"consumer_group": name}, runbook=command)
    printed.expect(given, "10m", "ConsumerLagging", [alarm])


@pytest.mark.parametrize(
    ("alert", "number", "what"),
    [
        ("ConsumerStalled", 3, "commits without getting on"),
        ("ConsumerStopped", 4, "has stopped committing"),
        ("ConsumerRewound", 5, "went back"),
    ],
)
def test_a_verdict_that_holds_is_alarmed(printed: Rules, alert: str, number: int, what: str) -> None:
    given = [
        series("kafka_consumer_verdict", f"1x5 {number}x30"),
        series("kafka_consumer_verdict", f"1x5 {number}x30", partition="3"),
        series("kafka_consumer_verdict", "0 1 2 1 0 1x30", consumer_group="seo-agents"),
    ]
    summary = f"Group oracle-audit {what} on research-events (partitions: 2)"
    printed.expect(given, "9m", alert, [])
    printed.expect(given, "20m", alert, [fired(alert, summary, ORACLE)])


def test_records_that_retention_took_are_alarmed_at_once(printed: Rules) -> None:
    given = [series("kafka_consumer_lost_records", "_x3 120x10")]
    summary = "Group oracle-audit has lost records on research-events (records: 120)"
    printed.expect(given, "2m", "ConsumerLost", [])
    printed.expect(given, "4m", "ConsumerLost", [fired("ConsumerLost", summary, ORACLE)])


def test_a_group_that_never_commits_is_alarmed_only_where_there_is_something_to_read(printed: Rules) -> None:
    given = [
        series("kafka_consumer_never_committed", "1x90"),
        series("kafka_consumer_lag_records", "40x90"),
        series("kafka_consumer_never_committed", "1x90", consumer_group="seo-agents"),
        series("kafka_consumer_lag_records", "0x90", consumer_group="seo-agents"),
        series("kafka_consumer_lag_records", "9x90", consumer_group="dashboard"),
    ]
    summary = "Group oracle-audit has records to read on research-events and never committed (partitions: 1)"
    printed.expect(given, "59m", "ConsumerNeverCommitted", [])
    printed.expect(given, "70m", "ConsumerNeverCommitted", [fired("ConsumerNeverCommitted", summary, ORACLE)])


def of_exporter(alert: str, summary: str, labels: "dict[str, str]") -> Case:
    told = rule(alert)
    notes = {"summary": summary, "description": told.description, "runbook": told.runbook}
    return {"exp_labels": labels | {"severity": told.severity}, "exp_annotations": notes}


SCRAPE = {"instance": "kafka:9308", "job": "lag"}
UP, OWN = 'up{instance="kafka:9308", job="lag"}', 'agentctl_lag_up{instance="kafka:9308", job="lag"}'


def test_an_exporter_that_cannot_read_the_cluster_is_alarmed(printed: Rules) -> None:
    given = [{"series": UP, "values": "1x30"}, {"series": OWN, "values": "1x5 0x25"}]
    summary = "Nobody knows how far groups are behind: kafka:9308 cannot read it"
    printed.expect(given, "10m", "LagUnknown", [])
    printed.expect(given, "12m", "LagUnknown", [of_exporter("LagUnknown", summary, SCRAPE)])
    printed.expect(given, "30m", "LagExporterDown", [])


def test_an_exporter_that_is_gone_is_alarmed_and_no_other_target_is(printed: Rules) -> None:
    given = [
        {"series": UP, "values": "1x5 0x25"},
        {"series": OWN, "values": "1x5 stale"},
        {"series": 'up{instance="node:9100", job="node"}', "values": "0x30"},
    ]
    summary = "Nobody measures how far groups are behind: kafka:9308 does not answer"
    printed.expect(given, "10m", "LagExporterDown", [])
    printed.expect(given, "12m", "LagExporterDown", [of_exporter("LagExporterDown", summary, SCRAPE)])


def test_an_exporter_that_nobody_ever_scraped_is_alarmed(printed: Rules) -> None:
    given = [{"series": 'up{instance="node:9100", job="node"}', "values": "1x30"}]
    summary = "Nobody measures how far groups are behind: the exporter does not answer"
    printed.expect(given, "12m", "LagExporterDown", [of_exporter("LagExporterDown", summary, {})])


def test_what_cannot_be_read_or_is_left_out_is_alarmed(printed: Rules) -> None:
    labels = 'instance="kafka:9308", job="lag"'
    given = [
        {"series": f'agentctl_lag_unreadable{{reason="group", {labels}}}', "values": "2x40"},
        {"series": f'agentctl_lag_unreadable{{reason="partition", {labels}}}', "values": "1x40"},
        {"series": f'agentctl_lag_unreadable{{reason="verdict", {labels}}}', "values": "70x40"},
        {"series": f"agentctl_lag_series_dropped{{{labels}}}", "values": "12x40"},
    ]
    unknown = of_exporter("LagPartlyUnknown", "Groups or partitions cannot be read (so many: 3)", SCRAPE)
    dropped = of_exporter("LagSeriesDropped", "Series of lag are not served (so many: 12)", SCRAPE)
    printed.expect(given, "20m", "LagPartlyUnknown", [unknown])
    printed.expect(given, "20m", "LagSeriesDropped", [dropped])


def test_a_cluster_that_is_well_alarms_nobody(printed: Rules) -> None:
    labels = 'instance="kafka:9308", job="lag"'
    given = [
        {"series": UP, "values": "1x120"},
        {"series": OWN, "values": "1x120"},
        {"series": f'agentctl_lag_unreadable{{reason="group", {labels}}}', "values": "0x120"},
        {"series": f"agentctl_lag_series_dropped{{{labels}}}", "values": "0x120"},
        series("kafka_consumer_lag_seconds", "12x120"),
        series("kafka_consumer_lag_records", "4x120"),
        series("kafka_consumer_verdict", "1x120"),
    ]
    for one in rules(300, FIVE_MINUTES):
        printed.expect(given, "2h", one.alert, [])
