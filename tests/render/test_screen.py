"""The alternate screen: entered, drawn over, and left as if it had never been."""

import io

from agentctl.render.screen import AlternateScreen


class Gone(io.StringIO):
    """A terminal that nobody looks at any more."""

    def write(self, text: str) -> int:
        raise BrokenPipeError


def test_it_is_entered_drawn_over_from_the_top_and_left() -> None:
    stream = io.StringIO()
    with AlternateScreen(stream, 80) as screen:
        assert screen.draw(["one", "two"])
        assert screen.draw(["three"])
    entered, _, rest = stream.getvalue().partition("\x1b[H")
    first, _, second = rest.partition("\x1b[H")
    assert entered == "\x1b[?1049h\x1b[?25l"
    assert first == "one\x1b[K\r\ntwo\x1b[K\x1b[J"
    assert second == "three\x1b[K\x1b[J\x1b[?25h\x1b[?1049l"


def test_it_is_left_however_the_block_ends() -> None:
    stream = io.StringIO()
    try:
        with AlternateScreen(stream, 80):
            raise KeyboardInterrupt
    except KeyboardInterrupt:
        pass
    assert stream.getvalue().endswith("\x1b[?25h\x1b[?1049l")


def test_no_more_lines_are_drawn_than_there_is_room_for() -> None:
    stream = io.StringIO()
    screen = AlternateScreen(stream, 66)
    assert screen.size == (66, 24)
    screen.draw([str(n) for n in range(100)])
    assert stream.getvalue().count("\x1b[K") == 24


def test_a_terminal_that_is_gone_is_no_error() -> None:
    assert AlternateScreen(Gone(), 80).draw(["one"]) is False
