"""Properties that every client begins with; what the user has set wins over them."""

from collections.abc import Mapping

Property = str | int | float | bool

PATIENCE_SECONDS = 8.0
"""How long a question to the cluster may go unanswered: a person is told within ten seconds."""
BRIEF: Mapping[str, Property] = {"socket.timeout.ms": 3_000}
"""Questions are short: librdkafka would wait a minute for a broker that hangs, and ask it again and again."""
STEADY: Mapping[str, Property] = {
    "allow.auto.create.topics": False,
    "reconnect.backoff.max.ms": 1000,
    "socket.connection.setup.timeout.ms": 5000,
}
UNSEEN: Mapping[str, Property] = {
    "enable.auto.commit": False,
    "enable.auto.offset.store": False,
    "enable.partition.eof": True,
    "auto.offset.reset": "error",
}
"""Who reads where it was told to, commits nothing, and hears where a partition ends and what is gone."""
