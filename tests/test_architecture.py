"""What holds for every file: length, folders, names, and words that documents and code share."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import agentctl
from agentctl.model.finding import Code
from tests.harness import ROOT

PACKAGE = sorted((ROOT / "agentctl").rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))
MOST_LINES_OF_A_FILE = 350
MOST_LINES_OF_A_FUNCTION = 50
NO_SUBJECT = re.compile(r"(^|_)(utils?|helpers?|managers?|commons?|misc|base)(_|$)")
ONLY_FOR_TESTS = {"bench", "contracts", "e2e", "golden", "secured"}
"""Folders of tests that stand for no folder of the package: see tests/ in docs/architecture.md."""

Function = ast.FunctionDef | ast.AsyncFunctionDef


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


each_module = pytest.mark.parametrize("path", PACKAGE, ids=name_of)
each_file = pytest.mark.parametrize("path", [*PACKAGE, *TESTS], ids=name_of)


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def functions(path: Path) -> Iterator[Function]:
    """Give every function and method, inner ones too."""
    return (node for node in ast.walk(parsed(path)) if isinstance(node, Function))


def summary(text: str | None) -> str:
    """Return the first paragraph of a docstring as one line; what is indented below it is a picture."""
    paragraph = (text or "").strip().partition("\n\n")[0]
    return " ".join(paragraph.split())


def is_one_sentence(text: str) -> bool:
    return text.endswith((".", "…")) and not re.search(r"[.!?] [A-Z]", text)


def test_there_are_files_to_look_at() -> None:
    assert len(PACKAGE) > 50
    assert ROOT / "agentctl" / "__main__.py" in PACKAGE
    assert Path(__file__) in TESTS
    assert len(list(functions(Path(__file__)))) > 10


@each_file
def test_a_file_has_one_subject_and_so_not_many_lines(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= MOST_LINES_OF_A_FILE


@each_file
def test_a_function_fits_on_a_screen(path: Path) -> None:
    lengths = {
        function.name: (function.end_lineno or 0) - function.lineno + 1 for function in functions(path)
    }
    assert {name: length for name, length in lengths.items() if length > MOST_LINES_OF_A_FUNCTION} == {}


@each_module
def test_a_module_says_in_one_sentence_what_it_is_for(path: Path) -> None:
    assert is_one_sentence(summary(ast.get_docstring(parsed(path))))


@each_file
def test_a_name_says_what_is_in_it(path: Path) -> None:
    for part in path.relative_to(ROOT).with_suffix("").parts:
        assert not NO_SUBJECT.search(part.lower())
    classes = [node.name for node in ast.walk(parsed(path)) if isinstance(node, ast.ClassDef)]
    assert [name for name in classes if re.search(r"(Manager|Helper|Utils?|Common|Base)$", name)] == []


@pytest.mark.parametrize("path", TESTS, ids=name_of)
def test_no_test_waits_for_the_clock(path: Path) -> None:
    calls = (node.func for node in ast.walk(parsed(path)) if isinstance(node, ast.Call))
    names = {call.attr if isinstance(call, ast.Attribute) else getattr(call, "id", "") for call in calls}
    assert "sleep" not in names


@pytest.mark.parametrize("path", TESTS, ids=name_of)
def test_no_test_is_skipped_or_expected_to_fail(path: Path) -> None:
    names = {node.attr for node in ast.walk(parsed(path)) if isinstance(node, ast.Attribute)}
    assert {"skip", "skipif", "xfail", "importorskip"} & names == set()


def folders(root: Path, pattern: str) -> set[Path]:
    """Return the folders, relative to ``root``, that hold a file of that kind beside ``__init__.py``."""
    found = (path for path in root.rglob(pattern) if path.name != "__init__.py")
    return {path.parent.relative_to(root) for path in found}


def test_the_tests_mirror_the_folders_of_the_package() -> None:
    package = folders(ROOT / "agentctl", "*.py")
    tested = folders(ROOT / "tests", "test_*.py")
    assert package - tested == set(), "folders without tests of their own"
    foreign = {folder for folder in tested - package if folder.parts[0] not in ONLY_FOR_TESTS}
    assert foreign == set(), "tests of folders that are not there"


def test_every_finding_has_its_section_and_every_section_its_finding() -> None:
    sections = re.findall(r"^## `(.+)`$", (ROOT / "docs" / "findings.md").read_text("utf-8"), re.M)
    assert sorted(sections) == sorted(Code)


def test_the_version_is_the_first_one_of_the_changelog() -> None:
    versions = re.findall(r"^## \[(\d[^]]*)\]", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.M)
    assert versions[0] == agentctl.__version__


def test_the_layers_name_every_part_of_the_package() -> None:
    parts = {path.relative_to(ROOT / "agentctl").parts[0].removesuffix(".py") for path in PACKAGE}
    layers = re.search(r"^layers = \[(.*?)^\]", (ROOT / "pyproject.toml").read_text("utf-8"), re.M | re.S)
    assert layers is not None
    assert set(re.findall(r"\w+", layers[1])) == parts - {"__init__"}


@pytest.mark.parametrize(
    ("text", "one"),
    [
        ("What it is for.", True),
        ("Reads e.g. a file; then, maybe, another.", True),
        ("Reads. Writes.", False),
        ("No end", False),
        ("", False),
    ],
)
def test_a_sentence_is_known_as_one(text: str, one: bool) -> None:
    assert is_one_sentence(summary(text)) is one
