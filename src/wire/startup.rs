//! The keepalives of the server's end. They go with the login, as its parameter `options`, so that no session is ever without them: the backend of a lost client
//! would stay for hours otherwise.
//!
//! The server sets them at the end of the login, after the authentication and the look at `pg_database`. Until then the backend of a lost client ends at
//! `authentication_timeout`, or, if it waits for a lock on a catalogue, when that lock is free.
//!
//! Some poolers refuse a login with parameters that they do not know: `PgBouncer` with SQLSTATE 08P01, Amazon's RDS Proxy with 0A000. Then the login is repeated
//! without them, and if that ends in another way, the place is known not to take them. A server whose system lacks such an option of a socket writes that to its
//! log and goes on.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use sqlx::error::DatabaseError;
use sqlx::postgres::PgConnectOptions;

use super::broken::{Broken, Failure};
use super::line;
use super::route::Place;

/// How long a place is known not to take them. Later another pooler may be there, or none.
const KNOWN: Duration = Duration::from_hours(1);

/// How a server or a pooler refuses parameters: protocol violation, feature not supported, undefined object, invalid parameter value,
/// syntax error.
const CODES: [&str; 5] = ["08P01", "0A000", "42704", "22023", "42601"];

/// The places that do not take them.
static REFUSED: Mutex<BTreeMap<Place, Refused>> = Mutex::new(BTreeMap::new());

/// What is known of such a place.
struct Refused {
    since: Instant,
    /// Whether it is sure. A connection that is closed without a word may be one of a server that restarts just then: it counts when it happens twice in a row.
    sure: bool,
}

