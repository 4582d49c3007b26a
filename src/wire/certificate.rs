//! Which certificates of a server are accepted, nearly as in libpq.
//!
//! rustls checks a chain and the names in a certificate. It refuses certificates made as `PostgreSQL`'s manual describes: one that is self-signed, and
//! one whose only name is its common name. Both are accepted here, as OpenSSL and libpq accept them:
//!
//! | certificate | accepted |
//! | --- | --- |
//! | signed by an authority (CA:TRUE) in `sslrootcert`, or by one of the system's | until it or the authority expires |
//! | in `sslrootcert` itself, whether or not it is CA:TRUE | until it expires; it signs no other unless it is CA:TRUE |
//! | has a common name (`CN=db1`) and no alternative name of the host's kind, DNS or IP | for that host |
//! | X.509 version 1, in `sslrootcert` itself | until it expires, with TLS 1.3; it signs others if it signs itself |
//! | X.509 version 1, signed by an authority | never: rustls cannot read it |

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::crypto::{WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature, verify_tls13_signature_with_raw_key};
use rustls::pki_types::{CertificateDer, ServerName, SubjectPublicKeyInfoDer, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::FromDer as _;
use x509_parser::x509::X509Version;

use super::route::Check;

/// The certificates that are trusted.
#[derive(Debug)]
pub struct Roots {
    authorities: RootCertStore,
    /// All certificates, because a server may present one of them as its own.
    all: Vec<CertificateDer<'static>>,
}

impl Roots {
    /// The certificates of a file or of the system.
    #[must_use]
    pub fn of(all: Vec<CertificateDer<'static>>) -> Self {
        let mut authorities = RootCertStore::empty();
        // webpki takes whatever it is given for an authority.
        let now = UnixTime::now();
        let trusted =
            all.iter().filter(|certificate| read(certificate).is_ok_and(|read| is_authority(&read) && is_valid(&read, now).is_ok()));
        _ = authorities.add_parsable_certificates(trusted.cloned());
        Self { authorities, all }
    }

    /// Whether each of them is a valid certificate.
    #[must_use]
    pub fn is_readable(&self) -> bool {
        self.all.iter().all(|certificate| X509Certificate::from_der(certificate).is_ok())
    }
}

/// Checks as much of a certificate as is configured.
#[derive(Debug)]
pub struct Verifier {
    /// What is checked.
    pub check: Check,
    /// The trusted certificates.
    pub roots: Roots,
    /// How signatures are verified.
    pub algorithms: WebPkiSupportedAlgorithms,
}

impl Verifier {
    /// Where the certificate is not checked, its signature is not either: rustls may be unable to read it.
    fn unless_unchecked(&self, verify: impl FnOnce() -> Result<HandshakeSignatureValid, Error>) -> Result<HandshakeSignatureValid, Error> {
        if self.check == Check::Nothing { Ok(HandshakeSignatureValid::assertion()) } else { verify() }
    }
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
        if self.check == Check::Nothing {
            return Ok(ServerCertVerified::assertion());
        }
        if self.roots.all.iter().any(|root| root == end_entity) {
            is_valid(&read(end_entity)?, now)?;
        } else {
            let certificate = ParsedCertificate::try_from(end_entity)?;
            verify_server_cert_signed_by_trust_anchor(&certificate, &self.roots.authorities, intermediates, now, self.algorithms.all)?;
        }
        if self.check == Check::Host {
            is_for(end_entity, server_name)?;
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.unless_unchecked(|| verify_tls12_signature(message, certificate, signed, &self.algorithms))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.unless_unchecked(|| {
            if ParsedCertificate::try_from(certificate).is_ok() {
                return verify_tls13_signature(message, certificate, signed, &self.algorithms);
            }
            // A version 1 certificate. It is in the file, or it would have been refused before.
            let read = read(certificate)?;
            let key = SubjectPublicKeyInfoDer::from(read.public_key().raw);
            verify_tls13_signature_with_raw_key(message, &key, signed, &self.algorithms)
        })
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

fn read<'a>(certificate: &'a CertificateDer<'_>) -> Result<X509Certificate<'a>, Error> {
    let (_, read) = X509Certificate::from_der(certificate).map_err(|_| Error::InvalidCertificate(CertificateError::BadEncoding))?;
    Ok(read)
}

/// Whether it may sign others. One of version 1 cannot say so: as in OpenSSL, it may if it signs itself.
fn is_authority(certificate: &X509Certificate<'_>) -> bool {
    let is_old = certificate.version() == X509Version::V1 && certificate.subject() == certificate.issuer();
    is_old || certificate.basic_constraints().ok().flatten().is_some_and(|constraints| constraints.value.ca)
}

fn is_valid(certificate: &X509Certificate<'_>, now: UnixTime) -> Result<(), Error> {
    let now = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
    let validity = certificate.validity();
    Err(Error::InvalidCertificate(if now < validity.not_before.timestamp() {
        CertificateError::NotValidYet
    } else if now > validity.not_after.timestamp() {
        CertificateError::Expired
    } else {
        return Ok(());
    }))
}

/// Whether a certificate is for this host: by its alternative names, or by its common name if it has none for a host.
fn is_for(certificate: &CertificateDer<'_>, host: &ServerName<'_>) -> Result<(), Error> {
    let read = read(certificate)?;
    let unreadable = |_| Error::InvalidCertificate(CertificateError::BadEncoding);
    let names = read.subject_alternative_name().map_err(unreadable)?.map(|names| &names.value.general_names);
    let is_of_its_kind = |name: &GeneralName<'_>| match host {
        ServerName::IpAddress(_) => matches!(name, GeneralName::IPAddress(_)),
        _ => matches!(name, GeneralName::DNSName(_)),
    };
    if names.is_some_and(|names| names.iter().any(is_of_its_kind)) {
        return verify_server_name(&ParsedCertificate::try_from(certificate)?, host);
    }
    let common = read.subject().iter_common_name().next().and_then(|name| name.as_str().ok());
    if common.is_some_and(|common| is_named(common, &host.to_str())) {
        Ok(())
    } else {
        Err(Error::InvalidCertificate(CertificateError::NotValidForName))
    }
}

/// Whether a common name, perhaps with `*` as its first label, matches a host.
fn is_named(common: &str, host: &str) -> bool {
    let matches = |pattern: &str, name: &str| pattern.eq_ignore_ascii_case(name);
    match common.strip_prefix("*.") {
        // As in libpq: not for addresses, and for one label only.
        Some(domain) => {
            !domain.is_empty()
                && host.parse::<std::net::IpAddr>().is_err()
                && host.split_once('.').is_some_and(|(label, rest)| !label.is_empty() && matches(domain, rest))
        }
        None => matches(common, host),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_names_are_compared_as_libpq_does() {
        for (common, host) in [
            ("db1.example.com", "DB1.example.com"),
            ("*.example.com", "db1.example.com"),
            ("127.0.0.1", "127.0.0.1"),
            ("*.internal", "db1.internal"),
        ] {
            assert!(is_named(common, host), "{common} {host}");
        }
        for (common, host) in [("db1", "db2"), ("*.example.com", "a.b.example.com"), ("*.0.0.1", "127.0.0.1"), ("", "db1")] {
            assert!(!is_named(common, host), "{common} {host}");
        }
    }

    #[test]
    fn what_is_no_certificate_is_not_trusted() {
        assert!(!Roots::of(vec![CertificateDer::from(b"hunter2".to_vec())]).is_readable());
        assert!(Roots::of(Vec::new()).is_readable());
    }
}
