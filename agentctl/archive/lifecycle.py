"""Which rules an archive needs of its bucket: data cools, what finds it stays hot, all goes in the end.

A rule of S3 knows a prefix, tags and sizes, no ending of a name. So data objects carry a tag, and what
lies beside them carries none.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from agentctl.archive.keys import LOOKUPS
from agentctl.archive.store import FROZEN_CLASSES
from agentctl.errors import UsageError

DATA_TAG = ("agentctl", "data")
"""What the store puts on data objects, and on nothing else."""
OBJECTS = "topic="
"""How the keys of objects and of their sidecars begin."""
COOL_CLASSES = ("STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER_IR", "GLACIER", "DEEP_ARCHIVE")
ABORT_DAYS = 7
_EARLIEST_DAYS = {"STANDARD_IA": 30, "ONEZONE_IA": 30}
"""Before which S3 moves nothing there."""
_PAID_DAYS = {"STANDARD_IA": 30, "ONEZONE_IA": 30, "GLACIER_IR": 90, "GLACIER": 90, "DEEP_ARCHIVE": 180}
"""For how long an object is paid for, however soon it goes."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What is to become of an archive's objects. Days count from when an object was put."""

    cool_after_days: int
    cool_class: str
    expire_after_days: int | None = None
    """None: nothing goes."""

    def checked(self) -> "Policy":
        """Return it. Raises UsageError when no store could keep it."""
        if self.cool_class not in COOL_CLASSES:
            raise UsageError(
                f"{self.cool_class} is no class that objects cool to",
                hint=f"one of {', '.join(COOL_CLASSES)}",
            )
        earliest = _EARLIEST_DAYS.get(self.cool_class, 0)
        if self.cool_after_days < earliest:
            raise UsageError(
                f"S3 moves nothing to {self.cool_class} before {earliest} days",
                hint=f"--cool-after {earliest}d",
            )
        if self.expire_after_days is not None and self.expire_after_days <= self.cool_after_days:
            raise UsageError(
                f"objects would be gone after {self.expire_after_days} days, before they cool",
                hint=f"--expire-after more than {self.cool_after_days}d",
            )
        return self

    @property
    def notes(self) -> tuple[str, ...]:
        """What a person should know before it is done."""
        found = []
        paid = _PAID_DAYS.get(self.cool_class, 0)
        if self.expire_after_days is not None and self.expire_after_days - self.cool_after_days < paid:
            found.append(
                f"an object in {self.cool_class} is paid for {paid} days, though it goes after "
                f"{self.expire_after_days - self.cool_after_days}"
            )
        if self.cool_class in FROZEN_CLASSES:
            found.append(f"what is in {self.cool_class} has to be thawed before it can be read")
        if self.expire_after_days is None:
            found.append("nothing ever goes: --expire-after says when")
        return tuple(found)


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule; what is None it does not do."""

    id: str
    prefix: str
    """In the bucket."""
    data_only: bool = False
    """Whether it is for objects with DATA_TAG only."""
    cool_after_days: int | None = None
    cool_class: str | None = None
    expire_after_days: int | None = None
    abort_after_days: int | None = None

    @property
    def does(self) -> str:
        """Say it in words."""
        if self.cool_class is not None:
            return f"after {self.cool_after_days} days data objects move to {self.cool_class}"
        if self.expire_after_days is not None:
            return f"after {self.expire_after_days} days everything goes"
        return f"after {self.abort_after_days} days unfinished uploads go"


def rules(prefix: str, policy: Policy) -> Sequence[Rule]:
    """Return the rules for an archive whose prefix is empty or ends with a slash.

    None reaches beyond the archive's own names, so that an archive may share a bucket.
    """
    found = [
        Rule(
            rule_id(prefix, "cool"),
            prefix + OBJECTS,
            data_only=True,
            cool_after_days=policy.cool_after_days,
            cool_class=policy.cool_class,
        ),
        Rule(rule_id(prefix, "abort"), prefix + OBJECTS, abort_after_days=ABORT_DAYS),
    ]
    if policy.expire_after_days is not None:
        found += [
            Rule(rule_id(prefix, name), prefix + begin, expire_after_days=policy.expire_after_days)
            for name, begin in (("expire", OBJECTS), ("expire-lookups", LOOKUPS))
        ]
    return found


def rule_id(prefix: str, name: str) -> str:
    """Return the name of a rule in its bucket, where several archives may have rules."""
    return f"agentctl-{name}-{sha256(prefix.encode()).hexdigest()[:12]}"


def is_ours(id_: str, prefix: str) -> bool:
    """Whether a rule of the bucket was made for this archive, perhaps with another policy."""
    return id_ in {rule_id(prefix, name) for name in ("cool", "abort", "expire", "expire-lookups")}
