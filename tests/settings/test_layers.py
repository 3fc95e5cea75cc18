"""Which layer wins, and what each setting says of its origin."""

import pytest

from agentctl.errors import NotFoundError, UsageError
from tests.settings.home import Home

LAYERS = ["-b", "-X", "-F", "environment", "shared variable", "context", "project", "own"]
"""The strongest first; each says ``brokers``, and the origin that ``context show`` names for it."""
ORIGINS = {
    "-b": "--brokers",
    "-X": "-X",
    "-F": "-F client.properties",
    "environment": "$AGENTCTL_BROKERS",
    "shared variable": "$KAFKA_BOOTSTRAP_SERVERS",
    "context": "context lab, ~/.config/agentctl/config.toml",
    "project": "agentctl.toml",
    "own": "~/.config/agentctl/config.toml",
}


def found_with(home: Home, layers: list[str]) -> tuple[str | None, str]:
    """Return the brokers and their origin when just these layers name some: each its own."""
    own = 'brokers = "own:1"\n' if "own" in layers else ""
    home.own(own + "[context.lab]\n" + ('brokers = "context:1"\n' if "context" in layers else ""))
    if "project" in layers:
        home.project('brokers = "project:1"\n')
    if "environment" in layers:
        home.environment["AGENTCTL_BROKERS"] = "environment:1"
    if "shared variable" in layers:
        home.environment["KAFKA_BOOTSTRAP_SERVERS"] = "shared variable:1"
    home.surroundings()
    file = home.folder / "client.properties"
    file.write_text("bootstrap.servers=-F:1\n" if "-F" in layers else "")
    settings = home.settings(
        *(["bootstrap.servers=-X:1"] if "-X" in layers else []),
        brokers="-b:1" if "-b" in layers else None,
        context="lab",
        file=file.relative_to(home.folder),
    )
    return settings.get("brokers"), settings.values["brokers"].origin


@pytest.mark.parametrize("strongest", LAYERS)
def test_the_stronger_layer_wins_and_is_named(home: Home, strongest: str) -> None:
    layers = LAYERS[LAYERS.index(strongest) :]
    assert found_with(home, layers) == (f"{strongest}:1", ORIGINS[strongest])


def test_a_default_stands_below_everything(home: Home) -> None:
    found = home.settings().values["kafka.client.id"]
    assert (found.value, found.origin) == ("agentctl", "default")
    home.own('[kafka]\n"client.id" = "mine"\n')
    assert home.connection(brokers="h:1")["client.id"] == "mine"


def test_layers_add_up_property_by_property(home: Home) -> None:
    home.own('[kafka]\n"client.id" = "own"\n"socket.timeout.ms" = 1000\n')
    home.environment["AGENTCTL_KAFKA_SOCKET_TIMEOUT_MS"] = "2000"
    assert home.connection("client.id=typed", brokers="h:1") == {
        "bootstrap.servers": "h:1",
        "client.id": "typed",
        "socket.timeout.ms": "2000",
    }


def test_both_names_of_a_property_are_one_setting(home: Home) -> None:
    home.own('[kafka]\n"sasl.mechanisms" = "SCRAM-SHA-256"\n"acks" = "1"\n')
    found = home.connection("sasl.mechanism=PLAIN", brokers="h:1")
    assert found["sasl.mechanism"] == "PLAIN"
    assert "sasl.mechanisms" not in found
    assert found["request.required.acks"] == "1"


def test_one_layer_that_sets_a_property_twice_is_refused(home: Home) -> None:
    with pytest.raises(UsageError, match=r"sasl\.password is set twice in -X"):
        home.settings("sasl.password=a", "sasl.password_env=B")


def test_the_last_of_a_repeated_word_wins(home: Home) -> None:
    assert home.connection("client.id=a", "client.id=b", brokers="h:1")["client.id"] == "b"


@pytest.mark.parametrize("word", ["hunter2", "=hunter2", " =hunter2"])
def test_a_property_without_a_key_is_refused_and_not_quoted(home: Home, word: str) -> None:
    with pytest.raises(UsageError, match="key=value") as caught:
        home.settings(word)
    assert "hunter2" not in f"{caught.value.message} {caught.value.hint}"


def test_dotted_keys_in_toml_are_properties_too(home: Home) -> None:
    home.own("[kafka]\nsecurity.protocol = 'SSL'\nenable.ssl.certificate.verification = true\n")
    found = home.connection(brokers="h:1")
    assert found["security.protocol"] == "SSL"
    assert found["enable.ssl.certificate.verification"] == "true"


def test_brokers_may_be_a_list(home: Home) -> None:
    home.own('brokers = ["a:1", "b:2"]\n')
    assert home.connection()["bootstrap.servers"] == "a:1,b:2"


def test_an_empty_variable_says_nothing(home: Home) -> None:
    home.environment |= {"AGENTCTL_BROKERS": "", "AGENTCTL_CONTEXT": "", "KAFKA_BOOTSTRAP_SERVERS": "k:1"}
    assert home.settings().get("brokers") == "k:1"


def test_variables_set_the_archive_and_the_store(home: Home) -> None:
    home.environment |= {"AGENTCTL_ARCHIVE": "s3://a/b", "AGENTCTL_S3_ENDPOINT": "http://127.0.0.1:9"}
    settings = home.settings()
    assert settings.get("archive") == "s3://a/b"
    assert settings.get("s3_endpoint") == "http://127.0.0.1:9"


def test_without_a_broker_nothing_is_connected(home: Home) -> None:
    with pytest.raises(UsageError, match="no broker is configured") as caught:
        home.connection()
    assert "-b HOST:PORT" in (caught.value.hint or "")


def test_a_file_named_with_f_must_be_there(home: Home) -> None:
    with pytest.raises(NotFoundError, match=r"gone\.properties"):
        home.settings(file=home.root / "gone.properties")


def test_a_home_in_a_path_is_the_users(home: Home) -> None:
    assert home.connection("ssl.ca.location=~/ca.pem", brokers="h:1")["ssl.ca.location"] == str(
        home.root / "home" / "ca.pem"
    )


def test_tables_of_all_files_become_one_and_each_setting_knows_its_file(home: Home) -> None:
    home.own('[topics.claims]\nrole = "claim"\nttl = "1h"\n[context.lab.topics.claims]\nstale_after = "5m"\n')
    home.project(
        '[topics.claims]\nttl = "24h"\n[topics.news]\nrole = "task"\n[profile.ours]\nextends = "plain"\n'
    )
    settings = home.settings(context="lab")
    assert settings.topics == {
        "claims": {"role": "claim", "ttl": "24h", "stale_after": "5m"},
        "news": {"role": "task"},
    }
    assert settings.profiles == {"ours": {"extends": "plain"}}
    assert settings.origins == {
        ("topics", "claims", "role"): "~/.config/agentctl/config.toml",
        ("topics", "claims", "ttl"): "agentctl.toml",
        ("topics", "claims", "stale_after"): "context lab, ~/.config/agentctl/config.toml",
        ("topics", "news", "role"): "agentctl.toml",
        ("profile", "ours", "extends"): "agentctl.toml",
    }
