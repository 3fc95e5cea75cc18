"""The program describes itself: one tree of commands behind help, JSON, scripts and the reference page."""

import json
import re
from pathlib import Path

import pytest

from agentctl import __version__
from agentctl.cli import describe
from agentctl.cli.app import COMMANDS, program
from agentctl.cli.help import EXIT_CODES
from agentctl.cli.tree import CommandNode, command_tree
from tests.harness import ROOT, Program

NODES = tuple(command_tree(program()).walk())
LEAVES = [node for node in NODES if not node.commands]

each_node = pytest.mark.parametrize("node", NODES, ids=lambda node: " ".join(node.path) or "agentctl")
each_leaf = pytest.mark.parametrize("node", LEAVES, ids=lambda node: " ".join(node.path))


def test_the_tree_has_every_command_of_the_table() -> None:
    assert [node.path[0] for node in NODES if len(node.path) == 1] == list(COMMANDS)
    assert ("context", "use") in [node.path for node in LEAVES]


@pytest.mark.parametrize("path", list(describe.generated(ROOT)), ids=lambda path: path.name)
def test_a_generated_file_is_fresh(path: Path) -> None:
    assert path.read_text("utf-8") == describe.generated(ROOT)[path], "make generate writes it anew"


def test_every_completion_script_and_the_reference_are_generated() -> None:
    expected = {*(ROOT / "completions").iterdir(), ROOT / "docs" / "reference.md"}
    assert set(describe.generated(ROOT)) == expected


def test_a_stale_file_is_found_named_and_mended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "docs").mkdir()
    assert describe.main(["--check"]) == 1
    assert "agentctl.bash, _agentctl, agentctl.fish, reference.md" in capsys.readouterr().err
    assert describe.main(["--write"]) == 0
    assert describe.main(["--check"]) == 0
    (tmp_path / "docs" / "reference.md").write_text("old")
    assert describe.main(["--check"]) == 1
    assert capsys.readouterr().err.startswith("stale: reference.md; ")


@pytest.mark.parametrize(("name", "line"), [(name, line) for name, (_, line) in COMMANDS.items()])
def test_the_table_shows_the_first_line_of_each_commands_help(name: str, line: str) -> None:
    [node] = [node for node in NODES if node.path == (name,)]
    assert node.summary == line
    assert line.endswith(".")
    assert len(f"  {'completion':<12}{line}") <= 80


@each_leaf
def test_every_command_shows_an_example_that_calls_it(node: CommandNode) -> None:
    examples = re.findall(r"^Example: (.+)$", node.help, re.M)
    assert examples
    for example in examples:
        assert example.startswith(" ".join(("agentctl", *node.path)))


@each_leaf
def test_an_example_uses_only_options_that_are_there(node: CommandNode) -> None:
    [example] = re.findall(r"^Example: (.+)$", node.help, re.M)
    used = set(re.findall(r"(?<= )--?[a-z][a-z-]*", example.partition(" > ")[0]))
    assert used <= {name for option in node.options for name in option.names}


@each_node
def test_every_command_and_option_is_explained_in_a_sentence(node: CommandNode) -> None:
    assert node.summary.endswith(".")
    for option in node.options:
        assert option.help, option.names
        assert option.help[-1] in ".]", option.names


@each_node
def test_no_spelling_means_two_options(node: CommandNode) -> None:
    spellings = [name for option in node.options for name in option.names]
    assert sorted(spellings) == sorted(set(spellings))


@each_node
def test_help_is_asked_for_in_two_ways(node: CommandNode) -> None:
    [asked] = [option for option in node.options if "--help" in option.names]
    assert asked.names == ("--help", "-h")


def test_help_for_machines_is_one_document_with_every_command(agentctl: Program) -> None:
    answer = agentctl("--help-json")
    assert (answer.exit_code, answer.stderr) == (0, "")
    document = json.loads(answer.stdout)
    assert set(document) == {"schema", "version", "exit_codes", "commands"}
    assert document["schema"] == "agentctl.help/1"
    assert document["version"] == __version__
    assert document["exit_codes"] == {str(code): meaning for code, meaning in EXIT_CODES.items()}
    assert [tuple(command["path"]) for command in document["commands"]] == [node.path for node in NODES]
    for command, node in zip(document["commands"], NODES, strict=True):
        assert command["help"] == node.help
        assert [option["names"] for option in command["options"]] == [list(o.names) for o in node.options]
    [replay] = [command for command in document["commands"] if command["path"] == ["replay"]]
    [isolation] = [option for option in replay["options"] if "--isolation" in option["names"]]
    assert isolation == {
        "names": ["--isolation"],
        "argument": False,
        "group": "What is read",
        "takes_value": True,
        "metavar": isolation["metavar"],
        "choices": ["read_committed", "read_uncommitted"],
        "repeatable": False,
        "help": "read_uncommitted shows records of aborted and open transactions, too.",
    }


@each_leaf
def test_help_shows_what_the_tree_holds(agentctl: Program, node: CommandNode) -> None:
    answer = agentctl(*node.path, "--help", columns=100)
    assert (answer.exit_code, answer.stderr) == (0, "")
    # Words are wrapped, at hyphens too: so blanks are left out of the comparison.
    shown = "".join(answer.stdout.split())
    assert "".join(node.help.split()) in shown
    for option in node.options:
        assert option.names[-1] in shown
        assert "".join(option.help.split()) in shown
    assert agentctl(*node.path, "-h", columns=100).stdout == answer.stdout


def test_the_reference_has_a_section_for_every_command_and_every_option() -> None:
    page = describe.reference(NODES[0])
    sections = re.findall(r"^## agentctl (.+)$", page, re.M)
    assert sections == [" ".join(node.path) for node in LEAVES]
    for node in LEAVES:
        for option in node.options:
            assert f"`{option.names[0]}`" in page
    for line in page.splitlines():
        if line.startswith("|") and "---" not in line and "--:" not in line:
            assert len(re.findall(r"(?<!\\)\|", line)) == 3, line
