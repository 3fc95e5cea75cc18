"""Every failure is told as a sentence with a hint and the right exit code, and tells no secret."""

import inspect
from typing import Any

import pytest
from botocore import exceptions
from botocore.exceptions import ClientError

from agentctl.errors import AccessError, AgentctlError, ExitCode
from agentctl.store.errors import told
from agentctl.store.meanings import CLASSES, CODES
from tests.store.conftest import Ground
from tests.store.faults import refuse

TLS = "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self-signed certificate (_ssl.c:1)"
BASES = {"BotoCoreError", "ClientError"}
BOTO = sorted(
    name
    for name, found in vars(exceptions).items()
    if inspect.isclass(found) and issubclass(found, Exception) and found.__module__ == exceptions.__name__
)


@pytest.mark.parametrize("name", sorted(set(BOTO) - BASES))
def test_every_failure_of_boto3_has_a_sentence(name: str) -> None:
    found = getattr(exceptions, name)
    parents = [parent.__name__ for parent in found.__mro__]
    assert CLASSES.keys() & set(parents) or "ClientError" in parents, "neither it nor what it is a kind of"


@pytest.mark.parametrize("told_as", [*CODES.values(), *CLASSES.values()], ids=[*CODES, *CLASSES])
def test_every_sentence_says_why_and_what_to_do(told_as: Any) -> None:
    assert told_as.why
    assert told_as.hint
    assert not told_as.why.endswith(".")


def answered(code: str, status: int, message: str = "as the store says it") -> ClientError:
    return ClientError(
        {
            "Error": {"Code": code, "Message": message},
            "ResponseMetadata": {
                "HTTPStatusCode": status,
                "HTTPHeaders": {},
                "RequestId": "",
                "HostId": "",
                "RetryAttempts": 0,
            },
        },
        "GetObject",
    )


@pytest.mark.parametrize(("code", "status", "exit_code"), [
    ("NoSuchBucket", 404, 4),
    ("NoSuchKey", 404, 4),
    ("404", 404, 4),
    ("AccessDenied", 403, 5),
    ("403", 403, 5),
    ("InvalidAccessKeyId", 403, 5),
    ("SignatureDoesNotMatch", 403, 5),
    ("ExpiredToken", 400, 5),
    ("InvalidToken", 400, 5),
    ("RequestTimeTooSkewed", 403, 5),
    ("PermanentRedirect", 301, 6),
    ("AuthorizationHeaderMalformed", 400, 6),
    ("SlowDown", 503, 6),
    ("InternalError", 500, 6),
    ("SomethingNew", 500, 6),
    ("SomethingNew", 418, 1),
    ("SomethingNew", 403, 5),
    ("SomethingNew", 404, 4),
])  # fmt: skip
def test_exit_codes(code: str, status: int, exit_code: int) -> None:
    failure = told(answered(code, status), "cannot read s3://b/k", "https://s3.example.com")
    assert failure.exit_code == ExitCode(exit_code)
    assert failure.message.startswith("cannot read s3://b/k: ")
    assert failure.hint


def test_what_nobody_knows_is_quoted_in_one_line_without_its_secrets() -> None:
    failure = told(
        answered("Odd", 418, "no\n such  teapot, password=hunter2 " + "x" * 1000), "cannot read", ""
    )
    assert "Odd: no such teapot, password=" in failure.message
    assert "hunter2" not in failure.message
    assert len(failure.message) < 350


@pytest.mark.parametrize("failure", [
    exceptions.ProxyConnectionError(proxy_url="http://me:hunter2@proxy"),
    exceptions.CredentialRetrievalError(provider="custom-process", error_msg="said hunter2"),
    exceptions.EndpointConnectionError(endpoint_url="http://me:hunter2@host"),
    exceptions.HTTPClientError(error="http://me:hunter2@host broke"),
    exceptions.ConfigParseError(path="hunter2"),
    exceptions.InvalidConfigError(error_msg="aws_secret_access_key = hunter2"),
    exceptions.SSLError(endpoint_url="https://me:hunter2@host", error=OSError(TLS)),
], ids=lambda failure: type(failure).__name__)  # fmt: skip
def test_texts_of_the_library_are_not_told(failure: Exception) -> None:
    said = told(failure, "cannot read s3://b/k", "https://s3.example.com")
    assert "hunter2" not in f"{said.message} {said.hint}"


def test_why_tls_failed_is_told() -> None:
    failure = exceptions.SSLError(
        endpoint_url="https://h",
        error=OSError(TLS),
    )
    assert "TLS failed: certificate verify failed: self-signed" in told(failure, "cannot read", "").message


@pytest.mark.parametrize(
    ("status", "code"), [(301, "PermanentRedirect"), (400, "AuthorizationHeaderMalformed")]
)
@pytest.mark.parametrize("said_by", ["body", "header"])
def test_of_another_region_the_right_one_is_told(
    ground: Ground, status: int, code: str, said_by: str
) -> None:
    if said_by == "body":
        fault = refuse(status, code, "<Region>eu-central-1</Region>")
    else:
        fault = refuse(status, code, x_amz_bucket_region="eu-central-1")
    for method in ("GET", "HEAD"):
        ground.faults.on(method, "", fault, always=True)
    with pytest.raises(AgentctlError, match="the bucket is in the region eu-central-1") as failure:
        ground.store.get("a.avro")
    assert failure.value.hint == "AWS_REGION=eu-central-1"
    assert failure.value.exit_code == ExitCode.UNREACHABLE


def test_a_look_without_permission_is_told_though_its_answer_has_no_body(ground: Ground) -> None:
    ground.faults.on("HEAD", "", refuse(403))
    with pytest.raises(AccessError, match=r"cannot look at s3://.*/a\.avro: permission is denied"):
        ground.store.head("a.avro")


def test_what_is_no_object_store_is_told(ground: Ground) -> None:
    def page(asked: object, forward: object) -> Any:
        from tests.store.faults import Answer

        return Answer(200, (("Content-Type", "text/html"),), b"<!doctype html><p>It works!")

    ground.faults.on("GET", "", page, always=True)
    with pytest.raises(AgentctlError, match="what answers is no object store") as failure:
        list(ground.store.list())
    assert failure.value.exit_code == ExitCode.UNREACHABLE
