//! What Prometheus gets, and from whom.

use crate::prelude::*;

pub fn scrapes() -> Panel {
    timeseries(
        "Scrapes, top 5",
        "Pages that each pgvigil serves, a second. Good is one for each Prometheus and interval. None is a Prometheus that does not come: nobody is watched then.",
        Unit::PerSecond,
        query(top(5, "sum by (instance, format) (rate(pgvigil_scrapes_total{$job}[$__rate_interval]))"), "{{format}}, {{instance}}"),
    )
}

pub fn scrape_time() -> Panel {
    timeseries(
        "Time of a scrape",
        "From the request to the page, as pgvigil measures it, and with its way to Prometheus. Good is milliseconds, whatever the databases do: it answers from memory.",
        Unit::Seconds,
        [
            query(
                "max(histogram_quantile(0.5, sum by (le) (rate(pgvigil_scrape_duration_seconds_bucket{$job}[$__rate_interval]))))",
                "half of them",
            ),
            query(
                "max(histogram_quantile(0.99, sum by (le) (rate(pgvigil_scrape_duration_seconds_bucket{$job}[$__rate_interval]))))",
                "99 % of them",
            ),
            query(
                r#"max(scrape_duration_seconds{$job, server=~"$server|"} and on (job, instance) pgvigil_build_info{$job})"#,
                "the longest, as Prometheus saw it",
            ),
        ],
    )
}

pub fn samples() -> Panel {
    timeseries(
        "Samples of a page, top 5",
        "What one scrape brings. Good is flat, and below the sample_limit of the job, where it has one: beyond it Prometheus takes nothing at all.",
        Unit::Count,
        query(
            top(
                5,
                r#"max by (instance) (scrape_samples_scraped{$job, server=~"$server|"} and on (job, instance) pgvigil_build_info{$job})"#,
            ),
            "{{instance}}",
        ),
    )
}

pub fn bytes() -> Panel {
    timeseries(
        "Size of a page, top 5",
        "Mean size as it was sent, mostly compressed. Good is flat, and small enough for the scrape_timeout over the network that there is.",
        Unit::Bytes,
        query(
            top(
                5,
                "sum by (instance) (rate(pgvigil_scrape_bytes_total{$job}[$__rate_interval]))
  / (sum by (instance) (rate(pgvigil_scrapes_total{$job}[$__rate_interval])) > 0)",
            ),
            "{{instance}}",
        ),
    )
}

pub fn instances() -> Panel {
    table(
        "Every pgvigil",
        "Good is one version, and a configuration that is as old as the last change. What somebody changed and did not load (SIGHUP, or POST /-/reload) is not in force.",
        [key("instance", "Instance")],
        [
            column("Version", Unit::Word, "topk(50, max by (instance, version) (pgvigil_build_info{$job}))").label("version").width(100),
            column("Started", Unit::Timestamp, "topk(50, max by (instance) (pgvigil_start_time_seconds{$job}))").width(140),
            column(
                "Configuration of",
                Unit::Timestamp,
                "topk(50, max by (instance) (pgvigil_config_last_reload_success_timestamp_seconds{$job}))",
            )
            .width(150),
            column("Reloads in a day", Unit::Count, "topk(50, sum by (instance) (round(increase(pgvigil_reloads_total{$job}[1d]))))")
                .width(140),
        ],
    )
}
