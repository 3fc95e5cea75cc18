"""What takes its time at the store, done by threads that die with the process."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from typing import Any, TypeVar

T = TypeVar("T")


class Errands:
    """A few threads. Not a ThreadPoolExecutor: that one is waited for at the end, however long it takes."""

    def __init__(self, threads: int) -> None:
        self._todo: SimpleQueue[tuple[Future[Any], Callable[[], Any]]] = SimpleQueue()
        for _ in range(threads):
            threading.Thread(target=self._work, daemon=True, name="archive-errand").start()

    def run(self, errand: Callable[[], T]) -> "Future[T]":
        """Have something done."""
        future: Future[T] = Future()
        self._todo.put((future, errand))
        return future

    def _work(self) -> None:
        while True:
            future, errand = self._todo.get()
            try:
                future.set_result(errand())
            except BaseException as error:
                future.set_exception(error)
