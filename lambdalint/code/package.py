"""What a deployment package weighs, without deploying it.

Limits: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html. Trusted in this order: what a build
left, an archive, the sources.
"""

from __future__ import annotations

from functools import partial
from typing import Literal

from lambdalint.code.locate import join
from lambdalint.data import package_sizes
from lambdalint.record import record
from lambdalint.source.folder import Folder

_FILES = 20_000
_MB = 1024 * 1024
# Never part of a package, or not of one that anybody means to ship.
_LEFT_OUT = (".git/", ".aws-sam/", ".serverless/", "cdk.out/", "node_modules/.cache/", "__pycache__/")
_BUILD = ".aws-sam/build/"
# Sources of languages whose package is made by a compiler: their own size says nothing.
_COMPILED = ("pom.xml", "build.gradle", "build.gradle.kts", "go.mod", "Cargo.toml", "Makefile")


@record
class Package:
    """A deployment package; sizes in bytes, None where they are not known.

    ``estimated`` says that sizes rest on a ratio or leave out dependencies; ``unmeasured`` names those that are
    asked for, not installed, and not in the table of sizes. ``path`` is what was measured, ``why`` says why it could
    not be. ``native`` says whether what a build left holds code for one architecture, None where that is not known.
    """

    kind: Literal["folder", "zip", "build"]
    zipped: int | None
    unzipped: int | None
    estimated: bool
    path: str
    files: int
    unmeasured: tuple[str, ...] = ()
    why: str | None = None
    native: bool | None = None
    #: The files in what a build left.
    names: tuple[str, ...] = ()


def measure(folder: Folder, code_path: str) -> Package | None:
    """Measure a folder of code, an archive, or what ``sam build`` left in ``.aws-sam/build/<LogicalId>``.

    None where nothing stands there, or where sources say nothing about the size of what is built from them.
    """
    path = join(code_path)
    if folder.is_dir(path):
        built = f"{path}/".startswith(_BUILD) or f"/{_BUILD}" in f"/{path}/"
        return _folder(folder, path, built)
    if not folder.exists(path):
        return None
    return _archive(folder, path) if path.endswith((".zip", ".jar")) else None


def _archive(folder: Folder, path: str) -> Package | None:
    from lambdalint.code.archive import Unreadable, head, read_members
    from lambdalint.code.native import is_built_for_one

    file = folder.open(path)
    if file is None:
        return None
    with file:
        members = read_members(file)
        if isinstance(members, Unreadable):
            return Package("zip", None, None, False, path, 0, why=f"{path} {members.why}")
        heads = ((each.name, each.size, partial(head, file, each, 20)) for each in members)
        return Package(
            "zip",
            file.seek(0, 2),
            sum(member.size for member in members),
            False,
            path,
            len(members),
            native=is_built_for_one(heads),
            names=tuple(member.name for member in members),
        )


def _folder(folder: Folder, path: str, built: bool) -> Package | None:
    from lambdalint.code.native import is_built_for_one

    prefix = f"{path}/" if path else ""
    total = count = 0
    listed = folder.files(path, _FILES)
    inside = [(file.removeprefix(prefix), size) for file, size in listed]
    if not built and any(name in _COMPILED or name.endswith((".csproj", ".fsproj")) for name, _ in inside):
        return None
    for name, size in inside:
        if built or not any(name.startswith(each) or f"/{each}" in name for each in _LEFT_OUT):
            total += size
            count += 1
    cut = len(listed) >= _FILES
    if built:
        heads = ((name, size, partial(_head, folder, prefix + name)) for name, size in inside)
        native = None if cut else is_built_for_one(heads)
        names = tuple(name for name, _ in inside)
        return Package("build", None, total, cut, path, count, native=native, names=names)
    zipped, unzipped, unmeasured = _dependencies(folder, path, [name for name, _ in inside])
    return Package(
        "folder",
        int(total / package_sizes.RATIO + zipped * _MB),
        int(total + unzipped * _MB),
        True,
        path,
        count,
        unmeasured,
    )


def _head(folder: Folder, path: str) -> bytes:
    file = folder.open(path)
    if file is None:
        return b""
    with file:
        return file.read(20)


def _dependencies(folder: Folder, path: str, names: list[str]) -> tuple[float, float, tuple[str, ...]]:
    """MB (zipped, unzipped) of the dependencies that are asked for and not installed, and those without a figure."""
    from lambdalint.code.imports import plain_name
    from lambdalint.code.manifest import read_manifest

    node = "package.json" in names
    here = {"package.json"} if node else {"requirements.txt", "pyproject.toml", "Pipfile"}
    if here.isdisjoint(names) or any(name.startswith("node_modules/") or ".dist-info/" in name for name in names):
        return 0.0, 0.0, ()
    _, dependencies = read_manifest(folder, path, node)
    wanted: set[str] = set()
    for each in dependencies:
        if not each.development:
            name = each.name if node else plain_name(each.name)
            wanted |= {name, *package_sizes.BRINGS.get(name, ())}
    known = sorted(name for name in wanted if not node and name in package_sizes.SIZES)
    zipped = sum(package_sizes.SIZES[name][0] for name in known)
    unzipped = sum(package_sizes.SIZES[name][1] for name in known)
    rest = sorted(name for name in wanted if name not in known and not (not node and name in package_sizes.BRINGS))
    return zipped, unzipped, tuple(rest)
