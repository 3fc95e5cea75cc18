"""Text in HTML and SVG: the one place where it is escaped, and what lets a page run its own script only."""

import re
from base64 import b64encode
from hashlib import sha256
from html import escape
from importlib.resources import files

from agentctl.render.interface import UTF_8, Style
from agentctl.render.sanitise import json_text, visible

_NO_XML = re.compile("[\ufffe\uffff]")
_IN_SCRIPT = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"})
_PLAIN_ID = re.compile(r"[A-Za-z0-9]{1,16}")


def safe(text: str) -> str:
    """Return text of any origin for an element or a quoted attribute: no markup, nothing hidden, one line."""
    return escaped(visible(text))


def escaped(visible_text: str) -> str:
    """Return text whose hidden characters are written out already, without any markup."""
    return escape(_NO_XML.sub(lambda found: f"\\u{ord(found[0]):04x}", visible_text))


def in_script(value: object) -> str:
    """Return a value as JSON for a data block of a page: no text in it can end the block."""
    return json_text(value, ascii_only=True).translate(_IN_SCRIPT)


def anchor(label: str) -> str | None:
    """Return the label as part of an element's id; None for one that nobody but an attacker would choose."""
    return label if _PLAIN_ID.fullmatch(label) else None


def carried(line: str, style: Style) -> str:
    """Return a line of markup with references for what the encoding of the output has no form for."""
    if style.encoding == UTF_8 or line.isascii():
        return line
    return line.encode("ascii", "xmlcharrefreplace").decode()


def asset(name: str) -> tuple[str, ...]:
    """Return the lines of a file that lies beside the renderers."""
    return tuple((files("agentctl.render") / "report" / name).read_text("utf-8").splitlines())


def trusted(lines: tuple[str, ...]) -> str:
    """Return how a Content-Security-Policy names an inline element that holds just these lines."""
    inside = "\n" + "".join(f"{line}\n" for line in lines)
    return f"'sha256-{b64encode(sha256(inside.encode()).digest()).decode()}'"
