"""How an object stands that may be frozen, from what the store says of it."""

import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any

from agentctl.archive.store import FROZEN_CLASSES, Stored, Thaw, Tier

_RESTORE = re.compile(r'ongoing-request="(?P<ongoing>true|false)"(?:, *expiry-date="(?P<expiry>[^"]+)")?')
_TIERED = "INTELLIGENT_TIERING"
NO_EXPEDITED = frozenset({"DEEP_ARCHIVE", "DEEP_ARCHIVE_ACCESS"})
"""What nobody thaws within minutes."""
_TIERS = {Tier.BULK: "Bulk", Tier.STANDARD: "Standard", Tier.EXPEDITED: "Expedited"}


def of_head(key: str, answer: Mapping[str, Any], now_ms: int) -> Stored:
    """Return what HEAD says. A thawed object still says GLACIER: only the restore header tells."""
    class_ = str(answer.get("StorageClass") or "STANDARD")
    frozen = class_ in FROZEN_CLASSES or bool(answer.get("ArchiveStatus"))
    found = _RESTORE.search(str(answer.get("Restore") or ""))
    expires_ms = _moment(found["expiry"]) if found is not None and found["expiry"] else None
    ongoing = found is not None and found["ongoing"] == "true"
    return Stored(
        key,
        int(answer["ContentLength"]),
        class_,
        _thaw(frozen, ongoing, found is not None, expires_ms, now_ms),
        expires_ms if frozen and not ongoing else None,
        dict(answer.get("Metadata") or {}),
    )


def of_listed(key: str, row: Mapping[str, Any], now_ms: int) -> Stored:
    """Return what a row of a list says.

    A store that lists no restore status has every frozen object FROZEN here, thawed or not; which tier an
    object of INTELLIGENT_TIERING lies in is told by HEAD only.
    """
    class_ = str(row.get("StorageClass") or "STANDARD")
    status = row.get("RestoreStatus")
    ongoing = bool(status and status.get("IsRestoreInProgress"))
    expiry = status.get("RestoreExpiryDate") if status else None
    expires_ms = None if expiry is None else round(expiry.timestamp() * 1000)
    frozen = class_ in FROZEN_CLASSES or (class_ == _TIERED and ongoing)
    thaw = _thaw(frozen, ongoing, expires_ms is not None, expires_ms, now_ms)
    return Stored(key, int(row["Size"]), class_, thaw, expires_ms if frozen and not ongoing else None)


def wish(before: Stored, archive_status: str, tier: Tier, days: int) -> dict[str, Any]:
    """Return the request to thaw: EXPEDITED becomes STANDARD where no such object is thawed so fast.

    An object of INTELLIGENT_TIERING moves back for good, so that it takes no days.
    """
    if tier is Tier.EXPEDITED and NO_EXPEDITED & {before.storage_class, archive_status}:
        tier = Tier.STANDARD
    asked: dict[str, Any] = {"GlacierJobParameters": {"Tier": _TIERS[tier]}}
    return asked if before.storage_class == _TIERED else {"Days": days, **asked}


def _thaw(frozen: bool, ongoing: bool, said: bool, expires_ms: int | None, now_ms: int) -> Thaw:
    if not frozen:
        return Thaw.HOT
    if ongoing:
        return Thaw.THAWING
    # A copy that has expired may still be told of for a day; it can go at any moment.
    return Thaw.THAWED if said and (expires_ms is None or expires_ms > now_ms) else Thaw.FROZEN


def _moment(text: str) -> int | None:
    try:
        return round(parsedate_to_datetime(text).timestamp() * 1000)
    except (ValueError, OverflowError):
        return None
