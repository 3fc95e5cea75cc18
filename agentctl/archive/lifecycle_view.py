"""The rules of an archive's bucket as a View."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from agentctl.archive.lifecycle import Policy, Rule
from agentctl.model.view import Column, Kind, Row, Shown, View

_COLUMNS = (
    Column("rule", "RULE", shown=Shown.PLAIN),
    Column("state", "STATE"),
    Column("prefix", "WHERE"),
    Column("days", "DAYS", Kind.NUMBER, Shown.PLAIN),
    Column("storage_class", "CLASS", shown=Shown.PLAIN),
    Column("does", "WHAT", wrapped=True),
)


class Standing(StrEnum):
    """How a rule stands to what the bucket has."""

    NEW = "new"
    CHANGED = "changed"
    SAME = "same"
    GOES = "goes"
    """An earlier policy of this archive had it."""


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of the bucket's rules for this archive."""

    rules: Sequence[tuple[Rule, Standing]]
    going: Sequence[str] = ()
    """Names of rules that an earlier policy had."""
    elsewhere: Sequence[str] = ()
    """Names of rules of others that reach into the archive."""

    @property
    def anything(self) -> bool:
        """Whether the bucket would be changed at all."""
        return bool(self.going) or any(standing is not Standing.SAME for _, standing in self.rules)


def lifecycle_view(
    address: str, policy: Policy, change: Change, configuration: Mapping[str, object], *, done: bool
) -> View:
    """Show the rules, and for machines the whole configuration of the bucket as S3 takes it."""
    if not change.anything:
        said = "the bucket has these rules already"
    else:
        said = "done" if done else "nothing was changed: --execute does it"
    return View(
        name="archive-lifecycle",
        title=f"lifecycle of {address}",
        columns=_COLUMNS,
        rows=[
            *(_row(rule, standing) for rule, standing in change.rules),
            *(_gone(id_) for id_ in change.going),
        ],
        summary={"executed": done, "changes": change.anything, "configuration": configuration},
        facts=(said,),
        notes=(
            *policy.notes,
            *(f"the bucket's own rule {name!r} reaches into the archive, too" for name in change.elsewhere),
        ),
    )


def _row(rule: Rule, standing: Standing) -> Row:
    days = (rule.cool_after_days, rule.expire_after_days, rule.abort_after_days)
    return {
        "rule": rule.id,
        "state": standing.value,
        "prefix": rule.prefix,
        "days": next(one for one in days if one is not None),
        "storage_class": rule.cool_class,
        "does": rule.does,
    }


def _gone(id_: str) -> Row:
    return {
        "rule": id_,
        "state": Standing.GOES.value,
        "prefix": None,
        "days": None,
        "storage_class": None,
        "does": "an earlier policy had it",
    }
