"""A Grafana dashboard of the lag of groups, as code."""

import json
from collections.abc import Iterator, Mapping

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
_Row = tuple[int, tuple[Json, ...]]
"""How high it is, and its panels, which share the width."""

_COLUMNS = 24
_SOURCE: Json = {"type": "prometheus", "uid": "${datasource}"}
_CHOSEN = f'{GROUP}=~"$group", {TOPIC}=~"$topic"'
_SECONDS, _RECORDS = f"{LAG_SECONDS}{{{_CHOSEN}}}", f"{LAG_RECORDS}{{{_CHOSEN}}}"
_PLAIN: Json = {"mode": "absolute", "steps": [{"color": "text", "value": None}]}
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


def _rows(max_seconds: float) -> Iterator[_Row]:
    yield from _at_a_glance(max_seconds)
    yield from _over_time(max_seconds)
    yield 10, _partitions(max_seconds)
    yield from _of_exporter()


def _at_a_glance(max_seconds: float) -> Iterator[_Row]:
    beyond = f"count(max by ({GROUP}) ({_SECONDS}) > {max_seconds!r}) or vector(0)"
    yield (
        4,
        (
            _stat("Furthest behind", f"max({_SECONDS})", "s", _threshold(max_seconds)),
            _stat("Groups beyond the threshold", beyond, "none", _threshold(1)),
            _stat("Unread records", f"sum({_RECORDS})", "short", _PLAIN),
            _stat("Numbers are fresh", f"min({UP})", "none", _threshold(1, "green", "red")),
        ),
    )


def _over_time(max_seconds: float) -> Iterator[_Row]:
    records = f"sum by ({GROUP}) ({_RECORDS})"
    shrinks = f"(-sum by ({GROUP}) (deriv({_RECORDS}[10m])) > 0)"
    behind = f"max by ({GROUP}) ({BEHIND_SECONDS}{{{_CHOSEN}}})"
    yield (
        9,
        (
            _lines("Behind, by group", f"max by ({GROUP}) ({_SECONDS})", "s", _threshold(max_seconds)),
            _lines("Unread records, by group", records, "short"),
        ),
    )
    yield (
        8,
        (
            _lines("Time to drain, while it shrinks", f"{records} / {shrinks}", "s"),
            _lines("Older than the last record", behind, "s"),
        ),
    )


def _partitions(max_seconds: float) -> tuple[Json, ...]:
    each = f"max by ({GROUP}, {TOPIC}, {PARTITION})"
    verdicts = f"{each} ({VERDICT}{{{_CHOSEN}}}) > {VERDICT_NUMBERS[Verdict.OK]}"
    shown: Json = {"unit": "s", "thresholds": _threshold(max_seconds)}
    return (
        _table("Partitions that are not well", verdicts, "Verdict", _verdicts()),
        _table("Partitions that are furthest behind", f"topk(50, {each} ({_SECONDS}))", "Behind", shown),
    )


def _of_exporter() -> Iterator[_Row]:
    rate = f"sum by (outcome) (rate({REFRESHES}_total[5m]))"
    unreadable = f"sum by (reason) ({UNREADABLE} > 0)"
    yield (
        7,
        (
            _lines("Lost to retention", f"sum by ({GROUP}) ({LOST}{{{_CHOSEN}}})", "short"),
            _lines("Could not be read", unreadable, "short", legend="{{reason}}"),
            _lines("Series left out", f"max({DROPPED})", "short", legend="dropped"),
        ),
    )
    yield (
        6,
        (
            _lines("A refresh takes", f"max({DURATION})", "s", legend="refresh"),
            _lines("The last good refresh is old", f"max({AGE})", "s", legend="age"),
            _lines("Refreshes a second", rate, "short", legend="{{outcome}}"),
        ),
    )


def _placed(rows: Iterator[_Row]) -> Iterator[Json]:
    """Give every panel its number and its place, from left to right and from top to bottom."""
    number, top = 1, 0
    for height, panels in rows:
        width = _COLUMNS // len(panels)
        for at, panel in enumerate(panels):
            yield {"id": number, "gridPos": {"x": at * width, "y": top, "w": width, "h": height}, **panel}
            number += 1
        top += height


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
    title: str, expression: str, unit: str, thresholds: Json = _PLAIN, legend: str = f"{{{{{GROUP}}}}}"
) -> Json:
    drawn = {"thresholdsStyle": {"mode": "line" if thresholds is not _PLAIN else "off"}, "spanNulls": False}
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
