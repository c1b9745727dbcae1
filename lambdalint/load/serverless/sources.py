"""Where the values of variables come from: the service itself, options, files of the repository.

What only a deployment knows (other stacks, Systems Manager, the environment of a build) is unknown, with its reason.
"""

from __future__ import annotations

import posixpath
import re
from typing import Protocol

from lambdalint.load.nodes import build, text_of
from lambdalint.load.serverless.unknown import ACCOUNT_ID, is_unknown, unknown
from lambdalint.record import field, record
from lambdalint.source.folder import Folder, normal
from lambdalint.source.gap import Gap, SourceError
from lambdalint.source.node import Document, Mapping, Node, Origin, Scalar
from lambdalint.source.read import MAX_BYTES, document_of, parse

#: Files that a program writes when it runs; running it is not for a linter.
_PROGRAMS = (".js", ".cjs", ".mjs", ".ts", ".cts", ".mts")
_DATA = (".yml", ".yaml", ".json", ".tfstate")

_ELSEWHERE = {
    "cf": "is an output of another stack",
    "ssm": "is read from Systems Manager when the service is packaged",
    "s3": "is read from S3 when the service is packaged",
    "git": "is known only in the checkout that is packaged",
    "vault": "is read from Vault when the service is packaged",
    "doppler": "is read from Doppler when the service is packaged",
    "terraform": "is an output of Terraform",
    "output": "is an output of another service",
    "construct": "comes from the plugin serverless-lift",
    "bref": "comes from the plugin bref",
}
_MISSING = {
    "opt": "is an option that was not given; some have a default written after a comma",
    "env": "is an environment variable of the deployment",
    "param": "is a parameter that was not given; give it with --param",
}
_DEFAULTS = {"provider.stage": "dev", "provider.region": "us-east-1"}
_DOTENV = re.compile(
    r"""^[ \t]*(?:export[ \t]+)?([\w.-]+)[ \t]*=[ \t]*(?:'([^']*)'|"((?:[^"\\]|\\.)*)"|([^#\r\n]*))""", re.MULTILINE
)
_EXPANDED = re.compile(r"(?<!\\)\$(?:\{([A-Za-z_][A-Za-z0-9_]*)\}|([A-Za-z_][A-Za-z0-9_]*))")
_MAX_TEXT = 100_000


class Paths(Protocol):
    """What sources need of the variables: the value at a path, and full resolution."""

    def at(self, start: Node, path: list[str]) -> Node | None: ...
    def get(self, start: Node, *path: str) -> Node | None: ...
    def resolve(self, node: Node) -> Node: ...


