"""A Grafana dashboard of the lag of groups, as code."""

import json
from collections.abc import Iterator, Mapping, Sequence

from agentctl.lag.metric_names import (
    AGE,
    BEHIND_SECONDS,
    DROPPED,
    DURATION,
    GROUP,
    LAG_RECORDS,
    LAG_SECONDS,
    LOST,
    PARTITION,
    REFRESHES,
    TOPIC,
    UNREADABLE,
    UP,
    VERDICT,
    VERDICT_NUMBERS,
)
from agentctl.lag.rows import Verdict

SCHEMA_VERSION = 39
"""Of Grafana's dashboards; newer ones read it."""
UID = "agentctl-lag"
"""The same in every version, so that a new dashboard takes the place of the old one."""

Json = dict[str, object]

_COLUMNS = 24
_SOURCE: Json = {"type": "prometheus", "uid": "${datasource}"}
_CHOSEN = f'{GROUP}=~"$group", {TOPIC}=~"$topic"'
_COLOURS: Mapping[Verdict, str] = {
    Verdict.UNKNOWN: "text",
    Verdict.OK: "green",
    Verdict.WARN: "yellow",
    Verdict.STALL: "orange",
    Verdict.STOP: "red",
    Verdict.REWIND: "purple",
}


def dashboard_text(max_seconds: float) -> str:
    """Return the dashboard as JSON that Grafana imports; the threshold is drawn where seconds are."""
    return json.dumps(dashboard(max_seconds), indent=2) + "\n"


def dashboard(max_seconds: float) -> Json:
    """Return the dashboard."""
    return {
        "uid": UID,
        "title": "Lag of consumer groups",
        "description": "Served by agentctl lag serve.",
        "tags": ["kafka", "agentctl"],
        "schemaVersion": SCHEMA_VERSION,
        "version": 1,
        "editable": True,
        "refresh": "30s",
        "time": {"from": "now-24h", "to": "now"},
        "timezone": "utc",
        "templating": {"list": list(_variables())},
        "annotations": {"list": [_alerts()]},
        "panels": list(_placed(_rows(max_seconds))),
    }


def _variables() -> Iterator[Json]:
    yield {"name": "datasource", "label": "Prometheus", "type": "datasource", "query": "prometheus"}
    for name, label, metric in (
        ("group", GROUP, LAG_RECORDS),
        ("topic", TOPIC, f'{LAG_RECORDS}{{{GROUP}=~"$group"}}'),
    ):
        yield {
            "name": name,
            "label": name.capitalize(),
            "type": "query",
            "datasource": _SOURCE,
            "query": {"query": f"label_values({metric}, {label})", "refId": name},
            "refresh": 2,
            "multi": True,
            "includeAll": True,
            "allValue": ".*",
            "current": {"text": ["All"], "value": ["$__all"]},
            "sort": 1,
        }


def _alerts() -> Json:
    return {
        "name": "Consumers lagging",
        "datasource": _SOURCE,
        "enable": True,
        "expr": f'ALERTS{{alertname="ConsumerLagging", alertstate="firing", {_CHOSEN}}}',
        "titleFormat": f"{{{{{GROUP}}}}} on {{{{{TOPIC}}}}}",
        "iconColor": "red",
    }


