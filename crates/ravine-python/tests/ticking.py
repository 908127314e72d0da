"""Whether other threads go on while Rust works."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


class Ticking:
    """A thread that notes the time every 2 ms while this is entered."""

    def __enter__(self) -> Ticking:
        self._ticks: list[float] = []
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._tick)
        self._thread.start()
        return self

    def _tick(self) -> None:
        while not self._done.is_set():
            self._ticks.append(time.perf_counter())
            time.sleep(0.002)

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def during(self, work: Callable[[], object]) -> tuple[int, float]:
        """How many times were noted while `work` ran, and its seconds."""
        start = time.perf_counter()
        work()
        end = time.perf_counter()
        return len([t for t in self._ticks if start < t < end]), end - start
