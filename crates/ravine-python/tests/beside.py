"""A thread that goes on beside the main one while that works in Rust."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable

import pytest


def interrupted(work: Callable[[], object], sleeps: int = 50) -> None:
    """Runs `work`, which does not end by itself, until another thread interrupts it.

    That thread wakes up `sleeps` times before, as it could not if `work` kept the lock of Python.
    """
    main = threading.main_thread().ident
    assert main is not None

    def interrupt() -> None:
        for _ in range(sleeps):
            time.sleep(0.002)
        signal.pthread_kill(main, signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    with pytest.raises(KeyboardInterrupt):
        thread.start()
        work()
    thread.join()
