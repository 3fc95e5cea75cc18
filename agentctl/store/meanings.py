"""What each failure of a store means for people, by its code and by boto3's class."""

from collections.abc import Mapping
from dataclasses import dataclass

from agentctl.errors import AccessError, AgentctlError, NotFoundError, UnreachableError, UsageError


@dataclass(frozen=True, slots=True)
class Told:
    """What one failure means."""

    kind: type[AgentctlError]
    why: str
    hint: str
    passing: bool = False
    """Whether the same request may well succeed a moment later."""


_LOG_IN = "aws sso login, or new keys in AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN"
_KEYS = "see AWS_PROFILE, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
_CONFIG = "see ~/.aws/config and the variables AWS_*"
_ENDPOINT = "see s3_endpoint, AWS_ENDPOINT_URL_S3 and the network"
_DEFECT = "run it again with --debug and report what it says"
_LATER = "try again in a while"

_DENIED = Told(
    AccessError,
    "permission is denied",
    "it takes s3:ListBucket and s3:GetObject to read, s3:PutObject and s3:PutObjectTagging to write",
)
_NO_KEY = Told(NotFoundError, "there is no such object", "agentctl archive list shows those that there are")
_BUSY = Told(UnreachableError, "the store asks to slow down", _LATER, passing=True)
BROKEN = Told(UnreachableError, "the store has a fault of its own", _LATER, passing=True)
_EXPIRED = Told(AccessError, "the credentials have expired", _LOG_IN)
REGION = Told(UnreachableError, "the bucket is in another region", "set AWS_REGION to the bucket's region")
_DAMAGED = Told(UnreachableError, "bytes were damaged or lost on the way", _LATER, passing=True)
_BEATEN = Told(AgentctlError, "another writer was at the same object", _LATER, passing=True)
_EXISTS = Told(AgentctlError, "an object of that name is there already", "objects are never overwritten")
_UNABLE = Told(
    AgentctlError,
    "the store cannot do this",
    "an archive needs PUT with If-None-Match, and range reads; thawing and lifecycles need S3's",
)
MISMEANT = Told(AgentctlError, "the store does not understand the request", _DEFECT)
_KMS = Told(AccessError, "the key that encrypts the object cannot be used", "ask for kms:Decrypt on that key")

