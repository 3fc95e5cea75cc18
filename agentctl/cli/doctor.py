"""``agentctl doctor``: whether the cluster is as agents need it."""

from typing import Annotated

import typer

from agentctl.claims.health import TopicFacts, checks
from agentctl.claims.health_view import health_view
from agentctl.cli import wiring
from agentctl.cli.help import Command, GroupWithDefault, new_group
from agentctl.cli.options import ConnectionOptions, OutputOptions, grouped
from agentctl.cli.question import Question, ScanOptions, as_claims, question
from agentctl.errors import ExitCode
from agentctl.kafka.configs import topic_configs
from agentctl.kafka.topics import fewest_replicas
from agentctl.model.query import Query
from agentctl.sources.claim_keys import ClaimKeys
from agentctl.sources.kafka import KafkaSource
from agentctl.surroundings import Surroundings
from agentctl.timeline.claims_log import ClaimsReader
from agentctl.timeline.search import search


class Doctor(GroupWithDefault):
    """All that there is to look at is claims, until there is more."""

    default_command = "claims"


app = new_group("Check whether the cluster is as agents need it.", Doctor)


@app.command("claims", cls=Command)
@grouped
def claims(
    connection: ConnectionOptions,
    output: OutputOptions,
    surroundings: Surroundings,
    topic: Annotated[
        str | None,
        typer.Option(
            "--claims-topic", metavar="TOPIC", help="The topic of claims; else the only one with that role."
        ),
    ] = None,
    profile: Annotated[
        str | None, typer.Option("--fields", metavar="PROFILE", help="Field mapping for this call.")
    ] = None,
) -> ExitCode:
    """Check a claims topic against what claims need: keys, partitioner, settings.

    Exit 3 when there is a problem. What this user may not see is unknown, and makes the answer partial.

    Example: agentctl doctor claims
    """
    asked = question(ScanOptions(source="kafka", profile=profile), connection, output, surroundings, Query())
    asked = as_claims(asked, topic, profile)
    keys = ClaimKeys()
    with wiring.progress(surroundings) as progress:
        witness = wiring.witness(asked.source, progress, at_any_cost=False)
        name = ClaimsReader(asked.source, asked.mapping, witness, progress).topic(topic)
        read = search(asked.source, Query(topics=(name,)), asked.mapping, progress, keys.add)
    facts = _facts(asked, name, keys)
    found = checks(facts, keys.facts(len(read.coverage.partitions), surroundings.now_ms()))
    return wiring.show(health_view(found, read.coverage, name), output, surroundings, used=asked.settings)


def _facts(asked: Question, topic: str, keys: ClaimKeys) -> TopicFacts:
    assert isinstance(asked.source, KafkaSource)
    connection = asked.source.connection
    ttl_ms = asked.mapping.settings(topic).ttl_ms
    stated_ms = keys.longest_ttl_ms
    known = [one for one in (stated_ms, ttl_ms if keys.without_ttl or stated_ms is None else None) if one]
    return TopicFacts(
        name=topic,
        brokers=connection.brokers,
        settings=topic_configs(connection, [topic]).get(topic),
        replicas=fewest_replicas(connection, topic),
        longest_ttl_ms=None if keys.without_ttl and ttl_ms is None else max(known, default=None),
    )
