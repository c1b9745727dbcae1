"""The Markdown of rule prose, rendered small and safe: paragraphs, lists, code, emphasis, links to https."""

from __future__ import annotations

import re
from html import escape

from lambdalint.report.words import visible

_ITEM = re.compile(r"^ {0,3}(?:[-*+]|(\d{1,9})[.)])\s+")
_HEADING = re.compile(r"^#{1,6}\s+")
_INLINE = re.compile(
    r"(?P<code>`+)(?P<coded>.+?)(?P=code)(?!`)"
    r"|\[(?P<label>[^\[\]]+)\]\((?P<url>[^()\s]+)\)"
    r"|<(?P<auto>https://[^<>\s]+)>"
    r"|\*\*(?P<strong>[^*]+)\*\*"
    r"|(?<![\w*])\*(?P<em>[^*\s](?:[^*]*[^*\s])?)\*(?![\w*])",
    re.DOTALL,
)


def to_html(markdown: str) -> str:
    """Safe HTML: all is escaped, control characters are spelled out, and only ``https:`` addresses become links."""
    parts: list[str] = []
    for kind, body in _blocks(markdown):
        match kind:
            case "code":
                parts.append(f"<pre><code>{escape(body)}</code></pre>")
            case "ul" | "ol":
                items = "".join(f"<li>{_inline(item)}</li>" for item in body.split("\0"))
                parts.append(f"<{kind}>{items}</{kind}>")
            case "heading":
                parts.append(f"<p><strong>{_inline(body)}</strong></p>")
            case _:
                parts.append(f"<p>{_inline(body)}</p>")
    return "\n".join(parts)


def to_plain(markdown: str) -> str:
    """The words alone, a line for each paragraph or item."""
    lines: list[str] = []
    for kind, body in _blocks(markdown):
        match kind:
            case "code":
                lines.append(body)
            case "ul" | "ol":
                lines += [f"- {_words(item)}" for item in body.split("\0")]
            case _:
                lines.append(_words(body))
    return "\n".join(lines)


def _blocks(markdown: str) -> list[tuple[str, str]]:
    """(kind, text) of each block; the items of a list are joined by NUL, which ``visible`` lets through nowhere."""
    blocks: list[tuple[str, str]] = []
    fence: str | None = None
    open_block = False
    for raw in (visible(written.expandtabs(4)) for written in markdown.splitlines()):
        line = raw.strip()
        if fence is not None:
            if line == fence:
                fence = None
            else:
                kind, body = blocks[-1]
                blocks[-1] = (kind, f"{body}\n{raw}" if body else raw)
            continue
        item = _ITEM.match(raw)
        if line.startswith(("```", "~~~")):
            fence, open_block = line[:3], False
            blocks.append(("code", ""))
        elif not line:
            open_block = False
        elif _HEADING.match(line):
            blocks.append(("heading", _HEADING.sub("", line)))
            open_block = False
        elif item is not None:
            kind = "ol" if item[1] else "ul"
            words = raw[item.end() :].strip()
            if blocks and blocks[-1][0] == kind:
                blocks[-1] = (kind, f"{blocks[-1][1]}\0{words}")
            else:
                blocks.append((kind, words))
            open_block = True
        elif open_block:
            kind, body = blocks[-1]
            blocks[-1] = (kind, f"{body} {line}")
        else:
            blocks.append(("p", line))
            open_block = True
    return blocks


def _inline(text: str) -> str:
    parts: list[str] = []
    end = 0
    for match in _INLINE.finditer(text):
        parts += [escape(text[end : match.start()]), _marked(match)]
        end = match.end()
    return "".join([*parts, escape(text[end:])])


def _marked(match: re.Match[str]) -> str:
    if match["coded"] is not None:
        return f"<code>{escape(match['coded'].strip())}</code>"
    if match["label"] is not None:
        return link(match["url"], match["label"])
    if match["auto"] is not None:
        return link(match["auto"], match["auto"])
    if match["strong"] is not None:
        return f"<strong>{_inline(match['strong'])}</strong>"
    return f"<em>{_inline(match['em'])}</em>"


def link(address: str, label: str) -> str:
    """A link that opens nothing but ``https:``; any other address is shown as text."""
    if not address.startswith("https://"):
        return escape(label if label == address else f"{label} ({address})")
    return f'<a href="{escape(address)}" rel="noopener noreferrer">{escape(label)}</a>'


def _words(text: str) -> str:
    def plain(match: re.Match[str]) -> str:
        if match["label"] is not None:
            return f"{match['label']} ({match['url']})"
        return next(match[name] for name in ("coded", "auto", "strong", "em") if match[name] is not None)

    return _INLINE.sub(plain, text)
