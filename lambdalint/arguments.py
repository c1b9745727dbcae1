"""The command line: which commands and options there are."""

from __future__ import annotations

import argparse
from collections.abc import Callable

SEVERITIES = ("low", "medium", "high", "critical", "never")
FORMATS = ("text", "json", "sarif", "html", "junit", "github", "gitlab", "markdown", "csv")


def parser(version: str, wanted: str | None = None) -> argparse.ArgumentParser:
    """The parser of all commands, or of the one that is wanted: to make all takes longer than a small run."""
    top = argparse.ArgumentParser(
        prog="lambdalint",
        description="Linter for AWS Lambda: SAM, CloudFormation and serverless.yml.",
        epilog="Exit codes: 0 clean, 1 findings, 2 wrong use, 3 something could not be looked at.",
        allow_abbrev=False,
        formatter_class=_unmeasured,
    )
    top.add_argument("--version", action="version", version=version)
    commands = top.add_subparsers(dest="command", metavar="COMMAND")
    for name, (summary, fill) in _COMMANDS.items():
        if wanted is None or wanted == name:
            made = commands.add_parser(name, help=summary, allow_abbrev=False, formatter_class=_unmeasured)
            fill(made)
            made.formatter_class = argparse.HelpFormatter
    top.formatter_class = argparse.HelpFormatter
    return top


def _unmeasured(prog: str) -> argparse.HelpFormatter:
    """argparse makes a formatter for each argument that is added, which would look up the terminal's width."""
    return argparse.HelpFormatter(prog, width=80)


def _check(command: argparse.ArgumentParser) -> None:
    _common(command)
    _choosing(command)
    _output(command)
    _fixing(command)


def _explain(command: argparse.ArgumentParser) -> None:
    command.add_argument("rule", metavar="RULE")
    _own_rules(command)


def _rules(command: argparse.ArgumentParser) -> None:
    command.add_argument("--format", choices=("text", "json", "markdown"), default="text")
    _own_rules(command)


def _inspect(command: argparse.ArgumentParser) -> None:
    command.add_argument("paths", nargs="+", metavar="PATH")
    command.add_argument("--format", choices=("json",), default="json")
    command.add_argument("--resolved", action="store_true", help="with intrinsic functions evaluated")
    _config(command)
    _values(command)


def _baseline(command: argparse.ArgumentParser) -> None:
    _common(command)
    _choosing(command)
    command.add_argument(
        "-o", "--output", metavar="FILE", help="default: the config's baseline, else lambdalint-baseline.json"
    )
    command.add_argument(
        "--report", action="append", default=[], metavar="FILE", help="of what an audit found, from its JSON report"
    )


def _test(command: argparse.ArgumentParser) -> None:
    command.add_argument("paths", nargs="+", metavar="PATH")


def _new(command: argparse.ArgumentParser) -> None:
    command.add_argument("rule", metavar="CATEGORY/RULE")
    command.add_argument("--into", default="lambdalint-rules", metavar="FOLDER")


def _schema(command: argparse.ArgumentParser) -> None:
    command.add_argument("what", choices=("config", "rule", "report"))


def _audit(command: argparse.ArgumentParser) -> None:
    scope = command.add_argument_group("scope")
    scope.add_argument("--profile", action="append", default=[], metavar="NAME", help="credentials to use (repeatable)")
    scope.add_argument("--region", metavar="NAME,...|all", help="regions to look at (default: the profile's)")
    scope.add_argument(
        "--function", action="append", default=[], metavar="PATTERN", help="only functions of such a name (repeatable)"
    )
    scope.add_argument("--organization", action="store_true", help="every active account of the organization")
    scope.add_argument("--ou", action="append", default=[], metavar="ID", help="with --organization: only this unit")
    scope.add_argument(
        "--account-tag", action="append", default=[], metavar="KEY=VALUE", help="with --organization: only such"
    )
    scope.add_argument("--accounts", metavar="FILE", help="account ids or role ARNs, one a line")
    scope.add_argument(
        "--role-name", default="OrganizationAccountAccessRole", metavar="NAME", help="role to assume in each account"
    )
    scope.add_argument("--external-id", metavar="TEXT", help="external id for the role")
    scope.add_argument("--shard", default="1/1", metavar="I/N", help="the I-th of N parts of the accounts")
    calls = command.add_argument_group("calls")
    calls.add_argument("--plan", action="store_true", help="print the calls and their time, and make none")
    calls.add_argument("--deep", action="store_true", help="also ask what can be left out: aliases, all URLs")
    calls.add_argument("--code", action="store_true", help="also download packages and read the code in them")
    calls.add_argument(
        "--metrics",
        action="store_true",
        help="also ask CloudWatch, which costs money, Compute Optimizer and Service Quotas",
    )
    calls.add_argument(
        "--metrics-days", type=int, default=14, metavar="N", help="days that --metrics asks about (default: 14)"
    )
    calls.add_argument(
        "--api-budget", type=float, default=0.5, metavar="SHARE", help="share of AWS's rates to use (default: 0.5)"
    )
    calls.add_argument("--threads", type=int, default=32, metavar="N", help="calls at the same time (default: 32)")
    calls.add_argument(
        "--journal", default=".lambdalint/audit.sqlite", metavar="FILE", help="where answers are kept for --resume"
    )
    calls.add_argument("--resume", action="store_true", help="go on where the last audit stopped")
    calls.add_argument("--against", metavar="PATH", help="compare with the templates below PATH")
    calls.add_argument("--no-progress", action="store_true", help="show no progress")
    _live(command)
    _choosing(command)
    _output(command)


