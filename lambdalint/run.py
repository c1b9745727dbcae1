"""The one path: collect -> load -> build -> check -> settle -> Report."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from lambdalint import __version__
from lambdalint.check import baseline as baselines
from lambdalint.check.engine import judge
from lambdalint.check.finding import Finding, Notice, Report, RuleInfo, Seen, Severity, Suppressed, Undecided
from lambdalint.check.suppress import Exemption, settle
from lambdalint.data import runtimes
from lambdalint.load.collect import Found, collect
from lambdalint.load.detect import may_be_template
from lambdalint.load.expand import Surroundings
from lambdalint.load.stack import Stack
from lambdalint.load.template import Values, load_template
from lambdalint.model.function import TYPE as FUNCTION
from lambdalint.model.model import Catalog, Settings
from lambdalint.rule.rule import Rule
from lambdalint.source.folder import DiskFolder, Folder
from lambdalint.source.gap import Gap, SourceError
from lambdalint.source.node import Document
from lambdalint.source.read import read_document


@dataclass(frozen=True, slots=True)
class Request:
    """What a run is asked for. ``fail_on`` None means never; ``here`` is what relative paths start from."""

    paths: tuple[Path, ...]
    here: Path
    rules: tuple[Rule, ...]
    settings: Settings
    fail_on: Severity | None = Severity.MEDIUM
    exclude: tuple[str, ...] = ()
    exemptions: tuple[Exemption, ...] = ()
    baseline: dict[str, str] = field(default_factory=dict)
    known_rules: frozenset[str] = frozenset()


def run(request: Request) -> Report:
    """Judge every template below the paths."""
    found, gaps = collect(list(request.paths), request.here, list(request.exclude))
    stacks, load_gaps = load(found, request.settings)
    gaps = [*gaps, *load_gaps, *(gap for stack, _ in stacks for gap in stack.gaps)]
    infos = tuple((rule, info_of(rule)) for rule in request.rules)
    findings: list[Finding] = []
    undecided: list[Undecided] = []
    for stack, path in stacks:
        for verdict in judge(infos, build(stack, request.settings, path)):
            if isinstance(verdict, Finding):
                findings.append(verdict)
            else:
                undecided.append(verdict)
    findings = [*with_fingerprints(sorted(findings, key=_order))]
    known = request.known_rules | {rule.id for rule in request.rules}
    standing, suppressed, notices = settle(
        findings, [stack for stack, _ in stacks], request.exemptions, request.settings.as_of, known
    )
    standing, from_baseline, more = _against_baseline(standing, request.baseline)
    return Report(
        tool="lambdalint",
        version=__version__,
        findings=tuple(standing),
        undecided=tuple(undecided),
        suppressed=(*suppressed, *from_baseline),
        gaps=tuple(gaps),
        notices=(*notices, *more),
        seen=tuple(Seen(stack.document, stack.dialect, _functions(stack)) for stack, _ in stacks),
        rules=tuple(sorted((info for _, info in infos), key=lambda info: info.id)),
        data_dates={"runtimes": runtimes.AS_OF},
        fail_on=request.fail_on,
    )


def load(found: Iterable[Found], settings: Settings) -> tuple[list[tuple[Stack, Path]], list[Gap]]:
    """The stacks of some files; what is no template is passed over, what cannot be read becomes a gap."""
    stacks: list[tuple[Stack, Path]] = []
    gaps: list[Gap] = []
    for file in found:
        try:
            document = read_document(file.path, file.name)
            if not may_be_template(document.text):
                continue
            stack = load_document(document, settings)
        except SourceError as error:
            gaps.append(gap_of(error, file.name))
            continue
        if isinstance(stack, Gap):
            gaps.append(stack)
        elif stack is not None:
            stacks.append((stack, file.path))
    return stacks, gaps


def load_document(document: Document, settings: Settings, around: Surroundings | None = None) -> Stack | Gap | None:
    """The stack of a document; None for what is no template, a gap for a dialect that is not read.

    Raises:
        SourceError: the text is malformed.
    """
    return load_template(document, Values(settings.parameters, settings.region), around)


def build(stack: Stack, settings: Settings, path: Path) -> Catalog:
    """The model of a stack, with the files of the repository around it."""
    from lambdalint.code.reader import Reader

    root, base = _repository(path)
    folder = DiskFolder(root)
    return Catalog(stack, settings, folder, base, Reader(folder, base))


def build_in(stack: Stack, settings: Settings, folder: Folder) -> Catalog:
    """The model of a stack whose files stand in a given folder, at its root."""
    from lambdalint.code.reader import Reader

    return Catalog(stack, settings, folder, "", Reader(folder, ""))


def _repository(path: Path) -> tuple[Path, str]:
    """The repository that holds a template (its own folder where there is none), and the template's folder in it."""
    own = path.absolute().parent
    for folder in (own, *own.parents):
        if (folder / ".git").exists():
            return folder, own.relative_to(folder).as_posix()
    return own, ""


def _functions(stack: Stack) -> int:
    return sum(1 for resource in stack.resources.values() if resource.type == FUNCTION)


def gap_of(error: SourceError, name: str) -> Gap:
    """A malformed or unreadable file as a gap, with its line where there is one."""
    return Gap(name, error.message, error.origin, path=error.path or name)


def info_of(rule: Rule) -> RuleInfo:
    """What reports say about a rule."""
    return RuleInfo(
        id=rule.id,
        title=rule.title,
        category=rule.category,  # type: ignore[arg-type]
        severity=Severity[rule.severity.upper()],
        confidence=rule.confidence,  # type: ignore[arg-type]
        why=rule.why,
        references=rule.references,
        aliases=rule.aliases,
        tags=rule.tags,
        status=rule.status,
        since=rule.since,
    )


def _order(finding: Finding) -> tuple[str, int, int, str, str]:
    place = finding.place
    if place is None:
        return "", 0, 0, finding.rule.id, finding.message
    return place.origin.document.path or "", place.origin.line, place.origin.column, finding.rule.id, finding.message


def with_fingerprints(findings: Sequence[Finding]) -> Iterable[Finding]:
    """Give each finding its fingerprint: rule, document, resource and field, and a count where those are equal."""
    seen: dict[str, int] = {}
    for finding in findings:
        place = finding.place
        parts = (
            finding.rule.id,
            (place.origin.document.path or "") if place else "",
            finding.subject.logical_id or finding.subject.arn or "",
            place.pointer if place else "",
        )
        text = "\0".join(parts)
        count = seen[text] = seen.get(text, 0) + 1
        if count > 1:
            text += f"\0{count}"
        yield replace(finding, fingerprint=hashlib.sha256(text.encode()).hexdigest()[:16])


def _against_baseline(
    findings: list[Finding], known: dict[str, str]
) -> tuple[list[Finding], list[Suppressed], list[Notice]]:
    return baselines.apply(findings, known) if known else (findings, [], [])


def exit_code(report: Report, allow_gaps: bool = False, exit_zero: bool = False) -> int:
    """0 clean; 1 findings at or above ``fail_on``; 3 something was not looked at and nothing is worse."""
    if exit_zero:
        return 0
    if report.fail_on is not None and any(finding.severity >= report.fail_on for finding in report.findings):
        return 1
    return 3 if report.gaps and not allow_gaps else 0


def today() -> date:
    """The day of the run."""
    return date.today()
