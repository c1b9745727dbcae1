"""The code of live functions, for rules: what their packages say, and where in them it stands."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from lambdalint.audit.need import facts_of
from lambdalint.check.finding import Covered, Finding, Place
from lambdalint.code.fact import Handler
from lambdalint.code.handler import read_handler
from lambdalint.code.package import Package
from lambdalint.code.zipped import open_package
from lambdalint.data import limits
from lambdalint.load.aws.download import MOST_BYTES, Downloads
from lambdalint.load.aws.evidence import Evidence, Pair
from lambdalint.load.aws.packages import AT_ONCE, Packages, Unread
from lambdalint.record import record, replace
from lambdalint.report.words import counted
from lambdalint.rule.rule import Rule
from lambdalint.source.gap import Gap
from lambdalint.source.node import Document, Origin

if TYPE_CHECKING:
    from lambdalint.code.events import Sample
    from lambdalint.load.aws.client import Boto
    from lambdalint.model.function import Function
    from lambdalint.source.gap import Remark

#: What coverage tables call it: it is no action of IAM.
DOWNLOAD = "code download"
#: Facts of other things that rest on what the code says.
_FACTS = frozenset({"trigger.written_by_function"})
#: Places in the code that a finding names, at most.
_MOST_PLACES = 6
#: Parsers are shared, and work for one thread at a time.
_PARSING = threading.Lock()


@record
class Read:
    """What was read of a function's package."""

    handler: Handler
    package: Package


def reads_code(rule: Rule) -> bool:
    """Whether a rule judges what code says."""
    return rests_on_code(facts_of(rule))


def rests_on_code(facts: frozenset[str]) -> bool:
    """Whether some of these facts are told by code."""
    return any(fact.startswith("code.") for fact in facts) or not _FACTS.isdisjoint(facts)


def read(file: BinaryIO, item: dict[str, Any]) -> Read | str:
    """What the open package of a function says, whose configuration (of ListFunctions) is ``item``; why it cannot be
    read."""
    folder = open_package(file)
    if isinstance(folder, str):
        return folder
    with _PARSING:
        handler = read_handler(folder, ".", item.get("Handler"), item.get("Runtime"))
    package = folder.package(file.seek(0, 2))
    if handler.missing == "file":
        handler = replace(handler, why=f"no file in its package fits the handler {item.get('Handler')}")
    if package.native is not None:
        handler = replace(handler, native=package.native)
    if item.get("Layers"):
        package = replace(package, unzipped=None, why="its layers are not downloaded")
    return Read(handler, package)


class LiveCode:
    """Answers the model's questions about code from what was read of one account and region."""

    def __init__(self, pair: Pair, found: dict[str, Any], rules: Iterable[Rule]) -> None:
        self._pair = pair
        self._found = found
        #: Rule -> its facts, where some of them rest on code.
        self._facts = {rule.id: facts for rule in rules if rests_on_code(facts := facts_of(rule))}

    def handler(self, function: Function) -> Handler:
        """What the source of a function's handler says."""
        found = self.of(function.label)
        return found.handler if isinstance(found, Read) else Handler(False, found)

    def package(self, function: Function) -> Package:
        """What its package weighs, without layers."""
        found = self.of(function.label)
        return found.package if isinstance(found, Read) else Package("zip", None, None, False, "", 0, why=found)

    def samples(self, function: Function) -> list[Sample]:
        """None: accounts keep no sample events."""
        return []

    @property
    def remarks(self) -> list[Remark]:
        """None: what was not looked at is a gap."""
        return []

    def of(self, name: str) -> Read | str:
        """What was read of a function, or why nothing was."""
        found = self._found.get(name)
        if isinstance(found, Read):
            return found
        return found.why if isinstance(found, Unread) else "its code was not looked at"

    def placed(self, finding: Finding) -> Finding:
        """A finding that rests on code, with the places in the package that it rests on."""
        facts = self._facts.get(finding.rule.id)
        name = finding.subject.function
        found = self.of(name) if facts is not None and name is not None else ""
        if facts is None or not isinstance(found, Read) or not found.handler.readable:
            return finding
        handler = found.handler
        places = [(handler.path or "", handler.line or 1, f"handler of {name}")]
        if "code.side_effects" in facts:
            first = {f"{call.service}:{call.operation}": call for call in reversed(handler.side_effects)}
            places += sorted((call.path, call.line, label) for label, call in first.items())
        base = f"lambda/{self._pair.account}/{self._pair.region}/function/{name}"
        more = [_place(f"{base}/{path}", line, label) for path, line, label in places[:_MOST_PLACES] if path]
        return replace(finding, related=(*finding.related, *more))


