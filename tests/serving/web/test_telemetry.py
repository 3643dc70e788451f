from prometheus_client import parser

from serving.models import Models
from serving.web.telemetry import Telemetry


def test_what_is_counted_can_be_read_by_prometheus_own_parser(small_model):
    telemetry = Telemetry(Models({"faces": small_model.parent}), lambda: 7)
    telemetry.request("/api/generate", 200, 0.03)
    telemetry.request("/api/generate", 200, 3.0)
    telemetry.request("other", 404, 0.001)
    telemetry.batch(5, 3, 0.5)
    telemetry.batch(2, 1, 0.25)
    text = telemetry.exposed().decode()
    told = {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in parser.text_string_to_metric_families(text)
        for sample in family.samples
    }
    wanted = {
        ("requests_total", "/api/generate", "200"): 2,
        ("requests_total", "other", "404"): 1,
        ("request_seconds_bucket", "/api/generate", "0.05"): 1,
        ("request_seconds_sum", "/api/generate"): 3.03,
        ("batch_rows_sum",): 7,
        ("batch_rows_bucket", "2.0"): 1,
        ("batched_requests_total",): 4,
        ("model_seconds_total",): 0.75,
        ("waiting_rows",): 7,
        ("model_version", "faces"): 1,
    }
    for (name, *labels), value in wanted.items():
        assert told[(f"mask_embedding_{name}", *sorted(labels))] == value
    assert told[("process_resident_memory_bytes",)] > 1e6
