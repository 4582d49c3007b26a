//! What happens to a PgBouncer.

use super::Chain;
use crate::support::config::Config;
use crate::support::pgbouncer::PgBouncer;
use crate::support::server::Server;
use crate::support::{Generation, tool};

#[test]
fn faults_of_a_pgbouncer() {
    follow_all(Generation::Oldest, "pgbouncer");
}

#[test]
fn faults_of_the_newest_pgbouncer() {
    follow_all(Generation::Newest, "pgbouncer_newest");
}

fn follow_all(generation: Generation, program: &str) {
    let Some(program) = tool(program) else { return };
    let server = Server::primary(18);
    let bouncer = PgBouncer::start(&program, &server, &["default_pool_size = 1", "max_client_conn = 20"]);
    let chain = Chain::start(&Config::quick().without_detail().pgbouncer("bouncer", &bouncer.url()), generation, &[]);

    let (console, client) = (bouncer.console(), bouncer.psql());
    chain.follow(
        &[
            ("PgBouncerClientsWaiting", "chat", "The oldest client of pool postgres/postgres in bouncer has been waiting for"),
            ("PgBouncerPoolUsageHigh", "chat", "Pool postgres/postgres in bouncer uses 100% of its server connections."),
        ],
        || {
            let (mut holder, mut waiter) = (client.session(), client.session());
            holder.run("begin");
            waiter.start("select 1");
            (holder, waiter)
        },
        drop,
    );
    chain.follow(
        &[("PgBouncerClientsHigh", "pager", "bouncer has 100% of the clients that max_client_conn admits.")],
        // pgvigil is one, too.
        || (0..19).map(|_| client.session()).collect::<Vec<_>>(),
        drop,
    );
    chain.follow(
        &[("PgBouncerPaused", "chat", "Database postgres of bouncer has been paused or disabled")],
        || drop(console.run("disable postgres")),
        |()| drop(console.run("enable postgres")),
    );
    chain.follow(&[("PgBouncerDown", "pager", "no answer from the console of bouncer")], || bouncer.suspend(), drop);
}
