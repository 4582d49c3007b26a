"""Reads a page with the parsers of prometheus_client, of which the one for OpenMetrics is strict, and writes what they
see: one JSON array [name, labels, value] a sample."""

import json
import sys

if sys.argv[1] == "openmetrics":
    from prometheus_client.openmetrics.parser import text_string_to_metric_families
else:
    from prometheus_client.parser import text_string_to_metric_families

# A newline is a newline here: a carriage return may stand in a label.
page = sys.stdin.buffer.read().decode("utf-8")
for family in text_string_to_metric_families(page):
    for sample in family.samples:
        print(json.dumps([sample.name, sample.labels, str(sample.value)]))
