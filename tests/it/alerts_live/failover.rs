//! Promotions that do not last.

use super::Chain;
use crate::support::Generation;
use crate::support::config::Config;
use crate::support::server::{Server, Stop};

on_first_and_last!(failover_loop);

/// Behind one address a server is promoted, dies, and is promoted again.
fn failover_loop(major: u32) {
    let mut server = Server::primary(major);
    let chain = Chain::start(&Config::quick().without_detail().server("orders", &server), Generation::beside(major), &["orders"]);
    chain.follow(
        &[("PostgresFailoverLoop", "database-pager", "The timeline of orders has moved on by 2 within an hour")],
        || {
            for timeline in 2..=3 {
                server.stop(Stop::Immediate);
                server.start_as_standby();
                server.promote();
                chain.sees(&format!("pg_timeline_id == {timeline}"));
            }
        },
        |()| chain.prometheus.forget("pg_timeline_id"),
    );
}
