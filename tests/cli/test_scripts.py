"""Completion scripts: bash's is asked as bash asks it, those of zsh and fish are read."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from agentctl.cli.app import program
from agentctl.cli.scripts import ARGUMENTS, SHELLS, VALUES, script
from agentctl.cli.tree import command_tree
from agentctl.cli.values import complete
from agentctl.render.choose import Format
from tests.harness import Program

TREE = command_tree(program())
LEAVES = [node for node in TREE.walk() if not node.commands]

Complete = Callable[[str], list[str]]

# What bash does when the tab key is pressed: the words of the line, cut as COMP_WORDBREAKS cuts them.
_ASK = """
source "$1"; shift
COMP_WORDS=("$@")
COMP_CWORD=$(( $# - 1 ))
_agentctl
printf '%s\\n' "${COMPREPLY[@]}"
"""


@pytest.fixture
def bash(agentctl: Program, isolation: Path, tmp_path: Path) -> Complete:
    """Complete a line in bash, where ``agentctl`` is this program; the line's last word is the one begun."""
    path = tmp_path / "bin" / "agentctl"
    path.parent.mkdir()
    path.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m agentctl "$@"\n')
    path.chmod(0o700)
    (tmp_path / "agentctl.bash").write_text(script("bash", TREE))
    config = isolation / "config" / "agentctl"
    config.mkdir(parents=True)
    (config / "config.toml").write_text("[context.production]\n[context.lab]\n")
    cache = isolation / "cache" / "agentctl"
    cache.mkdir(parents=True)
    (cache / "topics.txt").write_text("research-events\ncontent-claims\n")
    (cache / "workflows.txt").write_text("workflow_7k2p\nworkflow_3m47\n")

    def ask(line: str) -> list[str]:
        words = line.replace("=", " = ").split(" ")
        if line.endswith("="):
            words = words[:-1]
        done = subprocess.run(
            ["bash", "--norc", "-c", _ASK, "bash", str(tmp_path / "agentctl.bash"), *words],
            cwd=agentctl.folder,
            env={**agentctl.environment, "PATH": f"{path.parent}:{agentctl.environment['PATH']}"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, "")
        return sorted(filter(None, done.stdout.split("\n")))

    return ask


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("agentctl re", ["replay", "restore"]),
        ("agentctl context u", ["use"]),
        ("agentctl context ", ["--help", "-h", "list", "show", "use"]),
        ("agentctl replay --iso", ["--isolation"]),
        ("agentctl replay --isolation ", ["read_committed", "read_uncommitted"]),
        ("agentctl replay --isolation read_u", ["read_uncommitted"]),
        ("agentctl replay --isolation=read_u", ["read_uncommitted"]),
        ("agentctl replay --isolation=", ["read_committed", "read_uncommitted"]),
        ("agentctl replay --context ", ["lab", "production"]),
        ("agentctl replay --context pro", ["production"]),
        ("agentctl --context lab rep", ["replay"]),
        ("agentctl replay -t ", ["content-claims", "research-events"]),
        ("agentctl replay --topic=res", ["research-events"]),
        ("agentctl replay work", ["workflow_3m47", "workflow_7k2p"]),
        ("agentctl replay --since -1h workflow_7", ["workflow_7k2p"]),
        ("agentctl fields explain con", ["content-claims"]),
        ("agentctl context use l", ["lab"]),
        ("agentctl completion f", ["fish"]),
        ("agentctl replay -o ", sorted(Format)),
        ("agentctl replay --since ", []),
        ("agentctl replay --no-such", []),
        ("agentctl workflows --state st", ["stalled"]),
        ("agentctl claims list --state wor", ["working"]),
        ("agentctl claims --state wor", ["working"]),
        ("agentctl claims sh", ["show"]),
        ("agentctl claims --exit", ["--exit-code"]),
    ],
)
def test_bash_completes(bash: Complete, line: str, words: list[str]) -> None:
    assert bash(line) == words


def test_bash_completes_files(bash: Complete, agentctl: Program) -> None:
    (agentctl.folder / "incident.ndjson").touch()
    assert bash("agentctl replay --source inc") == ["incident.ndjson"]
    assert bash("agentctl replay --export inc") == ["incident.ndjson"]


def test_bash_offers_every_option_of_a_command(bash: Complete) -> None:
    for node in LEAVES:
        names = {name for option in node.options if not option.argument for name in option.names}
        offered = bash(f"agentctl {' '.join(node.path)} -")
        assert set(offered) == names, node.path
        assert len(offered) == len(names), f"{node.path} offers an option twice"


def test_a_hostile_name_is_neither_run_nor_offered(
    bash: Complete, isolation: Path, agentctl: Program
) -> None:
    hostile = ["$(touch ran)", "`touch ran`", "a;touch ran", "*", "~", "-x", "", "a b", "x\x1b[2J", "ok", "'"]
    (isolation / "cache" / "agentctl" / "workflows.txt").write_text("\n".join(hostile))
    assert bash("agentctl replay ")[-1] == "ok"
    assert {"$(touch", "ran)", "*", "~", "-x", "a", "'"}.isdisjoint(bash("agentctl replay "))
    assert list(agentctl.folder.iterdir()) == []


@pytest.mark.parametrize("shell", SHELLS)
def test_a_shell_that_is_here_finds_no_fault(shell: str, tmp_path: Path) -> None:
    path = tmp_path / "script"
    path.write_text(script(shell, TREE))
    found = shutil.which(shell)
    # Bash is always here; for another shell that is not, its structure is looked at below.
    assert found is not None or shell != "bash"
    if found is not None:
        done = subprocess.run([found, "-n", str(path)], capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")


def test_zsh_takes_the_file_for_a_completion_by_its_first_line() -> None:
    lines = script("zsh", TREE).splitlines()
    assert lines[0] == "#compdef agentctl"
    assert lines[-1] == '_agentctl "$@"'


def test_zsh_has_a_function_for_every_command_and_for_every_kind_of_value() -> None:
    lines = script("zsh", TREE).splitlines()
    defined = [line.removesuffix("() {") for line in lines if line.endswith("() {")]
    commands = ["_".join(("_agentctl", *node.path)).replace("-", "_") for node in TREE.walk()]
    kinds = sorted({*VALUES.values(), *ARGUMENTS.values()})
    assert defined == [*commands, *(f"_agentctl_{kind}" for kind in kinds)]
    assert lines.count("}") == len(defined)


def test_zsh_offers_no_option_twice_in_a_command() -> None:
    for part in script("zsh", TREE).split("    _arguments \\\n")[1:]:
        names = [line.strip().lstrip("'*").partition("[")[0] for line in part.split("}")[0].splitlines()]
        options = [name for name in names if name.startswith("-")]
        assert sorted(options) == sorted(set(options))


def test_fish_has_a_line_for_every_command_and_option() -> None:
    lines = script("fish", TREE).splitlines()
    assert lines[1] == "complete -c agentctl -f"
    assert all(line.startswith("complete -c agentctl ") for line in lines[1:])
    for node in TREE.walk():
        if node.path:
            assert any(f" -a {node.path[-1]} -d " in line for line in lines)
    for node in LEAVES:
        for option in node.options:
            if not option.argument:
                wanted = [f"-l {n[2:]}" if n.startswith("--") else f"-s {n[1:]}" for n in option.names]
                assert any(" ".join(wanted) in line for line in lines), option.names


def test_fish_offers_files_only_where_a_file_is_meant() -> None:
    lines = script("fish", TREE).splitlines()
    with_files = {line.partition(" -d ")[0].split("; and ")[-1] for line in lines if " -r -F -d " in line}
    assert {line.split("' ")[-1] for line in with_files} == {
        "-s F -r -F",
        "-l export -r -F",
        "-l source -r -F",
    }
    assert any(" -l since -x -d " in line for line in lines)


def test_every_kind_that_a_script_asks_for_is_answered() -> None:
    for kind in {*VALUES.values(), *ARGUMENTS.values()}:
        for shell in SHELLS:
            assert f"agentctl __complete {kind} " in script(shell, TREE) or shell == "bash"
        assert complete([kind, "no-such-prefix"]) == ""
    known = {node.path for node in LEAVES}
    assert set(ARGUMENTS) <= known
    assert set(VALUES) <= {name for node in LEAVES for option in node.options for name in option.names}


def test_the_command_prints_the_script(agentctl: Program) -> None:
    for shell in SHELLS:
        answer = agentctl("completion", shell)
        assert (answer.exit_code, answer.stdout, answer.stderr) == (0, script(shell, TREE), "")
    wrong = agentctl("completion", "tcsh")
    assert wrong.exit_code == 2
    assert "bash" in wrong.stderr
