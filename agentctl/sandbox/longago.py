"""``workflow_60d1``: what was done 60 days before the incident.

Of it Kafka still has the result alone.
"""

from agentctl.sandbox.agents import V1_HEADERS, analysis, claim, renewal, result, steps
from agentctl.sandbox.clock import StoryClock
from agentctl.sandbox.night import RESEARCH, Draft

LONG_AGO, DAYS = "workflow_60d1", 60
ITEM = "long_context_evaluation"
_SOURCES = 8
_CHAPTERS = 25


def long_ago(clock: StoryClock) -> list[Draft]:
    """A long report: 41 events from 09:12 to 09:49, its claim renewed five times."""

    def at(moment: str) -> int:
        return clock.days_before(DAYS, moment)

    first, last = at("09:15:10"), at("09:48:40")
    chapters = [first + (last - first) * n // (_CHAPTERS - 1) + n * 37 % 900 for n in range(_CHAPTERS)]
    names = [f"Writing chapter {n} of {_CHAPTERS}" for n in range(1, _CHAPTERS + 1)]
    renewals = [at(f"09:{minute}:05.420") for minute in (20, 26, 32, 38, 44)]
    return [
        *(_source_read(at("09:12:02.640") + n * 7_310, n) for n in range(1, _SOURCES + 1)),
        analysis(at("09:13:31.085"), LONG_AGO, ITEM, version=1, label="60d1/analysis"),
        claim(
            *(at("09:14:02.771"), "content", LONG_AGO, ITEM, "report"),
            label="60d1/claim",
            cause="60d1/analysis",
        ),
        *(renewal(time_ms, "content", LONG_AGO, ITEM, token="60d1/claim") for time_ms in renewals),  # noqa: S106
        *steps(chapters, "content", LONG_AGO, ITEM, names, label="60d1"),
        result(at("09:49:12.310"), "content", LONG_AGO, ITEM, "report", label="60d1/result"),
    ]


def _source_read(time_ms: int, number: int) -> Draft:
    payload = {
        "event_type": "source_read",
        "agent": "research",
        "workflow_id": LONG_AGO,
        "topic": ITEM,
        "output_path": f"s3://agent-outputs/research/{LONG_AGO}/source-{number}.json",
    }
    return Draft(time_ms, RESEARCH, ITEM, payload, headers=V1_HEADERS)
