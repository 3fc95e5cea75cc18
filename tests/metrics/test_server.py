"""What is served over HTTP: to scrapers of any kind, to health checks, and to whoever asks for nonsense."""

import gzip
import json
import socket
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as open_metrics
from prometheus_client.parser import text_string_to_metric_families as plain

from agentctl.errors import AgentctlError, ExitCode, UnreachableError, UsageError
from agentctl.lag.answer import Answer
from agentctl.metrics.address import Address, address
from agentctl.metrics.refreshing import Refresher
from agentctl.metrics.server import server
from agentctl.metrics.snapshot import Unreadable, snapshot
from tests.metrics.answers import answer, row
from tests.metrics.serving import Served, exporter
from tests.prometheus import Promtool

OPEN = "application/openmetrics-text; version=1.0.0"
HOSTILE = [
    'quo"te',
    "back\\slash",
    "new\nline",
    "carriage\rreturn",
    "\x1b[31mred\x07",
    "ri\u202eght",
    "Größe-深圳-🚀",
    '"} 1\nkafka_consumer_lag_seconds{consumer_group="forged"} 9',
    "# HELP x y",
    "{{ $labels.topic }}",
    "",
    " ",
    "x" * 2_000,
]


def numbers(text: str, parse: Any = plain) -> Mapping[tuple[str, str], float]:
    """Return the numbers by name and by the one label that tells series of this test apart."""
    found: dict[tuple[str, str], float] = {}
    for family in parse(text):
        for sample in family.samples:
            labels = sample.labels
            which = labels.get("consumer_group") or labels.get("reason") or labels.get("outcome") or ""
            found[sample.name, which] = sample.value
    return found


def scraped(served: Served) -> Mapping[tuple[str, str], float]:
    return numbers(served.get("/metrics").body.decode())


def test_metrics_are_served_to_whoever_speaks_the_old_format_and_the_new_one() -> None:
    with exporter(lambda: answer(row(seconds=600))) as served:
        served.refresher.refresh()
        old, new = served.get("/metrics"), served.get("/metrics", Accept=OPEN)
    assert old.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    assert new.headers["Content-Type"].startswith("application/openmetrics-text; version=1.0.0")
    assert new.body.endswith(b"# EOF\n")
    assert numbers(old.body.decode()) == numbers(new.body.decode(), open_metrics)
    assert numbers(old.body.decode())["kafka_consumer_lag_seconds", "oracle-audit"] == 600


def test_a_scrape_is_compressed_for_whoever_asks() -> None:
    with exporter(lambda: answer(row(seconds=600))) as served:
        served.refresher.refresh()
        packed = served.get("/metrics", Accept_Encoding="gzip")
    assert packed.headers["Content-Encoding"] == "gzip"
    assert b"kafka_consumer_lag_seconds" in gzip.decompress(packed.body)


def test_the_exporter_tells_of_itself_before_it_knows_anything() -> None:
    with exporter(lambda: answer()) as served:
        told = scraped(served)
    assert told["agentctl_lag_up", ""] == 0
    assert told["agentctl_lag_last_refresh_success", ""] == 0
    assert told["agentctl_lag_refreshes_total", "complete"] == 0
    assert ("agentctl_lag_refresh_age_seconds", "") not in told


def test_the_exporter_tells_how_refreshing_does() -> None:
    now = [100.0]

    def look() -> Answer:
        now[0] += 2
        return answer(row(), row(partition=1, committed=100), troubles=("something",))

    with exporter(look, lambda: now[0], most=5) as served:
        served.refresher.refresh()
        now[0] += 10
        told = scraped(served)
    assert told["agentctl_lag_up", ""] == 1
    assert told["agentctl_lag_last_refresh_success", ""] == 1
    assert told["agentctl_lag_refresh_duration_seconds", ""] == 2
    assert told["agentctl_lag_refresh_age_seconds", ""] == 12
    assert told["agentctl_lag_refreshes_total", "partial"] == 1
    assert told["agentctl_lag_series_dropped", ""] == 4
    reasons = {which for name, which in told if name == "agentctl_lag_unreadable"}
    assert reasons == {reason.value for reason in Unreadable}
    assert told["agentctl_lag_unreadable", "seconds"] == 1
    assert told["agentctl_lag_unreadable", "other"] == 1


