"""The config file: ``lambdalint.yaml`` or ``[tool.lambdalint]`` in ``pyproject.toml``, the nearest one upwards.

pydantic is imported only when there is a file to read.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from lambdalint.check.suppress import Exemption
from lambdalint.record import field, record

if TYPE_CHECKING:
    from lambdalint.config_schema import ConfigFile, EnvironmentEntry

NAMES = ("lambdalint.yaml", "lambdalint.yml", ".lambdalint.yaml", ".lambdalint.yml")


class ConfigError(Exception):
    """A config file that cannot be used: one sentence, with the file and the key."""


@record
class EnvironmentValues:
    """What one environment is deployed with."""

    parameters: dict[str, str] = field(default_factory=dict)
    region: str | None = None


@record
class Config:
    """What a run is asked to do; command-line arguments override the file. ``fail_on`` None means never."""

    path: str | None = None
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    fail_on: str | None = None
    parameters: dict[str, str] = field(default_factory=dict)
    region: str | None = None
    environments: dict[str, EnvironmentValues] = field(default_factory=dict)
    baseline: str | None = None
    rule_paths: tuple[str, ...] = ()
    rules: dict[str, dict[str, Any]] = field(default_factory=dict)
    exemptions: tuple[Exemption, ...] = ()


def find(start: Path) -> Path | None:
    """The nearest config file from a folder upwards, not beyond the repository."""
    for folder in (start, *start.parents):
        for name in NAMES:
            if (folder / name).is_file():
                return folder / name
        project = folder / "pyproject.toml"
        if project.is_file() and b"[tool.lambdalint" in project.read_bytes():
            return project
        if (folder / ".git").exists():
            return None
    return None


def load(path: Path) -> Config:
    """Read a config file.

    Raises:
        ConfigError: the file cannot be read, is malformed, or has a key or value that is not known.
    """
    return _convert(_validated(_raw(path), path), path)


def _raw(path: Path) -> Any:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{path}: is not UTF-8 text; save it as UTF-8") from None
    if path.suffix == ".toml":
        import tomllib

        try:
            parsed = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise ConfigError(f"{path}: is not valid TOML: {error}") from None
        return parsed.get("tool", {}).get("lambdalint", {}) if path.name == "pyproject.toml" else parsed
    from lambdalint.source.gap import SourceError
    from lambdalint.source.node import Document
    from lambdalint.source.scalar import to_json
    from lambdalint.source.yaml import parse_yaml

    try:
        root = parse_yaml(Document(str(path), text))
    except SourceError as error:
        raise ConfigError(f"{path}:{error.line}:{error.column}: {error.message}") from None
    return {} if root is None else to_json(root)


def _validated(raw: Any, path: Path) -> ConfigFile:
    from pydantic import ValidationError

    from lambdalint.config_schema import ConfigFile
    from lambdalint.rule.error import did_you_mean

    if not isinstance(raw, dict):
        raise ConfigError(f"{path}: must be a map of settings")
    try:
        return ConfigFile.model_validate(raw)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(step) for step in first["loc"])
        if first["type"] == "extra_forbidden":
            known = [field.alias or name for name, field in ConfigFile.model_fields.items()]
            raise ConfigError(
                f"{path}: unknown setting '{place}'{did_you_mean(str(first['loc'][-1]), known)}"
            ) from None
        raise ConfigError(f"{path}: {place}: {first['msg'].removeprefix('Value error, ')}") from None


def _convert(file: ConfigFile, path: Path) -> Config:
    exemptions = tuple(
        Exemption(
            rules=tuple(entry.rules),
            paths=tuple(entry.paths) or ("*",),
            resources=tuple(entry.resources) or ("*",),
            reason=entry.reason,
            until=entry.until,
        )
        for entry in file.suppress
    )
    return Config(
        path=str(path),
        select=tuple(file.select),
        ignore=tuple(file.ignore),
        exclude=tuple(file.exclude),
        fail_on=file.fail_on,
        parameters=dict(file.parameters),
        region=file.region,
        environments={name: _environment(entry, path, name) for name, entry in file.environments.items()},
        baseline=str(path.parent / file.baseline) if file.baseline else None,
        rule_paths=tuple(str(path.parent / folder) for folder in file.rule_paths),
        rules=file.rules,
        exemptions=exemptions,
    )


def _environment(entry: EnvironmentEntry, path: Path, name: str) -> EnvironmentValues:
    values: dict[str, str] = {}
    if entry.parameter_file is not None:
        from lambdalint.source.gap import SourceError
        from lambdalint.source.parameters import read_parameters

        file = path.parent / entry.parameter_file
        try:
            values = read_parameters(file)
        except SourceError as error:
            raise ConfigError(f"{path}: environments.{name}.parameter-file: {file}: {error.message}") from None
    return EnvironmentValues({**values, **entry.parameters}, entry.region)
