//! A session of pgvigil's own making, without the rest of it: for what shows only at its socket.

use std::future::Future;

use pgvigil::wire::route::{Encryption, Place};
use pgvigil::wire::tls::Credentials;
use pgvigil::wire::{self, Broken, Failure, RequireAuth, Route, Wire};
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, Row as _};
use tokio::runtime::{Builder, Runtime};

use super::server::PASSWORD;

/// Runs a test's own work to its end.
pub fn block_on<T>(work: impl Future<Output = T>) -> T {
    let runtime: Runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(work)
}

pub fn route(place: Place, encryption: Encryption, root: Option<&std::path::Path>) -> Route {
    let credentials = Credentials { roots: root.map(|root| root.display().to_string()), ..Credentials::default() };
    Route { place, encryption, credentials, require_auth: RequireAuth::default(), no_password: None, answer_limit: 1 << 20 }
}

/// Over TCP, without TLS.
pub fn plain(host: &str, port: u16) -> Route {
    route(Place::Tcp { host: host.to_owned(), address: None, port }, Encryption::Off, None)
}

pub struct OwnSession {
    driver: PgConnection,
    pub wire: Wire,
}

impl OwnSession {
    /// Logs in as pgvigil does, under another name, so that no watch counts it.
    ///
    /// # Errors
    /// Why there is no session.
    pub async fn open(route: &Route) -> Result<Self, Failure> {
        let options = PgConnectOptions::new_without_pgpass().username("pgvigil").password(PASSWORD).database("postgres");
        let options = options.application_name("own").extra_float_digits(None).statement_cache_capacity(0);
        let (driver, wire) = wire::login(route, options).await?;
        Ok(Self { driver, wire })
    }

    /// Has the server give the connection up as soon as pgvigil has it do so.
    ///
    /// # Errors
    /// Why it does not.
    pub async fn keep_alive(&mut self) -> Result<(), Failure> {
        for (name, value) in wire::line::server_settings() {
            self.ask(&format!("select set_config('{name}', '{value}', false)")).await?;
        }
        Ok(())
    }

    /// The first cell of the answer.
    ///
    /// # Errors
    /// Why there is none.
    pub async fn ask(&mut self, text: &str) -> Result<String, Failure> {
        let asking = sqlx::raw_sql(AssertSqlSafe(text)).fetch_one(&mut self.driver);
        let row = self.wire.carry(asking).await.map_err(|error| self.wire.explain(error))?;
        let cell = row.try_get_raw(0).ok().and_then(|cell| cell.as_str().ok().map(str::to_owned));
        Ok(cell.unwrap_or_default())
    }

    /// Says farewell, and how the session has ended then.
    pub async fn close(self) -> Broken {
        let Self { driver, mut wire } = self;
        let _ = wire.carry(sqlx::Connection::close(driver)).await;
        wire.end().await
    }
}
