"""How one logs in to each listener, as properties of librdkafka."""

from tests.secured.cluster import ALICE, ALICE_PASSWORD, Secured

Properties = dict[str, str]


def plain(user: str = ALICE, password: str = ALICE_PASSWORD) -> Properties:
    """Log in by PLAIN, without TLS."""
    return {
        "security.protocol": "SASL_PLAINTEXT",
        "sasl.mechanism": "PLAIN",
        "sasl.username": user,
        "sasl.password": password,
    }


def tls(secured: Secured) -> Properties:
    """Trust the broker's CA."""
    return {"security.protocol": "SSL", "ssl.ca.location": str(secured.files.ca)}


def mutual(secured: Secured) -> Properties:
    """Trust the broker's CA, and show a certificate."""
    own = str(secured.files.client)
    return {**tls(secured), "ssl.certificate.location": own, "ssl.key.location": own}


def scram(secured: Secured, user: str = ALICE, password: str = ALICE_PASSWORD) -> Properties:
    """Log in by SCRAM over TLS."""
    mechanism = {"security.protocol": "SASL_SSL", "sasl.mechanism": "SCRAM-SHA-512"}
    return {**plain(user, password), **tls(secured), **mechanism}


def oauth(config: str = f"principal={ALICE}") -> Properties:
    """Log in with a token that librdkafka makes by itself, unsigned."""
    return {
        "security.protocol": "SASL_PLAINTEXT",
        "sasl.mechanism": "OAUTHBEARER",
        "enable.sasl.oauthbearer.unsecure.jwt": "true",
        "sasl.oauthbearer.config": config,
    }


def words(properties: Properties) -> list[str]:
    """Return the properties as words of the command line."""
    return [word for key, value in properties.items() for word in ("-X", f"{key}={value}")]


def right(secured: Secured) -> dict[str, Properties]:
    """Return the right login for each listener."""
    return {
        "OPEN": {},
        "TLS": tls(secured),
        "MTLS": mutual(secured),
        "PLAIN": plain(),
        "SCRAM": scram(secured),
        "OAUTH": oauth(),
    }
