"""Forms of secrets, judged by their value: formats that providers publish, not names of variables.

Only the form decides, because variables named ``TOKEN_TABLE`` or ``SECRET_ARN`` hold no secret. The formats are those
that the providers document for their keys (for AWS:
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from functools import cache

SOURCE = "key formats published by each provider; AWS unique identifiers of IAM"
AS_OF = "2026-11-21"

_KEY = r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----"
_REFERENCE = r"\{\{resolve:secretsmanager:"
_FORMATS: tuple[tuple[str, str], ...] = (
    ("an AWS access key", r"\b(?:AKIA|ASIA)[A-Z2-7]{16}\b"),
    ("a private key", _KEY),
    ("a GitHub token", r"\bgh[pousr]_[A-Za-z0-9]{36,}\b|\bgithub_pat_[A-Za-z0-9_]{40,}\b"),
    ("a GitLab token", r"\bglpat-[A-Za-z0-9_-]{20,}"),
    ("a Slack token", r"\bxox[abeprs]-[A-Za-z0-9-]{10,}"),
    ("a Slack webhook", r"https://hooks\.slack\.com/services/T[A-Z0-9]{6,}/B[A-Z0-9]{6,}/[A-Za-z0-9]{16,}"),
    ("a Stripe key", r"\b[rs]k_live_[A-Za-z0-9]{16,}\b"),
    ("a SendGrid key", r"\bSG\.[A-Za-z0-9_-]{16,64}\.[A-Za-z0-9_-]{16,}"),
    ("an npm token", r"\bnpm_[A-Za-z0-9]{36}\b"),
    ("a Google API key", r"\bAIza[A-Za-z0-9_-]{35}\b"),
    ("an OpenAI key", r"\bsk-(?:proj-)?[A-Za-z0-9_-]{32,}"),
    ("an Anthropic key", r"\bsk-ant-[A-Za-z0-9_-]{32,}"),
    ("a JSON web token", r"(?<![\w-])eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}"),
    ("a password in a connection string", r"://[^\s/:@${}]+:((?!\*+@)[^\s/:@${}<>]{3,})@"),
    ("a secret that is resolved into the function's configuration", _REFERENCE),
)

#: A few letters that each form has: most texts have none of them, and finding that out costs next to nothing.
_SIGNS: tuple[tuple[str, ...], ...] = (
    ("AKIA", "ASIA"), ("PRIVATE KEY-----",), ("ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"), ("glpat-",),
    ("xox",), ("hooks.slack.com",), ("k_live_",), ("SG.",), ("npm_",), ("AIza",), ("sk-",), ("sk-ant-",), ("eyJ",),
    ("://",), ("{{resolve:",),
)  # fmt: skip

#: Names whose value is a secret when it also looks random: the name alone proves nothing.
_NAMES = r"(?i)(?:^|_)(?:PASSWORD|PASSWD|SECRET|API_?KEY|ACCESS_?KEY|PRIVATE_?KEY|AUTH_?TOKEN|TOKEN)$"
#: Such a name in a template or a program, and the value that it is given there.
_GIVEN = (
    r"(?i)(?:PASSWORD|PASSWD|SECRET|API_?KEY|ACCESS_?KEY|PRIVATE_?KEY|AUTH_?TOKEN|TOKEN)[\"']?\s{0,9}[:=]"
    r"\s{0,99}(?:![a-z]+\s{1,9})?(?:[|>][+-]?\s{1,99})?(?:\"([^\"\n]{16,})\"|'([^'\n]{16,})'|([^\s\"']{16,}))"
)
_NAME_SIGNS = ("PASSW", "SECRET", "API", "ACCESS", "PRIVATE", "AUTH", "TOKEN")
#: Characters that a private key is taken to have at most.
_KEY_LENGTH = 8192
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


def spans(text: str) -> list[tuple[int, int]]:
    """Where the secrets of a text stand: (start, end) of each, sorted. It may take a little more than the secret.

    A reference to a secret that is kept elsewhere is none.
    """
    found: list[tuple[int, int]] = []
    for (_, form), signs in zip(_FORMATS, _SIGNS, strict=True):
        if form != _REFERENCE and any(sign in text for sign in signs):
            found += [
                match.span(match.lastindex or 0)
                for match in _compiled(form).finditer(text)
                if not match[0].endswith("EXAMPLE")
            ]
    return sorted([*found, *_key_bodies(text), *_named(text)])


def _key_bodies(text: str) -> Iterator[tuple[int, int]]:
    """Private keys from their first line to their last."""
    done = 0
    for match in _compiled(_KEY).finditer(text) if "PRIVATE KEY-----" in text else ():
        if match.start() >= done:
            end = text.find("-----END", match.end(), match.end() + _KEY_LENGTH)
            done = end if end >= 0 else min(match.end() + _KEY_LENGTH, len(text))
            yield match.start(), done


def _named(text: str) -> Iterator[tuple[int, int]]:
    """Random values that are given to a secret's name."""
    upper = text.upper()
    if len(upper) != len(text):
        # Some letters have no capital of one character; what is found must stand where it stands in the text.
        upper = "".join(char.upper() if char.isascii() else char for char in text)
    given = _compiled(_GIVEN)
    for sign in _NAME_SIGNS:
        start = upper.find(sign)
        while start >= 0:
            match = None if start and text[start - 1].isalnum() else given.match(text, start)
            value = match and match[match.lastindex or 0]
            if match and value and kind_of("TOKEN", value.rstrip(",}]")) is not None:
                yield match.span(match.lastindex or 0)
            start = upper.find(sign, max(match.end() if match else 0, start + len(sign)))


def _entropy(text: str) -> float:
    """Bits for each character."""
    counts = {char: text.count(char) for char in set(text)}
    return -sum(count / len(text) * math.log2(count / len(text)) for count in counts.values())
