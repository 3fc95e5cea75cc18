"""A page as a careful reader without a script sees it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser

_EMPTY = {"meta", "link", "input", "br"}


@dataclass(slots=True)
class Element:
    """An element, and what is in it."""

    tag: str
    attributes: dict[str, str | None]
    inside: tuple[str, ...] = ()
    """The tags around it, from the outermost."""
    pieces: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The text in it."""
        return "".join(self.pieces)


class Page(HTMLParser):
    """Elements in the order of their beginnings."""

    def __init__(self, lines: Sequence[str]) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[Element] = []
        self._open: list[Element] = []
        self.feed("\n".join(lines))
        self.close()
        assert not self._open, f"not closed: {[one.tag for one in self._open]}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, dict(attrs), inside=tuple(one.tag for one in self._open))
        self.elements.append(element)
        if tag not in _EMPTY:
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(Element(tag, dict(attrs), inside=tuple(one.tag for one in self._open)))

    def handle_endtag(self, tag: str) -> None:
        last = self._open.pop()
        assert last.tag == tag, f"</{tag}> ends <{last.tag}>"

    def handle_data(self, data: str) -> None:
        for element in self._open:
            element.pieces.append(data)

    def all(self, tag: str, *classes: str) -> list[Element]:
        """Return the elements of that tag that have all these classes."""
        wanted = set(classes)
        return [
            one
            for one in self.elements
            if one.tag == tag and wanted <= set((one.attributes.get("class") or "").split())
        ]

    def one(self, tag: str, **attributes: str) -> Element:
        """Return the one element of that tag with these attributes."""
        [found] = [
            one
            for one in self.elements
            if one.tag == tag and all(one.attributes.get(k) == v for k, v in attributes.items())
        ]
        return found

    @property
    def rows(self) -> list[list[str]]:
        """The cells of each row that is an event, or a row of a table."""
        found: list[list[str]] = []
        here = False
        for element in self.elements:
            if element.tag == "tr":
                here = "event" in (element.attributes.get("class") or "")
                if here:
                    found.append([])
            elif element.tag == "td" and here:
                found[-1].append(element.text)
        return found

    @property
    def text(self) -> str:
        """All text but that of style and script."""
        return " ".join(one.text for one in self.elements if one.tag == "body")
