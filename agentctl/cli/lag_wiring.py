"""From the options of ``agentctl lag`` to the cluster that is asked; edges are imported when wanted."""

from typing import TYPE_CHECKING

from agentctl.lag.seconds import Seconds
from agentctl.surroundings import Surroundings

if TYPE_CHECKING:
    from agentctl.settings.layers import Settings
    from agentctl.sources.lag import LagSource


def lag_source(
    settings: "Settings", surroundings: Surroundings, seconds: Seconds | None = None, *, judged: bool = True
) -> "LagSource":
    """Return who looks at the lag of groups.

    ``seconds`` None chooses by what it costs; ``judged`` is for verdicts and rates.
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

        unread = ChosenUnread(connection, seconds)
    if judged:
        from agentctl.sources.tempo import Tempo

        tempo = Tempo(connection)
    return LagSource(connection, fetch, surroundings.now_ms, unread=unread, tempo=tempo)
