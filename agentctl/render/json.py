"""JSON: one document with everything the View knows.

The fields are the contract with scripts.
"""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from agentctl.model.instant import instant
from agentctl.model.view import View
from agentctl.render.interface import UTF_8, Style
from agentctl.render.sanitise import json_text
from agentctl.render.words import exact_rows, exact_summary

if TYPE_CHECKING:  # a list of contexts has nothing of them
    from agentctl.model.coverage import Coverage
    from agentctl.model.finding import Finding
    from agentctl.model.query import Window


def render(view: View, style: Style) -> Iterator[str]:
    """Give the document, a line a row, so that its size needs no memory and ``diff`` reads well."""
    yield "{"
    for key, value in _head(view).items():
        yield f'  "{key}": {json_text(value, ascii_only=style.encoding != UTF_8)},'
    yield '  "rows": ['
    last = len(view.rows) - 1
    for n, row in enumerate(exact_rows(view)):
        text = json_text(row, ascii_only=style.encoding != UTF_8)
        yield f"    {text}{'' if n == last else ','}"
    yield "  ],"
    tail = _tail(view)
    for n, (key, value) in enumerate(tail.items(), 1):
        text = json_text(value, ascii_only=style.encoding != UTF_8)
        yield f'  "{key}": {text}{"" if n == len(tail) else ","}'
    yield "}"


def schema(view: View) -> str:
    """Return the name and version of the rows' shape: ``agentctl.replay/1``."""
    return f"agentctl.{view.name}/1"


def _head(view: View) -> Mapping[str, object]:
    return {
        "schema": schema(view),
        "context": view.context,
        "generated_at": _time(view.generated_at_ms),
    }


def _tail(view: View) -> Mapping[str, object]:
    tail: dict[str, object] = {
        "summary": exact_summary(view),
        "findings": [finding_row(finding) for finding in view.findings],
    }
    if view.window is not None:
        tail["window"] = _window(view.window)
    if view.coverage is not None:
        tail["coverage"] = _coverage(view.coverage)
    return tail


def _time(time_ms: int | None) -> str | None:
    return None if time_ms is None else instant(time_ms)


def _window(window: "Window") -> Mapping[str, object]:
    return {"since": _time(window.since_ms), "until": _time(window.until_ms), "clock": "record"}


def finding_row(finding: "Finding") -> Mapping[str, object]:
    """Return a finding as machines read it."""
    return {
        "id": finding.id,
        "code": finding.code.value,
        "severity": finding.severity.value,
        "title": finding.title,
        "explanation": finding.explanation,
        "events": [str(place) for place in finding.events],
        "evidence": dict(finding.evidence),
        "next": list(finding.next),
    }


def _coverage(coverage: "Coverage") -> Mapping[str, object]:
    return {
        "complete": coverage.complete,
        "reasons": [*coverage.reasons, *coverage.remarks],
        "as_of": _time(coverage.as_of_ms),
        "partitions": [
            {
                "topic": part.topic,
                "partition": part.partition,
                "source": part.source,
                "log_start": part.log_start,
                "high_watermark": part.high_watermark,
                "end": part.end,
                "first": part.first,
                "last": part.last,
                "scanned": part.scanned,
                "lost": part.lost,
                "holes": part.holes,
                "retained_since": _time(part.retained_since_ms),
                "pruned": None if part.pruned is None else part.pruned.value,
            }
            for part in coverage.partitions
        ],
        "max_inversion_ms": coverage.max_inversion_ms,
        "undecodable": coverage.undecodable,
        "records_scanned": coverage.records_scanned,
        "bytes_scanned": coverage.bytes_scanned,
    }
