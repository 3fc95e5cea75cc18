"""A restored file is new and whole, or there is none."""

import errno
from pathlib import Path

import pytest

from agentctl.errors import AgentctlError, UsageError
from agentctl.restoring.files import check_new, new_file, write_lines


def test_a_file_has_all_its_lines_and_nothing_lies_beside_it(tmp_path: Path) -> None:
    write_lines(tmp_path / "a.ndjson", ["{}", "[]"])
    assert (tmp_path / "a.ndjson").read_text() == "{}\n[]\n"
    assert [path.name for path in tmp_path.iterdir()] == ["a.ndjson"]


def test_a_file_that_is_there_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "a.ndjson"
    path.write_text("mine")
    with pytest.raises(AgentctlError, match="is there already"):
        check_new(path)
    with pytest.raises(AgentctlError, match="is there already"):
        write_lines(path, ["x"])
    assert path.read_text() == "mine"
    assert len(list(tmp_path.iterdir())) == 1


def test_a_file_that_somebody_makes_meanwhile_stays_theirs(tmp_path: Path) -> None:
    path = tmp_path / "a.avro"

    def write() -> None:
        with new_file(path) as file:
            file.write(b"ours")
            path.write_text("theirs")

    with pytest.raises(AgentctlError, match="is there already"):
        write()
    assert path.read_text() == "theirs"
    assert len(list(tmp_path.iterdir())) == 1


def test_without_space_nothing_is_left_and_that_is_said(tmp_path: Path) -> None:
    def write() -> None:
        with new_file(tmp_path / "a.avro") as file:
            file.write(b"half")
            raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(AgentctlError, match="no space is left; nothing of it is kept"):
        write()
    assert list(tmp_path.iterdir()) == []


def test_an_ending_that_names_no_format_is_a_mistake_of_the_command_line(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="names no format"):
        check_new(tmp_path / "a.csv")


def test_a_folder_that_is_not_there_is_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(AgentctlError, match="is no folder"):
        check_new(tmp_path / "nowhere" / "a.avro")
