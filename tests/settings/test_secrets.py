"""Secrets come from a file, a command or the environment, and are told to nobody."""

from pathlib import Path

import pytest

from agentctl.errors import UsageError
from agentctl.settings.secrets import MASK, is_secret, shown, split_key, without_secrets
from agentctl.settings.view import settings_view
from tests.settings.home import Home

PASSWORD = "hunter2"


def test_a_secret_comes_from_a_file_without_its_last_line_end(home: Home) -> None:
    path = home.root / "pw"
    path.write_text(f" {PASSWORD} \r\n")
    home.own(f'[kafka]\n"sasl.password_file" = "{path}"\n')
    assert home.connection(brokers="h:1")["sasl.password"] == f" {PASSWORD} "


@pytest.mark.parametrize("command", [f'"printf %s {PASSWORD}"', f'["printf", "%s", "{PASSWORD}"]'])
def test_a_secret_comes_from_a_command_without_a_shell(home: Home, command: str) -> None:
    home.own(f'[kafka]\n"sasl.password_command" = {command}\n')
    assert home.connection(brokers="h:1")["sasl.password"] == PASSWORD
    home.own('[kafka]\n"sasl.password_command" = "echo $(id)"\n')
    assert home.connection(brokers="h:1")["sasl.password"] == "$(id)"


def test_a_secret_comes_from_the_environment(home: Home) -> None:
    home.environment["PW"] = PASSWORD
    home.own('[kafka]\n"sasl.password_env" = "PW"\n')
    assert home.connection(brokers="h:1")["sasl.password"] == PASSWORD


@pytest.mark.parametrize(
    ("variable", "key"),
    [
        ("AGENTCTL_KAFKA_SASL_PASSWORD_FILE", "sasl.password"),
        ("AGENTCTL_KAFKA_SASL_OAUTHBEARER_CLIENT_SECRET_FILE", "sasl.oauthbearer.client.secret"),
    ],
)
def test_a_variable_may_name_the_file_of_a_secret(home: Home, variable: str, key: str) -> None:
    path = home.root / "pw"
    path.write_text(PASSWORD)
    home.environment[variable] = str(path)
    assert home.connection(brokers="h:1")[key] == PASSWORD


def test_a_property_that_itself_ends_in_file_stays_one(home: Home) -> None:
    home.environment["AGENTCTL_KAFKA_SASL_OAUTHBEARER_ASSERTION_PRIVATE_KEY_FILE"] = "/k.pem"
    found = home.connection(brokers="h:1")
    assert found["sasl.oauthbearer.assertion.private.key.file"] == "/k.pem"


def test_even_the_brokers_may_come_from_a_command(home: Home) -> None:
    home.own('[kafka]\n"bootstrap.servers_command" = "echo found:1"\n')
    assert home.connection()["bootstrap.servers"] == "found:1"


def test_a_secret_is_fetched_only_when_a_connection_is_made(home: Home) -> None:
    home.own('[kafka]\n"sasl.password_command" = "touch ran"\n')
    settings_view(home.settings(brokers="h:1"))
    assert not (home.folder / "ran").exists()
    home.connection(brokers="h:1")
    assert (home.folder / "ran").exists()


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ('"sasl.password_file" = "gone"', "No such file"),
        ('"sasl.password_file" = "binary"', "not UTF-8"),
        ('"sasl.password_env" = "NOT_SET"', "no NOT_SET"),
        (f'"sasl.password_command" = ["sh", "-c", "echo {PASSWORD} >&2; exit 3"]', "exit code 3"),
        (f'"sasl.password_command" = "no-such-program {PASSWORD}"', "no-such-program: No such file"),
        (f'"sasl.password_command" = "sh \\"{PASSWORD}"', "cannot be split"),
        ('"sasl.password_command" = []', "is empty"),
    ],
)
def test_a_secret_that_cannot_be_had_is_one_sentence_without_it(home: Home, line: str, why: str) -> None:
    (home.surroundings().folder / "binary").write_bytes(b"\xff\xfe")
    home.own(f"[kafka]\n{line}\n")
    with pytest.raises(UsageError, match=r"cannot get sasl\.password") as caught:
        home.connection(brokers="h:1")
    assert why in caught.value.message
    assert PASSWORD not in f"{caught.value.message} {caught.value.hint}"


