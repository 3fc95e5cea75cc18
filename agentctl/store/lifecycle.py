"""Rules of an archive in the lifecycle of its bucket, which knows only one configuration for all."""

from collections.abc import Mapping, Sequence
from typing import Any

from agentctl.archive.lifecycle import DATA_TAG, Rule, is_ours
from agentctl.archive.lifecycle_view import Change, Standing

_MINIMUM = "TransitionDefaultMinimumObjectSize"


def merged(present: Mapping[str, Any], wanted: Sequence[Rule], prefix: str) -> tuple[Change, dict[str, Any]]:
    """Return what changes, and the whole configuration then: rules of others stay as they are."""
    others = [rule for rule in present.get("Rules", ()) if not is_ours(str(rule.get("ID", "")), prefix)]
    own = {rule["ID"]: rule for rule in present.get("Rules", ()) if rule not in others}
    written = [as_written(rule) for rule in wanted]
    standings = [_standing(own.get(rule.id), text) for rule, text in zip(wanted, written, strict=True)]
    change = Change(
        tuple(zip(wanted, standings, strict=True)),
        sorted(own.keys() - {rule.id for rule in wanted}),
        [str(rule.get("ID", "")) for rule in others if _reaches(rule, prefix)],
    )
    minimum = {_MINIMUM: present[_MINIMUM]} if present.get(_MINIMUM) else {}
    return change, {"LifecycleConfiguration": {"Rules": [*others, *written]}, **minimum}


def as_written(rule: Rule) -> dict[str, Any]:
    """Return a rule as S3 takes it."""
    tag = {"Key": DATA_TAG[0], "Value": DATA_TAG[1]}
    found: dict[str, Any] = {
        "ID": rule.id,
        "Status": "Enabled",
        "Filter": {"And": {"Prefix": rule.prefix, "Tags": [tag]}}
        if rule.data_only
        else {"Prefix": rule.prefix},
    }
    if rule.cool_class is not None:
        found["Transitions"] = [{"Days": rule.cool_after_days, "StorageClass": rule.cool_class}]
    if rule.expire_after_days is not None:
        found["Expiration"] = {"Days": rule.expire_after_days}
    if rule.abort_after_days is not None:
        found["AbortIncompleteMultipartUpload"] = {"DaysAfterInitiation": rule.abort_after_days}
    return found


def _standing(present: Mapping[str, Any] | None, wanted: Mapping[str, Any]) -> Standing:
    if present is None:
        return Standing.NEW
    return (
        Standing.SAME
        if all(present.get(name) == value for name, value in wanted.items())
        else Standing.CHANGED
    )


def _reaches(rule: Mapping[str, Any], prefix: str) -> bool:
    """Whether a rule of others moves or removes objects of the archive."""
    if rule.get("Status") != "Enabled" or not (rule.get("Expiration") or rule.get("Transitions")):
        return False
    filter_ = rule.get("Filter") or {}
    begin = str(rule.get("Prefix") or filter_.get("Prefix") or filter_.get("And", {}).get("Prefix") or "")
    return begin.startswith(prefix) or prefix.startswith(begin)