def test_any_number_of_scrapes_asks_the_cluster_once() -> None:
    asked: list[int] = []

    def look() -> Answer:
        asked.append(1)
        return answer(row(seconds=600))

    with exporter(look) as served, ThreadPoolExecutor(8) as scrapers:
        served.refresher.refresh()
        replies = list(scrapers.map(served.get, ["/metrics"] * 40))
    assert len(asked) == 1
    assert {reply.status for reply in replies} == {200}
    assert len({reply.body for reply in replies}) == 1


def test_numbers_that_are_too_old_vanish_and_come_back_with_the_cluster() -> None:
    now, fails = [0.0], [False]

    def look() -> Answer:
        if fails[0]:
            raise UnreachableError("no broker answers")
        return answer(row(seconds=600))

    name = ("kafka_consumer_lag_seconds", "oracle-audit")
    with exporter(look, lambda: now[0]) as served:
        served.refresher.refresh()
        fails[0], now[0] = True, 44.0
        served.refresher.refresh()
        told = scraped(served)
        assert told[name] == 600
        assert told["agentctl_lag_up", ""] == 1
        assert told["agentctl_lag_last_refresh_success", ""] == 0
        now[0] = 46.0
        told = scraped(served)
        assert not any(metric.startswith("kafka_") for metric, _ in told)
        assert told["agentctl_lag_up", ""] == 0
        assert told["agentctl_lag_refresh_age_seconds", ""] == 46
        assert told["agentctl_lag_refreshes_total", "unreachable"] == 1
        fails[0] = False
        served.refresher.refresh()
        told = scraped(served)
    assert told[name] == 600
    assert told["agentctl_lag_up", ""] == 1


def test_health_is_200_while_refreshing_works_and_503_with_the_reason_otherwise() -> None:
    now, fails = [0.0], [True]

    def look() -> Answer:
        if fails[0]:
            raise UnreachableError("no broker answers at 127.0.0.1:9")
        return answer(row(seconds=600), troubles=("secret: no permission",))

    with exporter(look, lambda: now[0]) as served:
        first = served.get("/healthz")
        served.refresher.refresh()
        failing = served.get("/healthz")
        fails[0] = False
        served.refresher.refresh()
        now[0] = 5.0
        well = served.get("/healthz")
        now[0] = 50.0
        stale = served.get("/healthz")
    assert [first.status, failing.status, well.status, stale.status] == [503, 503, 200, 503]
    assert json.loads(first.body)["reason"] == "no refresh has ended yet"
    assert json.loads(failing.body)["reason"] == "no broker answers at 127.0.0.1:9"
    assert json.loads(stale.body)["reason"].startswith("the last refresh began 50 s ago")
    assert well.headers["Content-Type"] == "application/json"
    assert json.loads(well.body) == {
        "status": "ok",
        "reason": None,
        "interval_seconds": 15.0,
        "age_seconds": 5.0,
        "took_seconds": 0.0,
        "groups": 1,
        "troubles": ["secret: no permission"],
    }


def test_names_that_steer_or_forge_are_served_as_they_are_and_nothing_else() -> None:
    with exporter(lambda: answer(*(row(group, seconds=600) for group in HOSTILE))) as served:
        served.refresher.refresh()
        old, new = served.get("/metrics").body.decode(), served.get("/metrics", Accept=OPEN).body.decode()
    # A metric without the label and one with an empty value are the same to Prometheus, but not to a parser.
    for text, parse in ((old, plain), (new, open_metrics)):
        [lag] = [one for one in parse(text) if one.name == "kafka_consumer_lag_seconds"]
        assert [one.labels["consumer_group"] for one in lag.samples] == sorted(HOSTILE)
        assert {one.value for one in lag.samples} == {600}


