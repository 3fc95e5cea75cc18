"""Property files of librdkafka and of the Java client, as librdkafka properties."""

from pathlib import Path

import pytest

from agentctl.errors import NotFoundError, UsageError
from agentctl.settings.properties import read_properties

PLAIN = "org.apache.kafka.common.security.plain.PlainLoginModule"
SCRAM = "org.apache.kafka.common.security.scram.ScramLoginModule"
OAUTH = "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "client.properties"


def read(path: Path, text: str) -> dict[str, str]:
    path.write_bytes(text.encode())
    return read_properties(path)


def test_librdkafkas_own_file_is_read_literally(path: Path) -> None:
    text = "# to prod\n\nbootstrap.servers = h:1,h:2\r\nsasl.password=a\\tb=c : d\n  client.id=x  \n"
    assert read(path, text) == {
        "bootstrap.servers": "h:1,h:2",
        "sasl.password": "a\\tb=c : d",
        "client.id": "x",
    }


@pytest.mark.parametrize("sign", ["\u0085", "\u2028", "\x0c", "\x1c"])
def test_only_what_ends_a_line_for_the_tools_ends_one(path: Path, sign: str) -> None:
    assert read(path, f"sasl.password=a{sign}b\n") == {"sasl.password": f"a{sign}b"}
    assert read(path, f"sasl.password=a{sign}b\nkey.serializer=x\n") == {"sasl.password": f"a{sign}b"}


@pytest.mark.parametrize("line", ["hunter2", "=hunter2"])
def test_a_line_that_is_no_property_is_named_by_its_number(path: Path, line: str) -> None:
    with pytest.raises(UsageError, match="line 2: this is not key=value") as caught:
        read(path, f"client.id=x\n{line}\n")
    assert "hunter2" not in f"{caught.value.message} {caught.value.hint}"


def test_a_byte_order_mark_belongs_to_no_key(path: Path) -> None:
    assert read(path, "\ufeffclient.id=x\n") == {"client.id": "x"}


@pytest.mark.parametrize("login", [f"{PLAIN} required", f"{SCRAM} required"])
@pytest.mark.parametrize("quote", ['"', "'"])
def test_a_java_login_becomes_user_and_password(path: Path, login: str, quote: str) -> None:
    text = f"""
security.protocol=SASL_SSL
sasl.mechanism=PLAIN
sasl.jaas.config={login} \\
   username={quote}me{quote} password={quote}h;u=n t{quote};
"""
    assert read(path, text) == {
        "security.protocol": "SASL_SSL",
        "sasl.mechanism": "PLAIN",
        "sasl.username": "me",
        "sasl.password": "h;u=n t",
    }


def test_a_java_oauth_client_becomes_oidc(path: Path) -> None:
    text = f"""
sasl.mechanism=OAUTHBEARER
sasl.jaas.config={OAUTH} required clientId='me' clientSecret='hunter2' scope='kafka';
sasl.oauthbearer.token.endpoint.url=https://idp/token
sasl.login.callback.handler.class=org.apache.kafka.OAuthBearerLoginCallbackHandler
"""
    assert read(path, text) == {
        "sasl.mechanism": "OAUTHBEARER",
        "sasl.oauthbearer.method": "oidc",
        "sasl.oauthbearer.client.id": "me",
        "sasl.oauthbearer.client.secret": "hunter2",
        "sasl.oauthbearer.scope": "kafka",
        "sasl.oauthbearer.token.endpoint.url": "https://idp/token",
    }


@pytest.mark.parametrize(
    ("written", "key", "value"),
    [
        ("client.id=x", "client.id", "x"),
        ("client.id : x", "client.id", "x"),
        ("client.id x", "client.id", "x"),
        ("client.id", "client.id", ""),
        ("  client.id  =  x ", "client.id", "x "),
        ("client\\.id=a\\tb", "client.id", "a\tb"),
        ("client\\:id=x", "client:id", "x"),
        ("client.id=\\u00e9\\ud83d\\ude00", "client.id", "é😀"),
        ("client.id=a\\\n    b", "client.id", "ab"),
        ("client.id=a\\\\", "client.id", "a\\"),
        ("client.id=a\\", "client.id", "a"),
        ("! client.id=y\nclient.id=x", "client.id", "x"),
        ("# ends with \\\nclient.id=x", "client.id", "x"),
    ],
)
def test_javas_own_rules_hold_in_javas_files(path: Path, written: str, key: str, value: str) -> None:
    assert read(path, f"key.serializer=x\n{written}") == {key: value}


