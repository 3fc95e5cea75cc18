"""Fill a broker and a store with the seeded night, and write its ground truth down."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from agentctl.errors import AgentctlError
from agentctl.events.mapping import field_mapping
from agentctl.sandbox import topics, writing
from agentctl.sandbox.archived import put_all, stored
from agentctl.sandbox.broker import BrokerKind, admin_client
from agentctl.sandbox.groups import commits, positions
from agentctl.sandbox.incident import night
from agentctl.sandbox.night import Night
from agentctl.sandbox.server import Say
from agentctl.sandbox.store import BUCKET
from agentctl.sandbox.store import client as store_client
from agentctl.sandbox.truth import Facts, ground_truth


@dataclass(frozen=True, slots=True)
class Ground:
    """Where a night is seeded."""

    kind: BrokerKind
    bootstrap: str
    s3_endpoint: str
    truth_file: Path


def seed(ground: Ground, anchor_ms: int, number: int, now_ms: int, say: Say) -> Facts:
    """Seed the night that ended at ``anchor_ms``; return its facts, which the truth file holds, too.

    Raises AgentctlError when one of its topics exists: what was seeded is not to be mixed with else.
    """
    admin, store = admin_client(ground.bootstrap), store_client(ground.s3_endpoint)
    if there := topics.existing(admin):
        raise AgentctlError(
            f"The broker has {', '.join(there)} already: the night is seeded into new topics only.",
            hint="agentctl sandbox seed --fresh deletes them first",
        )
    told = night(anchor_ms, number)
    topics.create(admin, ground.kind, aged_ms=now_ms - anchor_ms)
    say(f"writing {len(told.events):,} events")
    writing.write(ground.bootstrap, told.events)
    topics.forget_the_old(admin, told)
    topics.date_by_the_broker(admin)
    _commit(ground, told, admin)
    objects = list(stored(told, topics.generations(admin), field_mapping({}, {})))
    say(f"archiving 90 days in {len(objects)} objects")
    put_all(objects, store)
    facts = ground_truth(told, objects, history=ground.kind is BrokerKind.APACHE)
    ground.truth_file.write_bytes(orjson.dumps(facts, option=orjson.OPT_INDENT_2))
    return facts


def clear(ground: Ground) -> None:
    """Delete the incident's topics and the archive."""
    topics.delete(admin_client(ground.bootstrap))
    store = store_client(ground.s3_endpoint)
    for page in store.get_paginator("list_objects_v2").paginate(Bucket=BUCKET):
        for one in page.get("Contents", []):
            store.delete_object(Bucket=BUCKET, Key=one["Key"])
    ground.truth_file.unlink(missing_ok=True)


def _commit(ground: Ground, told: Night, admin: Any) -> None:
    found = commits(told)
    if ground.kind is BrokerKind.APACHE:
        writing.write_history(ground.bootstrap, admin, found)
    writing.commit(ground.bootstrap, positions(found))
