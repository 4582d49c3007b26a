"""Asks pgvigil for pages: one for each path on a line of the input. The answer is a line of JSON, and the body where there is one.

A process of its own, since within the tests' a thread waits for whoever has the memory's lock, and that one for a processor.
"""

import gc
import http.client
import json
import os
import sys
import time

gc.disable()
port = int(sys.argv[1])
try:
    os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
    first = True
except PermissionError:
    first = False


def scrape(path):
    sent, start = time.time(), time.perf_counter_ns()
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        line.request("GET", path, headers={"Accept-Encoding": "gzip", "Connection": "close"})
        answer = line.getresponse()
        body = answer.read()
        took = time.perf_counter_ns() - start
    finally:
        line.close()
    encoding = answer.headers.get("Content-Encoding", "")
    return {"status": answer.status, "encoding": encoding, "length": len(body), "sent": sent, "took": took}, body


print(json.dumps(first), flush=True)
for path in sys.stdin:
    try:
        said, body = scrape(path.strip())
    except (OSError, http.client.HTTPException) as error:
        said, body = {"error": repr(error)}, b""
    sys.stdout.buffer.write(json.dumps(said).encode() + b"\n" + body)
    sys.stdout.buffer.flush()
