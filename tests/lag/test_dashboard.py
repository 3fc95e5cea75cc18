"""The Grafana dashboard: valid JSON, panels that do not overlap, and PromQL that Prometheus accepts."""

import json
from collections.abc import Iterator
from typing import Any

from agentctl.lag import metric_names
from agentctl.lag.dashboard import dashboard_text
from tests.prometheus import Promtool

Board = dict[str, Any]


def board(max_seconds: float = 300) -> Board:
    found: Board = json.loads(dashboard_text(max_seconds))
    return found


def expressions(found: Board) -> Iterator[str]:
    """Give the PromQL of panels and annotations, with the variables as Grafana fills them in."""
    asked = [target["expr"] for panel in found["panels"] for target in panel["targets"]]
    asked += [one["expr"] for one in found["annotations"]["list"]]
    for one in asked:
        filled = one.replace("$group", ".*").replace("$topic", "a|b")
        assert "$" not in filled, "a variable that the dashboard does not have"
        yield filled


def test_prometheus_accepts_every_expression(promtool: Promtool) -> None:
    asked = list(expressions(board()))
    wrapped = [{"record": f"panel:{number}", "expr": one} for number, one in enumerate(asked)]
    assert len(asked) > 10
    assert f"SUCCESS: {len(asked)} rules found" in promtool.check(
        json.dumps({"groups": [{"name": "dashboard", "rules": wrapped}]})
    )


def test_every_expression_asks_for_metrics_that_are_served() -> None:
    served = {
        value for name, value in vars(metric_names).items() if name.isupper() and isinstance(value, str)
    }
    served |= {"ALERTS"}
    for one in expressions(board()):
        assert any(name in one for name in served)


def test_the_incident_is_seen(promtool: Promtool) -> None:
    lag = 'kafka_consumer_lag_seconds{consumer_group="oracle-audit", topic="a", partition="2"}'
    records = 'kafka_consumer_lag_records{consumer_group="oracle-audit", topic="a", partition="2"}'
    verdict = 'kafka_consumer_verdict{consumer_group="oracle-audit", topic="a", partition="2"}'
    by_title = {panel["title"]: panel["targets"][0]["expr"] for panel in board()["panels"]}
    oracle = '{consumer_group="oracle-audit"}'
    partition = '{consumer_group="oracle-audit", topic="a", partition="2"}'
    expected = {
        "Furthest behind": [{"labels": "{}", "value": 4_000}],
        "Groups beyond the threshold": [{"labels": "{}", "value": 1}],
        "Behind, by group": [{"labels": oracle, "value": 4_000}],
        "Time to drain, while it shrinks": [{"labels": oracle, "value": 360}],
        "Partitions that are not well": [{"labels": partition, "value": 4}],
    }
    promtool.write("none.yml", json.dumps({"groups": []}))
    promtool.test(
        {
            "rule_files": ["none.yml"],
            "tests": [
                {
                    "interval": "1m",
                    "input_series": [
                        {"series": lag, "values": "4000x20"},
                        {"series": records, "values": "1000-50x20"},
                        {"series": verdict, "values": "4x20"},
                    ],
                    "promql_expr_test": [
                        {
                            "expr": by_title[title].replace("$group", ".*").replace("$topic", ".*"),
                            "eval_time": "14m",
                            "exp_samples": samples,
                        }
                        for title, samples in expected.items()
                    ],
                }
            ],
        }
    )


def test_the_threshold_is_drawn_and_counted() -> None:
    by_title = {panel["title"]: panel for panel in board(90.5)["panels"]}
    steps = by_title["Behind, by group"]["fieldConfig"]["defaults"]["thresholds"]["steps"]
    assert [step["value"] for step in steps] == [None, 90.5]
    assert "> 90.5" in by_title["Groups beyond the threshold"]["targets"][0]["expr"]


def test_panels_fill_the_board_without_overlapping() -> None:
    panels = board()["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    cells: set[tuple[int, int]] = set()
    for panel in panels:
        at = panel["gridPos"]
        own = {(at["x"] + x, at["y"] + y) for x in range(at["w"]) for y in range(at["h"])}
        assert not own & cells
        assert at["x"] + at["w"] <= 24
        cells |= own


def test_an_import_replaces_the_board_and_asks_for_the_data_source() -> None:
    found = board()
    assert (found["uid"], found["schemaVersion"]) == ("agentctl-lag", 39)
    assert "id" not in found
    assert [one["name"] for one in found["templating"]["list"]] == ["datasource", "group", "topic"]
    sources = [target["datasource"]["uid"] for panel in found["panels"] for target in panel["targets"]]
    assert set(sources) == {"${datasource}"}


def test_every_verdict_has_its_word() -> None:
    [table] = [panel for panel in board()["panels"] if panel["title"] == "Partitions that are not well"]
    [override] = table["fieldConfig"]["overrides"]
    [mapping] = [one["value"] for one in override["properties"] if one["id"] == "mappings"]
    words = {number: word["text"] for number, word in mapping[0]["options"].items()}
    assert words == {"0": "UNKNOWN", "1": "OK", "2": "WARN", "3": "STALL", "4": "STOP", "5": "REWIND"}