def test_what_only_java_knows_is_left_out(path: Path) -> None:
    text = """
key.deserializer=org.apache.kafka.common.serialization.StringDeserializer
interceptor.classes=a.B
max.poll.records=500
max.block.ms=60000
ssl.enabled.protocols=TLSv1.2,TLSv1.3
ssl.endpoint.identification.algorithm=
group.id=g
"""
    assert read(path, text) == {"ssl.endpoint.identification.algorithm": "none", "group.id": "g"}


def test_the_empty_text_that_switches_the_check_of_names_off_for_java_is_read_in_any_file(path: Path) -> None:
    found = read(path, "security.protocol=SSL\nssl.endpoint.identification.algorithm=\n")
    assert found == {"security.protocol": "SSL", "ssl.endpoint.identification.algorithm": "none"}


@pytest.mark.parametrize("java", ["", "key.serializer=x\n"])
def test_what_is_for_a_schema_registry_is_kept_for_it(path: Path, java: str) -> None:
    text = "schema.registry.url=https://r\nbasic.auth.user.info=me:hunter2\nclient.id=x\n"
    assert read(path, java + text) == {
        "schema.registry.url": "https://r",
        "basic.auth.user.info": "me:hunter2",
        "client.id": "x",
    }
    again = f"{text}schema.registry.basic.auth.user.info=me:hunter3\n"
    assert "basic.auth.user.info" not in read(path, java + again)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("ssl.truststore.type=PEM\nssl.truststore.location=/ca", {"ssl.ca.location": "/ca"}),
        ("ssl.truststore.location=/ca.pem", {"ssl.ca.location": "/ca.pem"}),
        ("ssl.truststore.certificates=-----BEGIN", {"ssl.ca.pem": "-----BEGIN"}),
        (
            "ssl.truststore.location=/ca.crt\nssl.keystore.location=/me.p12\nssl.keystore.password=p",
            {"ssl.ca.location": "/ca.crt", "ssl.keystore.location": "/me.p12", "ssl.keystore.password": "p"},
        ),
        (
            "ssl.truststore.location=/ca.pem\nssl.keystore.type=PEM\nssl.keystore.location=/me\nssl.key.password=p",
            {
                "ssl.ca.location": "/ca.pem",
                "ssl.key.location": "/me",
                "ssl.certificate.location": "/me",
                "ssl.key.password": "p",
            },
        ),
    ],
)
def test_stores_that_librdkafka_can_read_are_translated(path: Path, text: str, found: dict[str, str]) -> None:
    assert read(path, text) == found


@pytest.mark.parametrize(
    ("text", "why", "hint"),
    [
        (
            "ssl.truststore.location=/ca.jks",
            "cannot read the Java trust store /ca.jks",
            "keytool -exportcert",
        ),
        ("ssl.keystore.location=/me.jks", "cannot read the Java key store /me.jks", "keytool"),
        ("ssl.keystore.type=JKS\nssl.keystore.location=/me", "cannot read the Java key store /me", "keytool"),
        ("ssl.truststore.location=/ca", "cannot read the Java trust store /ca", "keytool"),
        (
            "ssl.truststore.location=/ca.pem\nssl.keystore.location=/me.jks\nssl.keystore.password=hunter2",
            "cannot read the Java key store /me.jks",
            "keytool -importkeystore",
        ),
        ("key.serializer=x\nsasl.mechanism=AWS_MSK_IAM", "does not speak AWS_MSK_IAM", "SCRAM"),
        ("sasl.jaas.config=com.sun.Krb5LoginModule required password='hunter2';", "Krb5LoginModule", "sasl."),
    ],
)
def test_what_librdkafka_cannot_do_is_said_with_the_way_out(
    path: Path, text: str, why: str, hint: str
) -> None:
    with pytest.raises(UsageError) as caught:
        read(path, text)
    assert why in caught.value.message
    assert hint in (caught.value.hint or "")
    assert "hunter2" not in f"{caught.value.message} {caught.value.hint}"


def test_a_file_that_cannot_be_read_is_named(path: Path, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match=r"client\.properties"):
        read_properties(path)
    with pytest.raises(UsageError, match="Is a directory"):
        read_properties(tmp_path)
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(UsageError, match="not UTF-8"):
        read_properties(path)
