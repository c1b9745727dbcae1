"""Files to documents, and documents to trees."""

from __future__ import annotations

import stat
from pathlib import Path

from lambdalint.source.gap import SourceError, malformed
from lambdalint.source.node import Document, Node
from lambdalint.source.yaml import parse_yaml

#: Largest text that is read, in bytes. CloudFormation itself takes at most 1 MB.
#: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
MAX_BYTES = 8 * 1024 * 1024

_MARKED_ENCODINGS = (
    (b"\xff\xfe\x00\x00", "UTF-32"),
    (b"\x00\x00\xfe\xff", "UTF-32"),
    (b"\xff\xfe", "UTF-16"),
    (b"\xfe\xff", "UTF-16"),
)


def read_document(path: Path, name: str | None = None) -> Document:
    """Read a file as UTF-8; ``name`` is what reports call it (default: the path).

    Raises ``SourceError`` where the file cannot be opened, is no regular file, is larger than ``MAX_BYTES`` or is
    not UTF-8. A byte order mark is dropped; line ends stay as they are.
    """
    shown = path.as_posix() if name is None else name
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise _unreadable(shown, "This is a directory, not a file; name a template in it.")
        if not stat.S_ISREG(status.st_mode):
            raise _unreadable(shown, "This is not a regular file; copy its content to one.")
        if status.st_size > MAX_BYTES:
            raise _unreadable(shown, _too_large(status.st_size))
        data = path.read_bytes()
    except FileNotFoundError:
        raise _unreadable(shown, "There is no such file; check the spelling of the path.") from None
    except PermissionError:
        raise _unreadable(shown, "The file may not be read; give this user read permission.") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "the path is not valid"
        raise _unreadable(shown, f"The file could not be read ({reason}); check the path and the disk.") from None
    return document_of(data, shown)


def document_of(data: bytes, name: str | None) -> Document:
    """The document in some bytes; raises ``SourceError`` where they are too many or not UTF-8."""
    if len(data) > MAX_BYTES:
        raise _unreadable(name, _too_large(len(data)))
    for mark, encoding in _MARKED_ENCODINGS:
        if data.startswith(mark):
            raise _unreadable(name, f"The file is {encoding}; save it as UTF-8.")
    data = data.removeprefix(b"\xef\xbb\xbf")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        if b"\x00" in data[:64]:
            raise _unreadable(name, "The file is UTF-16 or binary; save it as UTF-8.") from None
        before = Document(name, data[: error.start].decode("utf-8"))
        raise malformed(
            before,
            len(before.text),
            f"The byte 0x{data[error.start]:02X} is not UTF-8 (the file may be Latin-1 or Windows-1252); "
            "save the file as UTF-8.",
        ) from None
    return Document(name, text)


def parse(document: Document) -> Node | None:
    """Read a document as JSON or YAML, whichever it is, and set its ``root``; None for an empty one.

    YAML's flow style begins like JSON, so text that is not JSON is tried as YAML before it is called malformed. Not
    so where ``//`` stands in the way: YAML would take the comment for part of a value.
    Raises ``SourceError``.
    """
    text = document.text
    if len(text) > MAX_BYTES:
        raise _unreadable(document.path, _too_large(len(text)))
    if not text.lstrip(" \t\r\n").startswith(("{", "[")):
        return parse_yaml(document)
    from lambdalint.source.json import parse_json

    try:
        return parse_json(document)
    except SourceError as error:
        if document.line(error.line).startswith(("//", "/*"), error.column - 1):
            raise
        try:
            return parse_yaml(document)
        except SourceError as other:
            is_yaml = (document.path or "").endswith((".yaml", ".yml"))
            raise (other if is_yaml else error) from None


def _too_large(size: int) -> str:
    return f"The file has {size:,} bytes, and at most {MAX_BYTES:,} are read; split it into several templates."


def _unreadable(name: str | None, message: str) -> SourceError:
    return SourceError(message, name, 1, 1)
