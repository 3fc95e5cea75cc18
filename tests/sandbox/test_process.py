"""A child process is known from its first moment, and known again for certain."""

import os
import signal
from pathlib import Path
from typing import Any

import pytest

from agentctl.sandbox.process import Child, launch

SLEEP = ["/bin/sleep", "600"]


def test_ctrl_c_in_the_middle_of_a_start_leaves_the_child_written_down(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spawn = os.posix_spawn

    def interrupted(*words: Any, **more: Any) -> int:
        pid = spawn(*words, **more)
        signal.raise_signal(signal.SIGINT)
        return pid

    monkeypatch.setattr(os, "posix_spawn", interrupted)
    with pytest.raises(KeyboardInterrupt):
        launch(SLEEP, tmp_path / "sleep.log", {})

    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    child = Child.recorded(tmp_path / "sleep.pid")
    assert child is not None
    assert child.alive
    child.stop()
    assert not child.alive


def test_an_id_that_is_used_again_is_another_process(tmp_path: Path) -> None:
    child = launch(SLEEP, tmp_path / "sleep.log", {})
    other = Child(child.pid, "another moment")
    other.stop()
    assert not other.alive
    assert child.alive
    child.stop()
    assert not child.alive
