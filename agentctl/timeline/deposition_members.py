"""One member of a row that carries a deposition as what it says; ValueError, in words, for what it is not."""

from collections.abc import Mapping

from agentctl.claims.terms import Terms
from agentctl.lag.commits import Owner
from agentctl.lag.history import Reach
from agentctl.lag.position import Position
from agentctl.lag.track import GONE, Track
from agentctl.model.event import Role

_INT32, _INT64 = 2**31, 2**63

Members = Mapping[object, object]


def members_of(found: object, name: str) -> Members:
    """Return an object as JSON has it."""
    if not isinstance(found, Mapping):
        raise ValueError(f"its {name} is no object")
    return found


def list_of(found: object, name: str) -> list[object]:
    """Return a list as JSON has it."""
    if not isinstance(found, list):
        raise ValueError(f"its {name} is no list")
    return found


def whole_number(found: object, name: str, begin: int = 0, end: int = _INT64) -> int:
    """Return a whole number from ``begin`` on, below ``end``."""
    if type(found) is not int or not begin <= found < end:
        raise ValueError(f"its {name} is no whole number from {begin} to {end - 1}")
    return found


def _optional(found: object, name: str, begin: int = 0) -> int | None:
    return None if found is None else whole_number(found, name, begin)


def _text(found: object, name: str) -> str:
    if not isinstance(found, str):
        raise ValueError(f"its {name} is no text")
    return found


def role_of(found: object) -> Role:
    """Return the role of a topic."""
    for role in Role:
        if found == role.value:
            return role
    raise ValueError(f"it is none of {', '.join(Role)}")


def terms_of(found: object) -> Terms:
    """Return the terms of a topic."""
    terms = members_of(found, "terms")
    return Terms(
        ttl_ms=_optional(terms.get("ttl_ms"), "ttl_ms", -_INT64),
        retention_ms=_optional(terms.get("retention_ms"), "retention_ms", -_INT64),
        stale_after_ms=whole_number(terms.get("stale_after_ms"), "stale_after_ms", -_INT64),
    )


def reach_of(found: object) -> Reach:
    """Return how far the history goes in one partition of ``__consumer_offsets``."""
    reach = members_of(found, "reach")
    torn = reach.get("torn", False)
    if type(torn) is not bool:
        raise ValueError("its torn is neither true nor false")
    return Reach(
        partition=whole_number(reach.get("partition"), "partition", 0, _INT32),
        complete_since_ms=_optional(reach.get("complete_since_ms"), "complete_since_ms", -_INT64),
        known_until_ms=_optional(reach.get("known_until_ms"), "known_until_ms", -_INT64),
        unreadable=whole_number(reach.get("unreadable", 0), "number of unreadable records"),
        torn=torn,
    )


def track_of(found: object) -> Track:
    """Return what one group has committed for one partition."""
    members = members_of(found, "track")
    owner = Owner(
        _text(members.get("group"), "group"),
        _text(members.get("topic"), "topic"),
        whole_number(members.get("partition"), "partition", 0, _INT32),
    )
    track = Track(owner, whole_number(members.get("kept_in"), "kept_in", 0, _INT32))
    for one in list_of(members.get("commits"), "commits of a group"):
        commit = list_of(one, "commit")
        if len(commit) not in (2, 3):
            raise ValueError("one of its commits is not an offset, a time, and how many were left out")
        offset = GONE if commit[0] is None else whole_number(commit[0], "offset")
        time_ms = whole_number(commit[1], "time", -_INT64)
        track.add(offset, time_ms, whole_number(commit[2], "left out") if len(commit) == 3 else 0)
    if not len(track):
        raise ValueError("it tells of a group without commits")
    return track


def ends_of(found: object) -> tuple[int, dict[Position, int]]:
    """Return a moment, and where partitions ended then."""
    members = members_of(found, "ends")
    ends: dict[Position, int] = {}
    for one in list_of(members.get("ends"), "ends"):
        end = list_of(one, "end")
        if len(end) != 3:
            raise ValueError("one of its ends is no topic, partition and offset")
        position = _text(end[0], "topic"), whole_number(end[1], "partition", 0, _INT32)
        ends[position] = whole_number(end[2], "offset")
    return whole_number(members.get("at_ms"), "at_ms", -_INT64), ends
