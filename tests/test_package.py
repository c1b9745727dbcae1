"""What packages weigh, what they are compiled for, and the sample events beside a template."""

from __future__ import annotations

import io
import json
import struct
import time
import zipfile
from pathlib import Path

import pytest

from lambdalint.code.events import samples
from lambdalint.code.native import native_files
from lambdalint.code.package import measure
from lambdalint.source.folder import DictFolder, DiskFolder

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


def marked(data: bytes, at: int, value: bytes, sign: bytes = b"PK\x01\x02") -> bytes:
    """An archive with other bytes in the header that begins with a sign."""
    start = data.index(sign) + at
    return data[:start] + value + data[start + len(value) :]


ZIP = archive({"app.py": b"x" * 5_000, "lib/a.txt": b"y" * 100})
ENCRYPTED = marked(ZIP, 8, b"\x01\x00")
BOMB = marked(ZIP, 24, struct.pack("<L", 4_000_000_000))
OVERLAP = marked(marked(ZIP, 20, struct.pack("<L", 1_000_000)), 24, struct.pack("<L", 900_000_000))
CLAIMED = marked(ZIP, 10, struct.pack("<H", 60_000), b"PK\x05\x06")
LARGE = marked(ZIP, 12, struct.pack("<L", 1 << 31), b"PK\x05\x06")
MANY = archive({f"{number}": b"" for number in range(100_001)})


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"not a zip", "is no zip archive, or is cut off"),
        (b"", "is no zip archive, or is cut off"),
        (ZIP[:-10], "is no zip archive, or is cut off"),
        (ZIP[: len(ZIP) // 2], "is no zip archive, or is cut off"),
        (ZIP[50:], "is damaged"),
        (ZIP[-30:], "is cut off"),
        (b"PK\x05\x06" + b"\xff" * 18, "has too large a directory"),
        (b"PK\x06\x07" + b"\xff" * 16 + ZIP[-22:], "is damaged"),
        (CLAIMED, "is damaged"),
        (LARGE, "has too large a directory"),
        (MANY, "has more than 100,000 entries"),
        (ENCRYPTED, "is encrypted"),
        (BOMB, "claims sizes that it cannot have"),
        (OVERLAP, "claims sizes that it cannot have"),
    ],
)
def test_an_archive_that_says_nothing_is_unknown_with_its_reason(data: bytes, why: str) -> None:
    start = time.process_time()
    found = measure(DictFolder({"code.zip": data}), "code.zip")
    assert time.process_time() - start < 2
    assert found is not None
    assert (found.zipped, found.unzipped, found.native, found.why) == (None, None, None, f"code.zip {why}")


def test_archives_of_every_form_are_read() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as made, made.open("a.py", "w", force_zip64=True) as file:
        file.write(b"x" * 1000)
    many = archive({f"{number}": b"" for number in range(70_000)})
    for data, size, files in ((b"#!/bin/sh\n" + ZIP, 5_100, 2), (buffer.getvalue(), 1_000, 1), (many, 0, 70_000)):
        found = measure(DictFolder({"code.zip": data}), "code.zip")
        assert found is not None
        assert (found.unzipped, found.files, found.why) == (size, files, None)


def test_an_archive_of_any_size_is_measured_by_its_end(tmp_path: Path) -> None:
    with (tmp_path / "code.zip").open("wb") as file:
        file.truncate(1 << 30)  # a hole: it takes no space
        file.seek(0, 2)
        file.write(ZIP)
    start = time.process_time()
    found = measure(DiskFolder(tmp_path), "code.zip")
    assert time.process_time() - start < 0.5
    assert found is not None
    assert (found.zipped, found.unzipped) == ((1 << 30) + len(ZIP), 5_100)


@pytest.mark.parametrize(
    ("files", "native"),
    [
        ({"app.py": b"x", "lib/data.txt": b"y"}, False),
        ({"lib/a.so": X86}, True),
        ({"lib/a.so": b"MZ"}, False),
        ({"a.cpython-313-x86_64-linux-gnu.so": b""}, True),
        ({"bin/ffmpeg": X86 + bytes(8_000)}, True),
        ({"LICENSE": b"x" * 8_000}, False),
        ({".requirements.zip": b"PK"}, None),
        ({f"lib/{number}.so": b"MZ" for number in range(50)}, None),
    ],
)
def test_whether_a_whole_package_is_built_for_one_architecture(files: dict[str, bytes], native: bool | None) -> None:
    zipped = measure(DictFolder({"code.zip": archive(files)}), "code.zip")
    built = measure(DictFolder({f".aws-sam/build/A/{name}": data for name, data in files.items()}), ".aws-sam/build/A")
    assert zipped is not None and built is not None
    assert (zipped.native, built.native) == (native, native)


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
