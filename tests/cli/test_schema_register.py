"""``agentctl schema register``: planned, executed once, and refused where the ground has moved."""

import json
from pathlib import Path

import pytest

from tests.harness import Program
from tests.registry.opening import new_subject

pytestmark = pytest.mark.xdist_group("registry")


def schema(folder: Path, name: str, *types: str, space: str = "org.x") -> str:
    fields = [{"name": f"f{number}", "type": type_} for number, type_ in enumerate(types)]
    record = {"type": "record", "name": name.partition(".")[0], "namespace": space, "fields": fields}
    folder.joinpath(name).write_text(json.dumps(record))
    return name


def test_a_schema_is_planned_registered_once_and_pinned(agentctl: Program, registry: str) -> None:
    one = schema(agentctl.folder, "Finding.v1.avsc", "string")
    two = schema(agentctl.folder, "Finding.v2.avsc", "string", "int")
    where = ("--subject", new_subject(), "-X", f"schema.registry.url={registry}", "-o", "json")

    def register(*words: str) -> tuple[int, dict[str, object]]:
        answer = agentctl("schema", "register", *words, *where)
        return answer.exit_code, answer.json["rows"][0] if answer.stdout else {"said": answer.stderr}

    assert register(one)[1]["action"] == "register"
    assert register(one)[1]["action"] == "register"
    code, row = register(one, "--expect", "0", "--execute")
    assert (code, row["action"], row["version"]) == (0, "registered", 1)
    assert register(one, "--expect", "0", "--execute")[1]["action"] == "unchanged"
    code, row = register(two, "--expect", "0", "--execute")
    assert code == 1
    assert "is 1, and none was expected" in str(row)
    assert register(two, "--expect", "1", "--execute")[1]["version"] == 2


def test_the_subject_is_the_records_full_name_else_the_files(agentctl: Program, registry: str) -> None:
    at = ("-X", f"schema.registry.url={registry}", "-o", "json")
    own = schema(agentctl.folder, "Finding.v1.avsc", "string", space="org.nobody.else")
    assert agentctl("schema", "register", own, *at).json["rows"][0]["subject"] == "org.nobody.else.Finding"
    agentctl.folder.joinpath("claim_made.v3.json").write_text('{"type": "object"}')
    assert (
        agentctl("schema", "register", "claim_made.v3.json", *at).json["rows"][0]["subject"] == "claim_made"
    )


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("no.avsc", "-X", "schema.registry.url=http://127.0.0.1:1"), 4, "there is no file"),
        (("bad.avsc", "-X", "schema.registry.url=http://127.0.0.1:1"), 1, "cannot be read as a schema"),
        (("good.avsc",), 2, "no schema registry is configured"),
        (("good.avsc", "-X", "schema.registry.url=http://127.0.0.1:1"), 6, "is not reachable"),
    ],
)
def test_what_cannot_be_is_said(agentctl: Program, words: tuple[str, ...], code: int, says: str) -> None:
    agentctl.folder.joinpath("bad.avsc").write_text("{")
    schema(agentctl.folder, "good.avsc", "string")
    answer = agentctl("schema", "register", *words)
    assert answer.exit_code == code
    assert says in answer.stderr


def test_a_candidate_is_held_against_every_version_of_a_subject(agentctl: Program, registry: str) -> None:
    at = ("-X", f"schema.registry.url={registry}", "-o", "json")
    subject = new_subject()
    for name, types in (("Finding.v1.avsc", ("string",)), ("Finding.v2.avsc", ("string", "int"))):
        schema(agentctl.folder, name, *types)
        assert agentctl("schema", "register", name, "--subject", subject, "--execute", *at).exit_code == 0
    schema(agentctl.folder, "new.avsc", "int", "int")
    words = ("schema", "check", subject, "--candidate", "new.avsc", "--against", "registry", *at)
    answer = agentctl(*words, "--level", "BACKWARD_TRANSITIVE")
    assert answer.exit_code == 3
    assert answer.json["summary"]["against"] == [f"{subject} version 1", f"{subject} version 2"]
    assert agentctl("schema", "check", "none", *words[3:]).exit_code == 4
    refused = agentctl("schema", "check", "a.avsc", "b.avsc", "--against", "registry", *at)
    assert (refused.exit_code, "one subject" in refused.stderr) == (2, True)
