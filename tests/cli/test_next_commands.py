"""Every command that an answer names is a command of the program, with options that it takes."""

import ast
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from agentctl.cli.app import program
from agentctl.cli.tree import CommandNode, command_tree
from tests.harness import ROOT

NODES = {node.path: node for node in command_tree(program()).walk()}
_VALUE = "VALUE"
_NAMING = ("next", "show", "lag_why", "lag_history")
"""Functions that make such commands, a leading _ aside."""


def named(node: ast.AST) -> Iterator[str]:
    """Give the commands that an expression spells out, a word in the place of each value."""
    if isinstance(node, ast.JoinedStr):
        parts = (one.value if isinstance(one, ast.Constant) else _VALUE for one in node.values)
        text = "".join(str(one) for one in parts)
        if text.startswith("agentctl "):
            yield text
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        if node.value.startswith("agentctl "):
            yield node.value
    else:
        for child in ast.iter_child_nodes(node):
            yield from named(child)


def next_commands(path: Path) -> Iterator[str]:
    """Give what a module names as next: in an argument of that name, or in a function that makes it."""
    tree = ast.parse(path.read_text("utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg == "next":
            yield from named(node.value)
        elif isinstance(node, ast.FunctionDef) and node.name.lstrip("_") in _NAMING:
            for statement in node.body[1:] if ast.get_docstring(node) else node.body:
                yield from named(statement)


FOUND = sorted(
    {
        (str(path.relative_to(ROOT)), command)
        for path in (ROOT / "agentctl").rglob("*.py")
        for command in next_commands(path)
    }
)


def command_of(words: list[str]) -> tuple[CommandNode, list[str]]:
    """Return the command that words name, and those behind it."""
    path: tuple[str, ...] = ()
    while words and (*path, words[0]) in NODES:
        path = (*path, words.pop(0))
    found = NODES[path]
    return found if found.default is None else NODES[*path, found.default], words


def test_answers_of_every_kind_name_what_comes_next() -> None:
    modules = {path for path, _ in FOUND}
    assert {
        "agentctl/claims/sentences.py",
        "agentctl/claims/list_view.py",
        "agentctl/timeline/workflows_view.py",
        "agentctl/agents/view.py",
    } & modules >= {"agentctl/claims/sentences.py", "agentctl/agents/view.py"}
    assert len(FOUND) > 8


@pytest.mark.parametrize(("path", "text"), FOUND, ids=[f"{path}:{text}" for path, text in FOUND])
def test_it_exists_and_takes_the_options_that_are_named(path: str, text: str) -> None:
    node, rest = command_of(shlex.split(text)[1:])
    assert not node.commands, f"{path} names a group: {text}"
    assert node.path, f"{path} names no command: {text}"
    known = {name for option in node.options for name in option.names}
    assert {word for word in rest if word.startswith("-") and word != "--"} <= known
    arguments = [option for option in node.options if option.argument]
    assert arguments or all(word.startswith("-") for word in rest[:1])
