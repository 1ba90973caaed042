"""What a soak counts: work done, and breaches of what must hold."""

from __future__ import annotations

import threading
from collections import Counter


class Counts:
    """Any thread adds."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.work: Counter[str] = Counter()
        self.breaches: Counter[str] = Counter()
        self.told: list[str] = []

    def add(self, **work: int) -> None:
        with self._lock:
            self.work.update(work)

    def breach(self, kind: str, text: str, count: int = 1) -> None:
        with self._lock:
            self.breaches[kind] += count
            if len(self.told) < 20:
                self.told.append(f"{kind}: {text}")
