//! TLS towards a server: its files, its handshake, and readable errors for both.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use rustls::client::Resumption;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{CertificateError, ClientConfig, Error};
use tokio_rustls::TlsConnector;

use super::broken::Broken;
use super::certificate::{Roots, Verifier};
use super::line::Socket;
use super::route::Check;
use crate::files::{self, Writers};

/// Libpq's word for the authorities that the system trusts.
pub const SYSTEM: &str = "system";

/// The trusted certificates and pgvigil's own: file names, or the contents inline.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Credentials {
    /// The only authorities that are trusted; if none are given, those of the system.
    pub roots: Option<String>,
    /// The certificate that pgvigil presents.
    pub certificate: Option<String>,
    /// Its key.
    pub key: Option<String>,
}

impl Credentials {
    /// The same without the files that are not on this machine, and whether authorities are left; none where all files are here.
    #[must_use]
    pub fn without_absent(&self) -> Option<(Self, bool)> {
        let is_absent = |file: &Option<String>| {
            let file = file.as_deref().filter(|file| *file != SYSTEM && !file.trim_start().starts_with("-----BEGIN"));
            file.is_some_and(|file| files::is_absent(Path::new(file)))
        };
        let (roots, own) = (is_absent(&self.roots), is_absent(&self.certificate) || is_absent(&self.key));
        let kept = |file: &Option<String>, is_absent: bool| file.clone().filter(|_| !is_absent);
        let here = Self { roots: kept(&self.roots, roots), certificate: kept(&self.certificate, own), key: kept(&self.key, own) };
        (roots || own).then_some((here, !roots))
    }
}

/// A key may be inline.
impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").finish_non_exhaustive()
    }
}

/// Negotiates TLS with the server.
pub async fn encrypt(socket: Box<dyn Socket>, host: &str, check: Check, credentials: &Credentials) -> Result<Box<dyn Socket>, Broken> {
    let credentials = credentials.clone();
    // This reads files, and the system may trust hundreds of authorities.
    let config = tokio::task::spawn_blocking(move || configure(check, &credentials));
    let config = config.await.map_err(|_| Broken::Tls("pgvigil panicked while it read certificates".to_owned()))??;
    let name = match ServerName::try_from(host.to_owned()) {
        Ok(name) => name,
        Err(_) if check == Check::Host => return Err(Broken::Tls("the host has no name that a certificate could be for".to_owned())),
        // The name is not checked, and an address is not sent either.
        Err(_) => ServerName::IpAddress(std::net::Ipv4Addr::UNSPECIFIED.into()),
    };
    Ok(Box::new(TlsConnector::from(Arc::new(config)).connect(name, socket).await?))
}

fn configure(check: Check, credentials: &Credentials) -> Result<ClientConfig, Broken> {
    let provider = Arc::new(ring::default_provider());
    let roots = if check == Check::Nothing { Roots::of(Vec::new()) } else { roots(credentials.roots.as_deref())? };
    let verifier = Arc::new(Verifier { check, roots, algorithms: provider.signature_verification_algorithms });
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let builder = builder.map_err(|error| broken(&error))?.dangerous().with_custom_certificate_verifier(verifier);
    let mut config = match (&credentials.certificate, &credentials.key) {
        (None, None) => builder.with_no_client_auth(),
        (Some(certificate), Some(key)) => {
            let chain = certificates("sslcert", certificate)?;
            let pem = read("sslkey", key)?;
            let key =
                PrivateKeyDer::from_pem_slice(&pem).map_err(|_| named("sslkey", key, "has no private key; it must not be encrypted"))?;
            builder.with_client_auth_cert(chain, key).map_err(|error| broken(&error))?
        }
        _ => return Err(Broken::Tls("`sslcert` and `sslkey` belong together".to_owned())),
    };
    // No login may depend on an earlier one.
    config.resumption = Resumption::disabled();
    Ok(config)
}

fn roots(named: Option<&str>) -> Result<Roots, Broken> {
    match named {
        None | Some(SYSTEM) => Ok(Roots::of(rustls_native_certs::load_native_certs().certs)),
        Some(file) => {
            let roots = Roots::of(certificates("sslrootcert", file)?);
            if roots.is_readable() { Ok(roots) } else { Err(self::named("sslrootcert", file, "holds a certificate that cannot be read")) }
        }
    }
}

