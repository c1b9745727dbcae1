"""An account on this machine for the tests that audit one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from account_server import ACCOUNT, REGION, SHOP, Proxy, Recorded


@pytest.fixture
def credentials(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Credentials of the account, nothing of the user's own, and a folder to write to."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCOUNT)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def shop(monkeypatch: pytest.MonkeyPatch) -> Iterator[Proxy]:
    """The recorded account, served as AWS serves it."""
    proxy = Proxy(answer=Recorded(SHOP))
    monkeypatch.setenv("AWS_ENDPOINT_URL", proxy.url)
    yield proxy
    proxy.close()
