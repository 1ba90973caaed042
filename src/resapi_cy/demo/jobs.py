"""What the demo shows: the resources with their workers, and what they come to."""

from __future__ import annotations

import time
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import resapi_cy as ra

if TYPE_CHECKING:
    from resapi_cy.demo.worker import Worker

PENDING = ra.ResourceState.ONLINE_PENDING


@dataclass
class Job:
    """A resource, and the worker that brings it online."""

    resource: ra.Resource
    worker: Worker
    bytes: int  # of all its files
    delivered: int = 0  # events
    terminated: int | None = None  # when, by the worker's clock

    @property
    def name(self) -> str:
        return self.resource.name

    @property
    def pending(self) -> bool:
        return self.resource.status.state is PENDING

    @property
    def progress(self) -> float:
        """How much of its round is done, or of its files when it has ended: from 0 to 1."""
        state = self.resource.status.state
        if state in (ra.ResourceState.ONLINE, ra.ResourceState.FAILED):
            return max(1.0 - self.worker.failed / self.worker.files, 0.0)
        done = self.worker.bytes - self.worker.rounds * self.bytes
        return min(max(done / self.bytes, 0.0), 1.0) if self.bytes else 0.0

    @property
    def seconds(self) -> float:
        """How long the worker has worked."""
        if not self.worker.started:
            return 0.0
        return ((self.worker.ended or time.perf_counter_ns()) - self.worker.started) / 1e9

    @property
    def stop_us(self) -> float | None:
        """Microseconds from just before terminate() until the worker saw it; None: it never did."""
        if self.terminated is None or not self.worker.told:
            return None
        return (self.worker.told - self.terminated) / 1000


@dataclass
class Counts:
    """The sums of a resource, or of all."""

    files: int = 0  # to verify
    verified: int = 0  # in all rounds
    failed: int = 0
    bytes: int = 0
    rounds: int = 0
    reports: int = 0
    checksum: int = 0  # the sum of the files' Adler-32
    transitions: int = 0
    log_messages: int = 0
    delivered: int = 0
    dropped: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(Counts)))


@dataclass
class Summary:
    """What a run of the demo comes to."""

    resources: list[tuple[Job, ra.ResourceState, Counts]]
    total: Counts
    dropped: int  # by the monitor's count
    unreadable_folders: int
    seconds: float
    interrupted: bool

    @property
    def adds_up(self) -> bool:
        """Whether every event that native code made was delivered or is counted as dropped."""
        made = self.total.transitions + self.total.log_messages
        return self.total.delivered + self.dropped == made

    @property
    def exit_code(self) -> int:
        if self.interrupted:
            return 130
        return int(self.total.failed > 0 or self.unreadable_folders > 0 or not self.adds_up)


def counts(job: Job) -> Counts:
    worker, transitions = job.worker, job.resource.transitions
    return Counts(
        files=worker.files,
        verified=worker.verified,
        failed=worker.failed,
        bytes=worker.bytes,
        rounds=worker.rounds,
        reports=worker.reports,
        checksum=worker.checksum,
        transitions=transitions,
        log_messages=worker.log_messages,
        delivered=job.delivered,
        dropped=transitions + worker.log_messages - job.delivered,
    )
