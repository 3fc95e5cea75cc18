"""A program of its own, which asks where groups stand; questions and answers are JSON, a line each.

librdkafka's question for the offsets of any group (its 2.x) ends the whole process when a coordinator has
just moved: what it then does is meant for a client that is a group's member. Asked from here, only this
process ends, and whoever asked finds another way.

It is run by its path and imports nothing but the client, so that it is up in a few hundredths of a second.

The first line holds the client's properties, and never stands on a command line: it may hold secrets. Every
further line is a question ``{"groups": [names] or null, "seconds": n}``, answered by one line
``{"groups": {name: [[topic, partition, offset], …]}, "failed": {name: [code, text]}}``, or, where nobody
could say which groups there are, ``{"error": [code, text]}``.
"""

import json
import logging
import sys
from typing import Any

from confluent_kafka import ConsumerGroupTopicPartitions, KafkaError, KafkaException
from confluent_kafka.admin import AdminClient

_MOST_AT_ONCE = 500
"""Questions that are under way at the same time."""


def main() -> None:
    """Answer questions until stdin ends."""
    quiet = logging.Logger("quiet")
    quiet.addHandler(logging.NullHandler())
    admin = AdminClient({**json.loads(sys.stdin.readline()), "log_level": 0}, logger=quiet)
    for line in sys.stdin:
        question = json.loads(line)
        try:
            answer = _answer(admin, question["groups"], question["seconds"])
        except KafkaException as error:
            answer = {"error": _error(error)}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


def _answer(admin: AdminClient, groups: list[str] | None, seconds: float) -> dict[str, Any]:
    if groups is None:
        listed = admin.list_consumer_groups(request_timeout=seconds).result()
        groups = [one.group_id for one in listed.valid]
    found: dict[str, list[tuple[str, int, int]]] = {}
    failed: dict[str, tuple[int, str]] = {}
    for at in range(0, len(groups), _MOST_AT_ONCE):
        futures = {
            name: admin.list_consumer_group_offsets(
                [ConsumerGroupTopicPartitions(name)], request_timeout=seconds
            )[name]
            for name in groups[at : at + _MOST_AT_ONCE]
        }
        for name, future in futures.items():
            try:
                places = future.result().topic_partitions or ()
            except KafkaException as error:
                failed[name] = _error(error)
                continue
            found[name] = [(one.topic, one.partition, one.offset) for one in places if one.offset >= 0]
    return {"groups": found, "failed": failed}


def _error(exception: KafkaException) -> tuple[int, str]:
    error = exception.args[0]
    return (error.code(), error.str()) if isinstance(error, KafkaError) else (KafkaError._FAIL, str(error))


if __name__ == "__main__":
    main()
