"""``samconfig.toml`` (or .yaml): the parameter values that ``sam deploy`` would use, by environment.

https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/serverless-sam-cli-config.html
"""

from __future__ import annotations

import posixpath
from pathlib import Path
from typing import Any

from lambdalint.record import field, record
from lambdalint.source.gap import Gap, SourceError
from lambdalint.source.parameters import assignment
from lambdalint.source.scalar import to_json

NAMES = ("samconfig.toml", "samconfig.yaml", "samconfig.yml")
DEFAULT = "default"

#: Templates that a samconfig file speaks of when it names none.
_TEMPLATES = frozenset({"template.yaml", "template.yml", "template.json"})
_COMMANDS = ("global", "build", "validate", "package", "deploy")


@record
class Overrides:
    """What one environment of the file sets. ``templates`` are the paths, from its folder, of the templates that its
    commands name, without those that a command makes; none means the usual ones."""

    parameters: dict[str, str] = field(default_factory=dict)
    region: str | None = None
    templates: frozenset[str] = frozenset()

    def mean(self, template: str) -> bool:
        """Whether they are for the template at this path from the folder of the file."""
        return template in (self.templates or _TEMPLATES)


def read_samconfig(folder: Path, shown: str) -> dict[str, Overrides] | Gap:
    """The environments of the file in a folder, none without one; a gap for a malformed file. ``shown`` is the folder
    as reports call it."""
    for name in NAMES:
        path = folder / name
        if path.is_file():
            called = posixpath.normpath(posixpath.join(shown, name))
            try:
                content = _content(path, called)
            except SourceError as error:
                why = f"{error.message} Its parameter overrides are not known."
                return Gap(called, why, error.origin, path=called)
            return {
                environment: _overrides(section)
                for environment, section in content.items()
                if isinstance(section, dict) and environment != "version"
            }
    return {}


def _content(path: Path, shown: str) -> dict[str, Any]:
    from lambdalint.source.read import parse, read_document

    document = read_document(path, shown)
    found: Any
    if path.suffix == ".toml":
        import tomllib

        try:
            found = tomllib.loads(document.text)
        except tomllib.TOMLDecodeError as error:
            raise SourceError(f"It is not valid TOML ({error}); correct it.", shown, 1, 1) from None
    else:
        root = parse(document)
        found = {} if root is None else to_json(root)
    return found if isinstance(found, dict) else {}


def _overrides(environment: dict[str, Any]) -> Overrides:
    settings: dict[str, Any] = {}
    templates: set[str] = set()
    made: set[str] = set()
    for command in _COMMANDS:
        section = environment.get(command)
        parameters = section.get("parameters") if isinstance(section, dict) else None
        if isinstance(parameters, dict):
            settings.update(parameters)
            templates |= {str(parameters[key]) for key in ("template_file", "template") if parameters.get(key)}
            made.add(str(parameters.get("output_template_file")))
    region = settings.get("region")
    return Overrides(
        parameters=_values(settings.get("parameter_overrides")),
        region=region if isinstance(region, str) else None,
        templates=frozenset(path for path in map(posixpath.normpath, templates - made) if not _is_made(path)),
    )


def _is_made(path: str) -> bool:
    """Whether ``sam build`` or ``sam package`` makes a template, by where the one and what most call the other's."""
    return path.startswith(".aws-sam/") or posixpath.basename(path).startswith("packaged")


def _values(written: object) -> dict[str, str]:
    """``parameter_overrides``: one text with several assignments, a list of them, or a map."""
    if isinstance(written, dict):
        return {str(name): _text(value) for name, value in written.items()}
    if isinstance(written, str):
        import shlex

        try:
            words = shlex.split(written)
        except ValueError:
            words = written.split()
        return dict(pair for word in words if (pair := assignment(word)) is not None)
    found: dict[str, str] = {}
    for item in written if isinstance(written, list) else []:
        if isinstance(item, dict):
            found.update(_values(item))
        elif isinstance(item, str) and (pair := assignment(item)) is not None:
            found[pair[0]] = pair[1].strip('"')
    return found


def _text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return ",".join(map(_text, value)) if isinstance(value, list) else str(value)