/// The server's settings, as those of our own end in [`line`].
fn parameters() -> [(&'static str, u128); 4] {
    [
        ("tcp_keepalives_idle", line::KEEPALIVE_IDLE.as_secs().into()),
        ("tcp_keepalives_interval", line::KEEPALIVE_INTERVAL.as_secs().into()),
        ("tcp_keepalives_count", line::KEEPALIVE_COUNT.into()),
        ("tcp_user_timeout", line::USER_TIMEOUT.as_millis()),
    ]
}

/// The options of a login with the keepalives, except those that the configuration sets itself. None over a Unix socket, and where they were refused.
pub fn with_keepalives(place: &Place, options: &PgConnectOptions) -> Option<PgConnectOptions> {
    let is_refused = || REFUSED.lock().get(place).is_some_and(|refused| refused.sure && refused.since.elapsed() < KNOWN);
    if place.is_local() || is_refused() {
        return None;
    }
    // A server takes `-c a_b=1` and `--a-b=1`, in letters of any case.
    let own = options.get_options().unwrap_or_default().to_ascii_lowercase().replace('-', "_");
    Some(options.clone().options(parameters().into_iter().filter(|(name, _)| !own.contains(name))))
}

/// Whether a login may have been refused because of them.
pub fn may_be_refused(failure: &Failure) -> bool {
    match failure {
        // Without a word.
        Failure::Broken(broken) => *broken == Broken::Closed,
        Failure::Driver(error) => error.as_database_error().and_then(DatabaseError::code).is_some_and(|code| CODES.contains(&&*code)),
    }
}

/// A login with them is through.
pub fn accepted(place: &Place) {
    REFUSED.lock().remove(place);
}

/// Learns from a login `without` them that came after a `refusal`.
pub fn learn<T>(place: &Place, refusal: &Failure, without: &Result<T, Failure>) {
    let said = |failure: &Failure| match failure {
        Failure::Driver(error) => error.as_database_error().map(|said| (said.code().map(String::from), said.message().to_owned())),
        Failure::Broken(_) => None,
    };
    let reason = said(refusal);
    let are_why = match without {
        Ok(_) => true,
        // Refused for another reason.
        Err(failure) => reason.as_ref().zip(said(failure)).is_some_and(|(with, without)| *with != without),
    };
    if are_why {
        let mut refused = REFUSED.lock();
        refused.retain(|_, refused| refused.since.elapsed() < KNOWN);
        let sure = reason.is_some() || refused.contains_key(place);
        refused.insert(place.clone(), Refused { since: Instant::now(), sure });
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::*;
    use crate::wire::route::Encryption;
    use crate::wire::tls::Credentials;
    use crate::wire::{RequireAuth, Route, login};

    fn tcp(port: u16) -> Place {
        Place::Tcp { host: "db1".to_owned(), port }
    }

    fn said(place: &Place, own: &[(&str, &str)]) -> Option<String> {
        let options = PgConnectOptions::new_without_pgpass().options(own.iter().copied());
        with_keepalives(place, &options).map(|options| options.get_options().unwrap().to_owned())
    }

    #[test]
    fn the_server_is_told_what_the_kernel_here_is() {
        let all = "-c tcp_keepalives_idle=2 -c tcp_keepalives_interval=1 -c tcp_keepalives_count=3 -c tcp_user_timeout=5000";
        assert_eq!(said(&tcp(1), &[]).as_deref(), Some(all));
        assert_eq!(said(&Place::Unix("/run/pg".into()), &[]), None);
    }

    #[test]
    fn the_configuration_has_its_own() {
        let others = "-c tcp_keepalives_interval=1 -c tcp_keepalives_count=3";
        for own in [("tcp_keepalives_idle", "60"), ("TCP-Keepalives-Idle", "60")] {
            let said = said(&tcp(1), &[own, ("tcp_user_timeout", "0")]).unwrap();
            assert_eq!(said, format!("-c {}=60 -c tcp_user_timeout=0 {others}", own.0));
        }
    }

    #[test]
    fn a_refusal_is_remembered_where_it_shows() {
        let closed = || Failure::Broken(Broken::Closed);
        learn::<()>(&tcp(2), &closed(), &Err(closed()));
        assert!(said(&tcp(2), &[]).is_some(), "nothing works there");
        learn(&tcp(2), &closed(), &Ok(()));
        assert!(said(&tcp(2), &[]).is_some(), "the server may have come back just then");
        accepted(&tcp(2));
        learn(&tcp(2), &closed(), &Ok(()));
        assert!(said(&tcp(2), &[]).is_some());
        learn(&tcp(2), &closed(), &Ok(()));
        assert!(said(&tcp(2), &[]).is_none());
        assert!(said(&tcp(3), &[]).is_some());
    }

    /// A proxy that hangs up at parameters that it does not know, and says nothing.
    #[tokio::test]
    async fn a_proxy_that_hangs_up_gets_a_login_without() {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let place = Place::Tcp { host: "127.0.0.1".to_owned(), port: listener.local_addr().unwrap().port() };
        let proxy = tokio::spawn(async move {
            let mut came = Vec::new();
            while came.len() < 5 {
                let (mut stream, _) = listener.accept().await.unwrap();
                let mut startup = vec![0; 1024];
                let length = stream.read(&mut startup).await.unwrap();
                let asks = startup[..length].windows(16).any(|part| part == b"tcp_user_timeout");
                came.push(asks);
                if !asks {
                    // Content, its key, ready.
                    let ready = b"R\0\0\0\x08\0\0\0\0K\0\0\0\x0c\0\0\0\x01\0\0\0\x02Z\0\0\0\x05I";
                    stream.write_all(ready).await.unwrap();
                    // Until the client hangs up.
                    while stream.read(&mut startup).await.unwrap_or_default() > 0 {}
                }
            }
            came
        });
        let route = Route {
            place,
            encryption: Encryption::Off,
            credentials: Credentials::default(),
            require_auth: RequireAuth::default(),
            answer_limit: 1 << 20,
        };
        for _ in 0..3 {
            let (_connection, wire) = login(&route, PgConnectOptions::new_without_pgpass()).await.unwrap();
            assert_eq!(wire.pid(), Some(1));
        }
        assert_eq!(proxy.await.unwrap(), [true, false, true, false, false], "whether each login asked for keepalives");
    }
}
