"""A real Prometheus scrapes the exporter: names arrive as they are, whatever they hold."""

from tests.metrics.answers import answer, row
from tests.metrics.serving import exporter
from tests.metrics.test_server import HOSTILE
from tests.prometheus import Promtool, running_prometheus

NAMES = [*HOSTILE, "nu\x00l", "bad\udcff", "c1\x9bseq"]


def test_prometheus_takes_every_name_and_gives_back_the_true_text(promtool: Promtool) -> None:
    rows = [row(name, "topic", seconds=number + 1) for number, name in enumerate(NAMES)]
    with exporter(lambda: answer(*rows)) as served:
        served.refresher.refresh()
        with running_prometheus(str(served.address)) as prometheus:
            prometheus.until(prometheus.target)
            assert prometheus.target()["lastError"] == ""
            prometheus.until(lambda: prometheus.query("kafka_consumer_lag_seconds"))
            found = prometheus.query("kafka_consumer_lag_seconds")
    told = {one["metric"].get("consumer_group", ""): float(one["value"][1]) for one in found}
    meant = {name.replace("\udcff", "\\udcff"): number + 1 for number, name in enumerate(NAMES)}
    assert told == meant
