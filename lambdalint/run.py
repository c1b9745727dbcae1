"""The one path: collect -> load -> build -> check -> settle -> Report."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path

from lambdalint import __version__
from lambdalint.check import baseline as baselines
from lambdalint.check.engine import judge
from lambdalint.check.finding import Finding, Notice, Place, Report, RuleInfo, Seen, Severity, Suppressed, Undecided
from lambdalint.check.merge import merge
from lambdalint.check.parameters import slips
from lambdalint.check.scope import Scope
from lambdalint.check.suppress import Exemption, settle
from lambdalint.data import runtimes
from lambdalint.load.collect import Found, collect
from lambdalint.load.deployment import Deployment, Environment, Project
from lambdalint.load.expand import Surroundings
from lambdalint.load.stack import Stack
from lambdalint.load.template import Values, load_template
from lambdalint.model.function import TYPE as FUNCTION
from lambdalint.model.model import Catalog, Settings
from lambdalint.record import field, record, replace
from lambdalint.rule.rule import Rule
from lambdalint.source.folder import Folder
from lambdalint.source.gap import Gap, Remark
from lambdalint.source.names import Names
from lambdalint.source.node import Document


@record
class Request:
    """What a run is asked for. ``fail_on`` None means never; ``here`` is what relative paths start from.

    ``base`` is the folder of the config file: its patterns start there, and the names of files that a baseline keeps.
    """

    paths: tuple[Path, ...]
    here: Path
    rules: tuple[Rule, ...]
    settings: Settings
    environments: tuple[Environment, ...] = ()
    fail_on: Severity | None = Severity.MEDIUM
    exclude: tuple[str, ...] = ()
    exemptions: tuple[Exemption, ...] = ()
    baseline: Mapping[str, baselines.Known] = field(default_factory=dict)
    known_rules: frozenset[str] = frozenset()
    base: Path | None = None
    #: Patterns of files to pass over, as seen from ``base``.
    base_exclude: tuple[str, ...] = ()
    #: Ids, categories and aliases of the rules that do not run.
    skipped_rules: frozenset[str] = frozenset()
    #: Parameters that these very templates should have.
    asked_parameters: tuple[str, ...] = ()
    #: Whether every environment is judged.
    everywhere: bool = True


class UnknownEnvironment(Exception):  # noqa: N818 - the sentence is the user's, not a fault of ours
    """An environment was named that neither the config nor a samconfig file defines; one sentence."""


def run(request: Request) -> Report:
    """Judge every template below the paths, as it is deployed in each environment.

    Raises:
        UnknownEnvironment: an environment that was asked for is defined nowhere.
    """
    found, gaps = collect(list(request.paths), request.here, list(request.exclude), excluded_by_config(request))
    environments = request.environments or (Environment(None, request.settings.parameters, request.settings.region),)
    deployments, load_gaps = load(found, environments)
    documents = one_each(deployments)
    gaps = unique([*gaps, *load_gaps, *(gap for one in deployments for gap in one.stack.gaps)])
    infos = tuple((rule, info_of(rule)) for rule in request.rules)
    judged, remarks = _judged(deployments, infos, request.settings)
    findings, undecided = merge(judged)
    names = Names(request.here, request.base)
    scope = scope_of(request, names, gaps)
    standing, suppressed, notices, more = settled(request, sorted(findings, key=_order), documents, scope)
    more = [*_notices(remarks), *more]
    if deployments:
        more = [*slips(deployments, request.asked_parameters), *more]
    return Report(
        tool="lambdalint",
        version=__version__,
        findings=tuple(standing),
        undecided=tuple(undecided),
        suppressed=tuple(suppressed),
        gaps=tuple(gaps),
        notices=(*notices, *more),
        seen=tuple(Seen(stack.document, stack.dialect, _functions(stack)) for stack in documents),
        rules=tuple(sorted((info for _, info in infos), key=lambda info: info.id)),
        data_dates={"runtimes": runtimes.AS_OF},
        fail_on=request.fail_on,
    )


def _judged(
    deployments: list[Deployment], infos: tuple[tuple[Rule, RuleInfo], ...], settings: Settings
) -> tuple[list[tuple[Deployment, list[Finding | Undecided]]], list[Remark]]:
    """What the rules say of each deployment, and what should be known of how it was looked at."""
    judged: list[tuple[Deployment, list[Finding | Undecided]]] = []
    remarks: list[Remark] = []
    for one in deployments:
        catalog = build(one, settings)
        judged.append((one, list(judge(infos, catalog))))
        remarks += one.stack.remarks
        remarks += catalog.reader.remarks if catalog.reader is not None else ()
    return judged, remarks


def _notices(remarks: Iterable[Remark]) -> list[Notice]:
    each_once = {(each.message, id(each.origin.document), each.origin.start): each for each in remarks}
    return [Notice(each.message, Place(each.origin)) for each in each_once.values()]


def settled(
    request: Request, findings: Sequence[Finding], stacks: Sequence[Stack], scope: Scope
) -> tuple[list[Finding], list[Suppressed], list[Notice], list[Notice]]:
    """The findings that stand, with fingerprints; those that are suppressed or known; and what is to be said about the
    suppressions and about the baseline. Findings are in the order of the report."""
    found = [*with_fingerprints(findings, scope.name)]
    known = request.known_rules | {rule.id for rule in request.rules}
    as_of = request.settings.as_of
    standing, suppressed, notices = settle(found, stacks, request.exemptions, as_of, known, scope)
    standing, from_baseline, more = _against_baseline(standing, request.baseline, scope)
    return standing, [*suppressed, *from_baseline], notices, more


def excluded_by_config(request: Request) -> list[tuple[Path, list[str]]]:
    """The patterns of the config, with the folder that they start from."""
    return [(request.base or request.here, list(request.base_exclude))] if request.base_exclude else []


def scope_of(request: Request, names: Names, gaps: Iterable[Gap]) -> Scope:
    """What a run with these gaps looked at."""
    lost = {gap.path or (gap.origin.document.path if gap.origin is not None else None) for gap in gaps}
    return Scope(
        name=names.of,
        paths=tuple(names.of(str(path)) for path in request.paths),
        lost=frozenset(names.of(path) for path in lost if path is not None),
        skipped=request.skipped_rules,
        everywhere=request.everywhere,
    )


def load(found: Iterable[Found], environments: Sequence[Environment]) -> tuple[list[Deployment], list[Gap]]:
    """The deployments of some files; what is no template is passed over, what cannot be read becomes a gap.

    Raises:
        UnknownEnvironment: an environment is neither in the config nor in a samconfig file beside a template.
    """
    project = Project()
    for file in found:
        project.read(file.path, file.name)
    deployments = project.deployments(environments)
    for environment in environments:
        if environment.name is not None and not environment.defined and environment.name not in project.environments:
            known = ", ".join(sorted(project.environments)) or "none"
            raise UnknownEnvironment(
                f"--environment {environment.name}: neither `environments` of the config nor a samconfig file beside a "
                f"template defines it; known: {known}"
            )
    return deployments, project.gaps


def one_each(deployments: Iterable[Deployment]) -> list[Stack]:
    """One stack for each document."""
    return list({id(one.stack.document): one.stack for one in deployments}.values())


def unique(gaps: Iterable[Gap]) -> list[Gap]:
    """Each gap once, however many deployments of a template have it."""
    return list({(gap.what, gap.why, gap.path, _spot(gap)): gap for gap in gaps}.values())


def _spot(gap: Gap) -> tuple[int, int] | None:
    return (id(gap.origin.document), gap.origin.start) if gap.origin is not None else None


def load_document(document: Document, settings: Settings, around: Surroundings | None = None) -> Stack | Gap | None:
    """The stack of a document; None for what is no template, a gap for a dialect that is not read.

    Raises:
        SourceError: the text is malformed.
    """
    return load_template(document, Values(settings.parameters, settings.region), around)


def build(deployment: Deployment, settings: Settings) -> Catalog:
    """The model of a deployment, with the files of the repository around it."""
    from lambdalint.code.reader import Reader

    values, around = deployment.values, deployment.around
    own = replace(settings, parameters=values.parameters, region=values.region)
    return Catalog(deployment.stack, own, around.folder, around.base, Reader(around.folder, around.base))


def build_in(stack: Stack, settings: Settings, folder: Folder) -> Catalog:
    """The model of a stack whose files stand in a given folder, at its root."""
    from lambdalint.code.reader import Reader

    return Catalog(stack, settings, folder, "", Reader(folder, ""))


def _functions(stack: Stack) -> int:
    return sum(1 for resource in stack.resources.values() if resource.type == FUNCTION)


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


def with_fingerprints(findings: Sequence[Finding], name: Callable[[str], str] = str) -> Iterable[Finding]:
    """Give each finding its fingerprint: rule, document, resource and field, and a count where those are equal.

    ``name`` gives the document a name that does not depend on where the run stands.
    """
    seen: dict[str, int] = {}
    for finding in findings:
        place = finding.place
        path = place.origin.document.path if place is not None else None
        parts = (
            finding.rule.id,
            name(path) if path else "",
            finding.subject.logical_id or finding.subject.arn or "",
            _steady(place) if place else "",
        )
        text = "\0".join(parts)
        count = seen[text] = seen.get(text, 0) + 1
        if count > 1:
            text += f"\0{count}"
        # Names of files that are not UTF-8, and halves of characters in a template, are no text that has an encoding.
        yield replace(finding, fingerprint=hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16])


def _steady(place: Place) -> str:
    """The pointer of a place. In an account, what else has the name of a thing says nothing about it."""
    live = place.origin.document.path is None
    return re.sub(r"^(/Resources/.+?) \(\w+(?: \d+)?\)(?=/|$)", r"\1", place.pointer) if live else place.pointer


def _against_baseline(
    findings: list[Finding], known: Mapping[str, baselines.Known], scope: Scope
) -> tuple[list[Finding], list[Suppressed], list[Notice]]:
    return baselines.apply(findings, known, scope) if known else (findings, [], [])


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
