"""Where the code of a function stands in the repository.

The framework packages the folder of the service, or what a plugin or ``package.artifact`` names, and uploads it to
the deployment bucket. ``Code`` says here, as a path, what is packaged, so that the source can be read.
"""

from __future__ import annotations

from lambdalint.load.nodes import Part, child, given, text_of
from lambdalint.load.serverless.service import Function, Service, first
from lambdalint.load.serverless.unknown import unknown
from lambdalint.source.node import Mapping, Node, Scalar


def code_of(service: Service, function: Function) -> Part:
    """``Code`` of a function: an image, or a path in the repository."""
    image = function.given("image")
    if image is not None and function.get("handler") is None:
        return {"ImageUri": _image(service, image)}
    artifact = first(function.get("package", "artifact"), service.top("package", "artifact"))
    if artifact is not None:
        return artifact
    module = text_of(function.get("module"))
    if module is not None and "serverless-python-requirements" in service.plugins:
        return module
    return "."


def _image(service: Service, image: Node) -> Part:
    """The address of an image; one that is built here has none before that."""
    uri = given(image.get("uri")) if isinstance(image, Mapping) else image
    name = given(image.get("name")) if isinstance(image, Mapping) else image
    if uri is not None and ".dkr.ecr." in (text_of(uri) or ".dkr.ecr."):
        return uri
    text = text_of(name) or "image"
    declared = child(service.setting("ecr", "images"), text)
    address = given(declared.get("uri")) if isinstance(declared, Mapping) else declared
    if isinstance(address, Scalar):
        return address
    return unknown(image, f"image {text}", "is built when the service is packaged")
