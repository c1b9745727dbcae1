"""The folder that ``cdk synth`` writes (``cdk.out``): its manifest names the templates, everything else is by-product.

https://docs.aws.amazon.com/cdk/v2/guide/deploy.html
"""

from __future__ import annotations

import json
import os
from pathlib import Path

MANIFEST = "manifest.json"
#: A file of this name marks the folder.
_MARK = "cdk.out"
_MAX_BYTES = 32 * 1024 * 1024
_MAX_DEPTH = 8


def is_assembly(names: set[str]) -> bool:
    """Whether a folder with files of these names is a cloud assembly."""
    return MANIFEST in names and _MARK in names


def templates_of(folder: str) -> list[str] | None:
    """The template files of an assembly and of those nested in it, in order; None where its manifest is unreadable.

    Templates of nested stacks are not among them: their parents name them as assets.
    """
    return _templates(folder, os.path.realpath(folder), 0)


def _templates(folder: str, root: str, depth: int) -> list[str] | None:
    artifacts = _artifacts(Path(folder, MANIFEST))
    if artifacts is None or depth > _MAX_DEPTH:
        return None
    found: list[str] = []
    for artifact in artifacts:
        properties = artifact.get("properties")
        if not isinstance(properties, dict):
            continue
        match artifact.get("type"):
            case "aws:cloudformation:stack":
                path = _inner(folder, properties.get("templateFile"), root)
                if path is not None and Path(path).is_file():
                    found.append(path)
            case "cdk:cloud-assembly":
                path = _inner(folder, properties.get("directoryName"), root)
                if path is not None:
                    found += _templates(path, root, depth + 1) or []
    return list(dict.fromkeys(found))


def _artifacts(manifest: Path) -> list[dict[str, object]] | None:
    try:
        if manifest.stat().st_size > _MAX_BYTES:
            return None
        content = json.loads(manifest.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    artifacts = content.get("artifacts") if isinstance(content, dict) else None
    if not isinstance(artifacts, dict):
        return None
    return [artifact for artifact in artifacts.values() if isinstance(artifact, dict)]


def _inner(folder: str, name: object, root: str) -> str | None:
    """A path that the manifest names, if it stays in the assembly."""
    if not isinstance(name, str) or "\x00" in name:
        return None
    path = os.path.normpath(Path(folder, name))
    real = os.path.realpath(path)
    return path if real.startswith(root + os.sep) else None
