"""Calls through botocore: one client for each service and region, whichever account is asked.

Two things make many accounts cheap. A client signs with the credentials of the account that the calling thread is busy
with, so 1,000 accounts need no 1,000 clients; and all clients share one TLS context, because loading the certificate
authorities costs more than a call. The second rests on two methods of botocore's session that are not documented:
where they are missing, clients are made as botocore makes them.
"""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Protocol

from lambdalint.load.aws.answer import Answer, Ok, Refused, refusal
from lambdalint.load.aws.operation import Operation
from lambdalint.load.aws.service_model import slim_loader
from lambdalint.load.aws.short_cut import shorten

if TYPE_CHECKING:
    from botocore.credentials import Credentials
    from botocore.session import Session

CONNECT_SECONDS = 3
READ_SECONDS = 20


class Caller(Protocol):
    """Makes a call, from any thread, and never raises."""

    def call(self, who: Identity, region: str, operation: Operation, parameters: dict[str, Any]) -> Answer:
        """Make a call as somebody, in a region."""
        ...


class Identity:
    """Whose credentials sign a call. ``account`` is empty until somebody has asked."""

    __slots__ = ("account", "credentials", "home", "profile")

    def __init__(
        self,
        credentials: Credentials | None,
        account: str = "",
        profile: str | None = None,
        home: str | None = None,
    ) -> None:
        self.credentials = credentials
        self.account = account
        self.profile = profile
        #: The region that is asked for what belongs to the account as a whole.
        self.home = home or "us-east-1"


_CURRENT: ContextVar[Credentials] = ContextVar("credentials of the current call")


class Boto:
    """Calls of AWS itself, or of what ``AWS_ENDPOINT_URL`` names."""

    def __init__(self, profile: str | None = None, threads: int = 32) -> None:
        import gc

        from botocore.session import Session

        # Reading the models of the services makes large trees that a collection would walk again and again.
        gc.freeze()
        self._threads = threads
        self._clients: dict[tuple[str, str], Any] = {}
        self._lock = threading.Lock()
        self._maker = ThreadPoolExecutor(1, "clients")
        self._session: Session = Session(profile=profile)
        self._signing: Session | None = None
        self._http: Any = None

    def identity(self, profile: str | None) -> Identity | Refused:
        """The credentials of a profile, or of the environment."""
        from botocore.exceptions import BotoCoreError
        from botocore.session import Session

        try:
            found = (Session(profile=profile) if profile is not None else self._session).get_credentials()
        except BotoCoreError as error:
            return Refused("denied", type(error).__name__, str(error))
        if found is None:
            return Refused("denied", "NoCredentials", "there are no AWS credentials")
        return Identity(found, profile=profile, home=self.default_region(profile))

    def default_region(self, profile: str | None) -> str | None:
        """The region of a profile or of the environment."""
        from botocore.exceptions import BotoCoreError
        from botocore.session import Session

        try:
            region = (Session(profile=profile) if profile is not None else self._session).get_config_variable("region")
        except BotoCoreError:
            return None
        return region if isinstance(region, str) else None

    def endpoint(self) -> str:
        """Where Lambda is asked: what ``AWS_ENDPOINT_URL`` or the profile names, else AWS itself. Empty where the
        settings are wrong, which the first call says."""
        from botocore.exceptions import BotoCoreError

        region = self.default_region(None) or "us-east-1"
        try:
            return str(self._client("lambda", region).meta.endpoint_url)
        except (BotoCoreError, ValueError):
            return ""

    def authorities(self) -> str | None:
        """The file of certificate authorities that ``AWS_CA_BUNDLE`` or the profile names."""
        from botocore.exceptions import BotoCoreError

        try:
            found = self._session.get_config_variable("ca_bundle")
        except BotoCoreError:
            return None
        return found if isinstance(found, str) else None

    def known_regions(self) -> list[str]:
        """The regions of the commercial partition that botocore knows."""
        return sorted(self._session.get_available_regions("lambda"))

    def call(self, who: Identity, region: str, operation: Operation, parameters: dict[str, Any]) -> Answer:
        """Make a call as somebody, in a region."""
        from botocore.exceptions import BotoCoreError, ClientError

        assert who.credentials is not None
        token = _CURRENT.set(who.credentials)
        try:
            client = self._client(operation.service, region)
            given = parameters
            if "QueueUrl" in parameters:
                given = {**parameters, "QueueUrl": _queue_url(client.meta.endpoint_url, parameters["QueueUrl"])}
            data = getattr(client, operation.method)(**given)
        except ClientError as error:
            return _of_response(error.response)
        except BotoCoreError as error:
            return _of_trouble(error)
        except (OSError, ValueError, KeyError) as error:
            # Sockets, and answers that are no answers.
            return Refused("broken", type(error).__name__, str(error))
        finally:
            _CURRENT.reset(token)
        data.pop("ResponseMetadata", None)
        return Ok(data)

    def assume(self, who: Identity, role: str, external_id: str | None, name: str) -> Identity | Refused:
        """Somebody as a role of another account; the credentials renew themselves."""
        from botocore.credentials import RefreshableCredentials

        operation = Operation("sts.AssumeRole", "assume_role", "account", "sts", 50.0, "sts:AssumeRole")
        parameters = {"RoleArn": role, "RoleSessionName": name}
        if external_id:
            parameters["ExternalId"] = external_id
        region = self.default_region(who.profile) or "us-east-1"

        def fetch() -> dict[str, str]:
            answer = self.call(who, region, operation, parameters)
            if isinstance(answer, Refused):
                from botocore.exceptions import CredentialRetrievalError

                raise CredentialRetrievalError(provider="assume-role", error_msg=f"{answer.code}: {answer.message}")
            return _assumed(answer.data["Credentials"])

        first = self.call(who, region, operation, parameters)
        if isinstance(first, Refused):
            return first
        metadata = _assumed(first.data["Credentials"])
        credentials = RefreshableCredentials.create_from_metadata(metadata, fetch, "assume-role")
        return Identity(credentials, role.split(":")[4], who.profile, who.home)

    def _client(self, service: str, region: str) -> Any:
        found = self._clients.get((service, region))
        if found is not None:
            return found
        with self._lock:
            found = self._clients.get((service, region))
            if found is None:
                # All on one thread: each that reads a model keeps as much memory as the largest one needs.
                found = self._clients[service, region] = self._maker.submit(self._made, service, region).result()
        return found

    def _made(self, service: str, region: str) -> Any:
        from botocore.config import Config

        if self._signing is None:
            self._signing = _signing_session(self._session)
        config = Config(
            retries={"total_max_attempts": 1, "mode": "standard"},
            connect_timeout=CONNECT_SECONDS,
            read_timeout=READ_SECONDS,
            max_pool_connections=self._threads,
            parameter_validation=False,
            # Put together anew for each call otherwise, which costs a tenth of it.
            user_agent="lambdalint Botocore",
        )
        client = self._signing.create_client(service, region_name=region, config=config)
        self._share(client)
        if service == "lambda":
            shorten(client, lambda: _CURRENT.get().get_frozen_credentials())
        return client

    def _share(self, client: Any) -> None:
        """Give a client the TLS context of the first one."""
        endpoint = getattr(client, "_endpoint", None)
        session = getattr(endpoint, "http_session", None)
        if session is None or not str(client.meta.endpoint_url).startswith("https"):
            return
        if self._http is None:
            self._http = shared_http(session)
        if self._http is not None and endpoint is not None:
            endpoint.http_session = self._http