def _permissions(command: argparse.ArgumentParser) -> None:
    command.add_argument("--deep", action="store_true", help="for audits with --deep")
    command.add_argument("--code", action="store_true", help="for audits with --code")
    command.add_argument("--metrics", action="store_true", help="for audits with --metrics")
    command.add_argument("--all-regions", action="store_true", help="for audits with --region all")
    command.add_argument("--region", metavar="NAME,...|all", help="for audits with --region")
    command.add_argument("--organization", action="store_true", help="for audits with --organization")
    # What an audit is told more exactly may be told here as well: its own options can be pasted.
    for name, whose in (("--ou", "of an organization "), ("--account-tag", "of an organization "), ("--accounts", "")):
        command.add_argument(name, nargs="?", const="-", metavar="...", help=f"for audits {whose}with {name}")
    command.add_argument("--role-name", default="OrganizationAccountAccessRole", metavar="NAME")
    _live(command)
    _choosing(command)


def _live(command: argparse.ArgumentParser) -> None:
    """Options of what judges accounts, and nothing where only templates need something."""
    _config(command)
    command.add_argument("--as-of", metavar="DATE", help="judge runtimes as of this day (YYYY-MM-DD)")
    command.set_defaults(paths=[], parameter=[], parameter_file=[], environment=[], stage=None)


def _merge(command: argparse.ArgumentParser) -> None:
    command.add_argument("reports", nargs="+", metavar="REPORT.json")
    command.add_argument("--fail-on", choices=SEVERITIES, help="lowest severity that fails the run (default: medium)")
    _output(command)


#: Command -> what it does, and what adds its arguments.
_COMMANDS: dict[str, tuple[str, Callable[[argparse.ArgumentParser], None]]] = {
    "check": ("judge templates (the default)", _check),
    "explain": ("what a rule is about, and why", _explain),
    "rules": ("list the rules", _rules),
    "inspect": ("what a template deploys", _inspect),
    "baseline": ("accept the findings there are now", _baseline),
    "test": ("run the examples of rule files", _test),
    "new": ("write a rule of your own", _new),
    "audit": ("judge live accounts", _audit),
    "permissions": ("the IAM policy that audit needs", _permissions),
    "merge": ("put the JSON reports of several audits together", _merge),
    "schema": ("JSON Schema of a file form", _schema),
}
COMMANDS = tuple(_COMMANDS)


def _common(command: argparse.ArgumentParser) -> None:
    command.add_argument("paths", nargs="*", default=["."], metavar="PATH")
    _config(command)
    _values(command)


def _config(command: argparse.ArgumentParser) -> None:
    command.add_argument("--config", metavar="FILE", help="config file (default: the nearest lambdalint.yaml)")
    command.add_argument("--isolated", action="store_true", help="use no config file")


def _values(command: argparse.ArgumentParser) -> None:
    group = command.add_argument_group("values")
    group.add_argument(
        "--parameter", "--param", action="append", default=[], metavar="KEY=VALUE", help="value of a parameter"
    )
    group.add_argument(
        "--parameter-file", action="append", default=[], metavar="FILE", help="values of parameters, JSON or YAML"
    )
    group.add_argument(
        "--environment",
        action="append",
        default=[],
        metavar="NAME",
        help="judge this environment of the config or of samconfig.toml (repeatable)",
    )
    group.add_argument("--stage", metavar="NAME", help="value of the parameter Stage")
    group.add_argument("--region", metavar="NAME", help="region that is deployed to")
    group.add_argument("--as-of", metavar="DATE", help="judge runtimes as of this day (YYYY-MM-DD)")


def _choosing(command: argparse.ArgumentParser) -> None:
    group = command.add_argument_group("choosing")
    group.add_argument("--select", action="append", default=[], metavar="ID|CATEGORY", help="run only these")
    group.add_argument("--ignore", action="append", default=[], metavar="ID|CATEGORY", help="do not run these")
    group.add_argument("--preview", action="store_true", help="run preview rules too")
    group.add_argument(
        "--exclude", action="append", default=[], metavar="PATTERN", help="pass over files, as .gitignore"
    )
    group.add_argument("--force-exclude", action="store_true", help="pass over excluded files even if they are named")
    group.add_argument("--fail-on", choices=SEVERITIES, help="lowest severity that fails the run (default: medium)")
    group.add_argument("--baseline", metavar="FILE", help="findings that are known")


def _output(command: argparse.ArgumentParser) -> None:
    group = command.add_argument_group("output")
    group.add_argument("--format", choices=FORMATS, help="what stands on standard output (default: text)")
    group.add_argument(
        "-o", "--output", action="append", default=[], metavar="[FORMAT=]FILE", help="write a report file"
    )
    group.add_argument("--sarif-suppressed", action="store_true", help="put suppressed findings into SARIF")
    group.add_argument(
        "--sarif-category", default="lambdalint", metavar="NAME", help="what code scanning files it under"
    )
    group.add_argument("--color", choices=("auto", "always", "never"), default="auto")
    group.add_argument("-q", "--quiet", action="store_true", help="print nothing when there is nothing to say")
    group.add_argument("--exit-zero", action="store_true", help="exit 0 whatever was found")
    group.add_argument("--allow-gaps", action="store_true", help="exit 0 although something was not looked at")


def _fixing(command: argparse.ArgumentParser) -> None:
    group = command.add_argument_group("fixing")
    group.add_argument("--fix", action="store_true", help="mend what can be mended safely")
    group.add_argument(
        "--unsafe-fixes", action="store_true", help="with --fix or --diff: also what may change behaviour"
    )
    group.add_argument("--diff", action="store_true", help="print the fixes as a diff and change nothing")


def _own_rules(command: argparse.ArgumentParser) -> None:
    command.add_argument("--config", metavar="FILE", help="config file that names rules of your own")
    command.add_argument("--isolated", action="store_true", help="use no config file")
