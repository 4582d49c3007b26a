//! The private socket between the driver and the wire.

use std::io;
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::net::{SocketAddr, UnixListener as StdListener};
use std::time::Duration;

use ring::rand::{SecureRandom as _, SystemRandom};
use sqlx::ConnectOptions as _;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgSslMode};
use tokio::net::{UnixListener, UnixStream};

use super::answers::Answers;
use super::broken::{Broken, Failure};
use super::line::Line;
use super::pump::Wire;
use super::route::Tls;

/// How long a server may take to close the connection after it refused a login. It takes some milliseconds, and then its backend is gone too.
const REFUSED: Duration = Duration::from_millis(100);

/// Makes the driver log in over a private socket that accepts only this process.
pub async fn connect(line: Line, tls: Option<Tls>, answers: Answers, options: PgConnectOptions) -> Result<(PgConnection, Wire), Failure> {
    let (listener, name) = listen(options.get_port())?;
    let options = options.socket(name).ssl_mode(PgSslMode::Disable);
    let connecting = async move { options.connect().await };
    let mut connecting = Box::pin(connecting);
    let driver = tokio::select! {
        driver = accept(&listener) => driver?,
        ended = &mut connecting => return Err(ended.err().map_or(Failure::Broken(Broken::Closed), Failure::Driver)),
    };
    drop(listener);
    let mut wire = Wire::new(line, tls, driver, answers);
    match wire.carry(connecting).await {
        Ok(connection) => Ok((connection, wire)),
        Err(error) => {
            if error.as_database_error().is_some() {
                let _ = tokio::time::timeout(REFUSED, wire.idle()).await;
            }
            Err(wire.explain(error))
        }
    }
}

/// A listener without a file and with an unguessable name, and the socket path that the driver needs to find it.
fn listen(port: u16) -> io::Result<(UnixListener, String)> {
    let mut random = [0; 16];
    SystemRandom::new().fill(&mut random).map_err(|_| io::Error::other("no random numbers"))?;
    let name = format!("pgvigil-{:032x}", u128::from_be_bytes(random));
    // The driver takes the name for a server's socket directory.
    let address = SocketAddr::from_abstract_name(format!("{name}/.s.PGSQL.{port}"))?;
    let listener = StdListener::bind_addr(&address)?;
    listener.set_nonblocking(true)?;
    Ok((UnixListener::from_std(listener)?, format!("\0{name}")))
}

/// Accepts a connection of this process, and closes any other.
async fn accept(listener: &UnixListener) -> io::Result<UnixStream> {
    loop {
        let (stream, _) = listener.accept().await?;
        let peer = stream.peer_cred()?.pid().and_then(|pid| u32::try_from(pid).ok());
        if peer == Some(std::process::id()) {
            return Ok(stream);
        }
    }
}
