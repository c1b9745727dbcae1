"""What a caller may choose about a rendering, and how its paths become paths of the repository."""

from __future__ import annotations

import os
import posixpath

from lambdalint.record import record


@record
class RenderOptions:
    """Choices that only some formats know.

    ``root`` is the absolute directory of the repository and ``here`` the absolute directory that the report's
    relative paths start from. SARIF, GitHub and GitLab want paths that start at the repository's root; without
    these two, relative paths are taken to start there already.
    """

    root: str | None = None
    here: str | None = None
    #: SARIF only: put suppressed findings in, marked as such. GitHub would open alerts for them.
    sarif_suppressed: bool = False
    #: SARIF only: what code scanning files this upload under; a later upload of the same category replaces it.
    category: str = "lambdalint"
    #: Markdown only: most bytes to write. GitHub takes 1 MiB for a job summary, 65,536 characters for a comment.
    markdown_bytes: int = 1_000_000

    def repository_path(self, path: str) -> str:
        """The path from the repository's root, with ``/``; absolute if it lies outside or the root is not known."""
        path = posix(path)
        if self.root is not None and (self.here is not None or posixpath.isabs(path)):
            root = posixpath.normpath(posix(self.root))
            whole = posixpath.normpath(posixpath.join(posix(self.here or root), path))
            within = posixpath.relpath(whole, root)
            return whole if within == ".." or within.startswith("../") else within
        return posixpath.normpath(path)


def posix(path: str) -> str:
    """The path with ``/`` between its parts, on every system."""
    return path if os.sep == "/" else path.replace(os.sep, "/")
