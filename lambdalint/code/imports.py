"""What an import leads to: a file of the project, the runtime, or something out of sight."""

from __future__ import annotations

import posixpath
import sys
from typing import Literal

from lambdalint.code.fact import Dependency
from lambdalint.code.locate import JAVASCRIPT, TYPESCRIPT, join, tsconfig
from lambdalint.record import record
from lambdalint.source.folder import Folder

# Part of Lambda's Python runtimes: https://docs.aws.amazon.com/lambda/latest/dg/lambda-python.html
_PYTHON_RUNTIME = frozenset(
    {"awslambdaric", "boto3", "botocore", "cfnresponse", "dateutil", "jmespath", "s3transfer", "six", "urllib3"}
)
# Left Python's library since 3.8.
_PYTHON_REMOVED = frozenset({"asynchat", "asyncore", "cgi", "distutils", "imp", "smtpd", "telnetlib"})
# https://nodejs.org/api/ : the modules that need no prefix.
_NODE_NAMES = """
assert async_hooks awslambda buffer child_process cluster console constants crypto dgram diagnostics_channel dns
domain events fs http http2 https inspector module net os path perf_hooks process punycode querystring readline repl
stream string_decoder sys timers tls trace_events tty url util v8 vm wasi worker_threads zlib
"""
_NODE_MODULES = frozenset(_NODE_NAMES.split())
# Where the module of a distribution has another name.
_DISTRIBUTIONS = {
    "attr": "attrs",
    "bs4": "beautifulsoup4",
    "crypto": "pycryptodome",
    "cv2": "opencv_python_headless",
    "dateutil": "python_dateutil",
    "dotenv": "python_dotenv",
    "fitz": "pymupdf",
    "google": "google_api_python_client",
    "googleapiclient": "google_api_python_client",
    "jose": "python_jose",
    "jwt": "pyjwt",
    "magic": "python_magic",
    "mysql": "mysql_connector_python",
    "mysqldb": "mysqlclient",
    "opensearchpy": "opensearch_py",
    "pil": "pillow",
    "psycopg2": "psycopg2_binary",
    "psycopg": "psycopg",
    "requests_aws4auth": "requests_aws4auth",
    "sklearn": "scikit_learn",
    "slack_sdk": "slack_sdk",
    "yaml": "pyyaml",
}

Origin = Literal["local", "bundled", "runtime", "external", "missing"]


@record
class Target:
    """A file; ``name`` is what is taken from it, None for the module itself."""

    path: str
    name: str | None


@record
class Resolved:
    """Where an import leads. ``targets`` goes by local name; ``files`` are loaded whether names are used or not."""

    origin: Origin
    targets: dict[str, Target]
    files: tuple[str, ...]


def plain_name(name: str) -> str:
    """A distribution's name in one spelling: lower case, underscores."""
    return name.lower().replace("-", "_").replace(".", "_")


def provided(module: str, dependencies: tuple[Dependency, ...]) -> bool:
    """Whether one of the dependencies is where a Python module comes from."""
    top = plain_name(module.split(".", 1)[0])
    names = {plain_name(each.name) for each in dependencies}
    alias = _DISTRIBUTIONS.get(top, top)
    return bool(names & {top, alias, f"python_{top}", f"py{top}", alias.removesuffix("_binary")}) or any(
        name.startswith(alias + "_") or plain_name(module).startswith(name + "_") for name in names
    )


