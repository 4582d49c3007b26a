//! The keepalives of the server's end. They go with the login, as its parameter `options`, so that no session is ever without them: a backend whose client is
//! lost would else stay for hours.
//!
//! The server sets them at the end of the login, after the authentication and a look at the database. Before, a login that the network has lost ends at the
//! server's `authentication_timeout`, and one that waits for a lock on a catalogue with that lock.
//!
//! A pooler may not know them. `PgBouncer` refuses a login with parameters that it does not track (SQLSTATE 08P01), Amazon's RDS Proxy any `options` (0A000). Then the
//! login is tried once more without, and where this is another story, that place is known not to take them. A server that cannot set them, since its system has
//! no such option of a socket, says so in its log and goes on.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use sqlx::error::DatabaseError;
use sqlx::postgres::PgConnectOptions;

use super::broken::{Broken, Failure};
use super::line;
use super::route::Place;

/// How long a place is known not to take them: there may be another pooler one day, or none.
const KNOWN: Duration = Duration::from_hours(1);

/// What a server or a pooler says of parameters that it does not like: protocol violation, feature not supported, undefined object, invalid parameter value,
/// syntax error.
const CODES: [&str; 5] = ["08P01", "0A000", "42704", "22023", "42601"];

/// The places that do not take them, and since when that is known.
static REFUSED: Mutex<BTreeMap<Place, Instant>> = Mutex::new(BTreeMap::new());

/// The server's settings, as those of our own end in [`line`].
fn parameters() -> [(&'static str, u128); 4] {
    [
        ("tcp_keepalives_idle", line::KEEPALIVE_IDLE.as_secs().into()),
        ("tcp_keepalives_interval", line::KEEPALIVE_INTERVAL.as_secs().into()),
        ("tcp_keepalives_count", line::KEEPALIVE_COUNT.into()),
        ("tcp_user_timeout", line::USER_TIMEOUT.as_millis()),
    ]
}

/// The options of a login with the keepalives, but for what the configuration says of them itself. None where there is nothing to ask for: over a Unix socket, and
/// where they were refused.
pub fn with_keepalives(place: &Place, options: &PgConnectOptions) -> Option<PgConnectOptions> {
    let is_refused = || REFUSED.lock().get(place).is_some_and(|since| since.elapsed() < KNOWN);
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

/// Learns from a login `without` them that came after a `refusal`.
pub fn learn<T>(place: &Place, refusal: &Failure, without: &Result<T, Failure>) {
    let said = |failure: &Failure| match failure {
        Failure::Driver(error) => error.as_database_error().map(|said| (said.code().map(String::from), said.message().to_owned())),
        Failure::Broken(_) => None,
    };
    let are_why = match without {
        Ok(_) => true,
        // Each is a word of its own.
        Err(failure) => said(refusal).zip(said(failure)).is_some_and(|(with, without)| with != without),
    };
    if are_why {
        let mut refused = REFUSED.lock();
        refused.retain(|_, since| since.elapsed() < KNOWN);
        refused.insert(place.clone(), Instant::now());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        assert!(said(&tcp(2), &[]).is_none());
        assert!(said(&tcp(3), &[]).is_some());
    }
}