def code_gaps(evidence: Evidence) -> list[Gap]:
    """What could not be downloaded or read: one gap for each reason."""
    tried = [found for found in evidence.code.values() if not (isinstance(found, Unread) and not found.asked)]
    counts: dict[str, int] = {}
    for found in tried:
        if isinstance(found, Unread):
            counts[found.why] = counts.get(found.why, 0) + 1
    pair = evidence.pair
    return [
        Gap(f"{DOWNLOAD} ({count:,} of {len(tried):,} functions)", why, account=pair.account, region=pair.region)
        for why, count in sorted(counts.items())
    ]


def code_coverage(evidence: Evidence) -> list[Covered]:
    """How many functions' packages were read."""
    tried = [found for found in evidence.code.values() if not (isinstance(found, Unread) and not found.asked)]
    if not tried:
        return []
    missed = [found.why for found in tried if isinstance(found, Unread)]
    pair = evidence.pair
    answered = len(tried) - len(missed)
    return [Covered(pair.account, pair.region, DOWNLOAD, len(tried), answered, missed[0] if missed else None)]


def _place(path: str, line: int, label: str) -> Place:
    # The text itself is gone with the package; lines are all that is left of it.
    return Place(Origin(Document(path, "\n" * (line - 1)), line - 1, line - 1), "", label)


def kept_sizes(journal: Path) -> tuple[int, int, int] | None:
    """Functions, different packages and their bytes as the last audit listed them; None where no journal says so."""
    import sqlite3

    if not journal.exists():
        return None
    functions: dict[str, tuple[str, int]] = {}
    try:
        database = sqlite3.connect(f"{journal.absolute().as_uri()}?mode=ro", uri=True)
        try:
            for (text,) in database.execute("SELECT data FROM answer WHERE operation = 'lambda.ListFunctions'"):
                for item in json.loads(text).get("Functions") or ():
                    if item.get("PackageType") != "Image":
                        arn = str(item.get("FunctionArn", ""))
                        functions[arn] = (str(item.get("CodeSha256") or arn), int(item.get("CodeSize") or 0))
        finally:
            database.close()
    except (sqlite3.Error, ValueError):
        return None
    packages = {(arn.rsplit(":", 2)[0], digest): size for arn, (digest, size) in functions.items()}
    return (len(functions), len(packages), sum(packages.values())) if functions else None


def forecast_of(journal: Path) -> str:
    """What downloading code will cost, as text: the bytes that the last audit saw, where its journal is there."""
    text = (
        "Code: lambda:GetFunction and one download for each different package, at most "
        f"{MOST_BYTES // limits.MIB} MB each and {AT_ONCE} at a time; container images are not downloaded.\n"
    )
    kept = kept_sizes(journal)
    if kept is None:
        return f"{text}How many bytes that is shows only once functions are listed: audit without --code first.\n"
    functions, packages, size = kept
    return (
        f"{text}By the last audit's list ({journal}): {counted(functions, 'function')} with "
        f"{counted(packages, 'different package')}, "
        f"{size / limits.MIB:,.1f} MB.\n"
    )


def packages_of(boto: Boto) -> Packages:
    """What downloads packages and reads them."""
    return Packages(Downloads(boto.endpoint(), boto.authorities(), AT_ONCE).fetch, read)
