"""Rebalances as the coordinator writes them down: each one is a new generation of the group.

The layouts are those of the message files GroupMetadataKey, GroupMetadataValue (classic groups) and
ConsumerGroupMetadataKey, ConsumerGroupMetadataValue (KIP-848) of Kafka 4.x.
"""

import struct
from collections.abc import Iterable
from dataclasses import dataclass

from agentctl.lag.commits import UnreadableError, version_of

_CLASSIC, _CONSUMER = 2, 3
"""Versions of keys: what kind of record it is."""
_FLEXIBLE = 4
"""The first version of a classic group's value with lengths of variable size."""
_SIZE = struct.Struct(">h")
_NUMBER = struct.Struct(">i")


@dataclass(frozen=True, slots=True)
class Generation:
    """A group in one assignment of its partitions."""

    number: int
    time_ms: int
    """When it was written down, by the broker's clock."""


def generation_of(key: bytes | None, value: bytes | None, time_ms: int, group: str) -> Generation | None:
    """Return the generation that a record tells of; None when it is of another group or kind, or deletes it.

    Raises UnreadableError for bytes that no coordinator writes.
    """
    kind = version_of(key)
    if kind not in (_CLASSIC, _CONSUMER) or value is None:
        return None
    assert key is not None
    try:
        (size,) = _SIZE.unpack_from(key, _SIZE.size)
        name = key[2 * _SIZE.size : 2 * _SIZE.size + size]
        if name != group.encode():
            return None
        at = _SIZE.size
        if kind == _CLASSIC:
            # Before the number stands the type of the protocol, a text.
            if version_of(value) < _FLEXIBLE:
                (size,) = _SIZE.unpack_from(value, at)
                at += _SIZE.size + size
            else:
                at += value[at]
        (number,) = _NUMBER.unpack_from(value, at)
    except (struct.error, IndexError) as error:
        raise UnreadableError(str(error)) from None
    return Generation(number, time_ms)


def rebalances(generations: Iterable[Generation]) -> tuple[Generation, ...]:
    """Return each generation once, when it began; a number that is written again is no rebalance."""
    found: list[Generation] = []
    for one in generations:
        if not found or one.number != found[-1].number:
            found.append(one)
    return tuple(found[1:])
