"""Environment values never go further than the answer that brought them.

What rules need of a value is its size and the kind of secret that its form betrays; what drift needs is whether it is
the same as another. So each value is replaced, before anything else sees the answer, by these three: bytes, kind, and
a hash under a key that is not stored beside it.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

from lambdalint.data import secrets

#: The key of the map that stands in for a value.
REDACTED = "Fn::Redacted"


def stand_in(name: str, value: str, key: bytes) -> dict[str, Any]:
    """What is kept of an environment variable's value."""
    digest = hmac.new(key, value.encode(), hashlib.sha256).hexdigest()[:32]
    kept: dict[str, Any] = {"Bytes": len(value.encode()), "Hash": digest}
    kind = secrets.kind_of(name, value)
    if kind is not None:
        kept["Kind"] = kind
    return {REDACTED: kept}


def redacted(answer: dict[str, Any], key: bytes) -> dict[str, Any]:
    """An answer about functions without environment values and without what only repeats the list.

    Changes and returns the answer it is given: a page of functions is large, and nobody else holds it yet.
    """
    for function in answer.get("Functions") or ():
        _configuration(function, key)
    # GetFunction is asked for the concurrency alone: the list had the rest, and the address of the code is a secret.
    answer.pop("Configuration", None)
    answer.pop("Code", None)
    for version in answer.get("Versions") or ():
        version.pop("Environment", None)
    answer.pop("ResponseMetadata", None)
    return answer


def _configuration(function: dict[str, Any], key: bytes) -> None:
    environment = function.get("Environment")
    if not isinstance(environment, dict):
        return
    variables = environment.get("Variables")
    if isinstance(variables, dict):
        environment["Variables"] = {
            name: value if isinstance(value, dict) else stand_in(name, str(value), key)
            for name, value in variables.items()
        }
    environment.pop("Error", None)
