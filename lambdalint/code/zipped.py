"""A deployment package as a folder: its files are read where they stand in the archive, and nothing is unpacked."""

from __future__ import annotations

import lzma
import posixpath
import struct
import zipfile
import zlib
from functools import partial
from io import BytesIO
from typing import BinaryIO

from lambdalint.code.archive import Unreadable, read_members
from lambdalint.code.native import is_built_for_one
from lambdalint.code.package import Package
from lambdalint.source.folder import MAX_BYTES, normal

_DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    OSError,
    ValueError,
    RuntimeError,
    NotImplementedError,
)


class ZippedFolder:
    """Read access to the files of an archive (see ``source.folder.Folder``). A file that is damaged is absent."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._files: dict[str, zipfile.ZipInfo] = {}
        self._folders: set[str] = {""}
        for info in archive.infolist():
            name = normal(info.filename)
            if not name or info.is_dir():
                continue
            self._files[name] = info
            parent = posixpath.dirname(name)
            while parent not in self._folders:
                self._folders.add(parent)
                parent = posixpath.dirname(parent)

    def read(self, path: str) -> bytes | None:
        info = self._file(path)
        return self._start(info, MAX_BYTES) if info is not None and info.file_size <= MAX_BYTES else None

    def open(self, path: str) -> BinaryIO | None:
        data = self.read(path)
        return BytesIO(data) if data is not None else None

    def modified(self, path: str) -> int | None:
        return None

    def files(self, path: str, limit: int) -> list[tuple[str, int]]:
        name = normal(path)
        if name is None:
            return []
        prefix = f"{name}/" if name else ""
        inside = sorted(file for file in self._files if file == name or file.startswith(prefix))
        return [(file, self._files[file].file_size) for file in inside[:limit]]

    def exists(self, path: str) -> bool:
        return self._file(path) is not None or self.is_dir(path)

    def is_dir(self, path: str) -> bool:
        return normal(path) in self._folders

    def leads_out(self, path: str) -> bool:
        return False

    def real(self, path: str) -> str | None:
        return normal(path) if self.exists(path) else None

    def package(self, size: int) -> Package:
        """What the whole weighs. ``size`` is that of the archive, in bytes."""
        infos = self._files
        heads = ((name, info.file_size, partial(self._head, info)) for name, info in infos.items())
        unzipped = sum(info.file_size for info in infos.values())
        return Package("zip", size, unzipped, False, "", len(infos), native=is_built_for_one(heads))

    def _file(self, path: str) -> zipfile.ZipInfo | None:
        return self._files.get(normal(path) or "")

    def _head(self, info: zipfile.ZipInfo) -> bytes:
        return self._start(info, 20) or b""

    def _start(self, info: zipfile.ZipInfo, count: int) -> bytes | None:
        try:
            with self._archive.open(info) as member:
                return member.read(count)
        except _DAMAGED:
            return None


def open_package(file: BinaryIO) -> ZippedFolder | str:
    """The files of a package; why they cannot be read, as a phrase after "because", where they cannot."""
    members = read_members(file)
    if isinstance(members, Unreadable):
        return f"its package {members.why}"
    file.seek(0)
    try:
        return ZippedFolder(zipfile.ZipFile(file))
    except _DAMAGED:
        return "its package is damaged"
