"""The code that a handler can reach: its file, the files that it imports, and in them what it mentions.

A file often holds several handlers; code that only another one uses says nothing about this one. So top-level
functions and classes count only when code that counts mentions their name (anywhere, in any way: too much is followed
rather than too little).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Literal

from lambdalint.code.fact import Dependency, Import, Language
from lambdalint.code.imports import Node, Python, Resolved, Target, provided
from lambdalint.code.locate import Located, language_of
from lambdalint.code.module import FunctionSite, ImportSite, Module
from lambdalint.code.syntax import Expr, Invoke, last_name
from lambdalint.record import field, record
from lambdalint.source.folder import Folder

#: Most files that are read for one handler, and the largest of them in bytes.
MAX_FILES = 40
MAX_BYTES = 1_000_000
# All of them together, in bytes.
_MAX_TOTAL = 2_000_000
# A file of more bytes, with more of them a line, was made by a bundler.
_BUNDLE_BYTES = 50_000
_BUNDLE_LINE = 400
# A name is followed through this many files that only pass it on.
_PASSED_ON = 5

# Libraries that call AWS themselves: what they call is out of sight.
_CALLS_AWS = re.compile(
    r"(aiobotocore|aioboto3|amazondax|amazon_|aws_(advanced|cryptographic|encryption|requests|secretsmanager|wrangler)"
    r"|awswrangler|chalice|dynamo|dyntastic|langchain|llama_index|moto|opensearch|pynamodb|pyathena|pyqldb|redshift_"
    r"|requests_aws|s3fs|s3path|smart_open|strands|warrant|aws4|amazon-|aws-(jwt|lambda-ric|secrets|appsync|amplify)"
    r"|@aws-amplify|@aws/|@opensearch|@langchain|dynamoose|electrodb|@middy/(s3|ssm|sts|secrets|dynamodb|rds|appconfig)"
    r"|@strands|s3-sync|sst$|dynamodb-toolbox|pulumi|aws_lambda_powertools\.utilities\.(parameters|idempotency|"
    r"feature_flags|data_masking|streaming)|@aws-lambda-powertools/(parameters|idempotency))"
)
# Libraries that layers often bring and that call nothing of AWS that matters here.
_HARMLESS = re.compile(
    r"(aws_lambda_powertools|@aws-lambda-powertools/|aws_xray_sdk|aws-xray-sdk|requests|httpx|urllib3|yaml|jwt|jose"
    r"|cryptography|numpy|pandas|PIL|pydantic|psycopg|pymysql|mysql|pg|redis|ioredis|axios|uuid|lodash|moment|dayjs"
    r"|node-fetch|jinja2|bs4|lxml|pytz|dateutil|stripe|graphql|zod|joi|@middy/core|opentelemetry|@opentelemetry)"
    r"(?:[./_-].*)?$"
)


@record
class Region:
    """Bytes of a module that count."""

    path: str
    start: int
    end: int


@record(frozen=False)
class Program:
    """The files read for one handler and what counts in them."""

    folder: Folder
    located: Located
    runtime: str | None
    dependencies: tuple[Dependency, ...]
    modules: dict[str, Module] = field(default_factory=dict)
    regions: list[Region] = field(default_factory=list)
    imports: list[Import] = field(default_factory=list)
    #: Where each import of each file leads, by (path, offset, module).
    resolved: dict[tuple[str, int, str], Resolved] = field(default_factory=dict)
    #: What could not be followed, in order, without repeats.
    unfollowed: dict[str, None] = field(default_factory=dict)
    #: Some code of the project itself is out of sight, not only what libraries do.
    own_code_open: bool = False
    _total: int = 0
    _seen: set[tuple[str, int | None]] = field(default_factory=set)
    _followed: set[tuple[str, str]] = field(default_factory=set)
    _callers: dict[str, list[tuple[str, Invoke]]] | None = None
    _returns: dict[str, list[tuple[str, Expr]]] | None = None

    def open(self, why: str, own: bool = True) -> None:
        """Note something that could not be followed."""
        self.unfollowed.setdefault(why)
        self.own_code_open = self.own_code_open or own

    def load(self, path: str) -> Module | None:
        """A file's module; None where it cannot be read or too much was read already."""
        known = self.modules.get(path)
        if known is not None:
            return known
        if len(self.modules) >= MAX_FILES or self._total >= _MAX_TOTAL:
            self.open(f"more than {MAX_FILES} files or {_MAX_TOTAL // 1_000_000} MB of source")
            return None
        raw = self.folder.read(path)
        module = parse(path, raw) if raw is not None and not unreadable(raw) else None
        if module is None:
            self.open(f"{path} is not readable source")
            return None
        self._total += len(module.source)
        self.modules[path] = module
        if module.error_line is not None:
            self.open(f"{path}:{module.error_line} has a syntax error")
        return module

    def follow(self, site: FunctionSite | None) -> None:
        """Work out what counts, from the handler's function; from everything in its file when that is not known."""
        path = self.located.path
        module = self.modules[path]
        entry = module.unit_at(site.start) if site is not None else None
        waiting: list[tuple[str, int | None]] = [(path, None)]
        waiting.extend((path, each) for each in range(len(module.units)) if site is None or each == entry)
        resolver: Python | Node
        if self.located.language == "python":
            resolver = Python(self.folder, self.located.root, self.dependencies)
        else:
            resolver = Node(self.folder, self.located.root, self.runtime)
        while waiting:
            key = waiting.pop()
            if key not in self._seen:
                self._seen.add(key)
                waiting.extend(self._visit(*key, resolver))
        self.regions.sort(key=lambda region: (region.path != path, region.path, region.start))

    def _visit(self, path: str, index: int | None, resolver: Python | Node) -> list[tuple[str, int | None]]:
        """Count a unit (or, for None, what always runs); gives what it mentions."""
        module = self.modules[path]
        if index is None:
            spans = list(module.outside_units())
        else:
            spans = [(module.units[index].start, module.units[index].end)]
        self.regions.extend(Region(path, *span) for span in spans)
        words: set[str] = set()
        for span in spans:
            words |= module.words(*span)
        found = self._imports(path, module, index, words, resolver)
        if index is None:
            found.extend((path, each) for each, unit in enumerate(module.units) if unit.registered)
        found.extend(self._named(path, words))
        return found

    def _named(self, path: str, words: set[str]) -> list[tuple[str, int | None]]:
        """The units of a file that go by one of these names, unless the name was followed before."""
        module = self.modules[path]
        found: list[tuple[str, int | None]] = []
        for word in words:
            units = module.units_named(word)
            if units and (path, word) not in self._followed:
                self._followed.add((path, word))
                found.extend((path, each) for each in units)
        return found

    def _imports(
        self, path: str, module: Module, index: int | None, words: set[str], resolver: Python | Node
    ) -> list[tuple[str, int | None]]:
        found: list[tuple[str, int | None]] = []
        for site in module.imports_for(index, words):
            resolved = self._resolve(path, module, site, resolver)
            for file in resolved.files:
                target = self.load(file)
                if target is None:
                    continue
                found.append((file, None))
                if site.star:
                    found.extend(self._named(file, words))
            for local, origin in resolved.targets.items():
                if local in words:
                    found.extend(self._taken(origin, words, resolver))
        if index is None:
            for source, _, _ in module.reexports:
                site = ImportSite(source, {}, 0)
                files = self._resolve(path, module, site, resolver).files
                found.extend((file, None) for file in files if self.load(file) is not None)
        return found

    def _taken(
        self, target: Target, words: set[str], resolver: Python | Node, depth: int = 0
    ) -> list[tuple[str, int | None]]:
        """The units that a name taken from another file stands for, through whatever files pass it on."""
        module = self.modules.get(target.path)
        if module is None or depth > _PASSED_ON:
            return []
        whole = target.name is None or target.name == "default"
        wanted = words | {"default"} if whole else {target.name or ""}
        exported = module.exports.get(target.name or "default")
        if exported is not None:
            wanted |= module.words(exported.start, exported.end)
        found = self._named(target.path, wanted)
        passed: list[Target] = []
        for source, there, here in module.reexports:
            if here == "*" or here in wanted:
                resolved = self._resolve(target.path, module, ImportSite(source, {}, 0), resolver)
                passed.extend(Target(file, target.name if there == "*" else there) for file in resolved.files)
        for site in module.imports:
            if not wanted.isdisjoint(site.names) or site.star:
                resolved = self._resolve(target.path, module, site, resolver)
                passed.extend(each for local, each in resolved.targets.items() if local in wanted)
                passed.extend(Target(file, target.name) for file in resolved.files if site.star)
        for each in passed:
            if self.load(each.path) is not None:
                found.append((each.path, None))
                found.extend(self._taken(each, words, resolver, depth + 1))
        return found

    def _resolve(self, path: str, module: Module, site: ImportSite, resolver: Python | Node) -> Resolved:
        key = (path, site.start, site.module)
        known = self.resolved.get(key)
        if known is not None:
            return known
        found = self.resolved[key] = resolver.resolve(path, site.module, site.names)
        self.imports.append(Import(site.module, path, module.line(site.start), found.origin))
        if found.origin == "missing":
            self.open(f"{path}:{module.line(site.start)} imports {site.module}, which is not in the project")
        elif _CALLS_AWS.match(site.module):
            self.open(f"the library {site.module} calls AWS by itself", own=False)
        elif found.origin == "external" and not self._known(site.module) and not _HARMLESS.match(site.module):
            self.open(f"{site.module} is neither in the code nor among its dependencies")
        elif site.module in ("subprocess", "child_process", "node:child_process"):
            self.open(f"{path}:{module.line(site.start)} starts other programs", own=False)
        return found

    def _known(self, module: str) -> bool:
        if self.located.language == "python":
            return provided(module, self.dependencies)
        parts = module.split("/")
        package = "/".join(parts[:2]) if module.startswith("@") else parts[0]
        return package == "aws-sdk" or any(each.name in (package, f"@types/{package}") for each in self.dependencies)

    # Questions about what was read

    def counts(self, path: str, offset: int) -> bool:
        """Whether code at an offset counts."""
        module = self.modules.get(path)
        return module is not None and (path, module.unit_at(offset)) in self._seen

    def invokes(self) -> Iterator[tuple[str, Module, Invoke]]:
        """Every call that counts."""
        for path, module in self.modules.items():
            for call in module.invokes:
                if self.counts(path, call.start):
                    yield path, module, call

    def target(self, path: str, name: str) -> tuple[ImportSite, Target | None] | None:
        """The import that brings a name into a file, and the file that it leads to if that is local."""
        site = self.modules[path].importing(name)
        if site is None:
            return None
        resolved = self.resolved.get((path, site.start, site.module))
        return site, resolved.targets.get(name) if resolved is not None else None

    def callers(self, name: str) -> list[tuple[str, Invoke]]:
        """The calls of functions that go by this name."""
        if self._callers is None:
            self._callers = {}
            for path, _, call in self.invokes():
                called = last_name(call.callee)
                if called is not None:
                    self._callers.setdefault(called, []).append((path, call))
        return self._callers.get(name, [])

    def returns(self, name: str) -> list[tuple[str, Expr]]:
        """What functions that go by this name return."""
        if self._returns is None:
            self._returns = {}
            for path, module in self.modules.items():
                for function, value in module.returns:
                    self._returns.setdefault(function, []).append((path, value))
        return self._returns.get(name, [])

    def search(self, pattern: re.Pattern[bytes]) -> Iterator[tuple[Region, Module, re.Match[bytes]]]:
        """Every match of a pattern in code that counts; comments do not."""
        for region in self.regions:
            module = self.modules[region.path]
            for found in pattern.finditer(module.source, region.start, region.end):
                yield region, module, found


@lru_cache(maxsize=256)
def _parsed(grammar: Language | Literal["tsx"], source: bytes) -> Module:
    from lambdalint.code import javascript, python

    return python.read(source) if grammar == "python" else javascript.read(source, grammar)


def parse(path: str, raw: bytes) -> Module | None:
    """A file as a module; equal text is read once."""
    language = language_of(path)
    if language is None:
        return None
    return _parsed("tsx" if path.endswith((".tsx", ".jsx")) else language, raw.removeprefix(b"\xef\xbb\xbf"))


def unreadable(raw: bytes) -> str | None:
    """Why bytes are not read as source: a phrase, or None."""
    if len(raw) > MAX_BYTES:
        return f"is larger than {MAX_BYTES // 1_000_000} MB"
    if b"\0" in raw:
        return "is not text"
    if len(raw) > _BUNDLE_BYTES and len(raw) > _BUNDLE_LINE * (raw.count(b"\n") + 1):
        return "is a minified bundle"  # what its libraries do would be taken for what the function does
    return None
