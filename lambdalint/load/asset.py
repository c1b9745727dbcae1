"""Which local files were packaged for a resource of a template that AWS CDK or the Serverless Framework made.

A template of CDK says so in its metadata (``aws:asset:path``); where that is turned off, the list of assets beside the
template does.
https://docs.aws.amazon.com/cdk/v2/guide/assets.html
"""

from __future__ import annotations

import posixpath
import re

from lambdalint.load.expand import Surroundings
from lambdalint.load.serverless_program import TEMPLATE
from lambdalint.load.stack import Resource, Stack
from lambdalint.source.folder import normal
from lambdalint.source.gap import Remark
from lambdalint.source.node import Document, Mapping, Node, Origin, Scalar, Sequence

_PATH = "aws:asset:path"
_TEMPLATE = ".template.json"
#: The key of an archive in the deployment bucket, with the stage in it.
_STAGE = re.compile(r"serverless/[^/]+/([^/]+)/")
_HASH = re.compile(r"(?:^|/)([0-9a-f]{64})\.(?:zip|jar|json|yaml)$")

#: Type -> properties that say where its package was uploaded to.
_PACKAGES = {
    "AWS::Lambda::Function": ("Code", "S3Key"),
    "AWS::Lambda::LayerVersion": ("Content", "S3Key"),
    "AWS::CloudFormation::Stack": ("TemplateURL",),
    "AWS::StepFunctions::StateMachine": ("DefinitionS3Location", "Key"),
}


def find_assets(stack: Stack, document: Document, around: Surroundings) -> None:
    """Note at each resource the local path of what was packaged for it."""
    named = f'"{_PATH}"' in document.text or _PATH in document.text
    synthesized = (document.path or "").endswith(_TEMPLATE)
    if not named and not synthesized:
        return
    listed: dict[str, str] | None = None
    for resource in stack.resources.values():
        metadata = resource.metadata
        path = metadata.get(_PATH) if metadata is not None else None
        if isinstance(path, Scalar):
            resource.asset = _beside(path.text, around)
        elif synthesized and resource.type in _PACKAGES:
            digest = _digest(resource)
            if digest is not None:
                listed = _listed(document, around) if listed is None else listed
                resource.asset = listed.get(digest)


def find_archives(stack: Stack, document: Document, around: Surroundings, stage: str | None) -> None:
    """Note at each function of a template that ``serverless package`` made which archive beside it is uploaded, and in
    which folder its sources stand. A template for another stage than the one asked for is judged, and that is said."""
    if posixpath.basename(document.path or "") != TEMPLATE:
        return
    sources = normal(posixpath.join(around.base, ".."))
    made = None
    for resource in stack.resources.values():
        prefix = resource.logical_id.removesuffix("LogGroup")
        if resource.type == "AWS::Logs::LogGroup" and f"{prefix}LambdaFunction" in stack.resources:
            resource.via = "the Serverless Framework"
        address = uploaded(resource)
        if address is None or not around.folder.exists(posixpath.join(around.base, posixpath.basename(address))):
            continue
        resource.archive = posixpath.basename(address)
        made = _STAGE.match(address) or made
        if resource.type == "AWS::Lambda::Function" and sources is not None:
            resource.asset = ".."
    if made is not None and stage is not None and made[1] != stage:
        message = f"this was packaged for stage {made[1]}, and stage {stage} was asked for"
        root = document.root
        stack.remarks.append(Remark(message, root if root is not None else Origin(document, 0, 0)))


def uploaded(resource: Resource) -> str | None:
    """The key, in the deployment bucket, of the archive of a function or layer."""
    found: Node | None = resource.properties
    for step in _PACKAGES.get(resource.type, ()):
        found = found.get(step) if isinstance(found, Mapping) else None
    return found.text if isinstance(found, Scalar) and found.text.endswith((".zip", ".jar")) else None


def _beside(path: str, around: Surroundings) -> str | None:
    """A path from the template's folder; an absolute one counts only where the same name stands there."""
    if not path.startswith("/"):
        return path
    name = posixpath.basename(path)
    inner = normal(posixpath.join(around.base, name))
    return name if inner is not None and around.folder.exists(inner) else None


def _digest(resource: Resource) -> str | None:
    """The hash of the asset in the key or address that a package was uploaded to."""
    node: Node | None = resource.properties
    for step in _PACKAGES[resource.type]:
        node = node.get(step) if isinstance(node, Mapping) else None
    pending = [node] if node is not None else []
    while pending:
        item = pending.pop()
        if isinstance(item, Scalar):
            found = _HASH.search(item.text)
            if found is not None:
                return found[1]
        else:
            pending.extend(item.items if isinstance(item, Sequence) else item.items.values())
    return None


def _listed(document: Document, around: Surroundings) -> dict[str, str]:
    """Hash -> path of every asset that the file beside the template lists."""
    import json

    name = posixpath.basename(document.path or "").removesuffix(_TEMPLATE) + ".assets.json"
    inner = normal(posixpath.join(around.base, name))
    data = around.folder.read(inner) if inner is not None else None
    if data is None:
        return {}
    try:
        content = json.loads(data)
    except (ValueError, RecursionError):
        return {}
    files = content.get("files") if isinstance(content, dict) else None
    found: dict[str, str] = {}
    for digest, entry in files.items() if isinstance(files, dict) else ():
        source = entry.get("source") if isinstance(entry, dict) else None
        path = source.get("path") if isinstance(source, dict) else None
        if isinstance(path, str):
            found[digest] = path
    return found
