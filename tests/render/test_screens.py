"""Whole screens, as a person sees them at 3:47am. Read the files under tests/golden/render/."""

from collections.abc import Callable

import pytest

from agentctl.model.view import View
from agentctl.render.choose import Format, Output
from tests.render import incident, samples
from tests.screens import GOLDEN, Screen, check_golden

FOLDER = "render"

VIEWS: dict[str, Callable[[], View]] = {
    "7k2p": incident.time_travel,
    "7k2p-all": lambda: incident.time_travel(unfolded=True),
    "3m47": incident.duplicate_article,
    "odd": incident.odd,
    "crowd": incident.crowd,
    "nothing": incident.nothing,
    "findings": samples.night,
    "workflows": samples.workflows,
}
WIDTHS = (60, 80, 120)

SCREENS: dict[str, tuple[str, Screen, Output]] = {
    **{f"{name}-{width}": (name, Screen(width), Output()) for name in VIEWS for width in WIDTHS},
    **{f"{name}-40": (name, Screen(40), Output()) for name in ("7k2p", "odd", "workflows")},
    **{f"{name}-wide": (name, Screen(160), Output(Format.WIDE)) for name in ("7k2p", "workflows")},
    **{f"{name}-piped": (name, Screen(terminal=False), Output()) for name in VIEWS},
    **{
        f"{name}-{form.value}": (name, Screen(terminal=False), Output(form))
        for name in ("7k2p", "odd", "workflows", "nothing")
        for form in (Format.JSON, Format.CSV, Format.MARKDOWN)
    },
    **{f"{name}-ascii": (name, Screen(), Output(ascii=True)) for name in ("7k2p", "odd", "findings")},
    "odd-latin": ("odd", Screen(encoding="latin-1"), Output()),
    "findings-colour": ("findings", Screen(), Output(colour=True)),
}


@pytest.mark.parametrize("name", SCREENS)
def test_the_screen_is_as_it_was_read_and_approved(name: str) -> None:
    view, screen, output = SCREENS[name]
    here = Screen(screen.width, screen.terminal, screen.encoding, {"NO_COLOR": "1"})
    here.show(VIEWS[view](), output)
    check_golden(f"{FOLDER}/{name}", here.all)


def test_no_golden_screen_is_left_over() -> None:
    assert {path.stem for path in (GOLDEN / FOLDER).glob("*.txt")} == set(SCREENS)
