"""A consumer that is a member of its group and never commits: the group ``analytics``.

Brokers forget a group that has neither commits nor members, so this one needs a process.
Run as ``python -m agentctl.sandbox.listener BROKERS``.
"""

import sys

from confluent_kafka import Consumer, KafkaError, TopicPartition

from agentctl.sandbox.broker import quiet
from agentctl.sandbox.groups import NEVER_COMMITTED
from agentctl.sandbox.night import CLAIMS


def listen(bootstrap: str) -> None:
    """Read the claims until the broker is gone."""
    gone: list[KafkaError] = []

    def note(error: KafkaError) -> None:
        if error.code() == KafkaError._ALL_BROKERS_DOWN:
            gone.append(error)

    consumer = Consumer(
        {
            **quiet(bootstrap),
            "client.id": "analytics-1",
            "group.id": NEVER_COMMITTED,
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
            "error_cb": note,
        }
    )
    # A member is all that is wanted. Reading on would be a busy loop: the embedded broker answers a fetch at
    # the end of a log at once, instead of waiting for more.
    consumer.subscribe([CLAIMS], on_assign=_paused)
    try:
        while not gone:
            consumer.poll(1)
    finally:
        consumer.close()


def _paused(consumer: Consumer, partitions: list[TopicPartition]) -> None:
    consumer.assign(partitions)
    consumer.pause(partitions)


if __name__ == "__main__":
    listen(sys.argv[1])
