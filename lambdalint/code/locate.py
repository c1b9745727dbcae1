"""Where the source of a handler is: from ``CodeUri`` and ``Handler`` to a file.

Python: https://docs.aws.amazon.com/lambda/latest/dg/python-handler.html; Node.js:
https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html (the module's name ends at the first dot of the last
path segment).
"""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterator, Sequence
from typing import Literal

from lambdalint.code.fact import Language
from lambdalint.record import record
from lambdalint.source.folder import Folder

JAVASCRIPT = (".js", ".mjs", ".cjs", ".jsx")
TYPESCRIPT = (".ts", ".mts", ".cts", ".tsx")
# Larger settings are not read: taking comments out of hostile ones would take long.
_SETTINGS_BYTES = 20_000
_NODE = (*JAVASCRIPT, *TYPESCRIPT)
_COMPILED = frozenset({"dist", "build", "lib", "out", "bundle", ".build", ".webpack", ".esbuild", "compiled"})
# Handlers that a layer brings: they call the function's own handler, named in an environment variable.
_LAYER_HANDLERS = ("/opt/", "opt/", "datadog_lambda", "newrelic_lambda_wrapper", "newrelic-lambda-wrapper", "lumigo")


@record
class Located:
    """A handler's file, the function's name in it, and the root that imports start from."""

    path: str
    function: str
    root: str
    language: Language


@record
class Absent:
    """No file to read: ``why`` after "because"."""

    why: str
    missing: Literal["code", "file"] | None = None


def language_of(path: str) -> Language | None:
    """The language of a file, by its name."""
    if path.endswith(".py"):
        return "python"
    if path.endswith(JAVASCRIPT):
        return "javascript"
    return "typescript" if path.endswith(TYPESCRIPT) else None


def join(*parts: str) -> str:
    """A path from the folder's root, without ``.`` and with ``..`` taken up; "" is the root."""
    found = posixpath.normpath(posixpath.join(*parts))
    return "" if found == "." else found


def locate(
    folder: Folder, code_path: str, handler: str, runtime: str | None, entry_points: Sequence[str] = ()
) -> Located | Absent:
    """Find the file of a handler. ``entry_points`` are those of esbuild, relative to the code."""
    root = join(code_path)
    if not folder.is_dir(root):
        if folder.exists(root):
            if language_of(root) is None:
                return Absent(f"{code_path} is an archive")
            root = posixpath.dirname(root)
        elif not _compiled(root):
            return Absent(f"{code_path} does not exist", "code")
    if handler.startswith(_LAYER_HANDLERS):
        return Absent(f"the handler {handler} belongs to a layer")
    python = runtime is None or runtime.startswith("python")
    node = runtime is None or runtime.startswith("nodejs")
    found = _python(folder, root, handler) if python else None
    found = found or (_node(folder, root, handler, entry_points) if node else None)
    if found is not None:
        return found
    if handler.endswith(".sh") or folder.exists(join(root, handler)):
        return Absent(f"{handler} is a script, not a module")
    if not folder.is_dir(root):
        return Absent(f"{code_path} does not exist; it may be the result of a build")
    return Absent(f"no file in {code_path} fits the handler {handler}", "file")


def _python(folder: Folder, root: str, handler: str) -> Located | None:
    module, _, function = handler.rpartition(".")
    base = join(root, module.replace(".", "/")) if module else ""
    for path in (f"{base}.py", f"{base}/__init__.py"):
        if module and folder.exists(path):
            return Located(path, function, root, "python")
    return None


def _node(folder: Folder, root: str, handler: str, entry_points: Sequence[str]) -> Located | None:
    directory, _, last = handler.rpartition("/")
    module, _, function = last.partition(".")
    if not module or not function:
        return None
    stem = posixpath.join(directory, module)
    for place, base in _bases(folder, root, stem, entry_points):
        for suffix in _NODE:
            path = base + suffix
            if folder.exists(path):
                return Located(path, function, place, language_of(path) or "javascript")
    return None


def _bases(folder: Folder, root: str, stem: str, entry_points: Sequence[str]) -> Iterator[tuple[str, str]]:
    """(root of imports, path without suffix), the likeliest first."""
    yield root, join(root, stem)
    name = posixpath.basename(stem)
    for entry in entry_points:
        bare = posixpath.splitext(entry)[0]
        if posixpath.basename(bare) == name:
            yield root, join(root, bare)
    head, _, rest = stem.partition("/")
    if rest and head in _COMPILED:
        yield root, join(root, "src", rest)
        yield root, join(root, rest)
    parent, last = posixpath.split(root)
    if last in _COMPILED:
        yield parent, join(parent, "src", stem)
        yield parent, join(parent, stem)
    settings = tsconfig(folder, root)
    out, sources = _text(settings, "outDir"), _text(settings, "rootDir") or "."
    if out and stem.startswith(join(out) + "/"):
        yield root, join(root, sources, stem.removeprefix(join(out) + "/"))
    yield root, join(root, "src", stem)


def _compiled(root: str) -> bool:
    return posixpath.basename(root) in _COMPILED


def tsconfig(folder: Folder, root: str) -> dict[str, object]:
    """``compilerOptions`` of the tsconfig.json at a root; empty where there is none that can be read."""
    raw = folder.read(join(root, "tsconfig.json"))
    if raw is None or len(raw) > _SETTINGS_BYTES:
        return {}
    plain = re.sub(r'("(?:[^"\\]|\\.)*")|//[^\n]*|/\*.*?\*/', lambda found: found[1] or "", _decoded(raw), flags=re.S)
    plain = re.sub(r",(\s*[}\]])", r"\1", plain)
    try:
        settings = json.loads(plain)
    except (ValueError, RecursionError):
        return {}
    options = settings.get("compilerOptions") if isinstance(settings, dict) else None
    return options if isinstance(options, dict) else {}


def _decoded(raw: bytes) -> str:
    return raw.decode("utf-8-sig", "replace")


def _text(settings: dict[str, object], key: str) -> str | None:
    found = settings.get(key)
    return found if isinstance(found, str) else None
