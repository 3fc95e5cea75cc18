"""`agentctl claims`: the command that is meant when none is named, and what is refused before any broker."""

import json

import pytest

from tests.builders import ms
from tests.harness import Answer, Program


@pytest.fixture
def night(agentctl: Program) -> Program:
    """The program in a folder with an exported night of claims."""
    rows = [
        ("content-claims", 0, "03:00", {"topic": "k8s", "agent": "content", "ttl": "30m"}),
        ("content-claims", 1, "03:01", {"topic": "k8s", "agent": "sales", "ttl": "30m"}),
        ("content-claims", 2, "03:02", {"topic": "list", "agent": "seo", "ttl": "30m"}),
        ("content-claims", 3, "03:03", {"topic": "odd"}),
    ]
    with (agentctl.folder / "night.ndjson").open("w") as file:
        for topic, offset, at, payload in rows:
            file.write(
                json.dumps(
                    {
                        "topic": topic,
                        "partition": 0,
                        "offset": offset,
                        "timestamp": f"2026-11-23T{at}:00.000Z",
                        "timestamp_type": "create",
                        "key": payload["topic"],
                        "value": json.dumps(payload),
                        "headers": [],
                    }
                )
                + "\n"
            )
    return agentctl


def claims(program: Program, *words: str) -> Answer:
    return program("claims", *words, "--source", "night.ndjson", "-o", "json")


def test_without_a_command_the_list_is_meant(night: Program) -> None:
    at = ("--at", "2026-11-23 03:10")
    short, long = claims(night, *at), claims(night, "list", *at)
    assert short.exit_code == 0, short.stderr
    assert short.json["rows"] == long.json["rows"]
    assert short.json["schema"] == "agentctl.claims/1"
    assert [row["state"] for row in short.json["rows"]] == ["CONFLICT", "claimed"]


def test_the_long_form_serves_an_item_that_is_named_like_a_command(night: Program) -> None:
    answer = claims(night, "show", "list")
    assert answer.exit_code == 0
    assert [row["agent"] for row in answer.json["rows"]] == ["seo"]


def test_help_is_the_groups_own(agentctl: Program) -> None:
    answer = agentctl("claims", "--help")
    assert answer.exit_code == 0
    for name in ("list", "show", "races", "take"):
        assert f"  {name} " in answer.stdout


def test_at_folds_the_log_as_it_was_then(night: Program) -> None:
    def then(at: str) -> list[str]:
        return [row["state"] for row in claims(night, "--at", f"2026-11-23 {at}", "--all").json["rows"]]

    assert then("03:00:30") == ["claimed"]
    assert then("03:01:00") == ["CONFLICT"]
    assert then("03:30:00") == ["claimed", "expired"]
    assert claims(night, "--at", "2026-11-23 02:59").exit_code == 4


def test_a_moment_that_has_not_come_is_refused(night: Program) -> None:
    answer = claims(night, "--at", "2999-01-01T00:00Z")
    assert answer.exit_code == 2
    assert "which has not come yet" in answer.stderr
    assert "2998" not in answer.stderr, "what is proposed has come"


def test_claims_that_say_too_little_are_counted_and_named(night: Program) -> None:
    answer = night("claims", "--source", "night.ndjson", "--all", "-o", "table", columns=100)
    assert "1 event left out: without an agent (content-claims[0]@3)" in answer.stdout


def test_an_item_that_nobody_claimed_is_exit_4_and_near_names_are_given(night: Program) -> None:
    answer = claims(night, "show", "k8")
    assert answer.exit_code == 4
    assert answer.json["rows"] == []
    assert answer.stderr == "agentctl: Nobody has claimed k8.\nagentctl: Near: k8s\n"


def test_races_are_counted_by_topic_and_by_agent(night: Program) -> None:
    [by_topic] = claims(night, "races").json["rows"]
    assert (by_topic["topic"], by_topic["claims"], by_topic["conflicts"]) == ("content-claims", 3, 1)
    by_agent = {
        row["agent"]: row["conflicts"] for row in claims(night, "races", "--by", "agent").json["rows"]
    }
    assert by_agent == {"sales": 1, "content": 0, "seo": 0}
    later = claims(night, "races", "--since", str(ms("03:02")))
    assert [row["claims"] for row in later.json["rows"]] == [1]


def test_problems_are_exit_3_where_that_is_asked_for(night: Program) -> None:
    at = ("--at", "2026-11-23 03:10")
    assert claims(night, *at, "--exit-code").exit_code == 3
    assert claims(night, *at, "--exit-code", "--agent", "seo").exit_code == 0


def test_a_topic_of_any_name_can_be_the_claims_topic(night: Program) -> None:
    text = (night.folder / "night.ndjson").read_text().replace("content-claims", "work")
    (night.folder / "night.ndjson").write_text(text)
    assert claims(night, "--at", "2026-11-23 03:10").exit_code == 4
    answer = claims(night, "--at", "2026-11-23 03:10", "--claims-topic", "work")
    assert [row["state"] for row in answer.json["rows"]] == ["CONFLICT", "claimed"]


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--watch", "--at", "-1h"], "--watch and --at do not go together"),
        (["--watch", "--exit-code"], "--watch and --exit-code do not go together"),
        (["--watch", "--source", "night.ndjson"], "--watch and --source do not go together"),
        (["--watch", "-o", "json"], "--watch cannot write json"),
        (["--watch", "--export", "x.ndjson"], "--watch writes rows as they come"),
        (["--watch", "--interval", "1ms"], "--interval 1ms is too short"),
        (["--watch", "--interval", "soon"], "--interval"),
        (["--exec", "true"], "--exec is for --watch"),
        (["--interval", "1s"], "--interval is for --watch"),
    ],
)
def test_what_does_not_go_together_is_refused_before_anything_is_read(
    agentctl: Program, words: list[str], why: str
) -> None:
    answer = agentctl("claims", *words, "-b", "nowhere.invalid:1")
    assert answer.exit_code == 2
    assert why in answer.stderr


def test_a_screen_that_moves_needs_a_terminal(agentctl: Program) -> None:
    answer = agentctl("claims", "--watch", "-o", "table", "-b", "nowhere.invalid:1")
    assert answer.exit_code == 2
    assert "--watch -o table needs a terminal to draw on" in answer.stderr
