"""Measures the exporters of a plan one after the other, so that no two of them ever run at the same time, in several
rounds, so that a change in the machine's mood hits all of them.

    measure.py PLAN.json

The plan is written by run.sh; the table goes to standard output, what is going on to standard error.
"""

import json
import sys
import time

import client
import report
from processes import Child, Connections, cpu, cpu_of_server, machine, memory

POLL = 15  # seconds between the scrapes of a Prometheus with its usual configuration
PATIENCE = 180  # seconds until an exporter must have its whole page


def say(text):
    print(f"  {text}", file=sys.stderr, flush=True)


class Bench:
    def __init__(self, plan):
        self.plan = plan
        self.results = {
            exporter["name"]: {"plain": [], "gzip": [], "every_poll": [], "first": [], "whole": [], "failed": 0}
            for exporter in plan["exporters"]
        }

    def run(self):
        plan = self.plan
        say(f"the server alone, {plan['baseline']} s")
        server, worked, could = cpu_of_server(plan["postmaster"]), *machine()
        time.sleep(plan["baseline"])
        idle = (cpu_of_server(plan["postmaster"]) - server) / plan["baseline"] * POLL
        busy = (machine()[0] - worked) / (machine()[1] - could)

        for number in range(1, plan["rounds"] + 1):
            for exporter in plan["exporters"]:
                say(f"round {number} of {plan['rounds']}: {exporter['name']}")
                self.round(exporter, last=number == plan["rounds"])
        for exporter in plan["exporters"]:
            say(f"a scrape every {POLL} s for {plan['window']} s: {exporter['name']}")
            self.window(exporter, idle)
        return {"idle": idle, "busy": busy, "exporters": self.results}

    def start(self, exporter):
        return Child(exporter["command"], f"{self.plan['run']}/log/{exporter['name']}.log", exporter["env"])

    def round(self, exporter, last):
        result, port, plan = self.results[exporter["name"]], exporter["port"], self.plan
        with Connections(plan["psql"], exporter["role"]) as connections, self.start(exporter) as child:
            first, whole = self.until_whole(child, exporter)
            result["first"].append(first)
            result["whole"].append(whole)

            # At least so many of each kind, and for at least so long, plain and gzipped in turn.
            began, scrapes = time.perf_counter(), 0
            while scrapes < plan["scrapes"] or time.perf_counter() - began < plan["seconds"]:
                self.scrape(exporter, "plain")
                self.scrape(exporter, "gzip")
                scrapes += 1

            if last:
                # Those of the search for the whole page and those above count too.
                for _ in range(plan["memory_scrapes"] - 2 * scrapes):
                    self.scrape(exporter, "gzip")
                result["resident"], _ = memory(child.pid)
                result["slowest_of_20"], failed = client.concurrently(port, 20)
                result["failed"] += failed
                result["resident_after_20"], result["peak"] = memory(child.pid)
                body = client.page(port)
                result["bytes"], result["series"] = len(body), client.series(body)
                compressed = client.page(port, compressed=True)
                result["bytes_gzip"] = compressed and len(compressed)
        result["connections"] = max(result.get("connections", 0), connections.most)

    def scrape(self, exporter, kind):
        result = self.results[exporter["name"]]
        try:
            result[kind].append(client.scrape(exporter["port"], kind != "plain"))
        except OSError as error:
            say(f"{exporter['name']}: {error}")
            result["failed"] += 1

    def until_whole(self, child, exporter):
        """Seconds from the start until the first page about the server, and until the page has all it will have."""
        first, sizes = None, []
        while True:
            if not child.alive() or time.perf_counter() - child.began > PATIENCE:
                sys.exit(f"{exporter['name']} has ended, or has no page about the server")
            try:
                body = client.page(exporter["port"])
            except OSError:
                time.sleep(0.005)
                continue
            now = time.perf_counter() - child.began
            if not client.is_about_a_server(body):
                time.sleep(0.01)
                continue
            first = first or now
            sizes.append((now, len(body)))
            most = max(size for _, size in sizes)
            # Within a percent: values go on changing their width, and sessions come and go.
            whole = next(at for at, size in sizes if size > 0.99 * most)
            if now - whole >= exporter["settle"]:
                return first, whole
            time.sleep(0.25)

    def window(self, exporter, idle):
        """CPU time of exporter and server for each POLL, once the exporter has all, scraped as Prometheus does it."""
        result, plan = self.results[exporter["name"]], self.plan
        with self.start(exporter) as child:
            self.until_whole(child, exporter)
            began, cpu_began, server_began = time.perf_counter(), cpu(child.pid), cpu_of_server(plan["postmaster"])
            for number in range(plan["window"] // POLL):
                time.sleep(max(0.0, began + number * POLL - time.perf_counter()))
                self.scrape(exporter, "every_poll")
            time.sleep(max(0.0, began + plan["window"] - time.perf_counter()))
            polls = (time.perf_counter() - began) / POLL
            result["cpu"] = (cpu(child.pid) - cpu_began) / polls
            result["server_cpu"] = max(0.0, (cpu_of_server(plan["postmaster"]) - server_began) / polls - idle)


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as file:
        the_plan = json.load(file)
    measured = Bench(the_plan).run()
    with open(f"{the_plan['run']}/measured.json", "w", encoding="utf-8") as file:
        json.dump(measured, file)
    print(report.table(the_plan, measured))