@record(frozen=False, eq=False)
class Sources:
    """What the variables of one service can be read from. ``base`` is the folder of the service in ``folder``."""

    root: Mapping
    folder: Folder
    base: str
    gaps: list[Gap]
    stage: str | None = None
    region: str | None = None
    parameters: dict[str, str] = field(default_factory=dict)
    #: Documents that were read, in order.
    documents: list[Document] = field(default_factory=list)
    #: Paths of the files that values were asked of, read or not.
    named: dict[str, None] = field(default_factory=dict)
    _files: dict[str, Node | None] = field(default_factory=dict)
    _environment: dict[str, str] | None = None
    _compose: dict[str, Node] | None = None

    def look_up(
        self, paths: Paths, kind: str, address: str, parameters: list[str], use: Scalar, text: str
    ) -> Node | None:
        """The value that a source has for an address; None where it has none."""
        match kind:
            case "self":
                return self._own(paths, address, use)
            case "opt":
                option = {"stage": self.stage, "region": self.region}.get(address)
                return None if option is None else _plain(option, use, text)
            case "sls" if address == "stage":
                return self.stage_of(paths, use)
            case "sls":
                return unknown(use, text, "is known only when the service is packaged")
            case "aws" if address == "region":
                return self.region_of(paths, use)
            case "aws" if address == "accountId":
                return build(ACCOUNT_ID, use, text)
            case "file":
                return self._file(paths, parameters, address, use, text)
            case "param":
                return self._parameter(paths, address, use, text)
            case "env":
                found = self._dotenv(paths, use).get(address)
                return None if found is None else _plain(found, use, text)
            case "construct":
                from lambdalint.load.serverless.lift_names import construct_value

                name, _, prop = address.partition(".")
                of = text_of(paths.at(self.root, ["constructs", name, "type"]))
                value = construct_value(of or "", name, prop)
                return unknown(use, text, _ELSEWHERE[kind]) if value is None else build(value, use, text)
            case "strToBool":
                return _truth(parameters, use, text)
        return unknown(use, text, _ELSEWHERE.get(kind, "comes from a plugin"))

    @staticmethod
    def why_missing(kind: str) -> str | None:
        """Why a variable of this source may well have a value at deployment; None where it cannot have one."""
        return _MISSING.get(kind)

    # --- the service itself -------------------------------------------------------------------------------------------

    def _own(self, paths: Paths, address: str, use: Scalar) -> Node | None:
        found = paths.at(self.root, address.split(".") if address else [])
        if found is None and address in _DEFAULTS:
            return _plain(_DEFAULTS[address], use, f"default of {address}")
        return found

    def stage_of(self, paths: Paths, use: Origin) -> Node:
        """The stage: the option, what the provider says, or ``dev``."""
        if self.stage is not None:
            return _plain(self.stage, use, "--stage")
        return paths.get(self.root, "provider", "stage") or _plain("dev", use, "default stage")

    def region_of(self, paths: Paths, use: Origin) -> Node:
        """The region: the option, what the provider says, or ``us-east-1``."""
        if self.region is not None:
            return _plain(self.region, use, "--region")
        return paths.get(self.root, "provider", "region") or _plain("us-east-1", use, "default region")

    def _parameter(self, paths: Paths, name: str, use: Scalar, text: str) -> Node | None:
        if name in self.parameters:
            return _plain(self.parameters[name], use, "--param")
        stage = self.stage_of(paths, use)
        if not isinstance(stage, Scalar):
            return unknown(use, text, "depends on the stage, which is not known; give it with --stage")
        for owner in (stage.text, "default"):
            for path in (["params", owner, name], ["stages", owner, "params", name]):
                found = paths.at(self.root, path)
                if found is not None:
                    return found
        return self._composed(name, use, text)

    def _composed(self, name: str, use: Scalar, text: str) -> Node | None:
        """What a compose file gives the service; ``${other.output}`` in it is another service's output."""
        if self._compose is None:
            from lambdalint.load.serverless.compose import composed_parameters

            self._compose = composed_parameters(self.folder, self.base)
        found = self._compose.get(name)
        if isinstance(found, Scalar) and "${" in found.text:
            return unknown(use, text, "is an output of another service")
        return found

    # --- files --------------------------------------------------------------------------------------------------------

    def _file(self, paths: Paths, parameters: list[str], address: str, use: Scalar, text: str) -> Node | None:
        if not parameters:
            return self._failed(use, text, "it names no file; write ${file(path)}")
        name = parameters[0]
        path = normal(posixpath.join(self.base, name)) if not name.startswith(("/", "~")) else None
        if path is None:
            return self._failed(use, text, f"{name} lies outside the repository and is not read; move it inside")
        self.named[path] = None
        if path.endswith(_PROGRAMS):
            return self._failed(
                use, text, f"{name} is a program and is not run; run `serverless package` and check .serverless"
            )
        if path not in self._files:
            self._files[path] = self._read(path, name, use)
        found = self._files[path]
        if found is None or is_unknown(found) or not address:
            return found
        return paths.at(found, address.split("."))

    def _read(self, path: str, name: str, use: Scalar) -> Node | None:
        data = self.folder.read(path)
        if data is None:
            why = None
            if self.folder.leads_out(path):
                why = f"{name} is a link that leads out of the repository and is not read; put a copy in its place"
            elif self.folder.exists(path):
                why = f"{name} is no file, or one of more than {MAX_BYTES // 2**20} MB, and is not read; include less"
            return None if why is None else self._failed(use, f"${{file({name})}}", why)
        shown = posixpath.normpath(posixpath.join(self._here, posixpath.relpath(path, self.base or ".")))
        try:
            document = document_of(data, shown)
            self.documents.append(document)
            if not path.endswith(_DATA):
                return Scalar(document, 0, len(document.text), document.text, False)
            return parse(document)
        except SourceError as error:
            # What is wrong with the whole of a file has no line in it.
            self.gaps.append(Gap(name, error.message, error.origin or use.at()))
            return unknown(use, f"file {name}", "cannot be read")

    @property
    def _here(self) -> str:
        """The folder of the service, as reports call it."""
        return posixpath.dirname(self.root.document.path or "")

    def _failed(self, use: Scalar, text: str, why: str) -> Node:
        from lambdalint.load.serverless.variables import gap

        gap(self.gaps, f"variable {text}", why, use)
        return unknown(use, text, f"is not known, because {why.partition(';')[0]}")

    def _dotenv(self, paths: Paths, use: Scalar) -> dict[str, str]:
        """What ``.env`` files of the service set; those of the stage come before the general one."""
        if self._environment is None:
            self._environment = {}
            if text_of(paths.get(self.root, "useDotenv")) == "true":
                stage = self.stage_of(paths, use)
                names = [f".env.{stage.text}", ".env"] if isinstance(stage, Scalar) else [".env"]
                for name in names:
                    data = self.folder.read(posixpath.join(self.base, name))
                    if data is not None:
                        self.named[posixpath.join(self.base, name)] = None
                        self._environment = _variables_of(data.decode("utf-8", "replace"))
                        break
        return self._environment


def _plain(text: str, use: Origin, via: str) -> Scalar:
    return Scalar(use.document, use.start, use.end, text, False, via)


def _truth(parameters: list[str], use: Scalar, text: str) -> Node:
    word = parameters[0].strip().lower() if parameters else ""
    if word in {"true", "1", "false", "0"}:
        value = "true" if word in {"true", "1"} else "false"
        return Scalar(use.document, use.start, use.end, value, True, text)
    return unknown(use, text, "is neither true nor false")


def _variables_of(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, single, double, bare in _DOTENV.findall(text):
        value = _expanded(single or double.replace("\\n", "\n") or bare.strip(), found)
        if value is not None:
            found[name] = value
    return found


def _expanded(text: str, known: dict[str, str]) -> str | None:
    """A value with ``$NAME`` replaced by what stands above it; None where only the environment knows that.

    https://www.serverless.com/framework/docs/environment-variables
    """
    if "$" not in text:
        return text
    names = [braced or bare for braced, bare in _EXPANDED.findall(text)]
    if any(name not in known for name in names) or sum(len(known[name]) for name in names) > _MAX_TEXT:
        return None
    text = _EXPANDED.sub(lambda match: known[match[1] or match[2]], text)
    return None if "${" in text else text.replace("\\$", "$")
