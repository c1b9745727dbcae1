"""What a scalar's text means, judged only when someone asks.

Plain YAML scalars are judged by YAML 1.1, as CloudFormation and the SAM CLI do (https://yaml.org/type/), except that
dates stay text: ``2012-10-17`` in a policy is a name. CloudFormation turns ``"30"`` into a number where the property
is one, so ``integer``, ``number`` and ``boolean`` take quoted text too.
"""

from __future__ import annotations

import re

from lambdalint.source.node import Json, Mapping, Node, Scalar, Sequence

_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_TRUE = frozenset(form for word in ("true", "yes", "on") for form in (word, word.title(), word.upper()))
_FALSE = frozenset(form for word in ("false", "no", "off") for form in (word, word.title(), word.upper()))

# Python refuses to convert longer ones; no property takes them.
_MAX_DIGITS = 400
#: Digits of a number that a property takes; longer ones are none, so that nothing that counts with them overflows.
_MAX_NUMBER = 10**18
_DECIMAL = re.compile(r"[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")
_BASED = re.compile(r"([-+]?)(?:0b([01_]+)|0x([0-9a-fA-F_]+)|0([0-7_]+))")
_YAML_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9_]*)")
_YAML_FLOAT = re.compile(r"(?:[-+]?[0-9][0-9_]*\.[0-9_]*|\.[0-9][0-9_]*)(?:[eE][-+][0-9]+)?")
_SIXTIES = re.compile(r"([-+]?)([0-9][0-9_]*(?::[0-5]?[0-9])+)(\.[0-9_]*)?")


def is_null(node: Node) -> bool:
    """Whether the value is null, written or by leaving it out after the colon."""
    return isinstance(node, Scalar) and node.plain and node.text in _NULLS


def integer(node: Node) -> int | None:
    """The whole number that a value is, quoted or not; None where it is none (``1:30`` is text here) or is absurdly
    long."""
    found = number(node)
    if isinstance(found, float):
        return int(found) if found.is_integer() and abs(found) < _MAX_NUMBER else None
    return found


def number(node: Node) -> int | float | None:
    """The number that a value is, quoted or not; None where it is none. Infinities and whole numbers of more than 18
    digits are not numbers."""
    found = _number(node) if isinstance(node, Scalar) else None
    return None if isinstance(found, int) and abs(found) >= _MAX_NUMBER else found


def _number(node: Scalar) -> int | float | None:
    text = node.text
    if len(text) > _MAX_DIGITS:
        return None
    if text.isascii() and text.isdecimal() and text[0] != "0":
        return int(text)
    if node.plain and node.document.syntax == "yaml":
        found = _based(text)
        if found is not None:
            return found
        text = text.replace("_", "")
    return _decimal(text) if _DECIMAL.fullmatch(text) else None


def boolean(node: Node) -> bool | None:
    """The truth value that a value is: true or false in any case, quoted or not; yes, no, on, off only unquoted."""
    if not isinstance(node, Scalar):
        return None
    lowered = node.text.lower()
    if lowered == "true":
        return True
    if lowered == "false":
        return False
    if node.plain and node.document.syntax == "yaml":
        return True if node.text in _TRUE else False if node.text in _FALSE else None
    return None


def to_json(node: Node) -> Json:
    """The value as plain data. Infinities, dates and numbers of absurd length stay text."""
    if isinstance(node, Scalar):
        return _typed(node) if node.plain else node.text
    if isinstance(node, Sequence):
        return [to_json(item) for item in node.items]
    return _object(node)


def _object(node: Mapping) -> Json:
    found: dict[str, Json] = {}
    for key, value in node.items.items():
        found[key] = to_json(value)
    return found


def _typed(node: Scalar) -> Json:
    text = node.text
    if text in _NULLS:
        return None
    first = text[0]
    if first.isalpha():
        return True if text in _TRUE else False if text in _FALSE else text
    if first not in "+-.0123456789" or len(text) > _MAX_DIGITS:
        return text
    # JSON, and the numbers that Python itself wrote into generated values, know exponents without a point.
    if (node.document.syntax == "json" or node.via is not None) and _DECIMAL.fullmatch(text):
        found: int | float | None = _decimal(text)
    else:
        found = _yaml_number(text)
    return text if found is None else found


def _yaml_number(text: str) -> int | float | None:
    based = _based(text)
    if based is not None:
        return based
    if _YAML_INTEGER.fullmatch(text) or _YAML_FLOAT.fullmatch(text):
        return _decimal(text.replace("_", ""))
    sixties = _SIXTIES.fullmatch(text)
    if sixties is None or (sixties.group(3) is None and sixties.group(2).startswith("0")):
        return None
    total: int | float = 0
    for part in sixties.group(2).replace("_", "").split(":"):
        total = total * 60 + int(part)
    if sixties.group(3) is not None:
        total += float("0" + sixties.group(3).replace("_", "") + "0")
    return -total if sixties.group(1) == "-" else total


def _based(text: str) -> int | None:
    """Binary, hexadecimal and octal of YAML 1.1 (``010`` is eight)."""
    found = _BASED.fullmatch(text)
    if found is None:
        return None
    sign, binary, hexadecimal, octal = found.groups()
    digits, base = (binary, 2) if binary else (hexadecimal, 16) if hexadecimal else (octal, 8)
    value = int(digits.replace("_", "") or "0", base)
    return -value if sign == "-" else value


def _decimal(text: str) -> int | float | None:
    if text.lstrip("+-").isdecimal():
        return int(text)
    value = float(text)
    return value if value not in (float("inf"), float("-inf")) else None
