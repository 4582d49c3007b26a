//! What happens to pgvigil itself.

use std::fs;

use tempfile::TempDir;

use super::Chain;
use crate::support::Generation;
use crate::support::config::Config;
use crate::support::exporter::Exporter;
use crate::support::server::Server;
use crate::timeouts::own_query;

on_first_and_last!(faults_of_pgvigil, faults_of_its_files);

/// As many rows as an operator's table has, and a division by as many.
const HEADER: &str = "-- interval: 1s\n-- timeout: 900ms\n-- limit: 10 series\n-- label n: Which.\n-- gauge own_parts: A number.";
const PARTS: &str = "SELECT i::text AS n, 1 / i AS own_parts FROM public.parts ORDER BY i DESC";

fn faults_of_pgvigil(major: u32) {
    let server = Server::primary(major);
    let psql = server.psql();
    psql.run("create table parts as select generate_series(1, 5) as i; grant select on parts to pgvigil");
    let own = own_query("parts", HEADER, PARTS);
    let config = Config::quick().without_detail().directory(own.path()).server("orders", &server);
    let mut chain = Chain::start(&config, Generation::beside(major), &["orders"]);

    chain.follow(
        &[(
            "PgvigilSeriesDropped",
            "chat",
            "Series of query own/parts on orders that are over the limit, or bear the same labels as others, and not on the page: 15.",
        )],
        || psql.run("insert into parts select generate_series(6, 25)"),
        |_| drop(psql.run("delete from parts where i > 5")),
    );
    chain.follow(
        &[
            ("PgvigilQueryFailing", "chat", "Query own/parts on orders fails (sql)"),
            ("PgvigilNoData", "chat", "Query own/parts on orders should run and has not succeeded"),
        ],
        || psql.run("insert into parts values (0)"),
        |_| {
            psql.run("delete from parts where i = 0");
            chain.is_silent("PgvigilNoData");
            chain.prometheus.forget("pgvigil_query_errors_total");
        },
    );
    chain.follow(
        &[("PgvigilPrivilegeMissing", "nobody", "does not run on orders, since the database role of pgvigil lacks a privilege.")],
        || psql.run("revoke pg_monitor from pgvigil"),
        |_| drop(psql.run("grant pg_monitor to pgvigil")),
    );
    chain.follow(
        &[("PgvigilDatabaseRefused", "chat", "shop on orders refuses the login of pgvigil (monitor)")],
        || psql.run("create database shop connection limit 0"),
        |_| drop(psql.run("drop database shop")),
    );
    chain.follow(
        &[("PgvigilConnectionHung", "chat", "On orders one of the two connections of pgvigil (kept, backend ")],
        || {
            let kept = "select pid from pg_stat_activity where application_name = 'pgvigil' order by backend_start limit 1";
            server.suspend_session(psql.run(kept).parse().expect("a pid"))
        },
        drop,
    );
    chain.follow(&[("PgvigilDown", "pager", "nobody watches its PostgreSQL servers")], || chain.exporter.suspend(), drop);
    let port = chain.exporter.port;
    chain.follow(
        &[("PgvigilAbsent", "pager", "There is no target of job pgvigil at all")],
        || {
            chain.prometheus.scrape(&[]);
            // Of a target that it was told to leave alone, Prometheus may go on to know the last for five minutes.
            chain.prometheus.forget("up");
        },
        |()| chain.prometheus.scrape(&[("pgvigil", port, "")]),
    );

    chain.is_silent("PgvigilRestarting");
    for restarts in 1..=3 {
        assert!(chain.exporter.terminate(), "it did not end in good order");
        chain.exporter = Exporter::start_on(port, &config, &[], &[]);
        chain.sees(&format!("changes(pgvigil_start_time_seconds[1h]) == {restarts}"));
    }
    chain.fires("PgvigilRestarting");
    chain.is_whole(&chain.letter(("PgvigilRestarting", "chat", "within an hour: 3.")));
    chain.prometheus.forget("pgvigil_start_time_seconds");
    chain.is_silent("PgvigilRestarting");
}

fn faults_of_its_files(major: u32) {
    const WEB: &str = "http_server_config: { headers: { X-Frame-Options: deny } }\n";
    let folder = TempDir::new().expect("a temporary folder");
    let web = folder.path().join("web.yml");
    fs::write(&web, WEB).expect("its own folder");
    let server = Server::primary(major);
    let environment = [("PGVIGIL_WEB_CONFIG_FILE", web.to_str().expect("UTF-8"))];
    let exporter = Exporter::start_with(&Config::quick().without_detail().server("orders", &server), &[], &environment);
    let file = exporter.config_file();
    let written = fs::read_to_string(&file).expect("just written");
    let chain = Chain::over(exporter, Generation::beside(major), &["orders"]);
    let reload = || chain.exporter.client.post("/-/reload").expect("an answer").status;

    chain.follow(
        &[
            ("PgvigilReloadFailed", "chat", "The configuration before it is still in force"),
            ("PgvigilWebConfigBroken", "chat", "cannot read its web configuration file"),
        ],
        || {
            fs::write(&web, "tls_server_config: { cert_file: gone.pem }\n").expect("its own folder");
            fs::write(&file, format!("{written}unknown: 1\n")).expect("its own folder");
            assert!(reload() >= 400, "it took a mistake");
        },
        |()| {
            fs::write(&web, WEB).expect("its own folder");
            fs::write(&file, &written).expect("its own folder");
            assert_eq!(reload(), 200);
        },
    );
}
