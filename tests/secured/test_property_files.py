"""Property files of kcat and of the Java client, read as they are."""

import subprocess
from pathlib import Path

import pytest

from tests.harness import OUTSIDE, Answer
from tests.secured.cluster import ALICE, ALICE_PASSWORD, STORE_PASSWORD, Secured
from tests.secured.conftest import Replay, ids

pytestmark = pytest.mark.xdist_group("secured")

SECURITY = "org.apache.kafka.common.security"
PLAIN_LOGIN = f'{SECURITY}.plain.PlainLoginModule required username="{ALICE}" password="{ALICE_PASSWORD}";'
SCRAM_LOGIN = f"{SECURITY}.scram.ScramLoginModule required username='{ALICE}' password='{ALICE_PASSWORD}';"


@pytest.fixture
def with_file(replay: Replay, tmp_path: Path) -> Replay:
    """Replay with a property file of that content."""

    def call(listener: str, content: str, *more: str) -> Answer:
        path = tmp_path / "client.properties"
        path.write_text(content)
        return replay(listener, {}, "-F", str(path), *more)

    return call


def has_all_rows(answer: Answer) -> None:
    assert (answer.exit_code, answer.stderr) == (0, "")
    assert len(ids(answer)) == 3


def test_kcats_file(with_file: Replay, secured_broker: Secured) -> None:
    has_all_rows(
        with_file(
            "SCRAM",
            "# kcat -F client.properties\n"
            "security.protocol=SASL_SSL\n"
            "sasl.mechanisms=SCRAM-SHA-512\n"
            f"sasl.username={ALICE}\n"
            f"sasl.password={ALICE_PASSWORD}\n"
            f"ssl.ca.location={secured_broker.files.ca}\n",
        )
    )


def test_javas_file_with_a_login(with_file: Replay) -> None:
    has_all_rows(
        with_file(
            "PLAIN",
            "security.protocol=SASL_PLAINTEXT\n"
            "sasl.mechanism=PLAIN\n"
            f"sasl.jaas.config={PLAIN_LOGIN}\n"
            "key.deserializer=org.apache.kafka.common.serialization.StringDeserializer\n",
        )
    )


def test_javas_file_with_a_login_and_a_trust_store_in_pem(with_file: Replay, secured_broker: Secured) -> None:
    has_all_rows(
        with_file(
            "SCRAM",
            "security.protocol = SASL_SSL\n"
            "sasl.mechanism : SCRAM-SHA-512\n"
            f"sasl.jaas.config={SCRAM_LOGIN}\n"
            "ssl.truststore.type=PEM\n"
            f"ssl.truststore.location={secured_broker.files.ca}\n"
            "ssl.enabled.protocols=TLSv1.2,TLSv1.3\n",
        )
    )


def test_javas_file_with_both_stores_in_pem(with_file: Replay, secured_broker: Secured) -> None:
    has_all_rows(with_file("MTLS", java_tls(secured_broker) + in_pem(secured_broker)))


def test_javas_file_with_the_certificates_in_itself(with_file: Replay, secured_broker: Secured) -> None:
    key, _, chain = secured_broker.files.client.read_text().partition("-----BEGIN CERTIFICATE-----")
    has_all_rows(
        with_file(
            "MTLS",
            "security.protocol=SSL\nssl.truststore.type=PEM\nssl.keystore.type=PEM\n"
            f"ssl.truststore.certificates={on_one_line(secured_broker.files.ca.read_text())}\n"
            f"ssl.keystore.key={on_one_line(key)}\n"
            f"ssl.keystore.certificate.chain={on_one_line('-----BEGIN CERTIFICATE-----' + chain)}\n",
        )
    )


def test_javas_file_with_a_key_store_of_pkcs12(with_file: Replay, secured_broker: Secured) -> None:
    has_all_rows(
        with_file(
            "MTLS",
            java_tls(secured_broker)
            + f"ssl.keystore.location={secured_broker.files.client_p12}\n"
            + f"ssl.keystore.password={STORE_PASSWORD}\n",
        )
    )


