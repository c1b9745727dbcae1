"""Forms of secrets, judged by their value: formats that providers publish, not names of variables.

Only the form decides, because variables named ``TOKEN_TABLE`` or ``SECRET_ARN`` hold no secret. The formats are those
that the providers document for their keys (for AWS:
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids).
"""

from __future__ import annotations

import math
import re
from functools import cache

SOURCE = "key formats published by each provider; AWS unique identifiers of IAM"
AS_OF = "2026-11-21"

_FORMATS: tuple[tuple[str, str], ...] = (
    ("an AWS access key", r"\b(?:AKIA|ASIA)[A-Z2-7]{16}\b"),
    ("a private key", r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----"),
    ("a GitHub token", r"\bgh[pousr]_[A-Za-z0-9]{36,}\b|\bgithub_pat_[A-Za-z0-9_]{40,}\b"),
    ("a GitLab token", r"\bglpat-[A-Za-z0-9_-]{20,}"),
    ("a Slack token", r"\bxox[abeprs]-[A-Za-z0-9-]{10,}"),
    ("a Slack webhook", r"https://hooks\.slack\.com/services/T[A-Z0-9]{6,}/B[A-Z0-9]{6,}/[A-Za-z0-9]{16,}"),
    ("a Stripe key", r"\b[rs]k_live_[A-Za-z0-9]{16,}\b"),
    ("a SendGrid key", r"\bSG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}"),
    ("an npm token", r"\bnpm_[A-Za-z0-9]{36}\b"),
    ("a Google API key", r"\bAIza[A-Za-z0-9_-]{35}\b"),
    ("an OpenAI key", r"\bsk-(?:proj-)?[A-Za-z0-9_-]{32,}"),
    ("an Anthropic key", r"\bsk-ant-[A-Za-z0-9_-]{32,}"),
    ("a JSON web token", r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}"),
    ("a password in a connection string", r"\b[a-z][a-z0-9+.-]*://[^\s/:@${}]+:(?!\*+@)[^\s/:@${}<>]{3,}@"),
    ("a secret that is resolved into the function's configuration", r"\{\{resolve:secretsmanager:"),
)

#: Names whose value is a secret when it also looks random: the name alone proves nothing.
_NAMES = r"(?i)(?:^|_)(?:PASSWORD|PASSWD|SECRET|API_?KEY|ACCESS_?KEY|PRIVATE_?KEY|AUTH_?TOKEN|TOKEN)$"
_PLACEHOLDER = r"(?i)change|replace|your|example|dummy|test|todo|xxx|placeholder|secret|<|\$\{|^arn:|/|\s"


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """A pattern, compiled when the first value is looked at: most templates have none."""
    return re.compile(pattern)


def kind_of(name: str, value: str) -> str | None:
    """What kind of secret a value is, e.g. ``an AWS access key``; None when its form is that of no secret."""
    for kind, form in _FORMATS:
        if _compiled(form).search(value) and not value.endswith("EXAMPLE"):
            return kind
    if len(value) < 16 or not _compiled(_NAMES).search(name) or _compiled(_PLACEHOLDER).search(value):
        return None
    return "a random value under a secret's name" if _entropy(value) > 3.5 else None


def _entropy(text: str) -> float:
    """Bits for each character."""
    counts = {char: text.count(char) for char in set(text)}
    return -sum(count / len(text) * math.log2(count / len(text)) for count in counts.values())