fn certificates(parameter: &str, file: &str) -> Result<Vec<CertificateDer<'static>>, Broken> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&read(parameter, file)?).collect();
    found.ok().filter(|found| !found.is_empty()).ok_or_else(|| named(parameter, file, "has no certificate"))
}

/// The contents of a file, or the inline value.
fn read(parameter: &str, file: &str) -> Result<Vec<u8>, Broken> {
    if file.trim_start().starts_with("-----BEGIN") {
        return Ok(file.as_bytes().to_vec());
    }
    files::read(Path::new(file), files::ORDINARY, Writers::Any).map_err(|error| named(parameter, file, &format!("cannot be read: {error}")))
}

/// What is wrong with a file. It is shown only if it looks like a path: a key may be in its place, in a form that is not known here.
fn named(parameter: &str, file: &str, what: &str) -> Broken {
    let is_path = file.starts_with('/') && file.len() < 256 && !file.contains(char::is_control);
    Broken::Tls(if is_path { format!("{file}, the file of `{parameter}`, {what}") } else { format!("the file of `{parameter}` {what}") })
}

/// An error of rustls, in plain words.
#[must_use]
pub fn broken(error: &Error) -> Broken {
    Broken::Tls(match error {
        Error::InvalidCertificate(wrong) => match wrong {
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => "the server's certificate has expired".to_owned(),
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                "the server's certificate is not valid yet".to_owned()
            }
            CertificateError::UnknownIssuer => "the server's certificate is signed by no authority that is trusted here".to_owned(),
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                "the server's certificate is for another host".to_owned()
            }
            other => format!("the server's certificate cannot be verified: {}", unusual(other)),
        },
        Error::AlertReceived(alert) => format!("the server ends the handshake: {alert:?}"),
        Error::InvalidMessage(_) => return Broken::Foreign("it agrees to TLS, and then does not speak it".to_owned()),
        other => other.to_string(),
    })
}

/// Errors for which rustls has no case of its own.
fn unusual(error: &CertificateError) -> String {
    let debug = format!("{error:?}");
    if debug.contains("CaUsedAsEndEntity") {
        "it is one of an authority (CA:TRUE); name this very certificate in `sslrootcert`, or make the server one without CA:TRUE"
            .to_owned()
    } else if debug.contains("UnsupportedCertVersion") {
        "it is X.509 version 1, which has no extensions; name this very certificate in `sslrootcert`, or have its authority sign it \
         with a subjectAltName"
            .to_owned()
    } else {
        error.to_string()
    }
}

/// Checks that the files can be read and fit together.
///
/// # Errors
/// What is wrong with them.
pub fn check(check: Check, credentials: &Credentials) -> Result<(), Broken> {
    configure(check, credentials).map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(credentials: &Credentials) -> String {
        configure(Check::Host, credentials).unwrap_err().to_string()
    }

    #[test]
    fn missing_files_are_named() {
        let missing = Some("/nowhere/ca.pem".to_owned());
        let said = refused(&Credentials { roots: missing.clone(), ..Credentials::default() });
        assert!(said.starts_with("TLS: /nowhere/ca.pem, the file of `sslrootcert`, cannot be read"), "{said}");
        let roots = Some(SYSTEM.to_owned());
        let said = refused(&Credentials { roots: roots.clone(), certificate: missing.clone(), key: None });
        assert_eq!(said, "TLS: `sslcert` and `sslkey` belong together");
        let empty = tempfile::NamedTempFile::new().unwrap();
        let said = refused(&Credentials { roots: Some(empty.path().display().to_string()), ..Credentials::default() });
        assert!(said.ends_with("has no certificate"), "{said}");
    }

    #[test]
    fn a_key_in_another_form_is_not_shown() {
        let (certificate, key) = (Some("-----BEGIN CERTIFICATE-----\n".to_owned()), Some("LS0tLS1CRUdJTihunter2".to_owned()));
        let credentials = Credentials { roots: Some("hunter2".to_owned()), certificate, key };
        for check in [Check::Nothing, Check::Host] {
            let said = configure(check, &credentials).unwrap_err().to_string();
            assert!(!said.contains("hunter2") && !format!("{credentials:?}").contains("hunter2"), "{said}");
        }
    }

    #[test]
    fn a_key_is_not_shown() {
        let inline = Some("-----BEGIN PRIVATE KEY-----\nhunter2\n-----END PRIVATE KEY-----\n".to_owned());
        let said = refused(&Credentials { roots: inline, ..Credentials::default() });
        assert!(!said.contains("hunter2"), "{said}");
    }
}
