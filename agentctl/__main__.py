"""The entry of the program: quick answers at once, everything else through the commands."""

import sys

from agentctl import __version__


def main() -> int:
    """Run the program and return its exit code.

    ``--version`` and completion of values are asked for by scripts and at every press of a key: they are
    answered before anything slow is imported.
    """
    words = sys.argv[1:]
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
        # Python flushes stdout once more at exit; without a stream it has nothing to complain about.
        sys.stdout = None
    except (OSError, AttributeError) as error:  # a full disk, or no stdout at all
        sys.stdout = None
        if sys.stderr is not None:
            sys.stderr.write(
                f"agentctl: cannot write the answer: {getattr(error, 'strerror', 'no stdout')}\n"
            )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