@pytest.mark.parametrize(
    "key", ["sasl.password", "ssl.key.pem", "sasl.oauthbearer.client.secret", "ssl.key.password"]
)
@pytest.mark.parametrize("where", ["own", "project"])
def test_no_file_holds_a_secret_in_plain_text(home: Home, key: str, where: str) -> None:
    write = home.own if where == "own" else home.project
    write(f'[kafka]\n"{key}" = "{PASSWORD}"\n')
    with pytest.raises(UsageError, match="holds a secret in plain text") as caught:
        home.settings()
    assert f"{key}_file" in (caught.value.hint or "")
    assert PASSWORD not in f"{caught.value.message} {caught.value.hint}"


SECRETS = [
    *("sasl.password", "ssl.key.password", "ssl.key.pem", "ssl_key", "ssl.keystore.password"),
    *(
        "sasl.oauthbearer.config",
        "sasl.oauthbearer.client.secret",
        "sasl.jaas.config",
        "basic.auth.user.info",
    ),
    *("sasl.oauthbearer.assertion.private.key.passphrase", "sasl.oauthbearer.assertion.private.key.pem"),
]
PUBLIC = [
    *("client.id", "sasl.mechanism", "sasl.username", "security.protocol", "sasl.oauthbearer.client.id"),
    *("ssl.ca.location", "ssl.key.location", "ssl.keystore.location", "sasl.oauthbearer.method"),
    *("ssl.endpoint.identification.algorithm", "sasl.kerberos.principal", "sasl.oauthbearer.scope"),
]


@pytest.mark.parametrize("key", SECRETS)
def test_what_holds_a_secret_is_known_by_its_name(key: str) -> None:
    assert is_secret(key)
    assert is_secret(f"kafka.{key}")
    assert shown(f"kafka.{key}", PASSWORD) == MASK


@pytest.mark.parametrize("key", PUBLIC)
def test_what_is_no_secret_is_shown(key: str) -> None:
    assert shown(f"kafka.{key}", "plain") == "plain"


@pytest.mark.parametrize("key", ["sasl.pasword", "ssl.kee", "sasl.something.new"])
def test_what_is_not_known_of_a_login_is_masked(key: str) -> None:
    assert shown(f"kafka.{key}", PASSWORD) == MASK


@pytest.mark.parametrize(
    ("url", "seen"),
    [
        ("https://me:hunter2@host/token", f"https://{MASK}@host/token"),
        ("https://host/token?key=hunter2", f"https://host/token?{MASK}"),
        ("s3://bucket/prefix", "s3://bucket/prefix"),
    ],
)
def test_what_an_address_hides_is_masked(url: str, seen: str) -> None:
    assert shown("archive", url) == seen


def test_keys_name_where_a_secret_is_kept() -> None:
    assert split_key("sasl.password_file") == ("sasl.password", "file")
    assert split_key("sasl.password_command") == ("sasl.password", "command")
    assert split_key("sasl.password_env") == ("sasl.password", "env")
    assert split_key("sasl.password") == ("sasl.password", None)
    assert split_key("_file") == ("_file", None)


def test_a_message_that_quotes_the_command_line_keeps_its_secret() -> None:
    assert (
        without_secrets(f"unexpected (a=b sasl.password={PASSWORD} x)")
        == f"unexpected (a=b sasl.password={MASK}"
    )
    assert without_secrets("no such option: --sinse=2026") == "no such option: --sinse=2026"


def test_no_secret_is_in_what_is_shown_or_in_what_debuggers_print(home: Home, tmp_path: Path) -> None:
    home.environment |= {"AGENTCTL_KAFKA_SSL_KEY_PASSWORD": PASSWORD, "HIDDEN": PASSWORD}
    file = tmp_path / "client.properties"
    file.write_text(
        f"sasl.password={PASSWORD}\nsasl.pasword={PASSWORD}\nbasic.auth.user.info=me:{PASSWORD}\n"
    )
    home.own(f'[kafka]\n"ssl.keystore.password_command" = "echo {PASSWORD}"\n"ssl.key.pem_env" = "HIDDEN"\n')
    settings = home.settings(f"sasl.oauthbearer.config=secret={PASSWORD}", file=file)
    assert PASSWORD not in repr(settings)
    shown_rows = {row["setting"]: row["value"] for row in settings_view(settings).rows}
    assert PASSWORD not in repr(shown_rows)
    assert shown_rows["kafka.sasl.password"] == MASK
    assert shown_rows["kafka.ssl.keystore.password"] == f"{MASK} from a command"
    assert shown_rows["kafka.ssl.key.pem"] == f"{MASK} from $HIDDEN"
