"""`agentctl lag history` and `lag at` on brokers: true at every moment, and honest where nobody knows."""

import json
import time
from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Consumer, TopicPartition

from agentctl.lag.commits import Commit
from agentctl.model.instant import instant
from agentctl.sandbox.groups import LATE_GROUP
from agentctl.sandbox.writing import write_history
from tests.harness import Answer, Broker, Program, Watch, cache_folder
from tests.lag.truth.consumers import Life, lives, write

NOW_MS = int(time.time() * 1_000)
HOUR_MS = 3_600_000
LIMIT_SECONDS = 60
SEEDING_SECONDS = 240.0


def ms(time_: str) -> int:
    return round(datetime.fromisoformat(time_).timestamp() * 1_000)


def asked(program: Program, broker: Broker, *words: str) -> Answer:
    return program("lag", *words, "-b", broker.bootstrap, "-o", "json")


def commit(broker: Broker, group: str, topic: str) -> None:
    """Commit as a member would."""
    consumer = Consumer({"bootstrap.servers": broker.bootstrap, "group.id": group, "log_level": 0})
    consumer.commit(offsets=[TopicPartition(topic, 0, 1)], asynchronous=False)
    consumer.close()


@pytest.fixture(scope="module")
def told(fresh_apache_broker: Broker) -> list[Life]:
    """Two groups on three partitions, with troubles of their own, through the last hour."""
    topic = fresh_apache_broker.topic("past", 3)
    found = lives(7, topic, 3, NOW_MS - HOUR_MS, NOW_MS - 60_000, groups=2)
    write(fresh_apache_broker, found)
    return found


def of(told: list[Life], row: "dict[str, Any]") -> Life:
    return next(
        one for one in told if (one.group, *one.position) == (row["group"], row["topic"], row["partition"])
    )


def test_every_row_is_true_to_the_millisecond(
    fresh_apache_broker: Broker, told: list[Life], agentctl: Program
) -> None:
    for group in sorted({one.group for one in told}):
        answer = asked(agentctl, fresh_apache_broker, "history", group, "--since", instant(NOW_MS - HOUR_MS))
        assert answer.exit_code == 0, answer.stderr
        rows = answer.json["rows"]
        assert {row["partition"] for row in rows} == {0, 1, 2}
        assert len(rows) > 100
        for row in rows:
            one, at_ms = of(told, row), ms(row["time"])
            assert row["committed"] == one.committed(at_ms)
            assert (row["log_end"], row["lag"]) == (one.log.end(at_ms), one.lag(at_ms))
            assert row["lag_seconds"] == (one.oldest_unread_ms(at_ms) or 0) / 1_000
        assert answer.json["summary"]["commits"] == sum(
            len(one.commits) for one in told if one.group == group
        )


def test_what_is_summed_up_is_what_looking_at_every_second_finds(
    fresh_apache_broker: Broker, told: list[Life], agentctl: Program
) -> None:
    until_ms = NOW_MS - 120_000
    for group in sorted({one.group for one in told}):
        words = ("--since", instant(NOW_MS - HOUR_MS), "--until", instant(until_ms))
        answer = asked(
            agentctl, fresh_apache_broker, "history", group, *words, "--max-seconds", str(LIMIT_SECONDS)
        )
        summary = answer.json["summary"]
        own = [one for one in told if one.group == group]
        seen = {
            at_ms: max((one.oldest_unread_ms(at_ms) or 0) / 1_000 for one in own)
            for at_ms in range(NOW_MS - HOUR_MS, until_ms, 1_000)
        }
        over = [at_ms for at_ms, seconds in seen.items() if seconds > LIMIT_SECONDS]
        assert answer.exit_code == (3 if over else 0)
        assert 0 <= summary["worst_seconds"] - max(seen.values()) <= 1
        assert over
        assert 0 <= over[0] - ms(summary["first_exceeded_anywhere"]) <= 1_000
        stretches = 1 + sum(after - before > 1_000 for before, after in pairwise(over))
        assert abs(summary["exceeded_anywhere_for_seconds"] - len(over)) <= 2 * stretches


