"""The measurements as a Markdown table: figures, ratios to the first exporter, and the targets it is held against."""

import math
import statistics


def percentile(values, share):
    """Nearest rank: a value that was really seen, never one made up between two."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def seconds(value):
    if value < 0.1:
        return f"{value * 1000:.1f} ms"
    return f"{value * 1000:.0f} ms" if value < 1 else f"{value:.1f} s"


def megabytes(value):
    return f"{value / 1e6:.1f} MB" if value < 1e8 else f"{value / 1e6:,.0f} MB"


def count(value):
    return f"{value:,}"


def ratio(value):
    return f"{value:,.0f}×" if value >= 10 else f"{value:.2g}×"


# Title, how it is found in a result, how it is written, the target as a bound that the first exporter keeps, or None.
ROWS = [
    ("series", lambda r: r["series"], count, ("at least", 300_000)),
    ("page, plain", lambda r: r["bytes"], megabytes, None),
    ("page, gzipped", lambda r: r["bytes_gzip"], megabytes, None),
    ("scrape, plain, median", lambda r: statistics.median(r["plain"]), seconds, None),
    ("scrape, plain, p99", lambda r: percentile(r["plain"], 0.99), seconds, ("under", 0.040)),
    ("scrape, gzipped, median", lambda r: statistics.median(r["gzip"]), seconds, None),
    ("scrape, gzipped, p99", lambda r: percentile(r["gzip"], 0.99), seconds, ("under", 0.005)),
    ("scrape every 15 s, gzipped, median", lambda r: statistics.median(r["every_poll"]), seconds, None),
    ("scrape every 15 s, gzipped, slowest", lambda r: max(r["every_poll"]), seconds, None),
    ("slowest of 20 concurrent scrapes, plain", lambda r: r["slowest_of_20"], seconds, None),
    ("CPU of the exporter per 15 s", lambda r: r["cpu"], seconds, ("under", 0.300)),
    ("CPU of the server per 15 s", lambda r: r["server_cpu"], seconds, ("under", 0.300)),
    ("memory after {memory_scrapes} scrapes", lambda r: r["resident"], megabytes, ("under", 150e6)),
    ("memory after 20 concurrent scrapes", lambda r: r["resident_after_20"], megabytes, ("under", 150e6)),
    ("memory, peak", lambda r: r["peak"], megabytes, None),
    ("connections, most", lambda r: r["connections"], count, ("at most", 2)),
    ("scrapes that failed, of all", lambda r: r["failed"], count, ("at most", 0)),
    ("start to first page, median", lambda r: statistics.median(r["first"]), seconds, None),
    ("start to whole page, median", lambda r: statistics.median(r["whole"]), seconds, None),
]


def kept(bound, value):
    kind, limit = bound
    return {"at least": value >= limit, "at most": value <= limit, "under": value < limit}[kind]


def figure(find, result):
    """None where there is nothing to be said, since no scrape of that kind came to an end."""
    try:
        value = find(result)
    except (statistics.StatisticsError, ValueError, IndexError):
        return None
    return None if value == math.inf else value


def table(plan, measured):
    names = [exporter["name"] for exporter in plan["exporters"]]
    results = [measured["exporters"][name] for name in names]
    head = ["", "target"]
    for number, exporter in enumerate(plan["exporters"]):
        head += [f"{exporter['name']} {exporter['version']}"] + (["ratio"] if number else [])
    lines = [head, ["---"] + ["---:"] * (len(head) - 1)]
    for title, find, write, bound in ROWS:
        ours = figure(find, results[0])
        cells = [title.format(**plan), ""]
        if bound:
            cells[1] = f"{bound[0]} {write(bound[1])}: {'met' if ours is not None and kept(bound, ours) else '**missed**'}"
        for number, result in enumerate(results):
            value = figure(find, result)
            cells.append("none" if value is None else write(value))
            if number:
                cells.append(ratio(value / ours) if value and ours else "")
        lines.append(cells)
    text = "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
    return f"{text}\n\n{notes(plan, measured)}"


def notes(plan, measured):
    scrapes = ", ".join(f"{name} {len(result['plain'])}" for name, result in measured["exporters"].items())
    said = [
        f"{plan['machine']}; server, exporter and client share it. Before the first exporter was started it was"
        f" {measured['busy']:.0%} busy.",
        f"{plan['dataset']}.",
        f"Scrapes of each kind behind the medians and p99, over {plan['rounds']} round(s): {scrapes}."
        " With under 100 of them p99 is the slowest.",
        f"CPU: averaged over {plan['window']} s with one scrape every 15 s, after the page was whole; without the"
        f" {seconds(measured['idle'])} per 15 s that the server takes by itself.",
    ]
    plain = [name for name, result in measured["exporters"].items() if result["bytes_gzip"] is None]
    if plain:
        said.append(f"{' and '.join(plain)} does not compress; it was asked to, and timed, all the same.")
    if plan["quick"]:
        said.append("**A quick run: what runs every 5 minutes is hardly in the CPU figures. Not to be quoted.**")
    return "\n".join(f"- {line}" for line in said)
