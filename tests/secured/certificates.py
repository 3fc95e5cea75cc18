"""A certificate authority of the tests, another one that nobody trusts, and what both have signed."""

from dataclasses import dataclass
from pathlib import Path

import trustme
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
    pkcs12,
)
from cryptography.x509 import load_pem_x509_certificate

LOCALHOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Certificates:
    """Files in PEM unless their names say otherwise."""

    folder: Path
    ca: Path
    """Of the authority that signed the broker's certificate and the clients'."""
    foreign_ca: Path
    """Of an authority that signed neither."""
    broker: Path
    """Key and chain of the broker, for 127.0.0.1 only."""
    client: Path
    """Key and chain of a client, in one file as Java has it."""
    client_p12: Path
    """The same as PKCS#12."""
    foreign_client: Path
    """Key and chain of a client whom the broker does not trust."""


def issue(folder: Path, client: str, password: str) -> Certificates:
    """Make them all. ``client`` is the name that the broker will know the client by; ``password`` is of
    the PKCS#12 file.
    """
    trusted, foreign = trustme.CA(), trustme.CA()
    files = Certificates(
        folder=folder,
        ca=folder / "ca.pem",
        foreign_ca=folder / "foreign-ca.pem",
        broker=folder / "broker.pem",
        client=folder / "client.pem",
        client_p12=folder / "client.p12",
        foreign_client=folder / "foreign-client.pem",
    )
    trusted.cert_pem.write_to_path(str(files.ca))
    foreign.cert_pem.write_to_path(str(files.foreign_ca))
    own = trusted.issue_cert(f"{client}@example.org", common_name=client)
    files.broker.write_bytes(_key_and_chain(trusted.issue_cert(LOCALHOST)))
    files.client.write_bytes(_key_and_chain(own))
    files.client_p12.write_bytes(_pkcs12(own, client, password))
    files.foreign_client.write_bytes(_key_and_chain(foreign.issue_cert("x@example.org", common_name=client)))
    return files


def _key_and_chain(leaf: trustme.LeafCert) -> bytes:
    """Return PEM as Java reads it: it knows keys in PKCS#8 only."""
    key = load_pem_private_key(leaf.private_key_pem.bytes(), None)
    chain = b"".join(blob.bytes() for blob in leaf.cert_chain_pems)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + chain


def _pkcs12(leaf: trustme.LeafCert, name: str, password: str) -> bytes:
    key = load_pem_private_key(leaf.private_key_pem.bytes(), None)
    certificate = load_pem_x509_certificate(leaf.cert_chain_pems[0].bytes())
    assert isinstance(key, EllipticCurvePrivateKey)
    encryption = BestAvailableEncryption(password.encode())
    return pkcs12.serialize_key_and_certificates(name.encode(), key, certificate, None, encryption)