def _rows(max_seconds: float) -> Iterator[Sequence[tuple[int, int, Json]]]:
    """Give the panels row by row, each with its width and height."""
    seconds, records = f"{LAG_SECONDS}{{{_CHOSEN}}}", f"{LAG_RECORDS}{{{_CHOSEN}}}"
    by_group = f"by ({GROUP})"
    limit = _threshold(max_seconds)
    yield (
        (6, 4, _stat("Furthest behind", f"max({seconds})", "s", limit)),
        (
            6,
            4,
            _stat(
                "Groups beyond the threshold",
                f"count(max {by_group} ({seconds}) > {max_seconds!r}) or vector(0)",
                "none",
                _threshold(1),
            ),
        ),
        (6, 4, _stat("Unread records", f"sum({records})", "short", _plain())),
        (6, 4, _stat("Numbers are fresh", f"min({UP})", "none", _threshold(1, "green", "red"))),
    )
    yield (
        (12, 9, _lines("Behind, by group", f"max {by_group} ({seconds})", "s", limit)),
        (12, 9, _lines("Unread records, by group", f"sum {by_group} ({records})", "short", _plain())),
    )
    shrinks = f"(-sum {by_group} (deriv({records}[10m])) > 0)"
    behind = f"max {by_group} ({BEHIND_SECONDS}{{{_CHOSEN}}})"
    yield (
        (
            12,
            8,
            _lines(
                "Time to drain, while it shrinks", f"sum {by_group} ({records}) / {shrinks}", "s", _plain()
            ),
        ),
        (12, 8, _lines("Older than the last record", behind, "s", _plain())),
    )
    verdicts = (
        f"max by ({GROUP}, {TOPIC}, {PARTITION}) ({VERDICT}{{{_CHOSEN}}}) > {VERDICT_NUMBERS[Verdict.OK]}"
    )
    worst = f"topk(50, max by ({GROUP}, {TOPIC}, {PARTITION}) ({seconds}))"
    yield (
        (12, 10, _table("Partitions that are not well", verdicts, "Verdict", _verdicts())),
        (
            12,
            10,
            _table(
                "Partitions that are furthest behind", worst, "Behind", {"unit": "s", "thresholds": limit}
            ),
        ),
    )
    yield (
        (6, 7, _lines("Lost to retention", f"sum {by_group} ({LOST}{{{_CHOSEN}}})", "short", _plain())),
        (
            6,
            7,
            _lines(
                "Could not be read", f"sum by (reason) ({UNREADABLE} > 0)", "short", _plain(), "{{reason}}"
            ),
        ),
        (
            6,
            7,
            _lines("A refresh takes, and is old", f"max({DURATION}) or max({AGE})", "s", _plain(), "refresh"),
        ),
        (
            6,
            7,
            _lines(
                "Refreshes a second",
                f"sum by (outcome) (rate({REFRESHES}_total[5m]))",
                "short",
                _plain(),
                "{{outcome}}",
            ),
        ),
    )
    yield ((24, 4, _lines("Series left out", f"max({DROPPED})", "short", _plain(), "dropped")),)


def _placed(rows: Iterator[Sequence[tuple[int, int, Json]]]) -> Iterator[Json]:
    """Give every panel its number and its place, from left to right and from top to bottom."""
    number, top = 1, 0
    for row in rows:
        left = 0
        for width, height, panel in row:
            yield {"id": number, "gridPos": {"x": left, "y": top, "w": width, "h": height}, **panel}
            number, left = number + 1, left + width
        assert left == _COLUMNS
        top += max(height for _, height, _ in row)


def _panel(kind: str, title: str, expression: str, defaults: Json, **more: object) -> Json:
    target: Json = {"refId": "A", "datasource": _SOURCE, "expr": expression}
    return {
        "type": kind,
        "title": title,
        "datasource": _SOURCE,
        "targets": [target | dict(more.pop("target", {}))],  # type: ignore[call-overload]
        "fieldConfig": {"defaults": defaults, "overrides": more.pop("overrides", [])},
        **more,
    }


def _stat(title: str, expression: str, unit: str, thresholds: Json) -> Json:
    options = {"reduceOptions": {"calcs": ["lastNotNull"]}, "colorMode": "background"}
    return _panel(
        "stat",
        title,
        expression,
        {"unit": unit, "thresholds": thresholds},
        options=options,
        target={"instant": True},
    )


def _lines(
    title: str, expression: str, unit: str, thresholds: Json, legend: str = f"{{{{{GROUP}}}}}"
) -> Json:
    drawn = {"thresholdsStyle": {"mode": "line" if thresholds != _plain() else "off"}, "spanNulls": False}
    defaults: Json = {"unit": unit, "min": 0, "thresholds": thresholds, "custom": drawn}
    return _panel("timeseries", title, expression, defaults, target={"legendFormat": legend})


def _table(title: str, expression: str, column: str, shown: Json) -> Json:
    names = {"Value": column, GROUP: "Group", TOPIC: "Topic", PARTITION: "Partition"}
    tidy = {"id": "organize", "options": {"excludeByName": {"Time": True}, "renameByName": names}}
    override = {
        "matcher": {"id": "byName", "options": column},
        "properties": [{"id": key, "value": value} for key, value in shown.items()],
    }
    return _panel(
        "table",
        title,
        expression,
        {},
        target={"instant": True, "format": "table"},
        transformations=[tidy],
        overrides=[override],
        options={"sortBy": [{"displayName": column, "desc": True}]},
    )


def _verdicts() -> Json:
    """Return how the numbers of verdicts are shown as words."""
    words = {
        str(number): {"text": verdict.value, "color": _COLOURS[verdict], "index": number}
        for verdict, number in VERDICT_NUMBERS.items()
    }
    return {"mappings": [{"type": "value", "options": words}], "custom.cellOptions": {"type": "color-text"}}


def _threshold(value: float, above: str = "red", below: str = "green") -> Json:
    steps = [{"color": below, "value": None}, {"color": above, "value": value}]
    return {"mode": "absolute", "steps": steps}


def _plain() -> Json:
    return {"mode": "absolute", "steps": [{"color": "text", "value": None}]}
