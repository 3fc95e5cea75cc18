"""Who does the work: this process, processes of this machine, or a Dask cluster; all are executors."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing, contextmanager
from importlib import import_module
from typing import Any, TypeVar

from agentctl.errors import AgentctlError, UnreachableError, UsageError

T = TypeVar("T")
R = TypeVar("R")

_AHEAD = 4
"""Tasks that are given out for each worker: enough that none waits, few enough that none pile up."""
_MOST_WORKERS = 256


class Here(Executor):
    """Does the work at once, in this process: one worker needs no other process."""

    def submit(self, fn: Callable[..., R], /, *args: Any, **kwargs: Any) -> "Future[R]":
        """Do it, and return it done."""
        future: Future[R] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


@contextmanager
def workers(count: int | None, scheduler: str | None, tasks: int) -> "Iterator[tuple[Executor, int]]":
    """Give an executor for so many tasks, and how many of them it does at once.

    ``count`` None is one for each processor. Raises UsageError for a count that cannot be meant,
    AgentctlError without the extra ``cluster``, UnreachableError for a scheduler that does not answer.
    """
    if count is not None and not 1 <= count <= _MOST_WORKERS:
        raise UsageError(f"--workers {count} cannot be", hint=f"between 1 and {_MOST_WORKERS}")
    if scheduler is not None:
        with _cluster(scheduler) as found:
            yield found
        return
    wanted = min(count or os.cpu_count() or 1, tasks)
    if wanted <= 1:
        yield Here(), 1
        return
    # Not fork: boto3 and the progress have threads and locks, which a fork leaves half behind.
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(wanted, mp_context=context, initializer=_begin)
    try:
        yield pool, wanted
    finally:
        pool.shutdown(cancel_futures=True)


def mapped(executor: Executor, at_once: int, task: Callable[[T], R], over: Iterable[T]) -> Iterator[R]:
    """Give what the task makes of each, as it is done; what is given out ahead stays bounded.

    Raises what a task raises; AgentctlError where a worker died or does not know agentctl.
    """
    rest, open_ = iter(over), set[Future[R]]()
    try:
        while True:
            for one in rest:
                open_.add(executor.submit(task, one))
                if len(open_) >= at_once * _AHEAD or at_once == 1:
                    break
            if not open_:
                return
            done, open_ = wait(open_, return_when=FIRST_COMPLETED)
            for future in done:
                yield _result(future)
    finally:
        for future in open_:
            future.cancel()


def _result(future: "Future[R]") -> R:
    try:
        return future.result()
    except AgentctlError:
        raise
    except BrokenProcessPool as error:
        raise AgentctlError(
            "a worker died, perhaps for want of memory", hint="fewer of them: --workers 1"
        ) from error
    except ImportError as error:
        raise AgentctlError(
            f"a worker of the cluster cannot import {error.name or 'agentctl'}",
            hint="install agentctl of the same version where the workers run",
        ) from error
    except Exception as error:
        if type(error).__module__.partition(".")[0] != "distributed":
            raise
        raise AgentctlError(
            f"the cluster gave a task up ({type(error).__name__})", hint="its workers' logs say why"
        ) from error


def _begin() -> None:
    """Leave Ctrl-C to the process that gives the work out, and end with it, however it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    assert parent is not None

    def follow() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=follow, daemon=True, name="end-with-parent").start()


@contextmanager
def _cluster(address: str) -> "Iterator[tuple[Executor, int]]":
    try:
        # Optional, and half a second to load.
        distributed = import_module("distributed")
    except ImportError:
        raise AgentctlError(
            "--scheduler needs Dask, which is not installed", hint="pip install 'agentctl[cluster]'"
        ) from None
    try:
        client = distributed.Client(address, timeout="10s", set_as_default=False)
    except (OSError, ValueError) as error:  # TimeoutError among them
        raise UnreachableError(
            f"no Dask scheduler answers at {address}", hint="such as --scheduler tcp://HOST:8786"
        ) from error
    with closing(client):
        threads = sum(one["nthreads"] for one in client.scheduler_info(n_workers=-1)["workers"].values())
        if not threads:
            raise UnreachableError(
                f"the Dask cluster at {address} has no workers", hint=f"dask worker {address}"
            )
        yield client.get_executor(), threads
