"""Deployment packages over HTTP, from the address that GetFunction gives.

The address is a credential: whoever has it may read the code for ten minutes. So it stands in no message, log or
journal. A package is kept in a file without a name, which is gone with the process whatever ends it.
https://docs.aws.amazon.com/lambda/latest/api/API_FunctionCodeLocation.html
"""

from __future__ import annotations

import base64
import hashlib
import ipaddress
import tempfile
import time
from typing import Any, BinaryIO
from urllib.parse import urlsplit

from lambdalint.data import limits

#: No package has more: this is the limit for its content unzipped.
MOST_BYTES = limits.UNZIPPED_BYTES
CONNECT_SECONDS = 3
#: Without a byte, and for the whole.
SILENT_SECONDS = 15
WHOLE_SECONDS = 180
_TRIES = 2
_PIECE = 1 << 16


class _Cut(Exception):  # noqa: N818 - a download that is worth another try; the phrase says what happened
    pass


class Downloads:
    """Downloads packages, from any thread. ``endpoint`` is where the API is asked: an endpoint on this machine may
    send to another one without TLS; AWS may not. ``authorities`` is a file of certificates instead of the usual ones.
    """

    def __init__(self, endpoint: str = "", authorities: str | None = None, at_once: int = 4) -> None:
        self._endpoint = endpoint
        self._authorities = authorities
        self._at_once = at_once
        self._sessions: dict[str, Any] = {}

    def fetch(self, url: str, digest: str | None) -> BinaryIO | str:
        """The package at an address; why it could not be had, as a phrase after "because". ``digest`` is what AWS
        says that it must hash to (SHA-256, in base64)."""
        if not self._allowed(url):
            return "the address of its package is not one that is safe to ask (no TLS)"
        why = "its package could not be downloaded"
        for _ in range(_TRIES):
            file = tempfile.TemporaryFile(prefix="lambdalint-")  # noqa: SIM115 - handed on open, closed on failure
            try:
                found = self._into(file, url)
            except _Cut as cut:
                file.close()
                why = str(cut)
                continue
            if isinstance(found, str):
                file.close()
                return found
            if digest and base64.b64encode(found).decode() != digest:
                file.close()
                why = "what was downloaded is not its package (the hashes differ)"
                continue
            file.seek(0)
            return file
        return why

    def _allowed(self, url: str) -> bool:
        scheme = url.partition("://")[0].lower()
        return scheme == "https" or (scheme == "http" and is_loopback(url) and is_loopback(self._endpoint))

    def _into(self, file: BinaryIO, url: str) -> bytes | str:
        """Write a package into a file; its hash, or why there is none.

        Raises:
            _Cut: it ended before its end, or never began.
        """
        from botocore.awsrequest import AWSPreparedRequest, HeadersDict
        from botocore.exceptions import BotoCoreError
        from urllib3.exceptions import HTTPError

        until = time.monotonic() + WHOLE_SECONDS
        # Redirects are not followed: AWS makes none here, and another host has no business with the address.
        request = AWSPreparedRequest("GET", url, HeadersDict({}), None, stream_output=True)
        try:
            response = self._session(url).send(request)
        except (BotoCoreError, HTTPError, ValueError, OSError) as error:
            raise _failed(error) from None
        raw = response.raw
        try:
            return self._kept(file, raw, response, until)
        except (BotoCoreError, HTTPError, ValueError) as error:
            raise _failed(error) from None
        except OSError as error:
            return f"its package could not be kept ({error.strerror or type(error).__name__})"
        finally:
            raw.close()

    def _kept(self, file: BinaryIO, raw: Any, response: Any, until: float) -> bytes | str:
        status = int(response.status_code)
        if status != 200:
            refused = f"the download of its package was refused ({status})"
            if status >= 500:
                raise _Cut(refused)
            return "the download of its package was redirected, which is not followed" if status < 400 else refused
        said = str(response.headers.get("Content-Length") or "")
        length = int(said) if said.isdigit() else None
        if length is not None and length > MOST_BYTES:
            return _too_large()
        hashed = hashlib.sha256()
        size = 0
        read = getattr(raw, "read1", raw.read)
        while piece := read(_PIECE):
            size += len(piece)
            if size > MOST_BYTES:
                return _too_large()
            if time.monotonic() > until:
                return f"the download of its package took more than {WHOLE_SECONDS} s"
            hashed.update(piece)
            file.write(piece)
        if length is not None and size < length:
            raise _Cut(f"the download of its package was cut off after {size:,} of {length:,} bytes")
        return hashed.digest()

    def _session(self, url: str) -> Any:
        """The HTTP session for a host; each knows whether a proxy stands before it."""
        from botocore.httpsession import URLLib3Session
        from botocore.utils import get_environ_proxies

        host = urlsplit(url).netloc
        found = self._sessions.get(host)
        if found is None:
            found = self._sessions[host] = URLLib3Session(
                verify=self._authorities or True,
                proxies=get_environ_proxies(url),
                timeout=(CONNECT_SECONDS, SILENT_SECONDS),
                max_pool_connections=self._at_once,
            )
        return found


def is_loopback(url: str) -> bool:
    """Whether an address is one of this machine."""
    try:
        host = urlsplit(url).hostname or ""
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _failed(error: Exception) -> _Cut:
    """What is said of an error without its text, which may hold the address."""
    return _Cut(f"the download of its package failed ({type(error).__name__})")


def _too_large() -> str:
    return f"its package has more than {MOST_BYTES // limits.MIB} MB"
