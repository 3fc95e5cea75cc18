"""From the options of ``agentctl lag`` to the cluster that is asked; edges are imported when wanted."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agentctl.cli import wiring
from agentctl.errors import ExitCode
from agentctl.lag.seconds import Seconds
from agentctl.surroundings import Surroundings

if TYPE_CHECKING:
    from agentctl.cli.lag_options import LagOptions
    from agentctl.cli.watch_options import Watching
    from agentctl.lag.answer import Answer
    from agentctl.lag.limits import By, Limits
    from agentctl.lag.wanted import Wanted
    from agentctl.lag.why import Evidence
    from agentctl.model.view import View
    from agentctl.ports import Progress
    from agentctl.settings.layers import Settings
    from agentctl.sources.lag import LagSource


def lag_source(
    settings: "Settings",
    surroundings: Surroundings,
    seconds: Seconds | None = None,
    *,
    judged: bool = True,
    progress: "Progress | None" = None,
) -> "LagSource":
    """Return who looks at the lag of groups.

    ``seconds`` None chooses by what it costs; ``judged`` is for verdicts and rates. Without ``progress``
    nobody is told how far it is.
    """
    from agentctl.kafka.fetching import OffsetFetch

    properties = settings.connection_properties(surroundings)
    fetch = OffsetFetch(properties)
    # It loads the client while this process does.
    fetch.start()
    from agentctl.kafka.connection import Connection
    from agentctl.sources.lag import LagSource

    connection = Connection(properties)
    unread = tempo = None
    if seconds is not Seconds.NONE:
        from agentctl.sources.unread import ChosenUnread

        told = progress or wiring.progress(surroundings)
        unread = ChosenUnread(seconds, connection, surroundings.now_ms, told)
    if judged:
        from agentctl.sources.tempo import Tempo

        tempo = Tempo(connection)
    return LagSource(connection, fetch, surroundings.now_ms, unread=unread, tempo=tempo)


def wanted_of(groups: Sequence[str], topics: Sequence[str] | None, sample_ms: int) -> "Wanted":
    """Return what is asked for; no group and no topic ask for all."""
    from agentctl.lag.wanted import Wanted

    return Wanted(tuple(groups), tuple(topics or ()), sample_ms)


def shown(answer: "Answer", by: "By | None", limits: "Limits") -> "View":
    """Return the answer as a View."""
    from agentctl.lag.show_view import lag_view

    return lag_view(answer, by=by, limits=limits)


def watch(limits: "Limits", look: "Callable[[], Answer]", move: "Watching") -> ExitCode:
    """Look again and again until Ctrl-C, or until nobody reads any more."""
    # Only those who watch wait for this.
    from agentctl.cli.lag_watch import watch as watch_until_the_end
    from agentctl.lag.watched import WatchedLag

    return watch_until_the_end(WatchedLag(limits), look, move.stage, move.seconds)


@dataclass(frozen=True, slots=True)
class Why:
    """What was found of a group that is behind, and what is missing."""

    evidence: "Evidence"
    troubles: tuple[str, ...]
    remarks: tuple[str, ...]


def asked_why(
    settings: "Settings",
    surroundings: Surroundings,
    group: str,
    lag: "LagOptions",
    profile: str | None,
    progress: "Progress",
) -> Why:
    """Look at a group, at what it has not read, and at its rebalances."""
    from agentctl.events.mapping import field_mapping
    from agentctl.lag.wanted import Wanted
    from agentctl.lag.why import Evidence, movements
    from agentctl.sources.lag_why import UnreadReader, seen_rebalances

    writers = wiring.writers(settings, surroundings)
    mapping = field_mapping(settings.profiles, settings.topics, profile, writers)
    with lag_source(settings, surroundings, lag.seconds, progress=progress) as source:
        answer = source.look(Wanted((group,), tuple(lag.topics or ()), lag.sample_ms))
    unread = UnreadReader(source.connection, mapping.event, progress).read(answer.rows)
    evidence = Evidence(
        group=answer.groups[0],
        rows=answer.rows,
        stands_on=unread.stands_on,
        waiting=unread.waiting,
        moves=movements(answer.rows, answer.history),
        rebalances=seen_rebalances(source.connection, group, answer.as_of_ms),
        as_of_ms=answer.as_of_ms,
    )
    missed = () if writers is None else tuple(writers.troubles)
    return Why(evidence, (*answer.troubles, *missed), answer.remarks)
