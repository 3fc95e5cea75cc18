"""`agentctl lag serve`, `rules` and `dashboard`: what is refused, and looking whatever happens."""

import json
import signal
import socket
from types import TracebackType
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from agentctl.cli.lag_looking import Looking, of_groups
from agentctl.errors import NotFoundError, UnreachableError
from agentctl.lag.answer import Answer
from agentctl.lag.groups import Group
from agentctl.lag.wanted import Wanted
from agentctl.sources.lag import LagSource
from tests.harness import Program
from tests.metrics.answers import answer, row
from tests.prometheus import Promtool
from tests.watched import Watched, watched

NOBODY = ("-b", "127.0.0.1:1")
"""A port on which no broker can listen."""


class Source(LagSource):
    """A connection to a cluster that is made up."""

    def __init__(self, *told: Answer | Exception) -> None:
        self._told = list(told)
        self.wanted: list[Wanted] = []
        self.closed = 0

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self.closed += 1

    def look(self, wanted: Wanted) -> Answer:
        self.wanted.append(wanted)
        told = self._told.pop(0)
        if isinstance(told, Exception):
            raise told
        return told


def test_a_connection_is_kept_while_it_works_and_made_anew_after_it_failed() -> None:
    first, second = Source(answer(), answer(), UnreachableError("gone")), Source(answer())
    waiting = [first, second]
    looking = Looking(lambda: waiting.pop(0), ())
    looking()
    looking()
    assert (first.closed, waiting) == (0, [second])
    with pytest.raises(UnreachableError):
        looking()
    assert first.closed == 1
    looking()
    assert (second.closed, waiting) == (0, [])


def test_a_group_that_is_not_there_hides_no_other() -> None:
    source = Source(NotFoundError("no such consumer group: seo"), answer(row("oracle-audit"), row("x")))
    found = Looking(lambda: source, ["oracle-audit", "oracle-audits"])()
    assert [one.group for one in found.rows] == ["oracle-audit"]
    assert [(one.name, one.refusal) for one in found.groups] == [
        ("oracle-audit", None),
        ("oracle-audits", "no such group"),
    ]
    assert found.troubles == ("no such consumer group: oracle-audits (did you mean oracle-audit?)",)
    assert source.closed == 0


def test_what_is_said_of_groups_that_nobody_asked_for_is_left_out() -> None:
    told = answer(
        row("a"),
        groups=[Group("b", "unknown", {}, refusal="no permission")],
        troubles=("b: no permission", "t[0]: gone"),
    )
    assert of_groups(told, ["a"]).troubles == ("t[0]: gone",)
    assert of_groups(told, ["b"]).troubles == ("b: no permission", "t[0]: gone")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("serve", *NOBODY, "--listen", "nonsense"), "--listen 'nonsense' has no port between 0 and 65535"),
        (("serve", *NOBODY, "--listen", ":9308"), "--listen ':9308' names no host"),
        (("serve", *NOBODY, "--interval", "soon"), "--interval 'soon' is no length of time"),
        (("serve", *NOBODY, "--interval", "10ms"), "--interval '10ms' is not between 1s and 1h"),
        (("serve", *NOBODY, "--interval", "2d"), "--interval '2d' is not between 1s and 1h"),
        (("serve", *NOBODY, "--compat", "burrow"), "'burrow'"),
        (("serve", *NOBODY, "--max-series", "0"), "--max-series"),
        (("serve",), "no broker is configured"),
        (("rules", "--max-seconds", "nan"), "--max-seconds nan can be no threshold"),
        (("rules", "--max-seconds", "-1"), "--max-seconds -1.0 can be no threshold"),
        (("rules", "--max-seconds", "many"), "--max-seconds"),
        (("rules", "--for", "ever"), "--for 'ever' is no length of time"),
        (("dashboard", "--max-seconds", "inf"), "--max-seconds inf can be no threshold"),
    ],
)
def test_what_cannot_be_meant_is_refused_at_once(
    agentctl: Program, words: tuple[str, ...], message: str
) -> None:
    answer = agentctl("lag", *words)
    assert answer.exit_code == 2
    assert message in answer.stderr
    assert answer.stdout == ""


def test_a_port_in_use_is_an_error_with_a_way_out(agentctl: Program) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        answer = agentctl("lag", "serve", *NOBODY, "--listen", f"127.0.0.1:{port}")
    assert answer.exit_code == 1
    assert answer.stderr == (
        f"agentctl: cannot listen on 127.0.0.1:{port}: the port is in use\n"
        "  hint: --listen 127.0.0.1:0 takes one that is free\n"
    )


def test_rules_and_dashboard_are_printed_for_those_who_read_them(
    agentctl: Program, promtool: Promtool
) -> None:
    printed = agentctl("lag", "rules", "--max-seconds", "90", "--for", "0s")
    assert printed.exit_code == 0
    assert "SUCCESS" in promtool.check(printed.stdout)
    assert "kafka_consumer_lag_seconds) > 90" in printed.stdout
    board = agentctl("lag", "dashboard", "--max-seconds", "90")
    assert json.loads(board.stdout)["uid"] == "agentctl-lag"
    assert (printed.stderr, board.stderr) == ("", "")


def address(run: Watched) -> str:
    """Return where the program says that it listens."""
    run.until("Ctrl-C ends it", "stderr")
    return "http://" + run.stderr.partition("http://")[2].partition("/metrics")[0]


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 0)])
def test_it_starts_without_a_cluster_says_so_once_and_ends_within_a_second(
    agentctl: Program, number: int, code: int
) -> None:
    with watched(agentctl, "lag", "serve", *NOBODY, "--listen", "127.0.0.1:0", "--interval", "1s") as run:
        url = address(run)
        run.until("; trying on", "stderr")
        with pytest.raises(HTTPError) as unwell:
            urlopen(f"{url}/healthz", timeout=10)
        assert unwell.value.code == 503
        assert "127.0.0.1:1" in json.load(unwell.value)["reason"]
        assert "agentctl_lag_up 0.0\n" in urlopen(f"{url}/metrics", timeout=10).read().decode()
        ended, seconds = run.end(number)
    assert ended == code
    assert seconds < 1
    assert run.stderr.count("; trying on") == 1
    assert "Traceback" not in run.stderr
    assert run.stdout == ""


def test_an_address_for_the_whole_network_is_chosen_knowingly(agentctl: Program) -> None:
    with watched(agentctl, "lag", "serve", *NOBODY, "--listen", "0.0.0.0:0") as run:
        run.until("whoever reaches that port can read the names of groups, topics and members", "stderr")
        run.end()
