"""Looking at the lag of groups again and again, whatever becomes of the cluster or of a group meanwhile."""

from collections.abc import Callable, Collection
from dataclasses import replace
from typing import TYPE_CHECKING

from agentctl.errors import NotFoundError
from agentctl.lag.answer import Answer
from agentctl.lag.groups import Group
from agentctl.lag.wanted import Wanted
from agentctl.model.near import near_names

if TYPE_CHECKING:
    from agentctl.sources.lag import LagSource

_UNKNOWN = "unknown"
"""The state of a group that is not there."""


class Looking:
    """Looks over one connection for as long as that works, and over a new one after it did not."""

    def __init__(self, open_: Callable[[], "LagSource"], groups: Collection[str]) -> None:
        """The first is opened now, so that settings that cannot be meant are told first."""
        self._open, self._groups = open_, tuple(dict.fromkeys(groups))
        self._source: LagSource | None = open_()

    def __call__(self) -> Answer:
        """Ask once. Raises AgentctlError when nothing at all can be had."""
        if self._source is None:
            self._source = self._open()
        source = self._source
        try:
            return self._looked(source)
        except BaseException as error:
            self._source = None
            source.__exit__(type(error), error, error.__traceback__)
            raise

    def _looked(self, source: "LagSource") -> Answer:
        if not self._groups:
            return source.look(Wanted())
        try:
            return source.look(Wanted(groups=self._groups))
        except NotFoundError:
            # A group comes into being with its first commit, and goes when it is long unused: the others
            # are measured all the same.
            return of_groups(source.look(Wanted()), self._groups)


def of_groups(answer: Answer, names: Collection[str]) -> Answer:
    """Return what an answer tells of some groups; one that is not in it could not be read."""
    known = {group.name: group for group in answer.groups}
    gone = [name for name in names if name not in known]
    missing = [Group(name, _UNKNOWN, {}, refusal="no such group") for name in gone]
    # What is said of a group begins with its name; all else concerns everybody.
    others = tuple(f"{name}: " for name in known if name not in names)
    troubles = [text for text in answer.troubles if not text.startswith(others)]
    return replace(
        answer,
        rows=tuple(row for row in answer.rows if row.group in names),
        groups=(*(known[name] for name in names if name in known), *missing),
        troubles=(*troubles, *(_not_there(name, known) for name in gone)),
    )


def _not_there(name: str, known: Collection[str]) -> str:
    near = near_names(name, known)
    return f"no such consumer group: {name}" + (f" (did you mean {' or '.join(near)}?)" if near else "")
