"""Templates as they are deployed: in each environment, standing alone or nested in another stack.

A template that another one nests is judged with the values that its parent passes, not by itself.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-nested-stacks.html
"""

from __future__ import annotations

import os
import posixpath
from collections.abc import Iterable, Sequence
from pathlib import Path

from lambdalint.load import serverless_program
from lambdalint.load.detect import detect, may_be_template, why_no_service
from lambdalint.load.expand import Surroundings
from lambdalint.load.nesting import Exports, Nesting, Template
from lambdalint.load.samconfig import DEFAULT, Overrides, read_samconfig
from lambdalint.load.stack import Stack
from lambdalint.load.template import Values
from lambdalint.record import field, record
from lambdalint.source.folder import DiskFolder
from lambdalint.source.gap import Gap, SourceError
from lambdalint.source.node import Document
from lambdalint.source.read import parse, read_document


@record
class Environment:
    """Values that templates are deployed with. Those of a samconfig file of the same name stand behind them.

    ``defined`` says that the config file knows it, so that no samconfig file has to.
    """

    name: str | None = None
    parameters: dict[str, str] = field(default_factory=dict)
    region: str | None = None
    defined: bool = False


@record
class Deployment:
    """One template as it is deployed once. ``nested`` says as what, where another stack brings it."""

    stack: Stack
    around: Surroundings
    values: Values
    environment: str | None = None
    nested: str | None = None


class Project:
    """The templates of a run. Each file is read and parsed once, whatever the number of its deployments."""

    def __init__(self) -> None:
        self.gaps: list[Gap] = []
        #: Every environment that a samconfig file beside a template defines.
        self.environments: set[str] = set()
        self._templates: dict[str, Template] = {}
        self._nested: dict[str, Template] = {}
        self._samconfigs: dict[str, dict[str, Overrides]] = {}
        self._repositories: dict[Path, tuple[Path, str]] = {}

    def read(self, path: Path, name: str) -> None:
        """Take a file into the project; what is no template is passed over, what cannot be read becomes a gap."""
        try:
            document = read_document(path, name)
            if not may_be_template(document.text) or detect(parse(document)) is None:
                self._pass_over(path, name, document)
                return
        except SourceError as error:
            self.gaps.append(gap_of(error, name))
            return
        self._templates[os.path.realpath(path)] = Template(document, path.name, self._around(path))

    def _pass_over(self, path: Path, name: str, document: Document) -> None:
        """Note a file that by its name is a service, and by what stands in it is none."""
        problem = why_no_service(parse(document)) if path.name in serverless_program.DATA else None
        if problem is not None:
            why, place = problem
            self.gaps.append(Gap(name, why, place.at() if place is not None else None, path=name))

    def _around(self, path: Path) -> Surroundings:
        """The repository that holds a template (its own folder where there is none), and its folder in it."""
        own = path.absolute().parent
        known = self._repositories.get(own)
        if known is None:
            known = self._repositories[own] = _repository(own)
        return Surroundings(DiskFolder(known[0]), known[1])

    def deployments(self, environments: Iterable[Environment]) -> list[Deployment]:
        """Every template in every environment; those that others nest come after their parents."""
        found: list[Deployment] = []
        for environment in environments:
            found += self._deployed(environment)
        return found

    def _deployed(self, environment: Environment) -> list[Deployment]:
        values = {key: self._values(template, environment) for key, template in self._templates.items()}
        nesting = Nesting(self._templates, values, self._nested)
        exports = Exports()
        found: list[Deployment] = []
        for nested in nesting.deployed():
            exports.add(nested.stack, nested.values)
            found.append(
                Deployment(nested.stack, nested.template.around, nested.values, environment.name, nested.label)
            )
        self._note(nesting.gaps)
        return found

    def _note(self, gaps: Sequence[Gap]) -> None:
        known = {_place(gap) for gap in self.gaps}
        self.gaps += [gap for gap in gaps if _place(gap) not in known]

    def _values(self, template: Template, environment: Environment) -> Values:
        overrides = self._overrides(template, environment.name or DEFAULT)
        if overrides is None:
            return Values(environment.parameters, environment.region)
        return Values({**overrides.parameters, **environment.parameters}, environment.region or overrides.region)

    def _overrides(self, template: Template, environment: str) -> Overrides | None:
        """What the nearest samconfig file that means a template sets: one beside it, or above it in the repository."""
        folder = template.around.folder
        if not isinstance(folder, DiskFolder) or template.document.path is None:
            return None
        where, path = folder.root / template.around.base, template.name
        shown = posixpath.dirname(template.document.path)
        while True:
            found = self._samconfig(where, shown).get(environment)
            if found is not None and found.mean(path):
                return found
            if where == folder.root or where == where.parent:
                return None
            where, path, shown = where.parent, f"{where.name}/{path}", posixpath.join(shown, "..")

    def _samconfig(self, folder: Path, shown: str) -> dict[str, Overrides]:
        where = str(folder)
        known = self._samconfigs.get(where)
        if known is None:
            found = read_samconfig(folder, shown)
            if isinstance(found, Gap):
                self.gaps.append(found)
                found = {}
            known = self._samconfigs[where] = found
            self.environments.update(found)
        return known


def _repository(own: Path) -> tuple[Path, str]:
    for folder in (own, *own.parents):
        if (folder / ".git").exists():
            return folder, own.relative_to(folder).as_posix()
    return own, ""


def _place(gap: Gap) -> tuple[str, str, Document | None, int]:
    origin = gap.origin
    return gap.what, gap.why, origin.document if origin is not None else None, origin.start if origin is not None else 0


def gap_of(error: SourceError, name: str) -> Gap:
    """A malformed or unreadable file as a gap, with its line where there is one."""
    return Gap(name, error.message, error.origin, path=error.path or name)
