//! The machine, beside the server: what is said of it is what the kernel says.

mod faults;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::support::config::Config;
use crate::support::exporter::{self, Exporter};
use crate::support::page::Page;
use crate::support::server::Server;
use crate::support::{SOON, ensure, process, project};

const SERVER: &[(&str, &str)] = &[("server", "primary")];

/// The queries of the machine.
fn queries() -> Vec<String> {
    let folder = project().join("queries");
    exporter::files(&folder.join("host"), "sql").iter().map(|path| exporter::name(&folder, path)).collect()
}

/// When each query of the machine last succeeded.
fn successes(page: &Page) -> BTreeMap<String, f64> {
    let all = page.all("pgvigil_query_last_success_timestamp_seconds", SERVER);
    all.filter(|it| it.label("query").starts_with("host/")).map(|it| (it.label("query").to_owned(), it.value)).collect()
}

/// Queries of the machine that are skipped, with the reason.
fn skipped(page: &Page) -> BTreeMap<String, String> {
    let all = page.all("pgvigil_query_skipped", SERVER);
    all.filter(|it| it.label("query").starts_with("host/"))
        .map(|it| (it.label("query").to_owned(), it.label("reason").to_owned()))
        .collect()
}

/// Waits until all queries that are not skipped have succeeded again, and gives the page that has them.
#[track_caller]
fn next_page(exporter: &Exporter) -> Page {
    let before = successes(&exporter.page());
    let again = |page: &Page| {
        let now = successes(page);
        let skipped = skipped(page);
        let late: Vec<String> =
            queries().into_iter().filter(|name| !skipped.contains_key(name) && before.get(name) >= now.get(name)).collect();
        ensure(late.is_empty(), || format!("late: {late:?}\n{}", exporter.log()))
    };
    exporter.await_page(SOON, "the machine is read again", again).0
}

fn serve(server: &Server) -> Exporter {
    let exporter = Exporter::start(&Config::quick().server("primary", server), &[server]);
    next_page(&exporter);
    exporter
}

/// One line of `df`, in bytes and inodes.
fn df(path: &Path) -> Vec<String> {
    let columns = "--output=target,source,fstype,size,avail,itotal,iavail";
    let output = Command::new("df").args(["-B1", columns]).arg(path).output().expect("df runs");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    text.lines().nth(1).unwrap_or_else(|| panic!("df of {}: {text}", path.display())).split_whitespace().map(str::to_owned).collect()
}

/// Numbers of the kernel by name: the words of a file's lines after the first.
fn proc(file: &str) -> BTreeMap<String, Vec<f64>> {
    let text = fs::read_to_string(Path::new("/proc").join(file)).expect("the kernel tells it");
    let line = |line: &str| {
        let mut words = line.split_whitespace().map(|word| word.trim_end_matches(':').to_owned());
        Some((words.next()?, words.filter_map(|word| word.split('=').next_back()?.parse().ok()).collect()))
    };
    text.lines().filter_map(line).collect()
}

#[track_caller]
fn assert_between(what: &str, low: f64, value: Option<f64>, high: f64) {
    assert!(value.is_some_and(|value| low <= value && value <= high), "{what} is {value:?}, not from {low} to {high}");
}

on_every_major!(file_systems_are_those_of_df);

fn file_systems_are_those_of_df(major: u32) {
    let server = Server::primary(major);
    let exporter = serve(&server);
    let page = next_page(&exporter);
    let df = df(&server.data());
    let labels = [("mountpoint", df[0].as_str()), ("device", &df[1]), ("fstype", &df[2])];
    let number = |index: usize| df[index].parse::<f64>().unwrap_or_default();
    assert_eq!(page.value("pg_host_filesystem_size_bytes", &labels), Some(number(3)));
    // Others write on it, too.
    let slack = number(3) / 20.0;
    assert_between("avail", number(4) - slack, page.value("pg_host_filesystem_avail_bytes", &labels), number(4) + slack);
    if number(5) > 0.0 {
        assert_eq!(page.value("pg_host_filesystem_files", &labels), Some(number(5)));
        let slack = number(5) / 20.0;
        assert_between("inodes", number(6) - slack, page.value("pg_host_filesystem_files_free", &labels), number(6) + slack);
    }
    let data = server.data().canonicalize().expect("it is there").display().to_string();
    for (directory, path) in [("data", data.clone()), ("wal", format!("{data}/pg_wal"))] {
        let labels = [("directory", directory), ("path", path.as_str()), ("mountpoint", df[0].as_str())];
        assert_eq!(page.value("pg_host_directory_info", &labels), Some(1.0), "{directory}");
    }
}

