//! Pressure stall information: for how long somebody had to wait for a resource that was short.

use std::fs;
use std::io::ErrorKind;

use procfs::parse_pressure_record;
use rustix::io::Errno;

use super::error::{Absence, HostError};
use super::machine::Machine;
use super::place::Presence;
use super::reading::{Reading, answer, seconds};

/// Rows of (resource, waiting, stalled) in seconds since the machine started: for how long at least one process waited for the resource,
/// and for how long all that had work did.
pub fn read(machine: &Machine, _: &Presence) -> Result<Reading, HostError> {
    let mut rows = Vec::new();
    for resource in ["cpu", "memory", "io"] {
        let path = machine.proc("pressure").join(resource);
        let text = fs::read_to_string(&path).map_err(|error| match error.raw_os_error() {
            // What a kernel says that was built with it and started without.
            Some(code) if code == Errno::OPNOTSUPP.raw_os_error() => unsupported(),
            _ if error.kind() == ErrorKind::NotFound => unsupported(),
            _ => HostError::Failed(format!("{}: {error}", path.display())),
        })?;
        let total = |name: &str| -> Result<Option<String>, HostError> {
            let Some(line) = text.lines().find(|line| line.starts_with(name)) else { return Ok(None) };
            Ok(Some(seconds(parse_pressure_record(line)?.total, 1_000_000)))
        };
        // That all wait for a processor can only be in a group of processes; for the whole machine the kernel writes a zero of no meaning.
        let stalled = if resource == "cpu" { None } else { total("full ")? };
        rows.push([Some(resource.to_owned()), total("some ")?, stalled]);
    }
    Ok(answer(["resource", "waiting", "stalled"], rows))
}

fn unsupported() -> HostError {
    Absence::Unsupported("the kernel gives no /proc/pressure: it is older than 4.20, or started without psi=1".to_owned()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_the_totals() {
        let proc = tempfile::tempdir().unwrap();
        let machine = Machine::at(proc.path(), "/sys");
        let place = Presence { postmaster: Err(Absence::Remote(String::new())), directories: Ok(Vec::new()) };
        assert!(matches!(read(&machine, &place), Err(HostError::Absent(Absence::Unsupported(_)))));

        let folder = proc.path().join("pressure");
        fs::create_dir(&folder).unwrap();
        let some = "some avg10=0.12 avg60=0.00 avg300=0.00 total=1500000\n";
        // Older kernels have no second line for the processors.
        fs::write(folder.join("cpu"), some).unwrap();
        for resource in ["memory", "io"] {
            fs::write(folder.join(resource), format!("{some}full avg10=0.00 avg60=0.00 avg300=0.00 total=20\n")).unwrap();
        }
        let rows = read(&machine, &place).unwrap().answer.rows;
        let row = |resource: &str, stalled: Option<&str>| vec![Some(resource.into()), Some("1.500000".into()), stalled.map(Into::into)];
        assert_eq!(rows, [row("cpu", None), row("memory", Some("0.000020")), row("io", Some("0.000020"))]);
    }
}