def test_a_key_store_of_java_is_answered_with_the_way_out_and_the_way_out_works(
    with_file: Replay, secured_broker: Secured, tmp_path: Path
) -> None:
    store, converted = tmp_path / "client.jks", tmp_path / "key.p12"
    keytool(secured_broker.files.client_p12, "PKCS12", store, "JKS")
    content = (
        java_tls(secured_broker) + f"ssl.keystore.location={store}\nssl.keystore.password={STORE_PASSWORD}\n"
    )
    answer = with_file("MTLS", content + "ssl.keystore.type=JKS\n")
    assert answer.stderr.splitlines() == [
        f"agentctl: {tmp_path}/client.properties: librdkafka cannot read the Java key store {store}",
        "  hint: convert it: keytool -importkeystore -srckeystore STORE -destkeystore key.p12 "
        "-deststoretype PKCS12; then ssl.keystore.type=PKCS12",
    ]
    assert (answer.exit_code, answer.stdout) == (2, "")
    keytool(store, "JKS", converted, "PKCS12")
    has_all_rows(
        with_file("MTLS", content.replace(str(store), str(converted)) + "ssl.keystore.type=PKCS12\n")
    )


def test_a_trust_store_of_java_is_answered_with_the_way_out_and_the_way_out_works(
    with_file: Replay, secured_broker: Secured, tmp_path: Path
) -> None:
    store, exported = tmp_path / "trust.jks", tmp_path / "ca.pem"
    files = ["-keystore", str(store), "-storepass", STORE_PASSWORD, "-alias", "ca", "-file"]
    java_says("-importcert", "-noprompt", "-storetype", "JKS", *files, str(secured_broker.files.ca))
    answer = with_file("TLS", f"security.protocol=SSL\nssl.truststore.location={store}\n")
    assert answer.stderr.splitlines() == [
        f"agentctl: {tmp_path}/client.properties: librdkafka cannot read the Java trust store {store}",
        "  hint: export it: keytool -exportcert -rfc -keystore STORE -alias NAME -file ca.pem; "
        "then ssl.ca.location=ca.pem",
    ]
    assert (answer.exit_code, answer.stdout) == (2, "")
    java_says("-exportcert", "-rfc", *files, str(exported))
    has_all_rows(with_file("TLS", f"security.protocol=SSL\nssl.ca.location={exported}\n"))


@pytest.mark.parametrize("java", ["", "key.deserializer=x\n"], ids=["kcat", "java"])
def test_an_empty_algorithm_of_identification_lets_any_name_pass(
    with_file: Replay, secured_broker: Secured, java: str
) -> None:
    named = ("-b", f"localhost:{secured_broker.ports['TLS']}")
    trust = f"{java}security.protocol=SSL\nssl.ca.location={secured_broker.files.ca}\n"
    assert with_file("TLS", trust, *named).exit_code == 5
    has_all_rows(with_file("TLS", trust + "ssl.endpoint.identification.algorithm=\n", *named))


def java_tls(secured: Secured) -> str:
    """Trust the broker's CA, in Java's words."""
    return f"security.protocol=SSL\nssl.truststore.type=PEM\nssl.truststore.location={secured.files.ca}\n"


def in_pem(secured: Secured) -> str:
    """Show the client's certificate, in Java's words."""
    return f"ssl.keystore.type=PEM\nssl.keystore.location={secured.files.client}\n"


def on_one_line(pem: str) -> str:
    """Write PEM as property files hold it."""
    return pem.strip().replace("\n", "\\n")


def keytool(source: Path, source_type: str, target: Path, target_type: str) -> None:
    """Convert a store."""
    java_says(
        *("-importkeystore", "-noprompt", "-srckeystore", str(source), "-srcstoretype", source_type),
        *("-destkeystore", str(target), "-deststoretype", target_type),
        *("-srcstorepass", STORE_PASSWORD, "-deststorepass", STORE_PASSWORD),
    )


def java_says(*words: str) -> None:
    """Run keytool."""
    subprocess.run(["keytool", *words], env=dict(OUTSIDE), capture_output=True, timeout=60, check=True)
