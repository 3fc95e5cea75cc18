"""What archive objects are called, and what their names say."""

import re
from dataclasses import dataclass

_KEY = re.compile(
    r"(?:(?P<prefix>.+)/)?topic=(?P<topic>[A-Za-z0-9._-]{1,249})/gen=(?P<generation>[A-Za-z0-9_-]{22})"
    r"/p=(?P<partition>\d{1,10})/(?P<position>\d{20})\.avro"
)


@dataclass(frozen=True, slots=True, order=True)
class ObjectKey:
    """The name of one object: the records of a partition from a position on, as one writer committed them."""

    topic: str
    generation: str
    """The topic's id in Kafka's base64url: a topic that was deleted and made again is another one."""
    partition: int
    position: int
    """The first offset that the object before does not cover; 0 for the first object of a partition."""

    def under(self, prefix: str) -> str:
        """Return the key in an archive, whose prefix may be empty."""
        name = f"topic={self.topic}/gen={self.generation}/p={self.partition}/{self.position:020d}.avro"
        return f"{prefix.strip('/')}/{name}" if prefix.strip("/") else name

    @classmethod
    def parse(cls, key: str) -> "ObjectKey | None":
        """Read a key, whatever its prefix; None when it names no such object."""
        found = _KEY.fullmatch(key)
        if found is None:
            return None
        return cls(found["topic"], found["generation"], int(found["partition"]), int(found["position"]))
