//! The shared buffers on a server where nothing but the look at them uses any.

use crate::support::config::Config;
use crate::support::exporter::Exporter;
use crate::support::server::Server;
use crate::values;

mod shared_buffers {
    #[test]
    fn on_16() {
        super::shared_buffers(16);
    }
    #[test]
    fn on_17() {
        super::shared_buffers(17);
    }
    #[test]
    fn on_18() {
        super::shared_buffers(18);
    }
}

fn shared_buffers(major: u32) {
    let primary = Server::primary_with(major, &[("autovacuum", "off"), ("bgwriter_lru_maxpages", "0"), ("checkpoint_timeout", "1h")]);
    primary.psql().run(
        "create extension pg_buffercache; create table used (id int primary key, filler text) with (fillfactor = 90);
         insert into used select g, repeat('x', 100) from generate_series(1, 10000) g; checkpoint;
         update used set id = -id where id < 1000",
    );
    let standby = primary.standby();
    let servers = [("primary", &primary), ("standby", &standby)];
    let _pins = servers.map(|(_, server)| {
        let mut session = server.psql().session();
        session.run("begin; declare rows cursor for select * from used");
        session.run("fetch 1 from rows");
        session
    });
    // Whoever comes reads the same catalogues, and no count is more than 5: after some visits they stay as they are.
    for _ in 0..5 {
        for (_, server) in servers {
            let _ = values::expected(&server.psql(), "buffers/usage");
            let _ = values::expected(&server.psql(), "buffers/summary");
        }
    }
    let config = Config::default()
        .with_detail()
        .line("override: { \"*\": { enabled: false }, \"buffers/*\": { enabled: true, interval: 1h, timeout: 30s } }")
        .server("primary", &primary)
        .server("standby", &standby);
    // The first one reads what nobody has read yet.
    drop(Exporter::start(&config, &[]).await_all(&["primary", "standby"]));
    let page = Exporter::start(&config, &[]).await_all(&["primary", "standby"]);
    let mut wrong = Vec::new();
    for (label, server) in servers {
        for query in ["buffers/summary", "buffers/usage"] {
            let (rows, faults) = values::held_against(&page, label, server, query);
            assert!(rows > 4, "{query}");
            wrong.extend(faults.into_iter().map(|fault| format!("{label} {fault}")));
        }
        for name in [
            "pg_buffercache_buffers_used",
            "pg_buffercache_buffers_unused",
            "pg_buffercache_buffers_dirty",
            "pg_buffercache_buffers_pinned",
        ] {
            assert!(page.value(name, &[("server", label)]).is_some_and(|count| count > 0.0), "{label} {name}");
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
