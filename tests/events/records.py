"""Records as these tests speak of them: ``record({"agent": "seo"}, headers=[("ce_id", "e1")])``."""

import json
from collections.abc import Iterable

from agentctl.model.record import Record, TimestampType
from tests.builders import ms


def record(
    value: object = None,
    *,
    topic: str = "research-events",
    key: str | bytes | None = None,
    headers: Iterable[tuple[str, str | bytes | None]] = (),
    partition: int = 0,
    offset: int = 5,
    time_ms: int | None = None,
) -> Record:
    """Build one record. A value that is not bytes is written as JSON; None is null."""
    return Record(
        topic,
        partition,
        offset,
        ms("03:00") if time_ms is None else time_ms,
        TimestampType.CREATE,
        key.encode() if isinstance(key, str) else key,
        value if value is None or isinstance(value, bytes) else json.dumps(value).encode(),
        tuple((name, text.encode() if isinstance(text, str) else text) for name, text in headers),
    )
