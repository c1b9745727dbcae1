"""What a call came to: data, or a refusal whose reason is known. Nothing else leaves the client."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

from lambdalint.record import record

Reason: TypeAlias = Literal[
    "denied", "throttled", "expired", "missing", "disabled", "inactive", "unsupported", "broken", "stopped", "skipped"
]


@record
class Ok:
    """The data that a call gave, all pages together."""

    data: dict[str, Any]


@record
class Refused:
    """No data. ``code`` is AWS's error code or the name of what failed on the way."""

    reason: Reason
    code: str
    message: str = ""


Answer: TypeAlias = Ok | Refused

#: What the thing asked for does not have is an answer, not a gap.
NOTHING: Answer = Ok({})

_THROTTLED = frozenset(
    {
        "TooManyRequestsException",
        "Throttling",
        "ThrottlingException",
        "ThrottledException",
        "RequestThrottled",
        "RequestThrottledException",
        "RequestLimitExceeded",
        "PriorRequestNotComplete",
        "SlowDown",
        "429",
    }
)
_EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"})
#: How a region that is not enabled for the account answers; so does a wrong key, which fails everywhere.
_DISABLED = frozenset({"UnrecognizedClientException", "InvalidClientTokenId", "AuthFailure"})
_DENIED = frozenset({"UnauthorizedOperation", "NotAuthorized", "AuthorizationError", "OptInRequired", "403"})
#: Compute Optimizer, before an account has opted in to it.
_INACTIVE = frozenset({"OptInRequiredException"})
_MISSING = frozenset(
    {
        "ResourceNotFoundException",
        "NoSuchEntity",
        "NotFoundException",
        "NotFound",
        "QueueDoesNotExist",
        "AWS.SimpleQueueService.NonExistentQueue",
        "AWSOrganizationsNotInUseException",
    }
)
_UNSUPPORTED = frozenset(
    {
        "404",
        "405",
        "501",
        "InvalidAction",
        "UnknownOperationException",
        "UnsupportedOperation",
        "NotImplemented",
        "NotImplementedException",
        "ServiceNotSupported",
    }
)


def refusal(code: str, message: str = "", status: int = 0) -> Refused:
    """The refusal for one of AWS's error codes.

    https://docs.aws.amazon.com/lambda/latest/api/CommonErrors.html
    """
    if code in _THROTTLED or status == 429:
        return Refused("throttled", code, message)
    if code in _EXPIRED:
        return Refused("expired", code, message)
    if code in _DISABLED:
        return Refused("disabled", code, message)
    if code in _INACTIVE:
        return Refused("inactive", code, message)
    if code in _DENIED or code.startswith("AccessDenied"):
        return Refused("denied", code, message)
    if code in _MISSING or code.endswith("NotFoundException"):
        return Refused("missing", code, message)
    if code in _UNSUPPORTED or 400 <= status < 500:
        # Asking again would not help.
        return Refused("unsupported", code, message)
    return Refused("broken", code, message)


#: Reasons that pass by themselves: the call is worth another try.
PASSING: frozenset[Reason] = frozenset({"throttled", "broken"})


def in_words(refused: Refused) -> str:
    """Why there is no data, as a phrase that fits after "because"."""
    match refused.reason:
        case "denied":
            return "access was denied"
        case "throttled":
            return "AWS kept throttling the call"
        case "expired":
            return "the credentials expired"
        case "missing":
            return "it does not exist"
        case "disabled":
            return "the region is not enabled, or the credentials are not valid there"
        case "inactive":
            return "the account has not opted in to the service"
        case "unsupported":
            return f"the call is not supported there ({refused.code})"
        case "stopped":
            return "the audit was stopped"
        case "skipped":
            return refused.message or "it was not asked for"
        case "broken":
            return f"the call failed ({refused.code})"
