//! The metrics of other exporters that rules and dashboards stand on, with their labels. Nobody here can see whether they are
//! still called so: each list says whose documentation it was copied from.

/// Metrics of one exporter.
pub struct Exporter {
    pub name: &'static str,
    /// Each with its labels, beside `job` and `instance`.
    pub metrics: &'static [(&'static str, &'static [&'static str])],
}

const RDS: &[&str] = &["dbinstance_identifier", "dimension_DBInstanceIdentifier"];
const FILESYSTEM: &[&str] = &["server", "device", "fstype", "mountpoint", "device_error"];
const DISK: &[&str] = &["server", "device"];
const VOLUME: &[&str] = &["server", "namespace", "persistentvolumeclaim"];
const POOL: &[&str] = &["server", "application", "pool"];

/// All of them. Where `server` stands among the labels, it is the operator who gives it, as `machines.yml` and `pools.yml` say.
pub const EXPORTERS: &[Exporter] = &[
    // Prometheus makes the first three for each scrape, the others of its alerts, whose labels they bear.
    Exporter {
        name: "Prometheus",
        metrics: &[
            ("up", &["server"]),
            ("scrape_duration_seconds", &["server"]),
            ("scrape_samples_scraped", &["server"]),
            ("ALERTS", &["server", "alertname", "alertstate", "severity"]),
            ("ALERTS_FOR_STATE", &["server", "alertname", "severity"]),
        ],
    },
    // github.com/prometheus/node_exporter, collectors cpu, meminfo, filesystem, diskstats.
    Exporter {
        name: "node_exporter",
        metrics: &[
            ("node_cpu_seconds_total", &["server", "cpu", "mode"]),
            ("node_memory_MemAvailable_bytes", &["server"]),
            ("node_memory_MemTotal_bytes", &["server"]),
            ("node_memory_SwapFree_bytes", &["server"]),
            ("node_memory_SwapTotal_bytes", &["server"]),
            ("node_filesystem_avail_bytes", FILESYSTEM),
            ("node_filesystem_size_bytes", FILESYSTEM),
            ("node_disk_read_time_seconds_total", DISK),
            ("node_disk_reads_completed_total", DISK),
            ("node_disk_write_time_seconds_total", DISK),
            ("node_disk_writes_completed_total", DISK),
            ("node_disk_io_time_seconds_total", DISK),
        ],
    },
    // kubernetes.io, "Kubernetes Metrics Reference".
    Exporter {
        name: "kubelet",
        metrics: &[("kubelet_volume_stats_available_bytes", VOLUME), ("kubelet_volume_stats_capacity_bytes", VOLUME)],
    },
    // github.com/prometheus/cloudwatch_exporter (dbinstance_identifier) and prometheus-community/yet-another-cloudwatch-exporter
    // (dimension_DBInstanceIdentifier): aws_rds_ + the metric of CloudWatch in snake case + the statistic.
    Exporter {
        name: "CloudWatch",
        metrics: &[
            ("aws_rds_cpuutilization_average", RDS),
            ("aws_rds_freeable_memory_average", RDS),
            ("aws_rds_database_connections_average", RDS),
            ("aws_rds_read_latency_average", RDS),
            ("aws_rds_write_latency_average", RDS),
            ("aws_rds_replica_lag_average", RDS),
            ("aws_rds_free_storage_space_average", RDS),
        ],
    },
    // github.com/qonto/prometheus-rds-exporter.
    Exporter { name: "prometheus-rds-exporter", metrics: &[("rds_allocated_storage_bytes", &["dbidentifier"])] },
    // github.com/micrometer-metrics/micrometer, as its Prometheus registry names what HikariCP reports; `application` is a tag that
    // Spring Boot applications give by habit.
    Exporter {
        name: "Micrometer",
        metrics: &[
            ("hikaricp_connections_active", POOL),
            ("hikaricp_connections_idle", POOL),
            ("hikaricp_connections_max", POOL),
            ("hikaricp_connections_pending", POOL),
            ("hikaricp_connections_timeout_total", POOL),
            // Its timers, which say the longest of the last minutes besides.
            ("hikaricp_connections_acquire_seconds_count", POOL),
            ("hikaricp_connections_acquire_seconds_sum", POOL),
            ("hikaricp_connections_acquire_seconds_max", POOL),
            ("hikaricp_connections_usage_seconds_count", POOL),
            ("hikaricp_connections_usage_seconds_sum", POOL),
            ("hikaricp_connections_usage_seconds_max", POOL),
            ("hikaricp_connections_creation_seconds_count", POOL),
            ("hikaricp_connections_creation_seconds_sum", POOL),
            ("hikaricp_connections_creation_seconds_max", POOL),
        ],
    },
    // github.com/woblerr/pgbackrest_exporter.
    Exporter {
        name: "pgbackrest_exporter",
        metrics: &[
            ("pgbackrest_backup_since_last_completion_seconds", &["backup_type", "block_incr", "stanza"]),
            ("pgbackrest_backup_last_error_status", &["backup_type", "block_incr", "stanza"]),
            ("pgbackrest_stanza_status", &["stanza"]),
            ("pgbackrest_repo_status", &["cipher", "repo_key", "stanza"]),
            ("pgbackrest_wal_archive_status", &["database_id", "pg_version", "repo_key", "stanza", "wal_max", "wal_min"]),
        ],
    },
];
