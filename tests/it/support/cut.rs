//! Connections that are cut without a word, by the kernel itself and nobody in between: neither end's packets get through to the other, whose kernel
//! confirms nothing any more.

use std::io;
use std::os::fd::OwnedFd;

use procfs::net::{TcpNetEntry, TcpState};
use procfs::process::{FDTarget, Process, all_processes};
use rustix::process::{Pid, PidfdFlags, PidfdGetfdFlags, pidfd_getfd, pidfd_open};
use socket2::{SockFilter, SockRef};

use super::exporter::Exporter;

/// The program of a filter that takes nothing: return 0.
const NOTHING: (u16, u8, u8, u32) = (6, 0, 0, 0);

/// Cuts the two connections that this exporter has to a port of this machine; false if the kernel does not let the tests get at other processes'
/// sockets, which takes root's `CAP_SYS_PTRACE`.
#[track_caller]
pub fn both(exporter: &Exporter, port: u16) -> bool {
    match all(exporter, port) {
        Ok(count) => {
            assert_eq!(count, 2, "connections");
            true
        }
        Err(error) => {
            super::not_run(&format!("the sockets of other processes are out of reach: {error}"));
            false
        }
    }
}

/// Cuts all of them. Gives back how many these were.
fn all(exporter: &Exporter, port: u16) -> io::Result<usize> {
    let pid = exporter.pid().cast_signed();
    let open: Vec<TcpNetEntry> =
        procfs::net::tcp().expect("the kernel's list").into_iter().filter(|entry| entry.state == TcpState::Established).collect();
    let mut count = 0;
    for client in open.iter().filter(|entry| entry.remote_address.port() == port) {
        let Some(socket) = socket_of(pid, client.inode)? else { continue };
        let server = open.iter().find(|entry| entry.local_address == client.remote_address && entry.remote_address == client.local_address);
        let inode = server.map(|server| server.inode);
        let processes = all_processes().expect("the kernel's list").flatten();
        let other = processes.filter(|process| process.pid != pid).find_map(|process| socket_of(process.pid, inode?).transpose());
        for end in [Some(socket), other.transpose()?].into_iter().flatten() {
            let (code, jt, jf, k) = NOTHING;
            SockRef::from(&end).attach_filter(&[SockFilter::new(code, jt, jf, k)])?;
        }
        count += 1;
    }
    Ok(count)
}

/// A process's socket, to be handled from here, if it has this one.
fn socket_of(pid: i32, inode: u64) -> io::Result<Option<OwnedFd>> {
    let files = Process::new(pid).and_then(|process| process.fd()).into_iter().flatten().flatten();
    let Some(file) = files.into_iter().find(|file| matches!(file.target, FDTarget::Socket(other) if other == inode)) else {
        return Ok(None);
    };
    let process = pidfd_open(Pid::from_raw(pid).expect("a number"), PidfdFlags::empty())?;
    Ok(Some(pidfd_getfd(process, file.fd, PidfdGetfdFlags::empty())?))
}
