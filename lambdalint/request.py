"""From the command line and the config to what a run is asked for."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argparse import Namespace

    from lambdalint.config import Config
    from lambdalint.load.deployment import Environment
    from lambdalint.model.model import Settings
    from lambdalint.rule.rule import Rule
    from lambdalint.run import Request

BASELINE = "lambdalint-baseline.json"


class UsageError(Exception):
    """Something the user named does not exist or does not fit; one sentence."""


def request_of(parsed: Namespace) -> Request:
    """What a run is asked for.

    Raises:
        UsageError, ConfigError, BaselineError, RuleError, RuleFileError: something named does not exist or fit.
    """
    from lambdalint.check import baseline
    from lambdalint.check.finding import Severity
    from lambdalint.choose import chosen, every_rule
    from lambdalint.run import Request

    config = config_of(parsed)
    paths = tuple(Path(path) for path in parsed.paths)
    for path in paths:
        if not path.exists():
            raise UsageError(f"{path}: there is no such file or directory")
    rules = every_rule(config)
    select = [*listed(parsed.select)] or [*config.select]
    ignore = [*listed(parsed.ignore), *config.ignore]
    running = chosen(rules, select, ignore, config, parsed.preview)
    known = parsed.baseline or config.baseline
    fail_on = parsed.fail_on or config.fail_on or "medium"
    base = Path(config.path).absolute().parent if config.path is not None else None
    if parsed.force_exclude:
        paths = _kept(_kept(paths, Path.cwd(), parsed.exclude), base or Path.cwd(), config.exclude)
    return Request(
        paths=paths,
        here=Path.cwd(),
        rules=running,
        settings=_settings(parsed),
        environments=environments_of(parsed, config),
        fail_on=None if fail_on == "never" else Severity[fail_on.upper()],
        exclude=tuple(parsed.exclude),
        exemptions=config.exemptions,
        baseline=baseline.read(Path(known)) if known and parsed.command in {"check", "audit"} else {},
        known_rules=_names(rules),
        base=base,
        base_exclude=config.exclude,
        skipped_rules=_names(_skipped(rules, running)),
        asked_parameters=tuple(entry.partition("=")[0] for entry in parsed.parameter),
        everywhere=not parsed.environment,
    )


def baseline_file(parsed: Namespace) -> Path:
    """The file that ``lambdalint baseline`` writes: the one named, else that of the config."""
    import os

    known = config_of(parsed).baseline
    return Path(parsed.output or (os.path.relpath(known) if known is not None else BASELINE))


def config_of(parsed: Namespace) -> Config:
    """The config that is named, else the nearest one from the current folder upwards, else an empty one."""
    from lambdalint import config

    if parsed.config is not None:
        if not Path(parsed.config).is_file():
            raise UsageError(f"{parsed.config}: there is no such config file")
        return config.load(Path(parsed.config))
    found = None if parsed.isolated else config.find(Path.cwd())
    return config.load(found) if found is not None else config.Config()


def environments_of(parsed: Namespace, config: Config | None = None) -> tuple[Environment, ...]:
    """The environments to judge: those named, else those of the config, else the one without a name."""
    from lambdalint.config import Config
    from lambdalint.load.deployment import Environment

    config = config or Config()
    explicit = _parameters(parsed)
    known = config.environments
    if parsed.command not in ("audit", "permissions"):
        # An audit looks at several regions, and asks AWS for them.
        _check_regions(parsed.region, config)
    return tuple(
        Environment(
            name,
            {**config.parameters, **(known[name].parameters if name in known else {}), **explicit},
            parsed.region or (known[name].region if name in known else None) or config.region,
            name in known,
        )
        for name in dict.fromkeys(listed(parsed.environment)) or known or [None]
    )


def listed(values: list[str]) -> list[str]:
    """The names of an option that may be repeated and takes several at once: ``a,b``."""
    return [name.strip() for value in values for name in value.split(",") if name.strip()]


def _names(rules: list[Rule]) -> frozenset[str]:
    return frozenset(name for rule in rules for name in (rule.id, rule.category, *rule.aliases))


def _skipped(rules: list[Rule], running: tuple[Rule, ...]) -> list[Rule]:
    """The rules that a suppression may be meant for although they do not run this time."""
    ran = {rule.id for rule in running}
    return [rule for rule in rules if rule.id not in ran and rule.status != "preview"]


def _kept(paths: tuple[Path, ...], base: Path, exclude: list[str] | tuple[str, ...]) -> tuple[Path, ...]:
    """Those paths that no pattern of a folder excludes: hooks name files that the config may leave out."""
    if not exclude:
        return paths
    from pathspec import GitIgnoreSpec

    from lambdalint.source.names import Names

    spec, names = GitIgnoreSpec.from_lines(exclude), Names(Path.cwd(), base)
    return tuple(path for path in paths if not spec.match_file(names.of(str(path))))


def _settings(parsed: Namespace) -> Settings:
    from datetime import date

    from lambdalint.model.model import Settings
    from lambdalint.run import today

    try:
        as_of = date.fromisoformat(parsed.as_of) if parsed.as_of is not None else today()
    except ValueError:
        raise UsageError(f"--as-of {parsed.as_of}: write the date as YYYY-MM-DD") from None
    return Settings(as_of=as_of)


def _check_regions(asked: str | None, config: Config) -> None:
    import re

    from lambdalint.data.regions import FORM

    named = [("--region", asked), (f"{config.path}: region:", config.region)]
    named += [
        (f"{config.path}: environments.{name}.region:", values.region) for name, values in config.environments.items()
    ]
    for where, region in named:
        if region is not None and re.fullmatch(FORM, region) is None:
            raise UsageError(f"{where} {region}: this is no AWS region; write it like eu-central-1")


def _parameters(parsed: Namespace) -> dict[str, str]:
    """Values from the command line; ``--parameter`` wins over files, a later file over an earlier one."""
    parameters: dict[str, str] = {}
    for file in parsed.parameter_file:
        from lambdalint.source.parameters import SourceError, read_parameters

        try:
            parameters.update(read_parameters(Path(file)))
        except SourceError as error:
            place = f"{file}:{error.line}:{error.column}" if error.origin is not None else file
            raise UsageError(f"--parameter-file {place}: {error.message}") from None
    if parsed.stage is not None:
        parameters["Stage"] = parsed.stage
    for entry in parsed.parameter:
        name, equals, value = entry.partition("=")
        if not equals or not name:
            raise UsageError(f"--parameter {entry}: write it as KEY=VALUE")
        parameters[name] = value
    return parameters
