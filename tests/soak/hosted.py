"""Hosted resources: their life at random, with a DLL that counts breaches of the contract and with
DLLs that misbehave."""

from __future__ import annotations

import ctypes
import threading
import time
from pathlib import Path
from random import Random

import native

import resapi_cy as ra
from tests.soak.counts import Counts

# Of the faulty DLL's types, those that give back what they take.
FAULTS = [
    *("SlowEntryPoint", "FailsOnline", "FailsPending", "CannotComeOnline", "PendingForever"),
    *("CheckpointNeverGrows", "FloodOfTransitions", "StaleHandle", "GarbageState"),
    *("BadEventHandle", "ReportsAfterEnd", "IsAliveFalse", "LooksAliveFalse", "SignalsFailure"),
    *("DiesAfterOnline", "AcceptsBadResid", "GarbageReturnCodes", "HostileLog"),
]
PROPERTIES = {
    **{"LooksAlivePollInterval": 10, "IsAlivePollInterval": 15, "PendingTimeout": 20_000},
    **{"RestartDelay": 1, "RestartThreshold": 2**32 - 2},
}
# How long an operation may take on a busy machine before it counts as hanging, in seconds.
LONG = 120.0


class Libraries:
    def __init__(self, folder: Path) -> None:
        self.guard_path = native.compile_library(
            [native.TESTS / "native" / "guard_dll.c"],
            folder / "guard",
            [ra.get_include()],
            {"RESAPI_CY_OWN_WORKERS": "1"},
        )
        self.guard = ctypes.CDLL(str(self.guard_path))
        self.faulty_path = native.example("faulty")


def host_guarded(random: Random, libraries: Libraries, counts: Counts) -> None:
    """Several threads do what they like with a few resources."""
    before = libraries.guard.guard_breaches()
    with ra.ResourceMonitor() as monitor:
        guarded = monitor.load(libraries.guard_path, "Guarded")
        resources = [guarded.open(f"r{number}", **PROPERTIES) for number in range(4)]

        def act(seed: int) -> None:
            own = Random(seed)
            for turn in range(30):
                number = own.randrange(len(resources))
                resource = resources[number]
                actions = [
                    *[resource.online] * 3,
                    *(resource.offline, resource.terminate, resource.restart, resource.is_alive),
                    lambda resource=resource: resource.control(1),  # it signals a failure
                ]
                try:
                    own.choice(actions)()
                    if own.random() < 0.05:
                        resource.close()
                        resources[number] = guarded.open(f"{seed} {turn}", **PROPERTIES)
                except ra.ResapiError:
                    pass  # another thread terminated or closed it
                counts.add(hosted_operations=1)

        threads = [
            threading.Thread(target=act, args=(random.random(),), name=f"soak guarded {number}")
            for number in range(3)
        ]
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            monitor.poll(0.05)
        for resource in resources:
            resource.restart(timeout=LONG)
            if resource.state is not ra.ResourceState.ONLINE:
                counts.breach("hosted resources in a wrong state", repr(resource))
    breaches = libraries.guard.guard_breaches() - before
    if breaches:
        counts.breach("breaches of the contract, counted by the DLL", "host_guarded", breaches)


def host_faulty(random: Random, libraries: Libraries, counts: Counts) -> None:
    """Resources that misbehave go online, fail, and are closed: the host survives, and says why."""
    with ra.ResourceMonitor(event_capacity=512) as monitor:
        for fault in random.sample(FAULTS, 4):
            resource = monitor.load(libraries.faulty_path, f"Faulty.{fault}").open(
                fault, **PROPERTIES
            )
            for operation in (resource.online, resource.offline):
                try:
                    operation(timeout=random.choice([0.05, 0.3]))
                except ra.ResapiError:
                    pass  # it is what was asked for
                except BaseException as error:
                    counts.breach("exceptions that are not the package's", f"{fault}: {error!r}")
                counts.add(hosted_operations=1)
                monitor.poll()
            time.sleep(random.random() / 10)
            resource.close()
            if not resource.closed:
                counts.breach("hosted resources in a wrong state", repr(resource))
