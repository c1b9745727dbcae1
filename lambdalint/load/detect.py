"""Which dialect a document is, told by what stands in it, never by its name."""

from __future__ import annotations

import re

from lambdalint.load.stack import Dialect
from lambdalint.source.node import Mapping, Node, Origin, Scalar, Sequence

_RESOURCE_TYPES = ("AWS::", "Custom::", "Alexa::")
_SAM = "AWS::Serverless"
_SERVICE = re.compile(r"""(?:^|[{,])[ \t]*["']?service["']?[ \t]*:""", re.MULTILINE)
_PROVIDER = re.compile(r"""(?:^|[{,])[ \t]*["']?provider["']?[ \t]*:""", re.MULTILINE)


def detect(root: Node | None) -> Dialect | None:
    """The dialect of a tree; None for what is no template at all."""
    if not isinstance(root, Mapping):
        return None
    types = _types(root.get("Resources"))
    if _names_sam(root.get("Transform")) or any(name.startswith(_SAM + "::") for name in types):
        return "sam"
    if "AWSTemplateFormatVersion" in root or any(name.startswith(_RESOURCE_TYPES) for name in types):
        return "cloudformation"
    if "service" in root and _is_aws(root.get("provider")):
        return "serverless"
    return None


def may_be_template(text: str) -> bool:
    """Whether a text is worth parsing: never False for what ``detect`` would know, and cheap for what it would not."""
    if "AWSTemplateFormatVersion" in text or _SAM in text:
        return True
    if "Resources" in text and any(prefix in text for prefix in _RESOURCE_TYPES):
        return True
    if "service" not in text or "provider" not in text:
        return False
    return _SERVICE.search(text) is not None and _PROVIDER.search(text) is not None


def why_no_service(root: Node | None) -> tuple[str, Origin | None] | None:
    """Why a file that is called ``serverless.yml`` is no service on AWS, and what says so; None where it means to be
    something else: a service of another cloud, or a component."""
    if root is None or (isinstance(root, Scalar) and not root.text.strip("~")):
        return "The file is empty; write service, provider and functions, or delete it.", None
    if not isinstance(root, Mapping):
        return "A service is a map with service, provider and functions, and this is none.", root
    if "component" in root or "services" in root:
        return None
    provider = root.get("provider")
    if provider is None:
        return "It has no provider, so it is not looked at; write provider: {name: aws}.", root
    name = provider.get("name") if isinstance(provider, Mapping) else provider
    if isinstance(name, Scalar) and not _is_aws(provider):
        return None
    if name is None:
        return "Its provider has no name, so it is not looked at; write name: aws.", root.key("provider")
    return "It has no service, so it is not looked at; write its name as service.", root


def _types(resources: Node | None) -> list[str]:
    """The resource types that a template declares, loops of ``Fn::ForEach`` included."""
    found: list[str] = []
    waiting = [resources]
    while waiting:
        group = waiting.pop()
        if not isinstance(group, Mapping):
            continue
        for name, resource in group.items.items():
            if isinstance(resource, Mapping):
                kind = resource.get("Type")
                if isinstance(kind, Scalar):
                    found.append(kind.text)
            elif isinstance(resource, Sequence) and name.startswith("Fn::ForEach::"):
                waiting.extend(resource.items[2:3])
    return found


def _names_sam(transform: Node | None) -> bool:
    names = transform.items if isinstance(transform, Sequence) else [transform]
    return any(isinstance(name, Scalar) and name.text.startswith(_SAM) for name in names)


def _is_aws(provider: Node | None) -> bool:
    """Whether a Serverless Framework provider is AWS; one that a variable fills in may be."""
    name = provider.get("name") if isinstance(provider, Mapping) else provider
    return isinstance(name, Scalar) and (name.text.lower() == "aws" or name.text.startswith("${"))
