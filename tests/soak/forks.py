"""A forked child under fire, as often as the parent finds the time."""

from __future__ import annotations

import ctypes
import faulthandler
import os
import time

import native
import under_fire

import resapi_cy as ra
from tests.soak.counts import Counts

LONG = 120


def fork(library: ctypes.CDLL, counts: Counts) -> None:
    with ra.ResourceMonitor(event_capacity=64) as monitor:
        resource = monitor.open("parent's")
        worker = native.Worker(library, resource.handle, reports_per_status=3)
        child = under_fire.fork_quietly()
        if child == 0:
            faulthandler.dump_traceback_later(LONG, exit=True)  # of a child that hangs
            os._exit(
                under_fire.exit_code_of(lambda: under_fire.use_in_child(library, monitor, resource))
            )
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if code:
            counts.breach("children that failed", f"a forked child ended with {code}")
        counts.add(forks=1)
        worker.stop()
    time.sleep(0.2)
