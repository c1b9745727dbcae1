"""What packages weigh, what they are compiled for, and the sample events beside a template."""

from __future__ import annotations

import io
import json
import zipfile

import pytest

from lambdalint.code.events import samples
from lambdalint.code.native import native_files
from lambdalint.code.package import measure
from lambdalint.source.folder import DictFolder

X86, ARM = (b"\x7fELF\x02\x01\x01" + bytes(11) + machine + bytes(40) for machine in (b"\x3e\x00", b"\xb7\x00"))


@pytest.mark.parametrize(
    ("files", "found"),
    [
        ({"a.so": X86}, {"x86_64"}),
        ({"lib/a.so.1": ARM, "b.node": X86}, {"arm64", "x86_64"}),
        ({"bootstrap": ARM}, {"arm64"}),
        ({"a.cpython-313-aarch64-linux-gnu.so": b""}, {"arm64"}),
        ({"a-1.dist-info/WHEEL": "Wheel-Version: 1.0\nTag: cp313-cp313-manylinux_2_17_x86_64\n"}, {"x86_64"}),
        ({"a-1.dist-info/WHEEL": "Tag: py3-none-any\n"}, set()),
        ({"a.so": b"MZ", "bootstrap": "#!/bin/sh", "a.py": ""}, set()),
        ({"a.so": b"\x7fELF"}, set()),
    ],
)
def test_architectures_of_files(files: dict[str, str | bytes], found: set[str]) -> None:
    assert native_files(DictFolder({f"src/{name}": data for name, data in files.items()}), "src") == found


# Packages and samples


def archive(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in files.items():
            made.writestr(name, data)
    return buffer.getvalue()


def test_archive_is_measured_without_unpacking() -> None:
    data = archive({"a.py": b"x" * 100_000, "b.py": b"y" * 50_000})
    found = measure(DictFolder({"out/code.zip": data}), "out/code.zip")
    assert found is not None
    assert (found.kind, found.zipped, found.unzipped, found.estimated) == ("zip", len(data), 150_000, False)
    assert measure(DictFolder({"code.zip": b"not a zip"}), "code.zip") is None


def test_build_is_exact_and_sources_are_an_estimate() -> None:
    files: dict[str, str | bytes] = {
        ".aws-sam/build/Worker/app.py": b"x" * 1000,
        "src/app.py": b"x" * 330,
        "src/node_modules/.cache/big": b"x" * 5000,
        "src/.git/objects/1": b"x" * 5000,
    }
    built, source = measure(DictFolder(files), ".aws-sam/build/Worker"), measure(DictFolder(files), "src")
    assert built is not None
    assert (built.kind, built.unzipped, built.zipped, built.estimated, built.files) == ("build", 1000, None, False, 1)
    assert source is not None
    assert (source.kind, source.unzipped, source.zipped, source.estimated) == ("folder", 330, 100, True)


def test_dependencies_that_are_not_installed_are_added() -> None:
    found = measure(DictFolder({"src/app.py": "", "src/requirements.txt": "pandas\npyarrow\nleft-pad\n"}), "src")
    assert found is not None
    assert found.unzipped is not None
    assert 240 < found.unzipped / 2**20 < 242
    assert found.unmeasured == ("left_pad",)
    files: dict[str, str | bytes] = {
        "src/requirements.txt": "pandas",
        "src/pandas-2.dist-info/WHEEL": "",
        "src/a.py": "x",
    }
    vendored = measure(DictFolder(files), "src")
    assert vendored is not None
    assert vendored.unzipped == 7


def test_sources_of_compiled_languages_are_not_a_package() -> None:
    assert measure(DictFolder({"src/pom.xml": "", "src/A.java": "x"}), "src") is None
    assert measure(DictFolder({"src/app.py": ""}), "elsewhere") is None


def test_samples() -> None:
    pretty = json.dumps({"Records": [{"body": "\u00e9"}]}, indent=4)
    files: dict[str, str | bytes] = {
        "app/events/worker-event.json": pretty,
        "app/events/event.json": "{}",
        "app/events/Orders/1.json": "[1, 2]",
        "app/events/broken.json": "{",
        "app/events/deep.json": "[" * 100_000,
        "app/events/readme.md": "x",
    }
    found = {sample.path.removeprefix("app/events/"): sample for sample in samples(DictFolder(files), "app")}
    assert {path: sample.function for path, sample in found.items()} == {
        "worker-event.json": "worker",
        "event.json": None,
        "Orders/1.json": "orders",
    }
    worker = found["worker-event.json"]
    assert (worker.size, worker.raw) == (len('{"Records":[{"body":"é"}]}'.encode()), len(pretty.encode()))
    assert samples(DictFolder({}), "") == []
