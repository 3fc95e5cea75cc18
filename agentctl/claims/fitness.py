"""Whether a claim can be right on a topic as it is configured, and the command that mends it."""

from collections.abc import Iterator, Mapping

from agentctl.errors import AgentctlError
from agentctl.model.span import span

APPEND_TIME = "LogAppendTime"
_TYPE, _POLICY = "message.timestamp.type", "cleanup.policy"
_RETENTION, _RETENTION_BYTES = "retention.ms", "retention.bytes"


class UnfitTopicError(AgentctlError):
    """On this topic nobody could say who holds an item."""


def retention_ms(settings: Mapping[str, str]) -> int | None:
    """Return how long records are kept; -1 without end, None when the settings do not say."""
    text = settings.get(_RETENTION, "")
    return int(text) if text.lstrip("-").isdigit() else None


def by_agents_clocks(settings: Mapping[str, str]) -> bool:
    """Whether the times of records are those that their writers set."""
    return settings.get(_TYPE) != APPEND_TIME


def check_topic(
    topic: str,
    brokers: str,
    settings: Mapping[str, str],
    *,
    ttl_ms: int | None,
    allow_create_time: bool,
) -> None:
    """Raise UnfitTopicError, with all that is wrong and one command that mends it, for an unfit topic."""
    faults = list(_faults(settings, ttl_ms, allow_create_time))
    if not faults:
        return
    mended = ",".join(setting for _, setting in faults)
    hint = f"kafka-configs.sh --bootstrap-server {brokers} --alter --entity-type topics --entity-name {topic}"
    hint += f" --add-config {mended}"
    if any(setting.startswith(_TYPE) for _, setting in faults):
        hint += "; or --allow-create-time, where the agents' clocks agree"
    raise UnfitTopicError(
        f"claims on {topic} cannot be right: {'; '.join(fault for fault, _ in faults)}", hint=hint
    )


def _faults(
    settings: Mapping[str, str], ttl_ms: int | None, allow_create_time: bool
) -> Iterator[tuple[str, str]]:
    """Give what is wrong, each with the setting that mends it."""
    if "compact" in settings.get(_POLICY, ""):
        yield (
            "it is compacted, and compaction keeps the last claim, which is the loser's",
            f"{_POLICY}=delete",
        )
    if by_agents_clocks(settings) and not allow_create_time:
        yield (
            f"its {_TYPE} is {settings.get(_TYPE, 'unknown')}, so leases would rest on each agent's clock",
            f"{_TYPE}={APPEND_TIME}",
        )
    kept_ms = retention_ms(settings)
    if ttl_ms is not None and kept_ms is not None and 0 <= kept_ms < ttl_ms:
        yield (
            f"it forgets a claim after {span(kept_ms)}, before its lease of {span(ttl_ms)} is over",
            f"{_RETENTION}={ttl_ms}",
        )
    if settings.get(_RETENTION_BYTES, "-1") != "-1":
        yield (
            f"its {_RETENTION_BYTES} lets the broker delete claims of any age",
            f"{_RETENTION_BYTES}=-1",
        )
