"""Objects in S3, which SAM takes as a URI or as a map."""

from __future__ import annotations

from lambdalint.load.nodes import Part, build, child, plain_map
from lambdalint.source.node import Node, Scalar


def s3_location(node: Node, names: dict[str, str]) -> Node:
    """An object in S3 in CloudFormation's words; local paths and intrinsics stay as they are.

    ``names`` maps Bucket, Key and Version to the property names of the resource.
    """
    if isinstance(node, Scalar):
        if not node.text.startswith("s3://"):
            return node
        bucket, _, rest = node.text.removeprefix("s3://").partition("/")
        key, _, version = rest.partition("?versionId=")
        place: dict[str, Part] = {names["Bucket"]: bucket, names["Key"]: key}
        if version:
            place[names["Version"]] = version
        return build(place, node, node.via)
    location = plain_map(node)
    if location is None:
        return node
    made = {names[name]: value for name in ("Bucket", "Key", "Version") if (value := child(location, name)) is not None}
    return build(dict(made), location, location.via) if made else node
