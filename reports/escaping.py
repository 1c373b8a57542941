"""Text from elsewhere, made harmless for every place it may be shown in."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

LONGEST = 4_000

_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[PX^_][^\x1b]*(?:\x1b\\)?|[ -/]*[0-~])")
_SPACE = re.compile(r"[ \t\r\n\v\f\u0085\u2028\u2029]+")
_UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)
_LOGGING_COMMAND = re.compile(r"##(?=[\w.]*\[)")
_WORKFLOW_COMMAND = re.compile(
    r"::(?=(?:error|warning|notice|debug|group|endgroup|echo|add-mask|add-path|set-env|set-output|save-state"
    r"|stop-commands|add-matcher|remove-matcher)\b)",
    re.IGNORECASE,
)
_SUSPECT = re.compile("[^ -~\u00a1-\u00ac\u00ae-\u0600\u2010-\u2027\u2030-\u205e\u2070-\ud7ff]|##|::|  ")


@lru_cache(maxsize=16_384)
def one_line(text: str, longest: int = LONGEST) -> str:
    r"""``text`` on one line, without control characters, terminal escapes, bidirectional marks or pipeline commands.

    What cannot be seen is spelled out (``\u202e``), so that nobody can hide in it. Longer text ends in a count.
    """
    if len(text) <= longest and not _SUSPECT.search(text):
        return text
    kept = text[: longest * 4]  # only this much can be shown; a megabyte need not be cleaned first
    kept = _SPACE.sub(" ", _ANSI.sub("", kept)).strip()
    kept = _UNSEEN.sub(_spelled_out, kept)
    kept = _WORKFLOW_COMMAND.sub(": :", _LOGGING_COMMAND.sub("# #", kept))
    return _capped(kept, longest, len(text))


def clean(value: Any, longest: int = LONGEST) -> Any:
    """A copy of a JSON value in which every string, keys too, is one harmless line."""
    if isinstance(value, str):
        return one_line(value, longest)
    if isinstance(value, dict):
        return {one_line(str(key), longest): clean(each, longest) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [clean(each, longest) for each in value]
    return value


def markdown(text: str) -> str:
    """``text`` as literal Markdown, also inside a table cell: no markup, mention or HTML comes alive."""
    plain = text.replace("&", "&amp;").replace("<", "&lt;")
    return _MENTION.sub("@\u2060", _MARKDOWN.sub(r"\\\g<0>", plain))


_MARKDOWN = re.compile(r"[\\`*\[\]#|~>$]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])|^[-+=]")
_MENTION = re.compile(r"(?<![\w.+-])@(?=\w)")


def xml(text: str) -> str:
    """``text`` without the characters that XML 1.0 forbids; markup is the writer's to escape."""
    return _NOT_XML.sub("\ufffd", text)


_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def _spelled_out(found: re.Match[str]) -> str:
    point = ord(found.group())
    if point < 0x100:
        return f"\\x{point:02x}"
    return f"\\u{point:04x}" if point < 0x10000 else f"\\U{point:08x}"


def _capped(text: str, longest: int, length: int) -> str:
    if len(text) <= longest and length <= longest * 4:
        return text
    return f"{text[:longest]}… ({max(length, len(text)) - longest} more characters)"
