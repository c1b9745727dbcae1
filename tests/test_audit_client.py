"""Clients of an audit: leaner than botocore makes them, and asking at the same addresses."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from botocore import auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.parsers import ResponseParserError
from botocore.session import Session

from lambdalint.load.aws.client import Boto
from lambdalint.load.aws.operation import OPERATIONS
from lambdalint.load.aws.service_model import slim_loader, slim_model
from lambdalint.load.aws.short_cut import parsed, signed

SERVICES = sorted({operation.service for operation in OPERATIONS.values()})


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "a")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "b")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.mark.parametrize("region", ["eu-west-1", "us-gov-west-1", "cn-north-1"])
def test_every_service_is_asked_where_botocore_asks(region: str) -> None:
    plain, boto = Session(), Boto(threads=1)
    expected = {name: plain.create_client(name, region_name=region) for name in SERVICES}
    found = {name: boto._client(name, region) for name in SERVICES}
    assert {name: each.meta.endpoint_url for name, each in found.items()} == {
        name: each.meta.endpoint_url for name, each in expected.items()
    }
    assert {name: each.meta.config.signature_version for name, each in found.items()} == {
        name: each.meta.config.signature_version for name, each in expected.items()
    }


@pytest.mark.parametrize("service", SERVICES)
def test_the_models_of_services_have_the_calls_of_an_audit_and_what_these_need(service: str) -> None:
    loader = slim_loader(Session().get_component("data_loader"))
    model = loader.load_service_model(service, "service-2")
    wanted = {name.partition(".")[2] for name in OPERATIONS if name.startswith(f"{service}.")}
    assert wanted <= set(model["operations"])
    whole = Session().get_component("data_loader").load_service_model(service, "service-2")
    assert slim_model(whole, set(model["operations"])) == model
    assert "documentation" not in str(model["operations"])
    assert loader.load_service_model(service, "service-2") is model, "read once, however many regions there are"


def test_one_thread_makes_all_clients() -> None:
    boto = Boto(threads=2)
    for service in ("lambda", "logs"):
        boto._client(service, "eu-west-1")
    assert len(boto._maker._threads) == 1


# --- the short way --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("token", [None, "a-token/with+signs=="])
@pytest.mark.parametrize(
    "url",
    [
        "https://lambda.eu-west-1.amazonaws.com/2015-03-31/functions/ship/policy",
        "https://lambda.cn-north-1.amazonaws.com.cn/2015-03-31/functions/arn%3Aaws%3Alambda%3Ax%3A1%3Afunction%3Af/policy",
        "http://127.0.0.1:4566/2015-03-31/functions/a_b-c/policy",
        "https://Localhost:443/2015-03-31/functions/f/policy",
        "http://[::1]:8080/2015-03-31/functions/f",
    ],
)
def test_signatures_are_those_of_botocore(url: str, token: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    credentials = Credentials("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", token)
    monkeypatch.setattr(auth, "get_current_datetime", lambda: datetime(2026, 11, 21, 9, 30), raising=False)
    request = AWSRequest("GET", url)
    auth.SigV4Auth(credentials.get_frozen_credentials(), "lambda", "eu-west-1").add_auth(request)
    now = request.headers["X-Amz-Date"]
    found = signed(url, credentials.get_frozen_credentials(), "eu-west-1", "lambda", now)
    assert found == dict(request.headers.items())


@pytest.mark.parametrize(
    ("status", "headers", "body", "code", "message"),
    [
        (
            404,
            {"x-amzn-errortype": "ResourceNotFoundException"},
            b'{"Message": "no"}',
            "ResourceNotFoundException",
            "no",
        ),
        (
            429,
            {},
            b'{"__type": "com.amazonaws#TooManyRequestsException", "message": "slow"}',
            "TooManyRequestsException",
            "slow",
        ),
        (403, {"x-amzn-errortype": "AccessDeniedException:http://internal/"}, b"{}", "AccessDeniedException", ""),
        (404, {}, b"<html>not here</html>", "404", ""),
        (500, {}, b"", "500", ""),
    ],
)
def test_errors_have_the_codes_of_aws(status: int, headers: Any, body: bytes, code: str, message: str) -> None:
    found = parsed(status, headers, body)
    assert found == {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}}


def test_a_success_that_is_no_json_is_no_answer() -> None:
    assert parsed(200, {}, b'{"Policy": "x"}')["Policy"] == "x"
    for body in (b"<html></html>", b"[1]"):
        with pytest.raises(ResponseParserError):
            parsed(200, {}, body)
