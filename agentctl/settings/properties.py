"""Property files of other tools, librdkafka's (kcat) and the Java client's, as librdkafka properties."""

import re
from collections.abc import Container, Iterator, Mapping
from pathlib import Path

from agentctl.errors import NotFoundError, UsageError

_JAVA_ONLY = re.compile(
    r"^(sasl\.jaas\.config|ssl\.truststore\..*|ssl\.keystore\.(type|key|certificate\.chain)"
    r"|.*\.(de)?serializer|.*\.class(es)?)$"
)
_UNUSED_JAVA = re.compile(
    r"^(.*\.(de)?serializer|.*\.(class|classes|reporters)|max\.poll\.records|default\.api\.timeout\.ms"
    r"|max\.block\.ms|buffer\.memory|(send|receive)\.buffer\.bytes|ssl\.(enabled\.)?protocols?|ssl\.provider"
    r"|sasl\.login\..*)$"
)
_JAVA_PAIR = re.compile(r"((?:[^\\=: \t\f]|\\.)*)(?:[ \t\f]*[=:][ \t\f]*|[ \t\f]+|$)(.*)", re.S)
_LINE_END = re.compile(r"\r\n|\n|\r")
"""What ends a line for both tools; Python's own idea (U+0085, U+2028, form feed) would cut passwords."""
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.S)
_ESCAPED = {"t": "\t", "n": "\n", "r": "\r", "f": "\f"}
_REGISTRY = re.compile(r"^(schema\.registry|basic\.auth|bearer\.auth)\.")
"""What the same file says to a schema registry's client."""
_PREFIX = "schema.registry."
_KEY_STORE = "ssl.keystore.location"
_NAME_CHECK = "ssl.endpoint.identification.algorithm"
"""Java switches it off with an empty text, which librdkafka does not take."""
_JAAS_OPTION = re.compile(r"([\w.]+)\s*=\s*(?:\"((?:[^\"\\]|\\.)*)\"|'((?:[^'\\]|\\.)*)'|([^\s;\"']+))")
_PEM_ENDINGS = (".pem", ".crt", ".cer", ".cert")

_TO_PEM = (
    "export it: keytool -exportcert -rfc -keystore STORE -alias NAME -file ca.pem; "
    "then ssl.ca.location=ca.pem"
)
_KEY_TO_PKCS12 = (
    "convert it: keytool -importkeystore -srckeystore STORE -destkeystore key.p12 -deststoretype PKCS12; "
    "then ssl.keystore.type=PKCS12"
)


def read_properties(path: Path) -> dict[str, str]:
    """Return a property file's content under librdkafka's names.

    A file with keys that only Java knows is read by Java's rules (escapes, ``:`` and blanks as
    separators), any other literally, as kcat does: a backslash in a password stays one.
    Raises NotFoundError without the file, UsageError for what librdkafka cannot do; never quotes a value.
    """
    try:
        text = path.read_text("utf-8-sig")
    except FileNotFoundError:
        raise NotFoundError(f"there is no file {path}", hint="see -F") from None
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}", hint="see -F") from error
    except UnicodeDecodeError:
        raise UsageError(f"cannot read {path}: it is not UTF-8 text", hint="see -F") from None
    java = dict(_java_pairs(text))
    is_java = any(_JAVA_ONLY.match(key) for key in java) or java.get(_KEY_STORE, "").endswith(".jks")
    found = _translated(java, path) if is_java else dict(_plain_pairs(text, path))
    if found.get(_NAME_CHECK) == "":
        found[_NAME_CHECK] = "none"
    # A serialiser of the Java client may be told the same twice, with the prefix and without.
    prefixed = {key for key in found if key.startswith(_PREFIX)}
    return {key: value for key, value in found.items() if not _for_registry_twice(key, prefixed)}


def _for_registry_twice(key: str, prefixed: Container[str]) -> bool:
    return bool(_REGISTRY.match(key)) and f"{_PREFIX}{key}" in prefixed


def _plain_pairs(text: str, path: Path) -> Iterator[tuple[str, str]]:
    for number, line in enumerate(_LINE_END.split(text), 1):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        key, equals, value = line.partition("=")
        if not equals or not key.strip():
            raise UsageError(f"{path}, line {number}: this is not key=value", hint="one property a line")
        yield key.strip(), value.strip()


