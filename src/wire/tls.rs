//! TLS towards a server: whose certificates are accepted, by which authorities, and in whose words it is said that one is not.

use std::path::Path;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{Resumption, verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use tokio_rustls::TlsConnector;

use super::broken::Broken;
use super::line::Socket;
use super::route::Check;
use crate::files::{self, Writers};

/// Libpq's word for the authorities that the machine trusts.
const SYSTEM: &str = "system";

/// Who is trusted, and who pgvigil is: names of files, or what stands in them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Credentials {
    /// The authorities that count, and no others; without any, those of the machine.
    pub roots: Option<String>,
    /// The certificate that pgvigil shows.
    pub certificate: Option<String>,
    /// Its key.
    pub key: Option<String>,
}

/// Agrees on TLS with the server at the other end.
pub async fn encrypt(socket: Box<dyn Socket>, host: &str, check: Check, credentials: &Credentials) -> Result<Box<dyn Socket>, Broken> {
    let credentials = credentials.clone();
    // Files are read, and the machine may trust hundreds of authorities.
    let config = tokio::task::spawn_blocking(move || configure(check, &credentials));
    let config = config.await.map_err(|_| Broken::Tls("pgvigil panicked while it read certificates".to_owned()))??;
    let name = match ServerName::try_from(host.to_owned()) {
        Ok(name) => name,
        Err(_) if check == Check::Host => return Err(Broken::Tls("the host has no name that a certificate could be for".to_owned())),
        // It is looked at by nobody; an address is not sent either.
        Err(_) => ServerName::IpAddress(std::net::Ipv4Addr::UNSPECIFIED.into()),
    };
    Ok(Box::new(TlsConnector::from(Arc::new(config)).connect(name, socket).await?))
}

fn configure(check: Check, credentials: &Credentials) -> Result<ClientConfig, Broken> {
    let provider = Arc::new(ring::default_provider());
    let roots = if check == Check::Nothing { RootCertStore::empty() } else { roots(credentials.roots.as_deref())? };
    let verifier = Arc::new(Verifier { check, roots, provider: Arc::clone(&provider) });
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let builder = builder.map_err(|error| broken(&error))?.dangerous().with_custom_certificate_verifier(verifier);
    let mut config = match (&credentials.certificate, &credentials.key) {
        (None, None) => builder.with_no_client_auth(),
        (Some(certificate), Some(key)) => {
            let chain = certificates(certificate)?;
            let key = PrivateKeyDer::from_pem_slice(&read(key)?).map_err(|_| named(key, "has no private key; it must not be encrypted"))?;
            builder.with_client_auth_cert(chain, key).map_err(|error| broken(&error))?
        }
        _ => return Err(Broken::Tls("`sslcert` and `sslkey` belong together".to_owned())),
    };
    // Each login stands for itself.
    config.resumption = Resumption::disabled();
    Ok(config)
}

fn roots(named: Option<&str>) -> Result<RootCertStore, Broken> {
    let mut roots = RootCertStore::empty();
    match named {
        None | Some(SYSTEM) => _ = roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs),
        Some(file) => {
            for certificate in certificates(file)? {
                roots.add(certificate).map_err(|_| self::named(file, "holds a certificate that cannot be read"))?;
            }
        }
    }
    Ok(roots)
}

fn certificates(file: &str) -> Result<Vec<CertificateDer<'static>>, Broken> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&read(file)?).collect();
    found.ok().filter(|found| !found.is_empty()).ok_or_else(|| named(file, "has no certificate"))
}

/// What stands in a file, or instead of its name.
fn read(file: &str) -> Result<Vec<u8>, Broken> {
    if is_inline(file) {
        return Ok(file.as_bytes().to_vec());
    }
    files::read(Path::new(file), files::ORDINARY, Writers::Any).map_err(|error| Broken::Tls(format!("cannot read {file}: {error}")))
}

fn is_inline(file: &str) -> bool {
    file.trim_start().starts_with("-----BEGIN")
}

fn named(file: &str, what: &str) -> Broken {
    Broken::Tls(format!("{} {what}", if is_inline(file) { "what was given" } else { file }))
}

/// Checks as much of a certificate as was asked for.
#[derive(Debug)]
struct Verifier {
    check: Check,
    roots: RootCertStore,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if self.check != Check::Nothing {
            let certificate = ParsedCertificate::try_from(end_entity)?;
            let algorithms = self.provider.signature_verification_algorithms.all;
            verify_server_cert_signed_by_trust_anchor(&certificate, &self.roots, intermediates, now, algorithms)?;
            if self.check == Check::Host {
                verify_server_name(&certificate, server_name)?;
            }
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        // Whose certificate it is was not asked, and it may be of a form that only others can read.
        if self.check == Check::Nothing {
            return Ok(HandshakeSignatureValid::assertion());
        }
        verify_tls12_signature(message, certificate, signed, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        if self.check == Check::Nothing {
            return Ok(HandshakeSignatureValid::assertion());
        }
        verify_tls13_signature(message, certificate, signed, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// What rustls says, in words.
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
            other => format!("the server's certificate cannot be verified: {other}"),
        },
        Error::AlertReceived(alert) => format!("the server ends the handshake: {alert:?}"),
        Error::InvalidMessage(_) => return Broken::Foreign("it agrees to TLS, and then does not speak it".to_owned()),
        other => other.to_string(),
    })
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
        assert!(said.starts_with("TLS: cannot read /nowhere/ca.pem"), "{said}");
        let roots = Some(SYSTEM.to_owned());
        let said = refused(&Credentials { roots: roots.clone(), certificate: missing.clone(), key: None });
        assert_eq!(said, "TLS: `sslcert` and `sslkey` belong together");
        let empty = tempfile::NamedTempFile::new().unwrap();
        let said = refused(&Credentials { roots: Some(empty.path().display().to_string()), ..Credentials::default() });
        assert!(said.ends_with("has no certificate"), "{said}");
    }

    #[test]
    fn a_key_is_not_shown() {
        let inline = Some("-----BEGIN PRIVATE KEY-----\nhunter2\n-----END PRIVATE KEY-----\n".to_owned());
        let said = refused(&Credentials { roots: inline, ..Credentials::default() });
        assert!(!said.contains("hunter2"), "{said}");
    }
}
