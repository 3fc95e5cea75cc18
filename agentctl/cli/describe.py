"""Help for machines, completion scripts and the reference page, all from the command tree.

``python -m agentctl.cli.describe --write`` makes the files in completions/ and docs/reference.md anew;
``--check`` fails when one of them is stale.
"""

import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from agentctl import __version__
from agentctl.cli.app import program
from agentctl.cli.help import EXIT_CODES
from agentctl.cli.scripts import SHELLS, script
from agentctl.cli.tree import CommandNode, Option, command_tree
from agentctl.errors import ExitCode
from agentctl.render.sanitise import json_text
from agentctl.surroundings import Surroundings

SCHEMA = "agentctl.help/1"
_FILES = {"bash": "agentctl.bash", "zsh": "_agentctl", "fish": "agentctl.fish"}


def print_tree(root: Any, surroundings: Surroundings) -> None:
    """Print all commands and options as one JSON document."""
    document = {
        "schema": SCHEMA,
        "version": __version__,
        "exit_codes": {str(code): meaning for code, meaning in EXIT_CODES.items()},
        "commands": [
            {"path": list(node.path), "help": node.help, "options": [asdict(one) for one in node.options]}
            for node in command_tree(root).walk()
        ],
    }
    surroundings.stdout.write(f"{json_text(document)}\n")


def reference(tree: CommandNode) -> str:
    """Return the reference page, in Markdown."""
    shared = _shared(tree)
    parts = [
        "# Reference\n\nEvery command with its options, generated from the program itself.\n",
        *(_page(node, shared) for node in tree.walk() if not node.commands),
        "## Options of every command\n",
        *(f"### {title}\n\n{_table(options)}" for title, options in shared.items()),
        "## Exit codes\n\n| code | meaning |\n|--:|---|",
        "\n".join(f"| {code} | {meaning} |" for code, meaning in EXIT_CODES.items()),
    ]
    return "\n".join(parts) + "\n"


def _shared(tree: CommandNode) -> dict[str, tuple[Option, ...]]:
    """Return the titled groups of options that several commands have in common."""
    found: dict[str, dict[str, Option]] = {}
    for node in tree.walk():
        for option in node.options:
            if option.group not in ("Arguments", "Options"):
                found.setdefault(option.group, {}).setdefault(option.names[0], option)
    return {title: tuple(options.values()) for title, options in found.items()}


def _page(node: CommandNode, shared: Mapping[str, object]) -> str:
    own = tuple(option for option in node.options if option.group not in shared)
    groups = [title for title in shared if any(option.group == title for option in node.options)]
    lines = [f"## agentctl {' '.join(node.path)}\n", _example_as_code(node.help), ""]
    if own:
        lines += [_table(own)]
    if groups:
        links = ", ".join(f"[{title}](#{title.lower().replace(' ', '-')})" for title in groups)
        lines.append(f"And the options of {links}.\n")
    return "\n".join(lines)


def _example_as_code(text: str) -> str:
    marked = "Example: "
    return "\n".join(
        f"```\n{line.removeprefix(marked)}\n```" if line.startswith(marked) else line
        for line in text.splitlines()
    )


def _table(options: tuple[Option, ...]) -> str:
    lines = ["| option | meaning |", "|---|---|"]
    for option in options:
        names = ", ".join(f"`{name}`" for name in option.names)
        value = f" `{option.metavar}`" if option.metavar and not option.choices else ""
        choices = f" `{'|'.join(option.choices)}`" if option.choices else ""
        text = option.help.replace("|", "\\|")
        lines.append(f"| {names}{(value + choices).replace('|', chr(92) + '|')} | {text} |")
    return "\n".join(lines) + "\n"


def generated(folder: Path) -> dict[Path, str]:
    """Return every generated file of the project with what it should hold."""
    tree = command_tree(program())
    files = {folder / "completions" / _FILES[shell]: script(shell, tree) for shell in SHELLS}
    return {**files, folder / "docs" / "reference.md": reference(tree)}


def main(words: list[str]) -> int:
    """Write the generated files, or check them; return the exit code."""
    stale = []
    for path, text in generated(Path.cwd()).items():
        if words == ["--write"]:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
        elif not path.exists() or path.read_text(encoding="utf-8") != text:
            stale.append(path.name)
    if stale:
        sys.stderr.write(f"stale: {', '.join(stale)}; make generate writes them anew\n")
        return ExitCode.FAILED
    return ExitCode.FINE


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
