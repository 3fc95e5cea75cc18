"""What a scrape gets: the series of the last look, and how looking itself does."""

from collections.abc import Iterator, Sequence

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from prometheus_client.samples import Sample

from agentctl import __version__
from agentctl.lag.metric_names import AGE, DROPPED, DURATION, LAST_SUCCESS, REFRESHES, UNREADABLE, UP
from agentctl.metrics.refreshing import Outcome, Refresher, Standing
from agentctl.metrics.series import Family, Series
from agentctl.metrics.snapshot import Snapshot


class LagCollector(Collector):
    """Gives what the refresher has; a scrape never asks the cluster."""

    def __init__(self, refresher: Refresher) -> None:
        """The families of a snapshot are built once, however often they are scraped."""
        self._refresher = refresher
        self._built: tuple[Snapshot, Sequence[Metric]] | None = None

    def collect(self) -> Iterator[Metric]:
        """Give the families, the own ones first; numbers that are too old are not among them."""
        standing, now = self._refresher.standing, self._refresher.clock()
        found = standing.fresh(now)
        yield InfoMetricFamily("agentctl_build", "The program that serves this.", {"version": __version__})
        yield from _of_refreshing(standing, now)
        if found is not None:
            yield from _of_snapshot(found)
            yield from self._families(found)

    def describe(self) -> Iterator[Metric]:
        """Give nothing: to be registered needs no look."""
        yield from ()

    def _families(self, found: Snapshot) -> Sequence[Metric]:
        built = self._built
        if built is None or built[0] is not found:
            families = [family(one, series) for one, series in found.series.items()]
            built = self._built = (found, families)
        return built[1]


def registry(refresher: Refresher) -> CollectorRegistry:
    """Return a registry of its own for the lag of groups."""
    found = CollectorRegistry(auto_describe=False)
    found.register(LagCollector(refresher))
    return found


def family(one: Family, series: Sequence[Series]) -> Metric:
    """Return a family as prometheus_client has it."""
    built = GaugeMetricFamily(one.name, one.meaning)
    built.samples = [
        Sample(one.name, dict(zip(one.labels, map(_encodable, each.labels), strict=True)), each.value)
        for each in series
    ]
    return built


def _of_refreshing(standing: Standing, now: float) -> Iterator[Metric]:
    fresh, failed = standing.fresh(now), standing.failure is not None
    yield GaugeMetricFamily(
        UP, "1 while the numbers served are fresh; 0: there are none.", float(fresh is not None)
    )
    yield GaugeMetricFamily(
        LAST_SUCCESS, "1 when the last refresh succeeded, wholly or in part.", float(not failed)
    )
    outcomes = CounterMetricFamily(REFRESHES, "Refreshes by what came of them.", labels=["outcome"])
    for outcome in Outcome:
        outcomes.add_metric([outcome.value], standing.outcomes.get(outcome, 0))
    yield outcomes
    if standing.took_seconds is not None:
        yield GaugeMetricFamily(DURATION, "How long the last refresh took.", standing.took_seconds)
    if standing.snapshot is not None:
        yield GaugeMetricFamily(AGE, "Since the last refresh that succeeded began.", now - standing.taken_at)


def _of_snapshot(found: Snapshot) -> Iterator[Metric]:
    unreadable = GaugeMetricFamily(
        UNREADABLE, "Things that the last refresh could not learn.", labels=["reason"]
    )
    for reason, count in found.unreadable.items():
        unreadable.add_metric([reason.value], count)
    yield unreadable
    yield GaugeMetricFamily(DROPPED, "Series left out by --max-series; the worst are served.", found.dropped)


def _encodable(value: str) -> str:
    """Return the true text; what UTF-8 has no form for as an escape, or no scrape could be answered."""
    return value if value.isascii() else value.encode("utf-8", "backslashreplace").decode()