def shared_http(session: Any) -> Any:
    """An HTTP session like the given one whose connections share one TLS context; None where botocore differs from
    what is known of it."""
    from botocore import httpsession

    plain = httpsession.URLLib3Session
    verify = getattr(session, "_verify", None)
    if type(session) is not plain or not verify or not hasattr(httpsession, "get_cert_path"):
        return None
    if not all(hasattr(plain, name) for name in ("_get_ssl_context", "_setup_ssl_cert", "_get_pool_manager_kwargs")):
        return None
    context = httpsession.create_urllib3_context()
    context.load_verify_locations(httpsession.get_cert_path(verify))

    class Shared(plain):  # type: ignore[misc, valid-type]
        def _get_ssl_context(self) -> Any:
            return context

        def _setup_ssl_cert(self, conn: Any, url: str, verify: Any) -> None:
            # The context holds the authorities already: naming them again would load them for each connection.
            conn.cert_reqs = "CERT_REQUIRED"
            conn.ca_certs = None

    settings = getattr(session, "_proxy_config", None)
    return Shared(
        verify=verify,
        proxies=getattr(settings, "_proxies", None),
        timeout=(CONNECT_SECONDS, READ_SECONDS),
        max_pool_connections=getattr(session, "_max_pool_connections", 32),
        proxies_config=getattr(settings, "_proxies_settings", None),
    )


def _signing_session(session: Session) -> Session:
    from botocore.credentials import Credentials as Plain
    from botocore.session import Session as PlainSession

    class Current(Plain):  # type: ignore[misc]
        """Whatever credentials the calling thread works with."""

        def get_frozen_credentials(self) -> Any:
            return _CURRENT.get().get_frozen_credentials()

    class Signing(PlainSession):  # type: ignore[misc]
        def get_credentials(self) -> Any:
            return current

    current = Current("current", "current")
    made = Signing(profile=session.profile)
    made.register_component("data_loader", slim_loader(session.get_component("data_loader")))
    return made


def _assumed(found: dict[str, Any]) -> dict[str, str]:
    """The credentials of an assumed role, as botocore wants them to renew them."""
    return {
        "access_key": found["AccessKeyId"],
        "secret_key": found["SecretAccessKey"],
        "token": found["SessionToken"],
        "expiry_time": found["Expiration"].isoformat(),
    }


def _queue_url(endpoint: str, arn: str) -> str:
    """The URL of a queue, which its ARN tells: the API asks for nothing else."""
    _, _, _, _, account, name = arn.split(":", 5)
    return f"{endpoint.rstrip('/')}/{account}/{name}"


def _of_response(response: Any) -> Refused:
    error = response.get("Error") or {}
    status = (response.get("ResponseMetadata") or {}).get("HTTPStatusCode") or 0
    return refusal(str(error.get("Code") or status), str(error.get("Message") or ""), int(status))


def _of_trouble(error: Exception) -> Refused:
    """What went wrong before there was an answer, or in reading it."""
    name = type(error).__name__
    text = str(error)
    if name == "ResponseParserError" or name == "UnknownServiceError":
        return Refused("unsupported", name, text)
    if "SSO" in name or "Token" in name or name in {"CredentialRetrievalError", "NoCredentialsError"}:
        return Refused("expired", name, text)
    return Refused("broken", name, text)
