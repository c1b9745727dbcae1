"""What stands in a zip archive, told by its directory: nothing is unpacked to disk, and nothing it claims is believed
that cannot be so.

https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
"""

from __future__ import annotations

import struct
from typing import BinaryIO

from lambdalint.record import record

#: Entries of an archive, and bytes of its directory, that are read at most.
MAX_ENTRIES = 100_000
_MAX_DIRECTORY = 16 * 1024 * 1024
_END = struct.Struct("<4s4H2LH")
_END_64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR_64 = struct.Struct("<4sLQL")
_ENTRY = struct.Struct("<4s6H3L5H2L")
_LOCAL = struct.Struct("<4s5H3L2H")
_MAX_COMMENT = 0xFFFF
_ENCRYPTED = 0x1
_STORED, _DEFLATED = 0, 8
#: No byte of a deflated entry can stand for more: https://www.zlib.net/zlib_tech.html
_DEFLATE_MOST = 1032
_IN_EXTRA = 0xFFFFFFFF
_EXTRA_64 = 1


@record
class Member:
    """One file of an archive. ``size`` and ``packed`` are bytes, ``offset`` is where its own header stands."""

    name: str
    size: int
    packed: int
    method: int
    offset: int


@record
class Unreadable:
    """An archive that says nothing: ``why`` after "because it"."""

    why: str


def read_members(file: BinaryIO) -> list[Member] | Unreadable:
    """The files of an archive, folders left out. Reads its end and its directory, whatever its size."""
    try:
        return _members(file)
    except (OSError, struct.error):
        return Unreadable("is damaged")


def _members(file: BinaryIO) -> list[Member] | Unreadable:
    length = file.seek(0, 2)
    tail_at = max(0, length - _END.size - _MAX_COMMENT)
    file.seek(tail_at)
    tail = file.read(_END.size + _MAX_COMMENT)
    found = tail.rfind(b"PK\x05\x06")
    if found < 0 or len(tail) - found < _END.size:
        return Unreadable("is no zip archive, or is cut off")
    end = tail_at + found
    _, _, _, _, count, size, offset, _ = _END.unpack_from(tail, found)
    file.seek(max(0, end - _LOCATOR_64.size))
    locator = file.read(_LOCATOR_64.size)
    if len(locator) == _LOCATOR_64.size and locator.startswith(b"PK\x06\x07"):
        end = _LOCATOR_64.unpack(locator)[2]
        file.seek(min(end, length))
        larger = file.read(_END_64.size)
        if not larger.startswith(b"PK\x06\x06"):
            return Unreadable("is damaged")
        count, size, offset = _END_64.unpack(larger)[7:]
    if count > MAX_ENTRIES or size > _MAX_DIRECTORY:
        return Unreadable(
            f"has more than {MAX_ENTRIES:,} entries" if count > MAX_ENTRIES else "has too large a directory"
        )
    if size > end:
        return Unreadable("is cut off")
    # What stands before the archive in its file shifts every offset.
    file.seek(end - size)
    return _entries(file.read(size), count, length, end - size - offset)


def _entries(directory: bytes, count: int, length: int, shift: int) -> list[Member] | Unreadable:
    found: list[Member] = []
    at = total = 0
    for _ in range(count):
        if not directory.startswith(b"PK\x01\x02", at):
            return Unreadable("is damaged")
        _, _, _, flags, method, _, _, _, packed, size, name_length, extra, comment, _, _, _, offset = (
            _ENTRY.unpack_from(directory, at)
        )
        at += _ENTRY.size
        name = directory[at : at + name_length].decode("utf-8", "replace")
        if _IN_EXTRA in (packed, size, offset):
            size, packed, offset = _larger(directory[at + name_length : at + name_length + extra], size, packed, offset)
        at += name_length + extra + comment
        total += packed
        if flags & _ENCRYPTED:
            return Unreadable("is encrypted")
        if not 0 <= offset + shift < length:
            return Unreadable("is damaged")
        if total > length or (method == _DEFLATED and size > packed * _DEFLATE_MOST) or (not method and size != packed):
            return Unreadable("claims sizes that it cannot have")
        if not name.endswith("/"):
            found.append(Member(name, size, packed, method, offset + shift))
    return found


def _larger(extra: bytes, size: int, packed: int, offset: int) -> tuple[int, int, int]:
    """Size, packed size and offset of an entry, those that do not fit in 32 bits from where they stand instead."""
    at = 0
    while at + 4 <= len(extra):
        kind, length = struct.unpack_from("<2H", extra, at)
        if kind == _EXTRA_64:
            numbers = iter(struct.unpack_from(f"<{min(length, len(extra) - at - 4) // 8}Q", extra, at + 4))
            size, packed, offset = (
                next(numbers, value) if value == _IN_EXTRA else value for value in (size, packed, offset)
            )
            break
        at += 4 + length
    return size, packed, offset


def head(file: BinaryIO, member: Member, count: int) -> bytes:
    """The first bytes of a file in an archive; empty where they cannot be read."""
    import zlib

    try:
        file.seek(member.offset)
        header = file.read(_LOCAL.size)
        if not header.startswith(b"PK\x03\x04"):
            return b""
        name, extra = _LOCAL.unpack(header)[-2:]
        file.seek(name + extra, 1)
        data = file.read(min(member.packed, 1024))
        if member.method == _DEFLATED:
            return zlib.decompressobj(-zlib.MAX_WBITS).decompress(data, count)
        return data[:count] if member.method == _STORED else b""
    except (OSError, ValueError, struct.error, zlib.error):
        return b""