CODES: Mapping[str, Told] = {
    "NoSuchBucket": Told(
        NotFoundError,
        "there is no such bucket",
        "archives are named s3://bucket/prefix; aws s3 ls lists yours",
    ),
    **dict.fromkeys(("NoSuchKey", "404", "NotFound", "NoSuchVersion"), _NO_KEY),
    "NoSuchUpload": Told(AgentctlError, "the upload was given up by somebody else", _LATER, passing=True),
    "NoSuchLifecycleConfiguration": Told(NotFoundError, "the bucket has no lifecycle", "archive lifecycle"),
    **dict.fromkeys(
        ("AccessDenied", "403", "401", "Forbidden", "Unauthorized", "AccessDeniedException"), _DENIED
    ),
    **dict.fromkeys(
        ("AllAccessDisabled", "AccountProblem", "NotSignedUp", "InvalidPayer", "UnauthorizedAccess"),
        Told(AccessError, "the account may not use this store", "ask whoever runs the account"),
    ),
    **dict.fromkeys(
        ("InvalidAccessKeyId", "InvalidClientTokenId", "UnrecognizedClientException", "XAdminUserNotFound"),
        Told(AccessError, "the store does not know the access key", _KEYS),
    ),
    "SignatureDoesNotMatch": Told(AccessError, "the secret access key is wrong", _KEYS),
    **dict.fromkeys(
        ("InvalidToken", "TokenRefreshRequired"), Told(AccessError, "the session token is wrong", _LOG_IN)
    ),
    **dict.fromkeys(("ExpiredToken", "ExpiredTokenException", "RequestExpired"), _EXPIRED),
    "RequestTimeTooSkewed": Told(
        AccessError, "this machine's clock is too far from the store's", "set the clock: timedatectl"
    ),
    **dict.fromkeys(
        ("400", "MissingSecurityHeader", "InvalidSecurity", "CredentialsNotSupported"),
        Told(
            AccessError,
            "the store refused the credentials, or has the bucket in another region",
            "see AWS_REGION, and whether the session has expired",
        ),
    ),
    **dict.fromkeys(
        (
            "AuthorizationHeaderMalformed",
            "PermanentRedirect",
            "301",
            "307",
            "TemporaryRedirect",
            "Redirect",
            "IllegalLocationConstraintException",
            "IncorrectEndpoint",
        ),
        REGION,
    ),
    **dict.fromkeys(
        (
            "SlowDown",
            "503",
            "ServiceUnavailable",
            "Throttling",
            "ThrottlingException",
            "ThrottledException",
            "RequestThrottled",
            "RequestThrottledException",
            "RequestLimitExceeded",
            "BandwidthLimitExceeded",
            "TooManyRequestsException",
            "TooManyRequests",
            "429",
            "Busy",
        ),
        _BUSY,
    ),
    **dict.fromkeys(("InternalError", "InternalFailure", "500", "502", "504", "BadGateway"), BROKEN),
    **dict.fromkeys(
        ("RequestTimeout", "RequestTimeoutException", "408"),
        Told(UnreachableError, "the store waited too long for the request", _LATER, passing=True),
    ),
    **dict.fromkeys(
        (
            "BadDigest",
            "InvalidDigest",
            "XAmzContentSHA256Mismatch",
            "XAmzContentChecksumMismatch",
            "IncompleteBody",
        ),
        _DAMAGED,
    ),
    **dict.fromkeys(("ConditionalRequestConflict", "OperationAborted", "409"), _BEATEN),
    **dict.fromkeys(("PreconditionFailed", "412"), _EXISTS),
    "InvalidObjectState": Told(AgentctlError, "the object is frozen", "agentctl restore --thaw bulk"),
    "ObjectNotInActiveTierError": Told(AgentctlError, "the object is frozen", "agentctl restore --thaw bulk"),
    "ObjectAlreadyInActiveTierError": Told(AgentctlError, "the object is not frozen", "read it"),
    "RestoreAlreadyInProgress": Told(AgentctlError, "the object is being thawed already", "wait for it"),
    "GlacierExpeditedRetrievalNotAvailable": Told(
        UnreachableError, "there is no capacity to thaw at once now", "agentctl restore --thaw standard"
    ),
    **dict.fromkeys(
        ("InvalidRange", "416"),
        Told(AgentctlError, "the object is shorter than its index says", "agentctl archive verify"),
    ),
    **dict.fromkeys(("NotImplemented", "501", "MethodNotAllowed", "405"), _UNABLE),
    **dict.fromkeys(
        (
            "InvalidArgument",
            "InvalidRequest",
            "MalformedXML",
            "MissingContentLength",
            "411",
            "MissingRequestBodyError",
            "InvalidPart",
            "InvalidPartOrder",
            "EntityTooSmall",
            "InvalidURI",
            "RequestHeaderSectionTooLarge",
            "MetadataTooLarge",
            "UnexpectedContent",
        ),
        MISMEANT,
    ),
    "InvalidStorageClass": Told(
        UsageError,
        "the store has no such storage class",
        "such as STANDARD, GLACIER_IR, GLACIER, DEEP_ARCHIVE",
    ),
    "InvalidBucketName": Told(UsageError, "a bucket cannot be called so", "such as s3://bucket/prefix"),
    "KeyTooLongError": Told(UsageError, "the prefix makes names too long", "take a shorter prefix"),
    **dict.fromkeys(
        ("EntityTooLarge", "413"),
        Told(AgentctlError, "the object is too large for the store", "a smaller --object-size"),
    ),
    **dict.fromkeys(
        ("QuotaExceeded", "XMinioStorageFull", "InsufficientStorage", "507", "ServiceQuotaExceededException"),
        Told(AgentctlError, "the store is full", "make room, or let old objects expire: archive lifecycle"),
    ),
    **dict.fromkeys(
        (
            "KMS.DisabledException",
            "KMS.InvalidStateException",
            "KMS.NotFoundException",
            "KMS.KMSInvalidStateException",
            "KMS.InvalidKeyUsageException",
            "InvalidEncryptionAlgorithmError",
        ),
        _KMS,
    ),
}
"""By the code in a store's answer; where that has no body, its HTTP status."""

_UNREACHED = Told(UnreachableError, "nothing answers", _ENDPOINT, passing=True)
_LOST = Told(UnreachableError, "the connection broke", _ENDPOINT, passing=True)
_LATE = Told(UnreachableError, "it did not answer in time", _ENDPOINT, passing=True)
_NO_LOGIN = Told(AccessError, "there are no AWS credentials", _LOG_IN)
_LOGIN_FAILED = Told(AccessError, "the AWS credentials could not be fetched", _LOG_IN)
_SETTINGS = Told(UsageError, "the AWS settings cannot be meant", _CONFIG)
DEFECTIVE = Told(AgentctlError, "this is a defect of agentctl", _DEFECT)

