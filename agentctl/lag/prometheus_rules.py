"""Alert rules for Prometheus: who is behind, who has stopped, and whether anybody still measures."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from agentctl.lag.metric_names import (
    DROPPED,
    GROUP,
    LAG_RECORDS,
    LAG_SECONDS,
    LOST,
    NEVER_COMMITTED,
    PARTITION,
    TOPIC,
    UNREADABLE,
    UP,
    VERDICT,
    VERDICT_NUMBERS,
)
from agentctl.lag.rows import Verdict

_HEAD = """\
# Alerts on the lag of consumer groups, for Prometheus; they need a scrape of: agentctl lag serve
# Made by: agentctl lag rules --max-seconds {seconds:g} --for {holds}
"""
_GROUP_NAME = "agentctl-lag"
_SOON, _LATER, _HOUR_MS = "15m", "1h", 3_600_000

# A group may be called anything, and this is pasted into a shell: it stands in quotes that it cannot leave.
_QUOTED = f"""'{{{{ $labels.{GROUP} | reReplaceAll "'" "'\\\\''" }}}}'"""
_WHY = f"agentctl lag why -- {_QUOTED}"
_THE_GROUP = f"Group {{{{ $labels.{GROUP} }}}}"
_ON_TOPIC = f"{{{{ $labels.{TOPIC} }}}}"
_INSTANCE = "{{ with $labels.instance }}{{ . }}{{ else }}the exporter{{ end }}"
_VALUE, _SPAN = "{{ $value }}", "{{ $value | humanizeDuration }}"


@dataclass(frozen=True, slots=True)
class Rule:
    """One alert."""

    alert: str
    expression: str
    """PromQL: it fires for each series that this gives."""
    holds: str
    """How long that must be so before it fires, as Prometheus writes it."""
    severity: str
    summary: str
    description: str
    runbook: str
    """What to type next."""


def rules(max_seconds: float, hold_ms: int) -> tuple[Rule, ...]:
    """Return the alerts; who lags or stands still must do so for ``hold_ms``."""
    return (*_of_groups(max_seconds, duration(hold_ms)), *_of_exporter(duration(hold_ms)))


def rules_text(max_seconds: float, hold_ms: int) -> str:
    """Return the alerts as a rule file."""
    written = [
        {
            "alert": rule.alert,
            "expr": rule.expression,
            "for": rule.holds,
            "labels": {"severity": rule.severity},
            "annotations": {
                "summary": rule.summary,
                "description": rule.description,
                "runbook": rule.runbook,
            },
        }
        for rule in rules(max_seconds, hold_ms)
    ]
    document = {"groups": [{"name": _GROUP_NAME, "rules": written}]}
    return _HEAD.format(seconds=max_seconds, holds=duration(hold_ms)) + "".join(
        f"{line}\n" for line in _yaml(document)
    )


def duration(span_ms: int) -> str:
    """Return a length of time as Prometheus writes it, in the largest unit that fits."""
    for unit, size in (("h", _HOUR_MS), ("m", 60_000), ("s", 1_000)):
        if span_ms >= size and span_ms % size == 0:
            return f"{span_ms // size}{unit}"
    return f"{span_ms}ms" if span_ms else "0s"


_VERDICTS = (
    (
        "ConsumerStopped",
        Verdict.STOP,
        "critical",
        "has stopped committing",
        "It is behind and commits nothing.",
    ),
    ("ConsumerStalled", Verdict.STALL, "critical", "commits without getting on", "The same offset, again."),
    ("ConsumerRewound", Verdict.REWIND, "warning", "went back", "It reads again what it has read before."),
)
"""Alert, verdict, severity, what the group did, and what that means."""


def _of_groups(max_seconds: float, holds: str) -> Iterator[Rule]:
    worst = f"max without ({PARTITION})"
    yield Rule(
        "ConsumerLagging",
        f"{worst} ({LAG_SECONDS}) > {max_seconds!r}",
        holds,
        "critical",
        f"{_THE_GROUP} is {_SPAN} behind on {_ON_TOPIC}",
        f"The oldest record that it has not read is more than {max_seconds:g} s old, or by as much older "
        "than the last one. What its agents do now, they do on old news.",
        _WHY,
    )
    for alert, verdict, severity, what, why in _VERDICTS:
        yield Rule(
            alert,
            f"count without ({PARTITION}) ({VERDICT} == {VERDICT_NUMBERS[verdict]})",
            holds,
            severity,
            f"{_THE_GROUP} {what} on {_ON_TOPIC} (partitions: {_VALUE})",
            why,
            _WHY,
        )
    yield Rule(
        "ConsumerLost",
        f"sum without ({PARTITION}) ({LOST}) > 0",
        "0s",
        "critical",
        f"{_THE_GROUP} has lost records on {_ON_TOPIC} (records: {_VALUE})",
        "Retention took them before it came to them.",
        _WHY,
    )
    yield Rule(
        "ConsumerNeverCommitted",
        f"count without ({PARTITION}) ({NEVER_COMMITTED} and {LAG_RECORDS} > 0)",
        _LATER,
        "warning",
        f"{_THE_GROUP} has records to read on {_ON_TOPIC} and never committed (partitions: {_VALUE})",
        "Nobody reads them, or whoever does will read all of them again after the next restart.",
        _WHY,
    )


def _of_exporter(holds: str) -> Iterator[Rule]:
    served = f"last_over_time({UP}[1d])"
    yield Rule(
        "LagUnknown",
        f"{UP} == 0",
        holds,
        "critical",
        f"Nobody knows how far groups are behind: {_INSTANCE} cannot read it",
        "The exporter runs, and its last looks at the cluster failed. Its /healthz says why.",
        "agentctl doctor",
    )
    yield Rule(
        "LagExporterDown",
        f"(up == 0 and on (job, instance) {served}) or absent({served})",
        holds,
        "critical",
        f"Nobody measures how far groups are behind: {_INSTANCE} does not answer",
        "agentctl lag serve has ended, or Prometheus does not reach it.",
        "agentctl lag serve",
    )
    yield Rule(
        "LagPartlyUnknown",
        f'sum without (reason) ({UNREADABLE}{{reason=~"group|partition|other"}}) > 0',
        _SOON,
        "warning",
        f"Groups or partitions cannot be read (so many: {_VALUE})",
        "Their lag is not served, so no alert can fire on it.",
        "agentctl lag",
    )
    yield Rule(
        "LagSeriesDropped",
        f"{DROPPED} > 0",
        _SOON,
        "warning",
        f"Series of lag are not served (so many: {_VALUE})",
        "There are more than --max-series; those that are least behind are left out.",
        "agentctl lag serve --max-series",
    )


_PLAIN = re.compile(r"[A-Za-z][A-Za-z_-]*")
"""Words that YAML reads as they stand; ``yes`` and its kind are not among the words of rules."""


def _yaml(value: object, indent: str = "") -> Iterator[str]:
    """Give the lines of a mapping, as YAML."""
    assert isinstance(value, dict)
    for key, inner in value.items():
        if isinstance(inner, dict):
            yield f"{indent}{key}:"
            yield from _yaml(inner, f"{indent}  ")
        elif isinstance(inner, Sequence) and not isinstance(inner, str):
            yield f"{indent}{key}:"
            for item in inner:
                first, *rest = _yaml(item, f"{indent}    ")
                yield f"{indent}  - {first.lstrip()}"
                yield from rest
        else:
            yield f"{indent}{key}: {_scalar(str(inner))}"


def _scalar(text: str) -> str:
    """Return a text as YAML: in single quotes, where only these mean anything, and are doubled."""
    return text if _PLAIN.fullmatch(text) else "'" + text.replace("'", "''") + "'"
