"""A worker in Python and C: see ../README.md. cffi releases the GIL while the C function runs."""

from concurrent.futures import ThreadPoolExecutor

from _cffi_worker import lib

import resapi_cy as ra


class Worker:
    def __init__(self, handle: int, steps: int) -> None:
        report = ra.callbacks.set_resource_status_ex
        self.threads = ThreadPoolExecutor(1)
        self.answer = self.threads.submit(lib.bring_online, report, handle, steps)

    def join(self) -> int:
        self.threads.shutdown()
        return self.answer.result()