_GROUPS: tuple[tuple[str, Told], ...] = (
    ("EndpointConnectionError ConnectionError HTTPClientError", _UNREACHED),
    ("ConnectionClosedError ResponseStreamingError IncompleteReadError EventStreamError", _LOST),
    ("ConnectTimeoutError ReadTimeoutError", _LATE),
    ("ChecksumError FlexibleChecksumError", _DAMAGED),
    (
        "ProxyConnectionError",
        Told(UnreachableError, "the proxy does not answer", "see HTTPS_PROXY and NO_PROXY", passing=True),
    ),
    ("SSLError", Told(AccessError, "TLS failed", "see AWS_CA_BUNDLE, and http or https in s3_endpoint")),
    (
        "ResponseParserError",
        Told(UnreachableError, "what answers is no object store", _ENDPOINT, passing=True),
    ),
    ("NoCredentialsError NoAuthTokenError", _NO_LOGIN),
    ("PartialCredentialsError", Told(AccessError, "one half of the AWS credentials is missing", _KEYS)),
    (
        "CredentialRetrievalError MetadataRetrievalError TokenRetrievalError InvalidIMDSEndpointError "
        "InvalidIMDSEndpointModeError RefreshWithMFAUnsupportedError UnknownCredentialError "
        "UnknownTokenProviderError",
        _LOGIN_FAILED,
    ),
    (
        "SSOError SSOTokenLoadError UnauthorizedSSOTokenError "
        "LoginError LoginRefreshRequired LoginTokenLoadError "
        "LoginAuthorizationCodeError LoginInsufficientPermissions",
        _EXPIRED,
    ),
    (
        "ProfileNotFound",
        Told(UsageError, "there is no such AWS profile", "see AWS_PROFILE and ~/.aws/config"),
    ),
    (
        "NoRegionError UnknownRegionError InvalidRegionError ServiceNotInRegionError",
        Told(UsageError, "the AWS region cannot be meant", "set AWS_REGION"),
    ),
    (
        "ConfigNotFound ConfigParseError InvalidConfigError InvalidProxiesConfigError InvalidDefaultsMode "
        "InvalidMaxRetryAttemptsError InvalidRetryConfigurationError InvalidRetryModeError "
        "InvalidS3AddressingStyleError InvalidS3UsEast1RegionalEndpointConfigError "
        "InvalidSTSRegionalEndpointsConfigError InvalidChecksumConfigError InvalidEndpointConfigurationError "
        "InvalidEndpointDiscoveryConfigurationError "
        "UnknownSignatureVersionError UnsupportedSignatureVersionError "
        "UnsupportedS3ConfigurationError UnsupportedS3ControlConfigurationError "
        "UnsupportedS3AccesspointConfigurationError EndpointVariantError UnknownFIPSEndpointError "
        "BaseEndpointResolverError EndpointResolutionError EndpointProviderError UnknownEndpointError "
        "UnknownEndpointResolutionBuiltInName",
        _SETTINGS,
    ),
    (
        "InvalidDNSNameError InvalidHostLabelError UnsupportedS3ArnError UnsupportedS3ControlArnError "
        "UnsupportedOutpostResourceError",
        Told(UsageError, "the bucket cannot be called so", "such as s3://bucket/prefix"),
    ),
    (
        "MissingDependencyException",
        Told(
            AgentctlError,
            "the AWS settings need a library that is not installed",
            "pip install 'botocore[crt]'",
        ),
    ),
    (
        "MD5UnavailableError",
        Told(AgentctlError, "this Python has no MD5, which the store asks for", "take a Python without FIPS"),
    ),
    ("CapacityNotAvailableError", _BUSY),
    (
        "AliasConflictParameterError ApiVersionNotFoundError AwsChunkedWrapperError DataNotFoundError "
        "ImminentRemovalWarning InfiniteLoopConfigError InvalidExpressionError MissingParametersError "
        "MissingServiceIdError OperationNotPageableError PaginationError ParamValidationError RangeError "
        "StubAssertionError StubResponseError UnStubbedResponseError UndefinedModelAttributeError "
        "UnknownClientMethodError UnknownKeyError "
        "UnknownParameterError UnknownServiceError UnknownServiceStyle "
        "UnseekableStreamError UnsupportedServiceProtocolsError UnsupportedTLSVersionWarning ValidationError "
        "WaiterConfigError WaiterError",
        DEFECTIVE,
    ),
)
CLASSES: Mapping[str, Told] = {name: told for names, told in _GROUPS for name in names.split()}
"""By the name of boto3's class, since no version has all of them."""
