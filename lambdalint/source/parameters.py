"""Parameter values that stand in files: for the AWS CLI, CodePipeline, Git sync, or a plain map.

https://docs.aws.amazon.com/cli/latest/reference/cloudformation/deploy/
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/continuous-delivery-codepipeline-cfn-artifacts.html
"""

from __future__ import annotations

import re
from pathlib import Path

from lambdalint.source.gap import SourceError, malformed
from lambdalint.source.node import Document, Mapping, Node, Scalar, Sequence
from lambdalint.source.read import parse, read_document
from lambdalint.source.scalar import is_null

_FORMS = (
    "write a map from parameter to value, or a list of {ParameterKey, ParameterValue} as for "
    "`aws cloudformation deploy`"
)
#: ``Stage=prod``, ``ParameterKey=Stage,ParameterValue=prod``.
_LONG = re.compile(r"ParameterKey=([^,\s]+),\s*ParameterValue=(.*)", re.DOTALL)


def read_parameters(path: Path, name: str | None = None) -> dict[str, str]:
    """The values in a parameter file (JSON or YAML).

    Raises:
        SourceError: the file cannot be read, is malformed or has none of the known forms.
    """
    document = read_document(path, name)
    root = parse(document)
    for section in ("Parameters", "parameters"):
        inner = root.get(section) if isinstance(root, Mapping) else None
        if isinstance(inner, Mapping | Sequence):
            root = inner
            break
    values: dict[str, str] = {}
    if isinstance(root, Mapping):
        for key, value in root.items.items():
            _put(values, document, key, value)
    elif isinstance(root, Sequence):
        for item in root:
            _put_item(values, document, item)
    elif root is not None:
        raise malformed(document, root.start, f"This is no list of parameters; {_FORMS}.")
    return values


def _put_item(values: dict[str, str], document: Document, item: Node) -> None:
    if isinstance(item, Scalar):
        pair = assignment(item.text)
        if pair is not None:
            values[pair[0]] = pair[1]
            return
    elif isinstance(item, Mapping):
        key = item.get("ParameterKey")
        if isinstance(key, Scalar):
            _put(values, document, key.text, item.get("ParameterValue"))
            return
    raise malformed(document, item.start, f"This sets no parameter; {_FORMS}.")


def _put(values: dict[str, str], document: Document, name: str, value: Node | None) -> None:
    """Set one value; one that is left out (``UsePreviousValue``) stays open."""
    if value is None or is_null(value):
        return
    if isinstance(value, Scalar):
        values[name] = value.text
    elif isinstance(value, Sequence) and all(isinstance(item, Scalar) for item in value):
        values[name] = ",".join(item.text for item in value if isinstance(item, Scalar))
    else:
        raise malformed(document, value.start, f"The value of {name} must be a text, a number or a list of them.")


def assignment(text: str) -> tuple[str, str] | None:
    """``KEY=VALUE`` or ``ParameterKey=KEY,ParameterValue=VALUE`` as a pair."""
    long = _LONG.fullmatch(text.strip())
    if long is not None:
        return long[1], long[2].strip("\"'")
    name, equals, value = text.partition("=")
    return (name.strip(), value) if equals and name.strip() else None


__all__ = ["SourceError", "assignment", "read_parameters"]
