"""What the files of an archive are called, and what their names say."""

import re
from dataclasses import dataclass

SIDECAR = ".idx"
LOOKUPS = "lookup/"
"""All lookups, and the signs of objects that may not stand in one yet."""
PENDING = f"{LOOKUPS}pending/"
UNDATED = "unknown"
"""The day of records without a timestamp, or with one that no calendar has."""

_STEM = (
    r"topic=(?P<topic>[A-Za-z0-9._-]{1,249})/gen=(?P<generation>[A-Za-z0-9_-]{22})"
    r"/p=(?P<partition>\d{1,10})/(?P<position>\d{20})"
)
_KEY = re.compile(rf"(?:(?P<prefix>.+)/)?{_STEM}\.avro")
_SIDECAR = re.compile(rf"(?:(?P<prefix>.+)/)?{_STEM}\.idx")
_PENDING = re.compile(rf"(?:(?P<prefix>.+)/)?lookup/pending/{_STEM}")
_LOOKUP = re.compile(
    r"(?:.+/)?lookup/(?P<kind>day|month)=(?P<period>\d{4}-\d\d-\d\d|\d{4}-\d\d|unknown)"
    r"/(?P<digest>[0-9a-f]{16})-(?P<tail>\d{1,12})\.kidx"
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

    @property
    def folder(self) -> str:
        """Return what the keys of all objects of the partition begin with."""
        return f"topic={self.topic}/gen={self.generation}/p={self.partition}/"

    @property
    def name(self) -> str:
        """Return the key of the object in its archive."""
        return f"{self.folder}{self.position:020d}.avro"

    @property
    def sidecar(self) -> str:
        """Return the key of the sidecar beside the object."""
        return f"{self.folder}{self.position:020d}{SIDECAR}"

    @property
    def pending(self) -> str:
        """Return the key of the (empty) sign that this object may not stand in a lookup yet.

        A writer puts it before the object, and deletes it when the object's lookups are there. So one list of
        ``lookup/`` tells all objects that have to be asked by their own sidecars, if they are there at all.
        """
        return f"{PENDING}{self.folder}{self.position:020d}"

    def under(self, prefix: str) -> str:
        """Return the key in a bucket, below an archive's prefix, which may be empty."""
        return f"{prefix.strip('/')}/{self.name}" if prefix.strip("/") else self.name

    @classmethod
    def parse(cls, key: str) -> "ObjectKey | None":
        """Read an object's key, whatever its prefix; None when it names no such object."""
        return _named(_KEY.fullmatch(key))

    @classmethod
    def of_sidecar(cls, key: str) -> "ObjectKey | None":
        """Return the object that a sidecar's key belongs to; None when it is no sidecar's."""
        return _named(_SIDECAR.fullmatch(key))

    @classmethod
    def of_pending(cls, key: str) -> "ObjectKey | None":
        """Return the object that a sign under ``lookup/pending/`` names; None when it is no such sign."""
        return _named(_PENDING.fullmatch(key))


def _named(found: re.Match[str] | None) -> ObjectKey | None:
    if found is None:
        return None
    return ObjectKey(found["topic"], found["generation"], int(found["partition"]), int(found["position"]))


@dataclass(frozen=True, slots=True, order=True)
class LookupKey:
    """The name of a lookup. It tells all that a reader needs to open it by one ranged request."""

    period: str
    """``2026-11-23``, ``2026-11``, or UNDATED: the days, in UTC, of the records that stand in it."""
    digest: str
    """Of its bytes: a lookup that was made twice has one name."""
    tail: int
    """How many bytes at its end are its tail, which has to be read first."""

    @property
    def name(self) -> str:
        """Return its key in the archive."""
        kind = "month" if self.monthly else "day"
        return f"{LOOKUPS}{kind}={self.period}/{self.digest}-{self.tail}.kidx"

    @property
    def monthly(self) -> bool:
        """Whether it holds a month."""
        return self.period != UNDATED and len(self.period) == len("2026-11")

    def concerns(self, first_day: str, last_day: str) -> bool:
        """Whether a record between those days, both in it, can stand here. UNDATED records have no day."""
        if self.period == UNDATED:
            return False
        return first_day[: len(self.period)] <= self.period <= last_day[: len(self.period)]

    @classmethod
    def parse(cls, key: str) -> "LookupKey | None":
        """Read a lookup's key, whatever its prefix; None when it names no lookup."""
        found = _LOOKUP.fullmatch(key)
        if found is None:
            return None
        parsed = cls(found["period"], found["digest"], int(found["tail"]))
        return parsed if key.endswith(parsed.name) else None


def month_of(period: str) -> str:
    """Return the month that a day's lookup is merged into; UNDATED stays what it is."""
    return period if period == UNDATED else period[: len("2026-11")]
