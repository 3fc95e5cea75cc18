"""An answer in a file: whole or not at all, and refused before the work where it cannot be."""

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from errno import ENOSPC
from pathlib import Path

import pytest

from agentctl.errors import AgentctlError, ExitCode
from agentctl.model.view import Row
from agentctl.render.choose import Format, Output, check_export
from tests.contracts.renderer import Watched
from tests.render import incident, samples
from tests.screens import Screen


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_the_file_holds_what_stdout_would_and_stderr_says_so(tmp_path: Path) -> None:
    path = tmp_path / "night.ndjson"
    screen, piped = Screen(), Screen(terminal=False)
    assert screen.show(samples.night(), Output(export=path)) is ExitCode.FINE
    piped.show(samples.night(), Output(Format.NDJSON))
    assert path.read_text(encoding="utf-8") == piped.shown
    assert screen.shown == ""
    assert screen.told == f"written {path}\n"
    assert names(tmp_path) == ["night.ndjson"]


def test_the_exit_code_and_the_remarks_are_those_of_the_answer(tmp_path: Path) -> None:
    screen = Screen()
    code = screen.show(samples.workflows(), Output(export=tmp_path / "w.csv"))
    assert code is ExitCode.PARTIAL
    assert "the answer is partial" in screen.told


def test_it_is_utf_8_whatever_the_terminal_speaks(tmp_path: Path) -> None:
    Screen(encoding="ascii").show(incident.odd(), Output(export=tmp_path / "odd.json", ascii=True))
    rows = json.loads((tmp_path / "odd.json").read_bytes())["rows"]
    assert "日本語の担当者" in [row["agent"] for row in rows]
    assert "日本語の担当者" in (tmp_path / "odd.json").read_text(encoding="utf-8")


@pytest.mark.parametrize("before", [None, "what was there"])
def test_it_is_whole_or_not_there_at_all(tmp_path: Path, before: str | None) -> None:
    path = tmp_path / "w.ndjson"
    if before is not None:
        path.write_text(before)

    class Breaking(Watched):
        def __iter__(self) -> Iterator[Row]:
            yield from self._rows
            raise KeyboardInterrupt

    view = replace(samples.workflows(), rows=Breaking(samples.workflows().rows))
    with pytest.raises(KeyboardInterrupt):
        Screen().show(view, Output(export=path))
    assert names(tmp_path) == ([] if before is None else ["w.ndjson"])
    assert before is None or path.read_text() == before


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "latest.csv").symlink_to(tmp_path / "real.csv")
    Screen().show(samples.night(), Output(export=tmp_path / "latest.csv"))
    assert (tmp_path / "latest.csv").is_symlink()
    assert (tmp_path / "real.csv").read_text().startswith("n,time,")


def test_a_place_that_cannot_be_written_is_refused_before_the_work(tmp_path: Path) -> None:
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "file").write_text("")
    os.mkfifo(tmp_path / "pipe.csv")
    for name, why in (
        ("folder.csv", "it is a folder"),
        ("none/a.csv", "none does not exist"),
        ("file/a.csv", "file is not a folder"),
        ("pipe.csv", "it is not a regular file"),
    ):
        with pytest.raises(AgentctlError, match=f"cannot write .*{why}") as caught:
            check_export(tmp_path / name)
        assert caught.value.exit_code is ExitCode.FAILED
        assert caught.value.hint


def test_no_permission_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(AgentctlError, match="no permission to write in"):
        check_export(tmp_path / "a.csv")


def test_a_failure_while_writing_names_the_file_and_leaves_nothing(tmp_path: Path) -> None:
    class Full(Watched):
        def __iter__(self) -> Iterator[Row]:
            raise OSError(ENOSPC, "No space left on device")

    view = replace(samples.workflows(), rows=Full([{}]))
    with pytest.raises(AgentctlError, match=r"cannot write .*w\.csv: No space left on device"):
        Screen().show(view, Output(export=tmp_path / "w.csv"))
    assert names(tmp_path) == []
