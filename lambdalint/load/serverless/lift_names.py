"""The logical ids of constructs of ``serverless-lift``, and the values that ``${construct:name.property}`` stands for.

AWS CDK makes the ids: the steps of the path without what is not alphanumeric, and a hash of the whole path.
https://github.com/getlift/lift (as of 1.37.7)
"""

from __future__ import annotations

import re
from hashlib import md5

from lambdalint.load.nodes import Part, get_att, ref

_NOT_ALPHANUMERIC = re.compile(r"[^A-Za-z0-9]")
#: Property -> the resource in the construct, and the attribute (None: Ref).
_PROPERTIES: dict[str, dict[str, tuple[tuple[str, ...], str | None]]] = {
    "queue": {
        "queueUrl": (("Queue", "Resource"), None),
        "queueArn": (("Queue", "Resource"), "Arn"),
        "dlqUrl": (("Dlq", "Resource"), None),
        "dlqArn": (("Dlq", "Resource"), "Arn"),
    },
    "storage": {
        "bucketName": (("Bucket", "Resource"), None),
        "bucketArn": (("Bucket", "Resource"), "Arn"),
    },
    "database/dynamodb-single-table": {
        "tableName": (("Table", "Resource"), None),
        "tableArn": (("Table", "Resource"), "Arn"),
        "tableStreamArn": (("Table", "Resource"), "StreamArn"),
    },
    "webhook": {"busName": (("Bus", "Resource"), None)},
}


def construct_id(*path: str) -> str:
    """The logical id of what stands at a path of constructs."""
    digest = md5("/".join(path).encode(), usedforsecurity=False).hexdigest()[:8].upper()
    shown: list[str] = []
    for step in path:
        clean = _NOT_ALPHANUMERIC.sub("", step)
        if step != "Resource" and not "".join(shown).endswith(clean):
            shown.append(clean)
    return "".join(shown)[:240] + digest


def construct_value(kind: str, name: str, prop: str) -> Part:
    """The value of a property of a construct; None where it is not known here."""
    found = _PROPERTIES.get(kind, {}).get(prop)
    if found is None:
        return None
    path, attribute = found
    logical_id = construct_id(name, *path)
    return ref(logical_id) if attribute is None else get_att(logical_id, attribute)