def test_any_moment_has_the_rows_that_it_would_have_had(
    fresh_apache_broker: Broker, told: list[Life], agentctl: Program
) -> None:
    groups = sorted({one.group for one in told})
    for back_ms in (50 * 60_000, 30 * 60_000 + 123, 2 * 60_000 + 1):
        at_ms = NOW_MS - back_ms
        answer = asked(agentctl, fresh_apache_broker, "at", instant(at_ms), *groups)
        assert answer.exit_code == 0, answer.stderr
        assert answer.json["summary"]["as_of"] == instant(at_ms)
        assert len(answer.json["rows"]) == len(told)
        for row in answer.json["rows"]:
            one = of(told, row)
            assert (row["committed"], row["log_end"]) == (one.committed(at_ms), one.log.end(at_ms))
            assert row["lag"] == one.lag(at_ms)
            truth = (one.oldest_unread_ms(at_ms) or 0) / 1_000
            assert (row["oldest_unread_seconds"], row["lag_seconds"]) == (truth, truth)
            assert (row["as_of"], row["state"], row["log_start"]) == (instant(at_ms), "unknown", None)
            assert (row["member"], row["client_id"]) == (None, None)


def test_before_its_first_commit_a_group_had_no_position(
    fresh_apache_broker: Broker, told: list[Life], agentctl: Program
) -> None:
    answer = asked(agentctl, fresh_apache_broker, "at", instant(NOW_MS - 3 * HOUR_MS), told[0].group)
    assert answer.exit_code == 4
    assert answer.json["rows"] == []
    assert "had a position" in answer.stderr


def test_what_was_deleted_since_is_unknown_and_the_answer_partial(
    apache_broker: Broker, agentctl: Program
) -> None:
    topic = apache_broker.topic("cut")
    times = [NOW_MS - 600_000 + n * 1_000 for n in range(100)]
    apache_broker.produce(topic, [(None, b"x", None, time_ms, 0) for time_ms in times])
    group = f"{topic}-g"
    commits = [(NOW_MS - 590_000, 10), (NOW_MS - 300_000, 60)]
    write_history(
        apache_broker.bootstrap,
        apache_broker.admin,
        [Commit(group, topic, 0, offset, time_ms) for time_ms, offset in commits],
    )
    place = TopicPartition(topic, 0, 50)
    apache_broker.admin.delete_records([place])[TopicPartition(topic, 0)].result(30)
    answer = asked(agentctl, apache_broker, "history", group, "--since", "-20m")
    assert answer.exit_code == 7
    known = {row["time"]: row for row in answer.json["rows"]}
    early = [row for time_, row in known.items() if ms(time_) < commits[1][0]]
    late = [row for time_, row in known.items() if ms(time_) >= commits[1][0]]
    assert early
    assert {row["lag_seconds"] for row in early} == {None}
    assert all(row["lag_seconds"] == (ms(row["time"]) - times[60]) / 1_000 for row in late)
    assert any("deleted since" in reason for reason in answer.json["coverage"]["reasons"])
    at = asked(agentctl, apache_broker, "at", instant(NOW_MS - 400_000), group)
    [row] = at.json["rows"]
    assert (row["committed"], row["log_end"], row["lag"], row["lag_seconds"]) == (10, 100, 90, None)
    assert row["notes"] == [
        "what it had not read has been deleted since",
        "not judged: 1 commit is known, and 3 are needed",
    ]


def test_a_group_that_committed_long_ago_has_stood_there_all_along(
    apache_broker: Broker, agentctl: Program
) -> None:
    topic = apache_broker.topic("dead")
    times = [NOW_MS - 50 * HOUR_MS + n * HOUR_MS for n in range(50)]
    apache_broker.produce(topic, [(None, b"x", None, time_ms, 0) for time_ms in times])
    group = f"{topic}-g"
    write_history(
        apache_broker.bootstrap, apache_broker.admin, [Commit(group, topic, 0, 5, NOW_MS - 45 * HOUR_MS)]
    )
    answer = asked(agentctl, apache_broker, "history", group, "--since", instant(NOW_MS - 10 * HOUR_MS))
    summary = answer.json["summary"]
    assert (summary["commits"], summary["exceeded_times"], summary["exceeded_now"]) == (0, 1, True)
    assert ms(summary["first_exceeded"]) == NOW_MS - 10 * HOUR_MS
    assert "at the latest" in summary["sentence"]
    assert ms(summary["worst_at"]) - times[5] == round(summary["worst_seconds"] * 1_000)


