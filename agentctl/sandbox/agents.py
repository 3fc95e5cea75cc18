"""How the agents of the incident write: one function for each kind of event."""

from collections.abc import Sequence

from agentctl.sandbox.night import CLAIMS, PROGRESS, RESEARCH, RESULTS, Draft

CLAIM_TTL = "30m"
STEPS = ("Analyzing research", "Generating outline", "Writing draft", "SEO optimization", "Publishing")
SEO_AUDIT = ("Reading analysis", "Checking headings", "Checking links")
KEYWORDS = ("Reading analysis", "Querying search volumes", "Clustering keywords", "Writing recommendations")
JSON_HEADERS = (("content-type", b"application/json"), ("producer", b"research-agent/2.3"))
V1_HEADERS = (("content-type", b"application/json"), ("producer", b"research-agent/1.9"))


def analysis(time_ms: int, workflow: str, item: str, *, version: int, label: str, summary: str = "") -> Draft:
    """Research has looked into something. Version 1 carries neither its version nor a summary."""
    newer = {} if version == 1 else {"schema_version": version, "summary": summary or _summary(item)}
    payload = {
        "event_type": "analysis_complete",
        "agent": "research",
        "workflow_id": workflow,
        "topic": item,
        "output_path": f"s3://agent-outputs/research/{workflow}/{item}.json",
        **newer,
    }
    headers = V1_HEADERS if version == 1 else JSON_HEADERS
    return Draft(time_ms, RESEARCH, item, payload, label=label, headers=headers)


def signal(time_ms: int, source: str) -> Draft:
    """A watched source has changed: research's constant murmur, which belongs to no workflow."""
    payload = {
        "event_type": "source_updated",
        "agent": "research",
        "topic": source,
        "output_path": f"s3://agent-outputs/sources/{source}/{time_ms}.json",
        "schema_version": 2,
        "summary": _summary(source),
    }
    return Draft(time_ms, RESEARCH, source, payload, headers=JSON_HEADERS)


def claim(
    time_ms: int, agent: str, workflow: str, item: str, format_: str, *, label: str, cause: str | None = None
) -> Draft:
    """An agent says that it takes a work item, for half an hour at first."""
    payload = {
        "agent": agent,
        "topic": item,
        "format": format_,
        "workflow_id": workflow,
        "ttl": CLAIM_TTL,
    }
    return Draft(time_ms, CLAIMS, item, payload, label=label, cause=cause)


def renewal(time_ms: int, agent: str, workflow: str, item: str, *, token: str) -> Draft:
    """A holder says that it is still at work, and shows the token of its claim."""
    payload = {
        "event_type": "claim_renewed",
        "agent": agent,
        "topic": item,
        "workflow_id": workflow,
        "ttl": CLAIM_TTL,
    }
    return Draft(time_ms, CLAIMS, item, payload, token=token)


def steps(
    times_ms: Sequence[int],
    agent: str,
    workflow: str,
    item: str,
    names: Sequence[str] = STEPS,
    *,
    label: str | None = None,
) -> list[Draft]:
    """An agent works: one event a step, as many as there are times; fewer than names when it stops."""
    return [
        Draft(
            time_ms,
            PROGRESS,
            agent,
            {
                "agent": agent,
                "workflow_id": workflow,
                "topic": item,
                "step": number,
                "total": len(names),
                "status": name,
            },
            label=f"{label}/{number}" if label else None,
        )
        for number, (time_ms, name) in enumerate(zip(times_ms, names, strict=False), start=1)
    ]


def result(
    time_ms: int, agent: str, workflow: str, item: str, format_: str, *, label: str, cause: str | None = None
) -> Draft:
    """An agent has finished. The key is the type of content, so few keys carry all."""
    payload = {
        "agent": agent,
        "topic": item,
        "format": format_,
        "output_path": f"s3://agent-outputs/{format_}/{workflow}/{item}.md",
        "workflow_id": workflow,
    }
    return Draft(time_ms, RESULTS, format_, payload, label=label, cause=cause)


def _summary(item: str) -> str:
    return f"What changed about {item.replace('_', ' ')} since the last look, with sources."
