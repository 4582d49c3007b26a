//! How a session ends, as its socket tells: and how what it does is cancelled, over each kind of connection.

use std::time::{Duration, Instant};

use pgvigil::wire::route::{Check, Encryption, Place};
use pgvigil::wire::{Broken, Failure, Route};
use sqlx::error::DatabaseError;
use tempfile::TempDir;

use crate::support::certificates::Authority;
use crate::support::process;
use crate::support::server::{Server, Stop};
use crate::support::session::{OwnSession, block_on, plain, route};
use crate::support::{SOON, ensure, eventually};

/// A session, its backend gone as `happens` has it, and what the idle session hears of that.
fn idle_until(server: &Server, happens: impl FnOnce(i32)) -> Broken {
    block_on(async {
        let mut session = OwnSession::open(&plain("127.0.0.1", server.port)).await.expect("a session");
        assert_eq!(session.ask("listen own; select 'one'").await.expect("an answer"), "one");
        // What is given up when there is something to ask leaves the session whole.
        let early = tokio::time::timeout(Duration::from_millis(50), session.wire.idle()).await;
        assert!(early.is_err(), "{early:?}");
        // And so does what the server says unasked.
        server.psql().run("notify own, 'news'");
        let early = tokio::time::timeout(Duration::from_millis(300), session.wire.idle()).await;
        assert!(early.is_err(), "{early:?}");
        assert_eq!(session.ask("select 'two'").await.expect("an answer"), "two");
        happens(session.wire.pid().expect("its number"));
        tokio::time::timeout(SOON, session.wire.idle()).await.expect("the session ends")
    })
}

#[track_caller]
fn is_last_word(broken: &Broken, code: &str, part: &str) {
    let Broken::Ended(word) = broken else { panic!("{broken:?}") };
    assert!(word.code == code && word.message.contains(part), "{broken:?}");
}

fn ends_of_an_idle_session(major: u32) {
    let mut server = Server::primary(major);
    let ended = idle_until(&server, |pid| drop(server.psql().run(&format!("select pg_terminate_backend({pid})"))));
    is_last_word(&ended, "57P01", "terminating connection due to administrator command");
    let ended = idle_until(&server, |pid| process::signal("KILL", &[pid.cast_unsigned()]));
    assert_eq!(ended, Broken::Closed, "killed, without a word");
    eventually(SOON, "it has recovered", || server.psql().try_run("select 1"));
    if major >= 14 {
        server.psql().run("alter role pgvigil set idle_session_timeout = '1s'");
        is_last_word(&idle_until(&server, |_| ()), "57P05", "idle-session timeout");
        server.psql().run("alter role pgvigil reset idle_session_timeout");
    }
    let ended = block_on(async {
        let session = OwnSession::open(&plain("127.0.0.1", server.port)).await.expect("a session");
        tokio::time::timeout(SOON, session.close()).await.expect("the session ends")
    });
    assert_eq!(ended, Broken::Closed, "after a farewell");
    let place = plain("127.0.0.1", server.port);
    let ended = block_on(async {
        let mut session = OwnSession::open(&place).await.expect("a session");
        let stop = tokio::task::spawn_blocking(move || server.stop(Stop::Fast));
        let ended = tokio::time::timeout(SOON, session.wire.idle()).await.expect("the session ends");
        stop.await.expect("it stops");
        ended
    });
    is_last_word(&ended, "57P01", "terminating connection due to administrator command");
}

/// The end of the stream after a last word that a statement was answered with.
fn ends_of_a_statement(major: u32) {
    let server = Server::primary(major);
    block_on(async {
        let mut session = OwnSession::open(&plain("127.0.0.1", server.port)).await.expect("a session");
        let said = session.ask("select pg_terminate_backend(pg_backend_pid())").await.expect_err("it has ended itself");
        assert!(matches!(&said, Failure::Driver(error) if error.as_database_error().is_some()), "{said:?}");
        let ended = tokio::time::timeout(SOON, session.wire.idle()).await.expect("the stream ends");
        is_last_word(&ended, "57P01", "terminating connection");
    });
}

on_first_and_last!(ends_of_an_idle_session, ends_of_a_statement);

/// A statement is cancelled without a login, and its session goes on.
fn is_cancelled(server: &Server, route: &Route) {
    let port = block_on(async {
        let mut session = OwnSession::open(route).await.expect("a session");
        let pid = session.wire.pid().expect("its number");
        assert_eq!(session.ask("select pg_backend_pid()::text").await.expect("an answer"), pid.to_string());
        let cancel = session.wire.cancel().expect("its key");
        let psql = server.psql();
        let cancelling = async {
            tokio::task::spawn_blocking(move || {
                psql.await_true(&format!("exists (select from pg_stat_activity where pid = {pid} and state = 'active')"));
            })
            .await
            .expect("it runs");
            cancel.send(SOON).await
        };
        let start = Instant::now();
        let (ended, sent) = tokio::join!(session.ask("select pg_sleep(60)::text"), cancelling);
        sent.expect("it is taken");
        assert!(start.elapsed() < SOON, "{:?}", start.elapsed());
        let Err(Failure::Driver(error)) = ended else { panic!("{ended:?}") };
        assert_eq!(error.as_database_error().and_then(DatabaseError::code).as_deref(), Some("57014"));
        assert_eq!(session.ask("select coalesce(inet_client_port()::text, '')").await.expect("it goes on"), {
            session.wire.local_port().map(|port| port.to_string()).unwrap_or_default()
        });
        // When nothing runs, a request is taken too, and does nothing.
        cancel.send(SOON).await.expect("it is taken");
        assert_eq!(session.ask("select 'whole'").await.expect("it goes on"), "whole");
        session.wire.local_port()
    });
    assert_eq!(port.is_none(), matches!(route.place, Place::Unix(_)));
}

fn cancelled_over_each_connection(major: u32) {
    let server = Server::primary(major);
    is_cancelled(&server, &plain("127.0.0.1", server.port));
    is_cancelled(&server, &plain("localhost", server.port));
    let socket = server.folder().join(format!(".s.PGSQL.{}", server.port));
    is_cancelled(&server, &route(Place::Unix(socket), Encryption::Off, None));
    let (authority, folder) = (Authority::new(), TempDir::new().expect("a temporary folder"));
    authority.write(folder.path(), "ca");
    server.show(&authority.sign());
    let host = || Place::Tcp { host: "127.0.0.1".to_owned(), address: None, port: server.port };
    let root = folder.path().join("ca.pem");
    is_cancelled(&server, &route(host(), Encryption::Required(Check::Host), Some(&root)));
    is_cancelled(&server, &route(host(), Encryption::Preferred, None));
    // Another one in its place is not trusted with the key.
    block_on(async {
        let route = route(host(), Encryption::Required(Check::Host), Some(&root));
        let session = OwnSession::open(&route).await.expect("a session");
        let cancel = session.wire.cancel().expect("its key");
        server.show(&Authority::new().sign());
        let refused = eventually(SOON, "it shows another certificate", || match block_on_other(&cancel) {
            Err(Broken::Tls(said)) => Ok(said),
            other => Err(format!("{other:?}")),
        });
        assert!(refused.contains("certificate"), "{refused}");
        drop(session);
    });
    let ended = server.log();
    ensure(!ended.contains("wrong key"), || ended.clone()).expect("each request had the right key");
}

fn block_on_other(cancel: &pgvigil::wire::Cancel) -> Result<(), Broken> {
    std::thread::scope(|scope| scope.spawn(|| block_on(cancel.send(SOON))).join().expect("it ends"))
}

on_first_and_last!(cancelled_over_each_connection);