def test_where_no_history_is_kept_the_answer_says_so_and_is_partial(
    embedded_broker: Broker, agentctl: Program
) -> None:
    topic = embedded_broker.topic("none")
    embedded_broker.produce(topic, [(None, b"x", None, NOW_MS, 0)])
    group = f"{topic}-g"
    commit(embedded_broker, group, topic)
    for words in (("history", group), ("at", "-1m", group)):
        answer = asked(agentctl, embedded_broker, *words)
        assert answer.exit_code == 7, answer.stderr
        assert answer.json["rows"] == []
        [reason] = answer.json["coverage"]["reasons"]
        assert "when groups read the events is not known" in reason


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("history", "g", "--max-seconds", "0"), 2, "--max-seconds 0 can be no limit"),
        (("history", "g", "--max-seconds", "nan"), 2, "--max-seconds nan can be no limit"),
        (("history", "g", "--max-seconds", "-5"), 2, "--max-seconds -5 can be no limit"),
        (("history", "g", "--max-seconds", "soon"), 2, "soon"),
        (("history", "g", "--since", "-1h", "--until", "-2h"), 2, "is not before --until"),
        (("history", "g", "--since", "2999-01-01"), 2, "has not come yet"),
        (("at", "2999-01-01", "g"), 2, "has not come yet"),
        (("at", "soon", "g"), 2, "TIME 'soon'"),
        (("at",), 2, "TIME"),
        (("history",), 2, "GROUP"),
    ],
)
def test_bad_input(broker: Broker, agentctl: Program, words: tuple[str, ...], code: int, said: str) -> None:
    answer = agentctl("lag", *words, "-b", broker.bootstrap)
    assert answer.exit_code == code, answer.stderr
    assert said in answer.stderr
    assert "Traceback" not in answer.stderr


def test_names_that_are_near_are_told(
    fresh_apache_broker: Broker, told: list[Life], agentctl: Program
) -> None:
    group, topic = told[0].group, told[0].position[0]
    living = f"{topic}-living"
    commit(fresh_apache_broker, living, topic)
    for words in (("history", f"{living}x"), ("at", "-1h", f"{living}x")):
        answer = asked(agentctl, fresh_apache_broker, *words)
        assert answer.exit_code == 4
        assert f"no such consumer group: {living}x" in answer.stderr
        assert f"did you mean {living}" in answer.stderr
    other = asked(agentctl, fresh_apache_broker, "history", group, "-t", f"{topic}x")
    assert other.exit_code == 4
    assert f"did you mean {topic}" in other.stderr
    never = fresh_apache_broker.topic("elsewhere")
    nothing = asked(agentctl, fresh_apache_broker, "history", group, "-t", never)
    assert nothing.exit_code == 4
    assert nothing.json["rows"] == []
    assert f"It has committed on: {topic}" in nothing.stderr


@pytest.fixture
def sandbox(agentctl: Program, isolation: Path) -> Iterator[Program]:
    """The program beside a sandbox with the night of the incident, which ends with the test."""
    watch = Watch(isolation)
    try:
        cache = {"XDG_CACHE_HOME": str(cache_folder().parent)}
        up = agentctl("sandbox", "up", "--broker", "apache", environment=cache, timeout=SEEDING_SECONDS)
        assert up.exit_code == 0, up.stderr
        try:
            yield agentctl
        finally:
            assert agentctl("sandbox", "down", timeout=SEEDING_SECONDS).exit_code == 0
    finally:
        watch.dismiss()


@pytest.mark.usefixtures("apache_broker")
def test_on_the_seeded_incident_it_tells_when_oracle_fell_behind(sandbox: Program) -> None:
    status = sandbox("sandbox", "status", "-o", "json").json
    travel = json.loads(Path(status["summary"]["ground_truth"]).read_text())["time_travel"]
    fell_ms = ms(travel["cause"]["time"])
    answer = sandbox("lag", "history", LATE_GROUP, "-t", "research-events", "-o", "json")
    assert answer.exit_code == 0, answer.stderr
    summary = answer.json["summary"]
    place = f"{summary['worst_topic']}[{summary['worst_partition']}]"
    assert travel["cause"]["place"].startswith(f"{place}@")
    # Oracle stands at the event of 03:00:04: five minutes after it the limit is crossed, hours before 14:15.
    assert ms(summary["first_exceeded"]) == fell_ms + 300_000
    assert ms(travel["read_at"]) - ms(summary["first_exceeded"]) > 10 * HOUR_MS
    # Having passed it, Oracle is still behind: at the records that came right after it.
    assert summary["exceeded_now"] is True
    assert summary["worst_seconds"] >= travel["read_age_ms"] / 1_000 - 1
    at = sandbox("lag", "at", instant(ms(travel["read_at"]) - 1), LATE_GROUP, "-o", "json")
    row = at.json["rows"][0]
    assert f"{row['topic']}[{row['partition']}]@{row['committed']}" == travel["cause"]["place"]
    assert row["lag_seconds"] == (travel["read_age_ms"] - 1) / 1_000
    screen = sandbox.terminal("lag", "history", LATE_GROUP, columns=80)
    assert "━━━━━" in screen.stdout
    assert "over 300 s since" in screen.stdout
