"""``agentctl claims take``, ``renew`` and ``release`` as a user or a shell script runs them."""

import pytest

from tests.harness import Broker, Program

FIT = {"message.timestamp.type": "LogAppendTime", "retention.ms": "86400000"}
ITEM = "agent_tracing"


@pytest.fixture
def topic(broker: Broker, agentctl: Program) -> str:
    """A claims topic, configured as the user's."""
    name = broker.topic("claims", 3, FIT)
    settings = agentctl.folder.parent / "config" / "agentctl"
    settings.mkdir(parents=True)
    (settings / "config.toml").write_text(
        f'brokers = "{broker.bootstrap}"\n[topics.{name}]\nrole = "claim"\n'
        f'[context.prod]\nbrokers = "{broker.bootstrap}"\nprotected = true\n'
    )
    return name


def test_a_claim_is_taken_renewed_and_released(agentctl: Program, topic: str) -> None:
    where = ("--claims-topic", topic, "-o", "json", "--execute")
    taken = agentctl("claims", "take", ITEM, "--agent", "marketing", "--ttl", "30m", *where)
    assert taken.exit_code == 0, taken.stderr
    [row] = taken.json["rows"]
    token = row["token"]
    assert (row["held"], row["holder"], row["holder_token"]) == (True, "marketing", token)
    assert (row["contended"], row["lease_until"][-1]) == (False, "Z")
    assert taken.json["summary"].items() >= row.items()

    lost = agentctl("claims", "take", ITEM, "--agent", "sales", "--ttl", "30m", *where)
    assert lost.exit_code == 3
    [row] = lost.json["rows"]
    assert (row["held"], row["holder"], row["holder_token"]) == (False, "marketing", token)
    assert row["token"] not in (None, token)
    assert row["contended"]

    renewed = agentctl("claims", "renew", ITEM, "--agent", "marketing", "--token", token, *where)
    assert renewed.exit_code == 0, renewed.stderr
    assert renewed.json["rows"][0]["lease_until"] > taken.json["rows"][0]["lease_until"]

    assert agentctl("claims", "release", ITEM, "--agent", "sales", *where).exit_code == 3
    released = agentctl("claims", "release", ITEM, "--agent", "marketing", *where)
    assert (released.exit_code, released.json["rows"][0]["holder"]) == (0, None)
    late = agentctl("claims", "renew", ITEM, "--agent", "marketing", "--token", token, *where)
    assert late.exit_code == 3


def test_without_execute_nothing_is_written_and_the_plan_is_shown(
    agentctl: Program, broker: Broker, topic: str
) -> None:
    where = ("--claims-topic", topic)
    plan = agentctl("claims", "take", ITEM, "--agent", "marketing", "--ttl", "30m", *where, "-o", "json")
    assert plan.exit_code == 0, plan.stderr
    summary = plan.json["summary"]
    assert not summary["executed"]
    assert summary["topic"] == topic
    assert '"agent":"marketing"' in summary["would_write"]
    assert (summary["held"], summary["holder"]) == (False, None)
    agentctl("claims", "take", ITEM, "--agent", "sales", "--ttl", "30m", *where, "--execute")
    for words in (("take", "--ttl", "30m"), ("renew",), ("release",)):
        plan = agentctl("claims", words[0], ITEM, "--agent", "marketing", *words[1:], *where, "-o", "json")
        assert (plan.exit_code, plan.json["summary"]["holder"]) == (0, "sales")
    shown = agentctl.terminal("claims", "take", ITEM, "--agent", "marketing", "--ttl", "30m", *where)
    assert "Nothing was written." in shown.stdout
    lost = agentctl("claims", "take", ITEM, "--agent", "marketing", "--ttl", "30m", *where, "--execute")
    assert lost.exit_code == 3


def test_the_only_topic_of_claims_need_not_be_named(agentctl: Program, embedded_broker: Broker) -> None:
    name = embedded_broker.topic("lonely-claims", 1, FIT)
    words = (
        "claims",
        "take",
        ITEM,
        "--agent",
        "a",
        "--ttl",
        "30m",
        "-b",
        embedded_broker.bootstrap,
        "--execute",
    )
    assert "no topic has the role of claims" in agentctl(*words).stderr
    (agentctl.folder / "agentctl.toml").write_text(f'[topics.{name}]\nrole = "claim"\n')
    assert agentctl(*words).exit_code == 0


def test_a_protected_context_wants_its_name(agentctl: Program, topic: str) -> None:
    words = (
        "claims",
        "take",
        ITEM,
        "--agent",
        "a",
        "--ttl",
        "30m",
        "--claims-topic",
        topic,
        "--context",
        "prod",
    )
    assert agentctl(*words).exit_code == 0
    for confirm in ((), ("--confirm", "sandbox")):
        refused = agentctl(*words, "--execute", *confirm)
        assert refused.exit_code == 2
        assert "--execute --confirm prod" in refused.stderr
    assert agentctl(*words, "--execute", "--confirm", "prod").exit_code == 0


@pytest.mark.parametrize(
    ("config", "mended"),
    [
        ({"cleanup.policy": "compact"}, "cleanup.policy=delete"),
        ({"message.timestamp.type": "CreateTime"}, "message.timestamp.type=LogAppendTime"),
        ({"retention.ms": "60000"}, "retention.ms=1800000"),
    ],
)
def test_an_unfit_topic_is_refused_with_the_command_that_mends_it(
    agentctl: Program, broker: Broker, config: dict[str, str], mended: str
) -> None:
    name = broker.topic("claims", 1, {**FIT, **config})
    words = ("claims", "take", ITEM, "--agent", "a", "--ttl", "30m", "--claims-topic", name)
    for more in ((), ("--execute",)):
        refused = agentctl(*words, "-b", broker.bootstrap, *more)
        assert refused.exit_code == 1
        assert "cannot be right" in refused.stderr
        assert f"--entity-name {name} --add-config {mended}" in " ".join(refused.stderr.split())


def test_leases_by_the_agents_clocks_are_allowed_by_a_word_and_named(
    agentctl: Program, broker: Broker
) -> None:
    name = broker.topic("claims", 1, {**FIT, "message.timestamp.type": "CreateTime"})
    words = ("--agent", "a", "--ttl", "30m", "--claims-topic", name, "-b", broker.bootstrap, "--execute")
    taken = agentctl("claims", "take", ITEM, *words, "--allow-create-time", "-o", "json")
    assert (taken.exit_code, taken.json["rows"][0]["clock"]) == (0, "create")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--agent", "a", "--ttl", "0s"), "over before anything can be begun"),
        (("--agent", "a", "--ttl", "-5m"), "--ttl"),
        (("--agent", "a", "--ttl", "soon"), "--ttl"),
        (("--agent", "", "--ttl", "30m"), "needs a name of an agent"),
        (("--ttl", "30m"), "--agent"),
    ],
)
def test_what_cannot_be_meant_is_refused(
    agentctl: Program, topic: str, words: tuple[str, ...], said: str
) -> None:
    refused = agentctl("claims", "take", ITEM, "--claims-topic", topic, *words, "--execute")
    assert refused.exit_code == 2
    assert said in refused.stderr


def test_text_of_the_item_and_the_agent_cannot_harm_the_screen(agentctl: Program, topic: str) -> None:
    item, agent = "x\x1b]0;owned\x07[red]", "a\u202eb"
    words = ("--agent", agent, "--ttl", "30m", "--claims-topic", topic, "--execute")
    shown = agentctl.terminal("claims", "take", item, *words).stdout
    assert "\x1b]0;" not in shown
    assert "\u202e" not in shown
    assert "[red]" in shown