#[test]
fn the_machine_is_as_the_kernel_tells() {
    let server = Server::primary(18);
    let exporter = serve(&server);
    let [stat, memory] = ["stat", "meminfo"].map(proc);
    let pressure = |resource: &str| fs::exists("/proc/pressure").is_ok_and(|there| there).then(|| proc(&format!("pressure/{resource}")));
    let waits = ["cpu", "memory", "io"].map(pressure);
    let page = next_page(&exporter);

    let modes = ["user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal"];
    let after = proc("stat");
    for (index, mode) in modes.into_iter().enumerate() {
        // In hundredths of a second on every machine that these tests run on; iowait may fall by a little.
        let (low, high) = (stat["cpu"][index] / 100.0, after["cpu"][index] / 100.0);
        assert_between(mode, low - 0.1, page.value("pg_host_cpu_seconds_total", &[("mode", mode)]), high + 0.1);
    }
    let processors = stat.keys().filter(|name| name.starts_with("cpu") && *name != "cpu").count();
    assert_eq!(page.value("pg_host_cpus", &[]), Some(f64::from(u32::try_from(processors).unwrap_or_default())));
    assert_between("load", 0.0, page.value("pg_host_load1", &[]), 10_000.0);

    for (metric, name) in [("memory_total", "MemTotal"), ("swap_total", "SwapTotal"), ("memory_commit_limit", "CommitLimit")] {
        assert_eq!(page.value(&format!("pg_host_{metric}_bytes"), &[]), Some(memory[name][0] * 1024.0), "{name}");
    }
    let total = memory["MemTotal"][0] * 1024.0;
    let available = memory["MemAvailable"][0] * 1024.0;
    assert_between("available", available - total / 4.0, page.value("pg_host_memory_available_bytes", &[]), available + total / 4.0);

    for (resource, before) in ["cpu", "memory", "io"].into_iter().zip(waits) {
        let labels = [("resource", resource)];
        let Some((before, after)) = before.zip(pressure(resource)) else {
            assert_eq!(skipped(&page)["host/pressure"], "unsupported");
            continue;
        };
        let total = |file: &BTreeMap<String, Vec<f64>>, line: &str| file[line][3] / 1e6;
        let waiting = page.value("pg_host_pressure_waiting_seconds_total", &labels);
        assert_between(resource, total(&before, "some"), waiting, total(&after, "some"));
        let stalled = page.value("pg_host_pressure_stalled_seconds_total", &labels);
        if resource == "cpu" {
            assert_eq!(stalled, None);
        } else {
            assert_between(resource, total(&before, "full"), stalled, total(&after, "full"));
        }
    }
}

#[test]
fn disks_are_those_below_the_data() {
    let server = Server::primary(18);
    let exporter = serve(&server);
    let device = df(&server.data())[1].clone();
    let below = Command::new("lsblk").args(["-nslo", "NAME,TYPE", &device]).output().expect("lsblk runs");
    let below = String::from_utf8_lossy(&below.stdout).into_owned();
    let disks: BTreeSet<&str> = below.lines().filter_map(|line| line.strip_suffix("disk").map(str::trim)).collect();
    let counts = || -> BTreeMap<String, Vec<f64>> {
        let text = fs::read_to_string("/proc/diskstats").expect("the kernel tells it");
        let line = |line: &str| {
            let words: Vec<&str> = line.split_whitespace().collect();
            (words[2].to_owned(), words[3..].iter().filter_map(|word| word.parse().ok()).collect())
        };
        text.lines().map(line).collect()
    };
    let before = counts();
    server.psql().run("create table t as select generate_series(1, 100000) as i; checkpoint");
    let page = next_page(&exporter);
    let after = counts();
    let found: BTreeSet<&str> = page.all("pg_host_disk_io_now", SERVER).map(|it| it.label("device")).collect();
    assert_eq!(found, disks);
    if disks.is_empty() {
        assert_eq!(skipped(&page)["host/disks"], "unsupported");
    }
    for disk in disks {
        let columns = [
            ("reads_completed", 0, 1.0),
            ("read_bytes", 2, 512.0),
            ("read_time_seconds", 3, 0.001),
            ("writes_completed", 4, 1.0),
            ("written_bytes", 6, 512.0),
            ("write_time_seconds", 7, 0.001),
            ("io_time_seconds", 9, 0.001),
            ("io_time_weighted_seconds", 10, 0.001),
        ];
        for (name, column, unit) in columns {
            let value = page.value(&format!("pg_host_disk_{name}_total"), &[("device", disk)]);
            // The last digit of a fraction may differ.
            assert_between(name, before[disk][column] * unit - 1e-6, value, after[disk][column] * unit + 1e-6);
        }
    }
}

#[test]
fn processes_are_those_of_the_server() {
    let server = Server::primary(18);
    let exporter = serve(&server);
    let cpu = |page: &Page| page.value("pg_host_process_cpu_seconds_total", SERVER).expect("it is known");
    let written = |page: &Page| page.value("pg_host_process_written_bytes_total", SERVER).expect("it is known");
    let before = next_page(&exporter);
    let processes = process::children(server.pid()).len() + 1;
    // Sessions of pgvigil and workers come and go.
    let expected = f64::from(u32::try_from(processes).unwrap_or_default());
    assert_between("count", expected - 3.0, before.value("pg_host_process_count", SERVER), expected + 3.0);
    assert_between("private", 1e6, before.value("pg_host_process_private_bytes", SERVER), 1e9);

    // A session that works and ends, and many that come and go meanwhile: no value is ever below the one before.
    let mut last = cpu(&before);
    let working = server.psql();
    let work = std::thread::spawn(move || {
        working.run("create table t as select i, repeat('x', 100) as x from generate_series(1, 200000) i; checkpoint");
        working.run(
            "do 'declare t timestamptz := clock_timestamp(); begin while clock_timestamp() < t + interval ''2 s'' loop end loop; end'",
        );
    });
    while !work.is_finished() {
        server.psql().run("select count(*) from pg_class");
        let now = cpu(&exporter.page());
        assert!(now >= last, "{now} after {last}");
        last = now;
    }
    work.join().expect("it worked");
    let after = next_page(&exporter);
    assert_between("processor time", cpu(&before) + 0.5, Some(cpu(&after)), cpu(&before) + 60.0);
    assert_between("written", written(&before) + 20e6, Some(written(&after)), written(&before) + 2e9);
}