def _java_pairs(text: str) -> Iterator[tuple[str, str]]:
    logical = ""
    lines = _LINE_END.split(text)
    for number, line in enumerate(lines, 1):
        logical += line.lstrip(" \t\f")
        comment = logical.startswith(("#", "!"))
        if (len(logical) - len(logical.rstrip("\\"))) % 2 and not comment:
            logical = logical[:-1]
            if number < len(lines):
                continue
        if logical and not comment and (pair := _JAVA_PAIR.fullmatch(logical)):
            yield _unescaped(pair[1]), _unescaped(pair[2])
        logical = ""


def _unescaped(text: str) -> str:
    def plain(match: re.Match[str]) -> str:
        what = match[1]
        return chr(int(what[1:], 16)) if len(what) == 5 else _ESCAPED.get(what, what)

    # Java writes a sign beyond U+FFFF as two escapes.
    return _ESCAPE.sub(plain, text).encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _translated(java: Mapping[str, str], path: Path) -> dict[str, str]:
    kept = {
        key: value
        for key, value in java.items()
        if _REGISTRY.match(key)
        or not (
            key.startswith(("ssl.truststore.", "ssl.keystore."))
            or key == "sasl.jaas.config"
            or _UNUSED_JAVA.match(key)
        )
    }
    if java.get("sasl.mechanism") == "AWS_MSK_IAM":
        raise UsageError(
            f"{path}: librdkafka does not speak AWS_MSK_IAM", hint="use the cluster's SCRAM-SHA-512 listener"
        )
    return kept | _login(java, path) | _trust(java, path) | _own_key(java, path)


def _login(java: Mapping[str, str], path: Path) -> dict[str, str]:
    """Translate the JAAS line: user and password, or the OAuth client."""
    line = java.get("sasl.jaas.config", "")
    if not line:
        return {}
    module = line.split()[0].rpartition(".")[2]
    options = {key: _unescaped(a or b or c) for key, a, b, c in _JAAS_OPTION.findall(line)}
    names = {
        "PlainLoginModule": {"username": "sasl.username", "password": "sasl.password"},
        "ScramLoginModule": {"username": "sasl.username", "password": "sasl.password"},
        "OAuthBearerLoginModule": {
            "clientId": "sasl.oauthbearer.client.id",
            "clientSecret": "sasl.oauthbearer.client.secret",
            "scope": "sasl.oauthbearer.scope",
        },
    }.get(module)
    if names is None:
        raise UsageError(
            f"{path}: the JAAS login module {module} has no counterpart in librdkafka",
            hint="write librdkafka's own sasl.* properties, see its CONFIGURATION.md",
        )
    found = {names[key]: value for key, value in options.items() if key in names}
    if module == "OAuthBearerLoginModule" and "sasl.oauthbearer.token.endpoint.url" in java:
        found["sasl.oauthbearer.method"] = "oidc"
    return found


def _trust(java: Mapping[str, str], path: Path) -> dict[str, str]:
    """Translate the certificates that are trusted."""
    if certificates := java.get("ssl.truststore.certificates"):
        return {"ssl.ca.pem": certificates}
    location = java.get("ssl.truststore.location")
    if not location:
        return {}
    if _store_type(java, "ssl.truststore", location) == "PEM":
        return {"ssl.ca.location": location}
    raise UsageError(f"{path}: librdkafka cannot read the Java trust store {location}", hint=_TO_PEM)


def _own_key(java: Mapping[str, str], path: Path) -> dict[str, str]:
    """Translate the client's own certificate and key."""
    if key := java.get("ssl.keystore.key"):
        return {"ssl.key.pem": key, "ssl.certificate.pem": java.get("ssl.keystore.certificate.chain", "")}
    location = java.get("ssl.keystore.location")
    if not location:
        return {}
    kind = _store_type(java, "ssl.keystore", location)
    if kind == "PEM":
        return {"ssl.key.location": location, "ssl.certificate.location": location}
    if kind == "PKCS12":
        password = java.get("ssl.keystore.password")
        return {"ssl.keystore.location": location} | (
            {} if password is None else {"ssl.keystore.password": password}
        )
    raise UsageError(f"{path}: librdkafka cannot read the Java key store {location}", hint=_KEY_TO_PKCS12)


def _store_type(java: Mapping[str, str], prefix: str, location: str) -> str:
    """Return the store's type as it is said, else as its file's ending says; Java's own default is JKS."""
    said = java.get(f"{prefix}.type")
    if said:
        return said.upper()
    if location.lower().endswith(_PEM_ENDINGS):
        return "PEM"
    return "PKCS12" if location.lower().endswith((".p12", ".pfx")) else "JKS"
