"""Where a schema registry is, and as whom it is asked: from every layer, never told, never lent."""

from pathlib import Path

import pytest

from agentctl.errors import UsageError
from tests.settings.home import Home

PASSWORD = "hunter2"
URL = "https://registry:8081"


def properties(
    home: Home, *words: str, context: str | None = None, file: Path | None = None
) -> dict[str, str]:
    settings = home.settings(*words, context=context, file=file)
    return settings.registry_properties(home.surroundings())


def test_nobody_named_one(home: Home) -> None:
    assert properties(home) == {}
    assert properties(home, "basic.auth.user.info=me:x") == {}


@pytest.mark.parametrize("layer", ["-X", "variable", "table", "kafka table", "-F", "-F of Java"])
def test_every_layer_may_name_it_and_the_brokers_never_hear_of_it(
    home: Home, layer: str, tmp_path: Path
) -> None:
    words: tuple[str, ...] = ()
    file = None
    home.environment["LOGIN"] = f"me:{PASSWORD}"
    if layer == "-X":
        words = (f"schema.registry.url={URL}", f"schema.registry.basic.auth.user.info=me:{PASSWORD}")
    elif layer == "variable":
        home.environment["AGENTCTL_SCHEMA_REGISTRY_URL"] = URL
        home.environment["AGENTCTL_SCHEMA_REGISTRY_BASIC_AUTH_USER_INFO"] = f"me:{PASSWORD}"
    elif layer == "table":
        home.own(f'[registry]\nurl = "{URL}"\nbasic.auth.user.info_env = "LOGIN"\n')
    elif layer == "kafka table":
        home.own(
            f'[kafka]\n"schema.registry.url" = "{URL}"\n'
            '"schema.registry.basic.auth.user.info_env" = "LOGIN"\n'
        )
    else:
        java = "key.serializer=x\n" if layer.endswith("Java") else ""
        file = tmp_path / "client.properties"
        file.write_text(f"{java}schema.registry.url={URL}\nbasic.auth.user.info=me:{PASSWORD}\n")
    assert properties(home, *words, file=file) == {"url": URL, "basic.auth.user.info": f"me:{PASSWORD}"}
    settings = home.settings(*words, brokers="127.0.0.1:1", file=file)
    assert not [name for name in settings.connection_properties(home.surroundings()) if "auth" in name]
    assert PASSWORD not in "".join(map(str, settings.values.values()))


def test_a_login_stands_in_no_file_in_plain_text(home: Home) -> None:
    home.own(f'[registry]\nurl = "{URL}"\n"basic.auth.user.info" = "me:{PASSWORD}"\n')
    with pytest.raises(UsageError, match="holds a secret in plain text") as refused:
        properties(home)
    assert PASSWORD not in refused.value.message


def test_how_a_login_is_found_is_no_secret(home: Home) -> None:
    home.own(f'[registry]\nurl = "{URL}"\n"basic.auth.credentials.source" = "SASL_INHERIT"\n')
    found = properties(home, "sasl.username=me", f"sasl.password={PASSWORD}")
    assert found == {
        "url": URL,
        "basic.auth.credentials.source": "SASL_INHERIT",
        "kafka.sasl.username": "me",
        "kafka.sasl.password": PASSWORD,
    }


def test_no_login_follows_where_a_project_file_points(home: Home) -> None:
    home.project(f'[registry]\nurl = "{URL}"\n')
    assert properties(home) == {"url": URL}
    with pytest.raises(UsageError, match="it would be sent where the project file says"):
        properties(home, f"schema.registry.basic.auth.user.info=me:{PASSWORD}")
    # That of the brokers is not sent there, so it does not matter.
    assert properties(home, f"sasl.password={PASSWORD}") == {"url": URL}


def test_a_login_for_the_registry_says_nothing_of_brokers(home: Home) -> None:
    home.project('brokers = "127.0.0.1:1"\n')
    found = home.connection(f"schema.registry.basic.auth.user.info=me:{PASSWORD}")
    assert found["bootstrap.servers"] == "127.0.0.1:1"


@pytest.mark.parametrize(
    "line",
    [
        '"basic.auth.user.info_env" = "AWS_SECRET_ACCESS_KEY"',
        '"basic.auth.credentials.source" = "SASL_INHERIT"',
        '"ssl.key.location" = "~/.ssh/id_rsa"',
        '"url_command" = "touch ran"',
    ],
)
def test_a_project_file_does_not_say_who_we_are(home: Home, line: str) -> None:
    home.project(f'[registry]\nurl = "{URL}"\n{line}\n')
    with pytest.raises(UsageError, match="not read from a project file"):
        properties(home)
