"""Errors in words on stderr, harmless whatever they quote."""

from agentctl.errors import AgentctlError
from agentctl.render.complaints import complain, tell, warn
from tests.screens import Screen


def test_an_error_is_a_line_and_its_hint_another() -> None:
    screen = Screen()
    complain(AgentctlError("there is no topic 'a'", hint="agentctl topics list"), screen.surroundings)
    assert screen.told == "agentctl: there is no topic 'a'\n  hint: agentctl topics list\n"


def test_without_a_hint_there_is_one_line() -> None:
    screen = Screen()
    complain(AgentctlError("it failed"), screen.surroundings)
    assert screen.told == "agentctl: it failed\n"


def test_what_is_quoted_cannot_steer_the_terminal_or_forge_a_line() -> None:
    screen = Screen()
    complain(AgentctlError("no topic '\x1b[2J\nagentctl: fine'", hint="\u202etry"), screen.surroundings)
    warn("\x9b31m", screen.surroundings)
    assert screen.told.splitlines() == [
        "agentctl: no topic '\\x1b[2J\\nagentctl: fine'",
        "  hint: \\u202etry",
        "agentctl: \\x9b31m",
    ]


def test_a_poor_encoding_gets_escapes() -> None:
    screen = Screen(encoding="ascii")
    tell(screen.stderr, "Ærø ⚑")
    assert screen.told == "\\xc6r\\xf8 \\u2691\n"


def test_nothing_goes_to_stdout() -> None:
    screen = Screen()
    warn("careful", screen.surroundings)
    assert screen.shown == ""