class Python:
    """Imports of Python; absolute ones start at the root of the code, as in ``/var/task``."""

    def __init__(self, folder: Folder, root: str, dependencies: tuple[Dependency, ...]) -> None:
        self.folder = folder
        self.root = root
        self.dependencies = dependencies

    def resolve(self, path: str, module: str, names: dict[str, str | None]) -> Resolved:
        """What ``import module`` or ``from module import names`` in a file leads to."""
        bare = module.lstrip(".")
        dots = len(module) - len(bare)
        top = bare.split(".", 1)[0]
        if dots:
            places = [join(posixpath.dirname(path), *[".."] * (dots - 1))]
        elif top in sys.stdlib_module_names or top in _PYTHON_REMOVED or top in _PYTHON_RUNTIME:
            return Resolved("runtime", {}, ())
        else:
            places = [self.root, posixpath.dirname(path)]
        found = next((hit for place in places if (hit := self._module(place, bare)) is not None), None)
        if found is None:
            return Resolved("missing" if dots else "external", {}, ())
        if not dots and provided(top, self.dependencies):
            return Resolved("bundled", {}, ())
        return self._names(*found, names)

    def _module(self, place: str, bare: str) -> tuple[str | None, str] | None:
        """(file, folder of submodules) of a module; None where it is not."""
        base = join(place, bare.replace(".", "/")) if bare else place
        if bare and self.folder.exists(f"{base}.py"):
            return f"{base}.py", base
        if self.folder.is_dir(base):
            init = join(base, "__init__.py")
            return (init if self.folder.exists(init) else None), base
        return None

    def _names(self, file: str | None, base: str, names: dict[str, str | None]) -> Resolved:
        targets: dict[str, Target] = {}
        files = [file] if file is not None else []
        missing = False
        for local, name in names.items():
            if name is None:
                if file is not None:
                    targets[local] = Target(file, None)
                continue
            inner = self._module(base, name)
            if inner is not None and inner[0] is not None:
                targets[local] = Target(inner[0], None)
                files.append(inner[0])
            elif file is not None:
                targets[local] = Target(file, name)
            else:
                missing = missing or inner is None
        return Resolved("missing" if missing else "local", targets, tuple(files))


class Node:
    """Imports of JavaScript and TypeScript."""

    def __init__(self, folder: Folder, root: str, runtime: str | None) -> None:
        self.folder = folder
        self.root = root
        version = (runtime or "").removeprefix("nodejs").partition(".")[0]
        self.old = version.isdecimal() and int(version) < 18
        self._settings: dict[str, object] | None = None

    def resolve(self, path: str, module: str, names: dict[str, str | None]) -> Resolved:
        """What an import of ``module`` in a file leads to."""
        if module.startswith("."):
            file = self._file(join(posixpath.dirname(path), module))
            if file is None:
                data = module.endswith((".json", ".css", ".txt", ".html", ".wasm", ".node"))
                return Resolved("local" if data else "missing", {}, ())
        else:
            file = self._mapped(module)
            if file is None:
                return Resolved(self._origin(path, module), {}, ())
        return Resolved("local", {local: Target(file, name) for local, name in names.items()}, (file,))

    def _file(self, base: str) -> str | None:
        stem, suffix = posixpath.splitext(base)
        candidates = [base] if suffix in (*JAVASCRIPT, *TYPESCRIPT) else []
        candidates += [base + each for each in (*JAVASCRIPT, *TYPESCRIPT)]
        if suffix in JAVASCRIPT:
            candidates += [stem + each for each in TYPESCRIPT]
        candidates += [join(base, "index" + each) for each in (*JAVASCRIPT, *TYPESCRIPT)]
        return next((each for each in candidates if self.folder.exists(each) and not self.folder.is_dir(each)), None)

    def _mapped(self, module: str) -> str | None:
        """The file that tsconfig's ``paths`` or ``baseUrl`` give."""
        if self._settings is None:
            self._settings = tsconfig(self.folder, self.root)
        base = self._settings.get("baseUrl")
        start = join(self.root, base) if isinstance(base, str) else self.root
        paths = self._settings.get("paths")
        for pattern, places in paths.items() if isinstance(paths, dict) else ():
            prefix, star, _ = str(pattern).partition("*")
            if not isinstance(places, list) or not (module.startswith(prefix) if star else module == pattern):
                continue
            for place in places:
                found = self._file(join(start, str(place).replace("*", module[len(prefix) :]))) if place else None
                if found is not None:
                    return found
        return self._file(join(start, module)) if isinstance(base, str) else None

    def _origin(self, path: str, module: str) -> Origin:
        parts = module.split("/")
        package = "/".join(parts[:2]) if module.startswith("@") else parts[0]
        if module.startswith("node:") or package in _NODE_MODULES:
            return "runtime"
        directory = posixpath.dirname(path)
        while True:
            if self.folder.exists(join(directory, "node_modules", package, "package.json")):
                return "bundled"
            if not directory:
                break
            directory = posixpath.dirname(directory)
        if (package == "aws-sdk") if self.old else package.startswith(("@aws-sdk/", "@smithy/")):
            return "runtime"
        return "missing" if module.startswith(("@/", "~/", "#")) else "external"