def test_a_name_that_no_encoding_takes_spoils_nobodys_scrape() -> None:
    with exporter(lambda: answer(row("bad\udcff", seconds=600), row("good", seconds=7))) as served:
        served.refresher.refresh()
        told = scraped(served)
    assert told["kafka_consumer_lag_seconds", "bad\\udcff"] == 600
    assert told["kafka_consumer_lag_seconds", "good"] == 7


def test_promtool_has_nothing_against_the_own_metrics(promtool: Promtool) -> None:
    with exporter(lambda: answer(row(seconds=600))) as served:
        served.refresher.refresh()
        complaints = promtool.metrics(served.get("/metrics").body)
    assert complaints == ""


@pytest.mark.parametrize(
    ("path", "method", "status"),
    [("/", "GET", 200), ("/nowhere", "GET", 404), ("/metrics", "POST", 405), ("/metrics/../x", "GET", 404)],
)
def test_other_questions_get_an_answer_too(path: str, method: str, status: int) -> None:
    with exporter(lambda: answer()) as served:
        assert served.get(path, method).status == status


@pytest.mark.parametrize(
    "noise", [b"", b"\x16\x03\x01\x02\x00\x01", b"GET /metrics", b"GET \xff HTTP/9.9\r\n\r\n"]
)
def test_clients_that_talk_nonsense_or_hang_up_disturb_nobody(
    noise: bytes, capfd: pytest.CaptureFixture[str]
) -> None:
    with exporter(lambda: answer(row(seconds=600))) as served:
        served.refresher.refresh()
        for _ in range(5):
            with socket.create_connection((served.address.host, served.address.port)) as line:
                line.sendall(noise)
        assert scraped(served)["agentctl_lag_up", ""] == 1
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("127.0.0.1:9308", Address("127.0.0.1", 9308)),
        ("9308", Address("127.0.0.1", 9308)),
        ("0.0.0.0:0", Address("0.0.0.0", 0)),
        ("[::1]:9308", Address("::1", 9308)),
        ("localhost:65535", Address("localhost", 65535)),
    ],
)
def test_an_address_is_read(text: str, meant: Address) -> None:
    assert address(text) == meant
    assert address(str(meant)) == meant


@pytest.mark.parametrize(
    "text",
    [
        "",
        ":9308",
        "nonsense",
        "127.0.0.1:",
        "host:99999",
        "host:-1",
        "::1:9308",
        "a b:1",
        "http://x:1",
        "h:９",
    ],
)
def test_an_address_that_means_nothing_is_refused_with_a_hint(text: str) -> None:
    with pytest.raises(UsageError) as refused:
        address(text)
    assert "--listen" in refused.value.message
    assert refused.value.hint


def refusal(where: Address) -> AgentctlError:
    refresher = Refresher(answer, lambda one: snapshot(one, (), 1), 15.0, lambda text: None)
    with pytest.raises(AgentctlError) as refused:
        server(where, refresher)
    return refused.value


def test_a_port_in_use_is_an_error_with_a_way_out() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        error = refusal(Address("127.0.0.1", port))
    assert error.message == f"cannot listen on 127.0.0.1:{port}: the port is in use"
    assert error.exit_code is ExitCode.FAILED
    assert error.hint == "--listen 127.0.0.1:0 takes one that is free"


def test_an_address_of_another_machine_is_an_error() -> None:
    assert refusal(Address("192.0.2.1", 0)).message.endswith("this machine has no such address")


def test_a_host_that_nobody_knows_is_an_error_of_the_command_line() -> None:
    assert refusal(Address("no-such-host.invalid", 9308)).exit_code is ExitCode.USAGE
