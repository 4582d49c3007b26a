//! A server in a network namespace of its own, at the other end of a cable that can be cut: what either end sends then arrives nowhere, and no kernel says so.

use std::process::{Child, Command};
use std::time::Duration;

use super::{PASSWORD, Server};
use crate::support::process::{self, User};
use crate::support::{ensure, eventually, not_run};

/// An address of the link layer that no network card has.
const UNKNOWN: &str = "02:00:00:00:00:99";

/// The namespace. The cable goes with it.
pub struct Network {
    /// The process that keeps it.
    keeper: Child,
    /// The cable's end on this side.
    cable: String,
    near: String,
    far: String,
}

impl Server {
    /// A running primary in a network of its own. Only root may make one; `None` to others.
    pub fn far_primary(major: u32) -> Option<Self> {
        if !process::is_root() || Command::new("ip").arg("-V").output().is_err() {
            not_run("a network of its own takes root, and Debian's package iproute2");
            return None;
        }
        let mut server = Self::bare(major, &[("listen_addresses", "*")]);
        server.network = Some(Network::new(server.port));
        let server = server.into_primary();
        server.set_hba("local all all trust\nhost all all all trust\n");
        Some(server)
    }

    /// How it is reached over the cable.
    pub fn far_url(&self) -> String {
        format!("postgres://pgvigil:{PASSWORD}@{}:{}/postgres?sslmode=disable", self.network().far, self.port)
    }

    pub fn network(&self) -> &Network {
        self.network.as_ref().expect("it has one")
    }
}

impl Network {
    /// Of the server with this port, which makes its addresses its own: from 198.18.0.0/15, where no network is but for measurements.
    fn new(port: u16) -> Self {
        let mut command = process::command("unshare", User::Same, "KILL");
        command.args(["--net", "--", "sleep", "infinity"]);
        let keeper = process::spawn(command);
        let (high, low) = (port >> 6 & 0xff, (port & 0x3f) * 4);
        let address = |last: u16| format!("198.18.{high}.{}", low + last);
        let network = Self { keeper, cable: format!("pgv{port}"), near: address(1), far: address(2) };
        let own = std::fs::read_link("/proc/self/ns/net").expect("its own namespace");
        eventually(Duration::from_secs(10), "there is a namespace", || {
            let theirs = std::fs::read_link(format!("/proc/{}/ns/net", network.keeper.id())).map_err(|error| error.to_string())?;
            ensure(theirs != own, || "it is this one".to_owned())
        });
        let (pid, cable) = (network.keeper.id().to_string(), network.cable.as_str());
        ip(&["link", "add", cable, "type", "veth", "peer", "name", "eth0", "netns", &pid]);
        ip(&["address", "add", &format!("{}/30", network.near), "dev", cable]);
        ip(&["link", "set", cable, "up"]);
        network.far_ip(&["address", "add", &format!("{}/30", network.far), "dev", "eth0"]);
        network.far_ip(&["link", "set", "eth0", "up"]);
        network.far_ip(&["link", "set", "lo", "up"]);
        network
    }

    /// The server's address.
    pub fn address(&self) -> &str {
        &self.far
    }

    /// A command that runs in it.
    pub(super) fn command(&self) -> Command {
        let mut command = process::command("nsenter", User::Same, "QUIT");
        command.args(["--target", &self.keeper.id().to_string(), "--net", "--"]);
        // A change of the user takes the signal back that was asked for.
        command.args(["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "setpriv", "--pdeathsig", "QUIT", "--"]);
        command
    }

    fn far_ip(&self, arguments: &[&str]) {
        run(Command::new("nsenter").args(["--target", &self.keeper.id().to_string(), "--net", "--", "ip"]).args(arguments));
    }

    /// Cuts the cable.
    pub fn cut(&self) {
        ip(&["neighbour", "replace", &self.far, "lladdr", UNKNOWN, "dev", &self.cable]);
        self.far_ip(&["neighbour", "replace", &self.near, "lladdr", UNKNOWN, "dev", "eth0"]);
    }

    /// Mends it.
    pub fn mend(&self) {
        ip(&["neighbour", "del", &self.far, "dev", &self.cable]);
        self.far_ip(&["neighbour", "del", &self.near, "dev", "eth0"]);
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        let _ = self.keeper.kill();
        let _ = self.keeper.wait();
    }
}

fn ip(arguments: &[&str]) {
    run(Command::new("ip").args(arguments));
}

fn run(command: &mut Command) {
    let output = command.output().expect("it runs");
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}
