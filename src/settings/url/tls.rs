//! What a connection string says of TLS.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

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

    /// The file of pgvigil's own key, if it is one.
    pub(in crate::settings) fn key_file(&self) -> Option<PathBuf> {
        self.get("sslkey").filter(|key| !key.contains("-----BEGIN")).map(PathBuf::from)
    }

    /// Whether a connection over TCP is encrypted, and how the server's certificate is checked.
    pub(in crate::settings) fn encryption(&self) -> Encryption {
        match self.get("sslmode") {
            Some("disable") => Encryption::Off,
            Some("require") if self.get("sslrootcert").is_some() => Encryption::Required(Check::Authority),
            Some("require") => Encryption::Required(Check::Nothing),
            Some("verify-ca") => Encryption::Required(Check::Authority),
            Some("verify-full") => Encryption::Required(Check::Host),
            // As libpq has it: everybody can have a certificate of these authorities.
            None if self.get("sslrootcert") == Some(tls::SYSTEM) => Encryption::Required(Check::Host),
            _ => Encryption::Preferred,
        }
    }

    /// Whether what is said of TLS fits together, and its files can be read, where a connection needs them.
    pub(in crate::settings) fn check_tls(&self) -> Result<(), Fault> {
        let (mode, roots) = (self.get("sslmode"), self.get("sslrootcert"));
        if roots == Some(tls::SYSTEM) && mode.is_some_and(|mode| mode != "verify-full") {
            return Err(Fault::new("`sslrootcert=system` needs sslmode=verify-full")
                .hint("anybody can have a certificate of the system's authorities for a host of their own"));
        }
        if mode == Some("verify-ca") && roots.is_none() {
            return Err(
                Fault::new("`sslmode=verify-ca` needs `sslrootcert`").hint("name your authority's certificate, or use sslmode=verify-full")
            );
        }
        let is_over_tcp = self.get("host").is_some_and(|host| !host.starts_with('/')) || self.hostaddr().is_some();
        match self.encryption() {
            // Without TLS, or with it only if that works.
            Encryption::Off | Encryption::Preferred => Ok(()),
            Encryption::Required(_) if !is_over_tcp => Ok(()),
            Encryption::Required(check) => {
                let credentials = self.credentials();
                let Err(broken) = tls::check(check, &credentials) else { return Ok(()) };
                let absence = Fault { is_absence: true, ..Fault::new(broken.to_string()) };
                // What is here must be right all the same.
                match credentials.without_absent() {
                    None => Err(Fault::new(broken.to_string())),
                    Some((here, has_roots)) => {
                        let check = if has_roots { check } else { Check::Nothing };
                        Err(tls::check(check, &here).err().map_or(absence, |broken| Fault::new(broken.to_string())))
                    }
                }
            }
        }
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
