"""What the server has done and how long it took, for Prometheus."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import prometheus_client
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from serving.models import Models

SECONDS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30)
ROWS = (1, 2, 4, 8, 16, 32, 64, 128)


class Telemetry:
    """Counters of one server; process_cpu_seconds_total and memory come along.

    Args:
      models: whose versions are shown.
      waiting: tells how many rows wait for the model.
    """

    def __init__(self, models: Models, waiting: Callable[[], int]) -> None:
        self.registry = CollectorRegistry()
        of: dict[str, Any] = {"namespace": "mask_embedding", "registry": self.registry}
        self._requests = Counter("requests", "answered", ["path", "status"], **of)
        self._seconds = Histogram(
            "request_seconds",
            "from its first byte to the answer's",
            ["path"],
            buckets=SECONDS,
            **of,
        )
        self._rows = Histogram("batch_rows", "images in a call of a model", buckets=ROWS, **of)
        self._callers = Counter("batched_requests", "that calls of a model were made for", **of)
        self._calls = Counter("model_seconds", "spent in calls of a model", **of)
        Gauge("waiting_rows", "images that wait for a model", **of).set_function(waiting)
        self._versions = Gauge("model_version", "that is served", ["model"], **of)
        self._models = models
        prometheus_client.ProcessCollector(registry=self.registry)

    def request(self, path: str, status: int, seconds: float) -> None:
        """Count an answer."""
        self._requests.labels(path, str(status)).inc()
        self._seconds.labels(path).observe(seconds)

    def batch(self, rows: int, callers: int, seconds: float) -> None:
        """Count a call of a model."""
        self._rows.observe(rows)
        self._callers.inc(callers)
        self._calls.inc(seconds)

    def exposed(self) -> bytes:
        """In Prometheus' text format."""
        for version in self._models:
            self._versions.labels(version.name).set(version.number)
        return bytes(prometheus_client.generate_latest(self.registry))
