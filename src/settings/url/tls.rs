//! What a connection string says of TLS.

use std::collections::HashMap;
use std::path::Path;

use super::SecretUrl;
use crate::document::origin::Fault;
use crate::settings::environment;
use crate::wire::route::{Check, Encryption};
use crate::wire::tls::{self, Credentials};

impl SecretUrl {
    /// Who is trusted, and who pgvigil is.
    pub(in crate::settings) fn credentials(&self) -> Credentials {
        let named = |name| self.get(name).map(str::to_owned);
        Credentials { roots: named("sslrootcert"), certificate: named("sslcert"), key: named("sslkey") }
    }

    /// Whether a connection over TCP is encrypted, and how the server's certificate is checked.
    pub(in crate::settings) fn encryption(&self) -> Encryption {
        match self.get("sslmode") {
            Some("disable") => Encryption::Off,
            Some("require") if self.get("sslrootcert").is_some() => Encryption::Required(Check::Authority),
            Some("require") => Encryption::Required(Check::Nothing),
            Some("verify-ca") => Encryption::Required(Check::Authority),
            Some("verify-full") => Encryption::Required(Check::Host),
            _ => Encryption::Preferred,
        }
    }

    /// Whether the files for TLS can be read.
    pub(in crate::settings) fn check_files(&self) -> Result<(), Fault> {
        let checked = match self.encryption() {
            Encryption::Off => return Ok(()),
            Encryption::Preferred => Check::Nothing,
            Encryption::Required(check) => check,
        };
        tls::check(checked, &self.credentials()).map_err(|broken| Fault::new(broken.to_string()))
    }

    /// libpq's files for TLS in the home directory, where they exist and no others are named.
    pub(super) fn fill_in_files(&mut self, environment: &HashMap<String, String>) {
        let Some(home) = environment::get(environment, "HOME") else { return };
        let file = |name: &str| Some(Path::new(home).join(".postgresql").join(name)).filter(|path| path.is_file());
        let mut files = vec![("sslrootcert", file("root.crt"))];
        if !self.parameters.contains_key("sslcert") && !self.parameters.contains_key("sslkey") {
            let pair = file("postgresql.crt").zip(file("postgresql.key"));
            files.extend(pair.map(|(certificate, key)| [("sslcert", Some(certificate)), ("sslkey", Some(key))]).into_iter().flatten());
        }
        for (name, path) in files {
            if let Some(path) = path {
                self.parameters.entry(name).or_insert_with(|| path.display().to_string());
            }
        }
    }
}
