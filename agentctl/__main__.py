"""The entry of the program: quick answers at once, everything else through the commands."""

import gc
import os
import sys

from agentctl import __version__

_FEW_CYCLES = 100_000
"""New objects after which Python looks for cycles among them. Every record that is read is a new object that
soon goes by itself: looking after 700 of them, as Python does, takes a sixth of the time of a scan."""


def main() -> None:
    """Run the program and end the process.

    It ends at once: what Python would take down module by module, and a Kafka client connection by
    connection, the system takes back in one stroke.
    """
    code = answered(sys.argv[1:])
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError, AttributeError):
            continue  # it is closed, or nobody reads it any more: what was to be said of that was said
    os._exit(code)


def answered(words: list[str]) -> int:
    """Run one command line and return the exit code.

    ``--version`` and completion of values are asked for by scripts and at every press of a key: they are
    answered before anything slow is imported.
    """
    gc.set_threshold(_FEW_CYCLES)
    try:
        if words in (["--version"], ["-V"]):
            return _say(f"agentctl {__version__}\n")
        if words[:1] == ["__complete"]:
            from agentctl.cli.values import complete

            return _say(complete(words[1:]))
        from agentctl.cli.frame import run

        return run(words)
    except KeyboardInterrupt:
        # Ctrl-C before the frame stood: while modules were being imported.
        sys.stderr.write("agentctl: stopped by Ctrl-C\n")
        return 130


def _say(text: str) -> int:
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        return 0
    except (OSError, AttributeError) as error:  # a full disk, or no stdout at all
        if sys.stderr is not None:
            sys.stderr.write(
                f"agentctl: cannot write the answer: {getattr(error, 'strerror', 'no stdout')}\n"
            )
        return 1
    return 0


if __name__ == "__main__":
    main()
