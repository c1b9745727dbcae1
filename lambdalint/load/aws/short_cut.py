"""A shorter way for reads about single functions, which are most of an audit's calls.

GetPolicy and its like are a GET without parameters, answered in JSON. More than a third of what they cost goes into
building, copying and signing requests of any kind. botocore's event ``before-call`` lets somebody else answer: here the
request that botocore prepared is signed, sent through botocore's own HTTP session, with its proxies, certificates and
timeouts, and the JSON is read. What is not as simple as that goes the usual way.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import SplitResult, quote, urlsplit

from lambdalint.load.aws.operation import OPERATIONS

_PORTS = {"http": 80, "https": 443}
_NO_BODY = hashlib.sha256(b"").hexdigest()


def shorten(client: Any, credentials: Callable[[], Any]) -> None:
    """Make the reads of a client of Lambda about single functions go the short way. ``credentials`` gives those of the
    current call."""
    endpoint: Any = getattr(client, "_endpoint", None)
    if not hasattr(getattr(endpoint, "http_session", None), "send"):
        return

    def answer(params: dict[str, Any], context: dict[str, Any], request_signer: Any, **_: Any) -> Any:
        from botocore.awsrequest import AWSPreparedRequest, HeadersDict

        url = str(params.get("url") or "")
        simple = params.get("method") == "GET" and not params.get("body") and "?" not in url
        if not simple or context.get("auth_type") not in (None, "v4") or request_signer.signature_version != "v4":
            return None
        signing = context.get("signing") or {}
        headers = signed(
            url,
            credentials(),
            str(signing.get("region") or request_signer.region_name),
            str(signing.get("signing_name") or request_signer.signing_name),
            time.strftime("%Y%m%dT%H%M%SZ", time.gmtime()),
        )
        agent = params.get("headers", {}).get("User-Agent")
        request = AWSPreparedRequest("GET", url, HeadersDict({**headers, "User-Agent": agent}), None, False)
        response = endpoint.http_session.send(request)
        return response, parsed(int(response.status_code), response.headers, response.content)

    for operation in OPERATIONS.values():
        if operation.service == "lambda" and operation.scope == "function":
            client.meta.events.register_first(f"before-call.lambda.{operation.name.partition('.')[2]}", answer)


def signed(url: str, credentials: Any, region: str, service: str, now: str) -> dict[str, str]:
    """The headers that sign a GET without query and body (Signature Version 4). ``now`` is like 20261121T093000Z."""
    parts = urlsplit(url)
    own = {"host": _host(parts), "x-amz-date": now}
    if credentials.token:
        own["x-amz-security-token"] = credentials.token
    names = ";".join(own)
    lines = "".join(f"{name}:{value}\n" for name, value in own.items())
    canonical = f"GET\n{quote(parts.path or '/', safe='/~')}\n\n{lines}\n{names}\n{_NO_BODY}"
    scope = f"{now[:8]}/{region}/{service}/aws4_request"
    text = f"AWS4-HMAC-SHA256\n{now}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    key = f"AWS4{credentials.secret_key}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    signature = hmac.digest(key, text.encode(), "sha256").hex()
    credential = f"Credential={credentials.access_key}/{scope}"
    headers = {
        "X-Amz-Date": now,
        "Authorization": f"AWS4-HMAC-SHA256 {credential}, SignedHeaders={names}, Signature={signature}",
    }
    return {**headers, "X-Amz-Security-Token": credentials.token} if credentials.token else headers


def _host(parts: SplitResult) -> str:
    """The host as it is sent: without a port that goes without saying."""
    name = parts.hostname or ""
    name = f"[{name}]" if ":" in name else name
    return name if parts.port in (None, _PORTS.get(parts.scheme)) else f"{name}:{parts.port}"


def parsed(status: int, headers: Any, content: bytes) -> dict[str, Any]:
    """An answer as botocore reads it: its members, or an error.

    Raises:
        ResponseParserError: a success that is not JSON.
    """
    from botocore.parsers import ResponseParserError

    try:
        found = json.loads(content) if content else {}
    except ValueError:
        found = None
    metadata = {"HTTPStatusCode": status}
    if status < 300:
        if not isinstance(found, dict):
            raise ResponseParserError("the answer is not JSON")
        return {**found, "ResponseMetadata": metadata}
    said = found if isinstance(found, dict) else {}
    code = str(headers.get("x-amzn-errortype") or said.get("code") or said.get("__type") or status)
    error = {
        "Code": code.partition(":")[0].rpartition("#")[2],
        "Message": str(said.get("message") or said.get("Message") or ""),
    }
    return {"Error": error, "ResponseMetadata": metadata}
