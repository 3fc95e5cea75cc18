"""``agentctl schema check``: files, types, revisions and batches in; a verdict and its exit code out."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.harness import Program

FIELDS = ({"name": "id", "type": "string"},)
SUMMARY = {"name": "summary", "type": "string"}


def schema(*more: Any) -> str:
    return json.dumps({"type": "record", "name": "Finding", "fields": [*FIELDS, *more]})


@pytest.fixture
def here(agentctl: Program) -> Path:
    """A folder with an old schema, one that breaks its events, and one that does not."""
    folder = agentctl.folder
    (folder / "old.avsc").write_text(schema())
    (folder / "breaking.avsc").write_text(schema(SUMMARY))
    (folder / "safe.avsc").write_text(schema({**SUMMARY, "default": ""}))
    return folder


@pytest.mark.usefixtures("here")
def test_a_change_that_breaks_ends_in_3_with_the_rule_the_fix_and_the_event(agentctl: Program) -> None:
    answer = agentctl("schema", "check", "old.avsc", "breaking.avsc", "-o", "json")
    assert answer.exit_code == 3
    [row] = answer.json["rows"]
    assert row == {
        "rule": "READER_FIELD_MISSING_DEFAULT_VALUE",
        "class": "breaking",
        "direction": "backward",
        "path": "/fields/1",
        "against": "old.avsc",
        "message": "summary is read and not written, and has no default",
        "fix": "give summary a default",
        "witness": {"id": ""},
    }
    assert answer.json["summary"]["level"] == "BACKWARD"


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("old.avsc", "safe.avsc"), 0),
        (("old.avsc", "safe.avsc", "--level", "FULL"), 0),
        (("old.avsc", "breaking.avsc", "--level", "FORWARD"), 0),
        (("old.avsc", "breaking.avsc", "--level", "NONE"), 0),
        (("old.avsc", "breaking.avsc", "--fail-on", "none"), 0),
        (("old.avsc", "safe.avsc", "breaking.avsc"), 0),
        (("old.avsc", "safe.avsc", "breaking.avsc", "--level", "BACKWARD_TRANSITIVE"), 3),
    ],
)
def test_the_level_says_who_is_asked(agentctl: Program, words: tuple[str, ...], code: int) -> None:
    assert agentctl("schema", "check", *words).exit_code == code


def test_what_depends_on_the_events_fails_when_that_is_asked_for(agentctl: Program, here: Path) -> None:
    for name, type_ in (("whole", "long"), ("broken", "double")):
        (here / f"{name}.avsc").write_text(schema({"name": "n", "type": type_}))
    words = ("schema", "check", "whole.avsc", "broken.avsc")
    assert agentctl(*words).exit_code == 0
    assert agentctl(*words, "--fail-on", "data").exit_code == 3


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"type": "record"', "line 1, column 18"),
        ('{"type": "record", "name": "1x", "fields": []}', "at /name"),
        (schema(SUMMARY, SUMMARY), "at /fields/2/name"),
        (schema({"name": "n", "type": "int", "default": "x"}), "at /fields/1/default"),
        (schema({"name": "n", "type": ["null", ["int"]]}), "at /fields/1/type/1"),
        ('{"a": 1, "a": 2}', "two members named 'a'"),
        ("[" * 5_000, "too deep"),
    ],
)
def test_an_invalid_schema_is_named_with_the_place_and_the_reason(
    agentctl: Program, here: Path, text: str, said: str
) -> None:
    (here / "invalid.avsc").write_text(text)
    answer = agentctl("schema", "check", "old.avsc", "invalid.avsc")
    assert answer.exit_code == 1
    assert "invalid.avsc is no valid schema" in answer.stderr
    assert said in answer.stderr


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("old.avsc",), 2, "an old and a new schema"),
        (("old.avsc", "none.avsc"), 4, "there is no file none.avsc"),
        (("old.json", "new.json"), 2, "schemas of Avro are compared"),
        (("old.avsc", "new.txt"), 2, "names no format"),
        (("Finding", "--candidate", "safe.avsc"), 4, "no schema of Finding"),
        (("old.avsc", "--against", "git:--help"), 2, "is no revision"),
        (("old.avsc", "--against", "git:main"), 1, "cannot read old.avsc at main"),
        (("old.avsc", "safe.avsc", "--against", "all"), 2, "goes with a TYPE"),
        (("--batch", "-", "--candidate", "safe.avsc"), 2, "brings its own schemas"),
        (("old.avsc", "safe.avsc", "--batch", "-"), 2, "brings its own schemas"),
    ],
)
def test_what_cannot_be_compared_is_said(
    agentctl: Program, words: tuple[str, ...], code: int, said: str
) -> None:
    answer = agentctl("schema", "check", *words)
    assert (answer.exit_code, answer.stdout) == (code, "")
    assert said in answer.stderr


def test_a_type_is_held_against_its_versions_in_the_folder_by_their_numbers(
    agentctl: Program, here: Path
) -> None:
    (here / "schemas").mkdir()
    for number, text in ((2, schema()), (10, schema({**SUMMARY, "default": ""}))):
        (here / "schemas" / f"Finding.v{number}.avsc").write_text(text)
    words = ("schema", "check", "Finding", "--candidate", "breaking.avsc", "-o", "json")
    assert agentctl(*words).json["summary"]["against"] == ["Finding.v10.avsc"]
    both = agentctl(*words, "--level", "BACKWARD_TRANSITIVE").json["summary"]
    assert both["against"] == ["Finding.v2.avsc", "Finding.v10.avsc"]
    latest = agentctl(*words, "--level", "BACKWARD_TRANSITIVE", "--against", "latest").json["summary"]
    assert latest["against"] == ["Finding.v10.avsc"]


def test_a_file_is_held_against_itself_at_a_revision(agentctl: Program, here: Path) -> None:
    def git(*words: str) -> None:
        names = ("-c", "user.name=a", "-c", "user.email=a@b")
        subprocess.run(("git", "-C", str(here), *names, *words), check=True, capture_output=True)

    git("init", "-q")
    git("add", "old.avsc")
    git("commit", "-q", "-m", "first")
    (here / "old.avsc").write_text(schema(SUMMARY))
    answer = agentctl("schema", "check", "old.avsc", "--against", "git:HEAD", "-o", "json")
    assert answer.exit_code == 3
    assert answer.json["rows"][0]["against"] == "old.avsc at HEAD"
    assert agentctl("schema", "check", "old.avsc", "--against", "git:nowhere").exit_code == 4


def test_a_type_is_held_against_the_versions_that_a_revision_had(agentctl: Program, here: Path) -> None:
    def git(*words: str) -> None:
        names = ("-c", "user.name=a", "-c", "user.email=a@b")
        subprocess.run(("git", "-C", str(here), *names, *words), check=True, capture_output=True)

    kept = here / "schemas"
    kept.mkdir()
    (kept / "Finding.v1.avsc").write_text(schema())
    git("init", "-q")
    git("add", "schemas")
    git("commit", "-q", "-m", "first")
    # The branch adds a version, which it is about.
    (kept / "Finding.v2.avsc").write_text(schema(SUMMARY))
    words = ("schema", "check", "Finding", "--candidate", "schemas/Finding.v2.avsc", "-o", "json")
    answer = agentctl(*words, "--against", "git:HEAD")
    assert answer.exit_code == 3
    assert answer.json["summary"]["against"] == ["Finding.v1.avsc at HEAD"]
    assert agentctl(*words).exit_code == 0


def test_a_batch_is_answered_line_by_line_and_goes_on_after_a_bad_one(agentctl: Program) -> None:
    lines = [
        {"id": "a", "level": "FULL", "old": ["int"], "new": "long"},
        {"id": "b", "format": "avro", "old": ['"int"'], "new": {"type": "long"}},
        {"id": "c", "old": [{"type": "recrd"}], "new": "long"},
        {"id": "d", "format": "protobuf", "old": ["int"], "new": "long"},
        {"id": "e", "level": "SOME", "old": ["int"], "new": "long"},
        {"id": "f", "old": [], "new": "long"},
        {"id": "g", "policy": "bogus", "old": ["int"], "new": "long"},
        {"id": "\ud800", "old": [{"type": "enum", "name": "E", "symbols": ["A"]}], "new": "int"},
    ]
    text = "\n".join([*map(json.dumps, lines[:3]), "nonsense", "", *map(json.dumps, lines[3:])])
    without = json.dumps({"old": ["int"], "new": "long"})
    strict = agentctl("schema", "check", "--batch", "-", "--level", "FULL", stdin=without)
    assert strict.rows[0]["exit"] == 3
    answer = agentctl("schema", "check", "--batch", "-", stdin=text)
    assert answer.exit_code == 0
    found = answer.rows
    assert [(one["id"], one["exit"]) for one in found[:4]] == [("a", 3), ("b", 0), ("c", 1), (None, 2)]
    assert [one["exit"] for one in found[4:]] == [2, 2, 2, 2, 2]
    assert [row["rule"] for row in found[0]["rows"]] == ["TYPE_MISMATCH", "TYPE_PROMOTED"]
    assert all(one["rows"] == [] and one["error"] for one in found[2:])


def test_names_in_a_schema_move_nothing_on_a_screen(agentctl: Program, here: Path) -> None:
    hostile = schema({"name": "n", "type": "string", "default": "\x1b[2J[red]x"})
    (here / "was.avsc").write_text(hostile)
    (here / "is.avsc").write_text(schema({"name": "n", "type": "string", "default": "y"}))
    screen = agentctl.terminal("schema", "check", "was.avsc", "is.avsc", environment={"NO_COLOR": "1"})
    assert "\x1b[2J" not in screen.stdout
    assert "[red]x" in "".join(screen.stdout.split())
