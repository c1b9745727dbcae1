"""What loaders say in ``via`` of values that they generate, as far as the model goes by it."""

from __future__ import annotations

_POLICY_TEMPLATE = "policy template "


def by_policy_template(name: str) -> str:
    """``via`` of what a SAM policy template holds."""
    return f"{_POLICY_TEMPLATE}{name}"


def policy_template_of(via: str | None) -> str | None:
    """The name of the SAM policy template that a value comes from, or None."""
    return via.removeprefix(_POLICY_TEMPLATE) if via is not None and via.startswith(_POLICY_TEMPLATE) else None
