//! An authority that signs certificates, and clients that trust it.

use std::fs;
use std::net::TcpStream;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd};
use rustls::crypto::ring::default_provider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned, SupportedProtocolVersion};

use super::wire::{Wire, connect};

/// The years of a certificate that is good, and of one that was.
pub const GOOD: (i32, i32) = (2020, 2099);
pub const PAST: (i32, i32) = (2020, 2021);

pub struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
}

/// A certificate and its key, as PEM.
pub struct Identity {
    pub certificate: String,
    pub key: String,
}

impl Authority {
    pub fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).expect("no names");
        params.distinguished_name.push(DnType::CommonName, "the tests");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self { issuer: CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key")).expect("it signs itself") }
    }

    /// Signs a certificate for 127.0.0.1, good for servers and clients.
    pub fn sign(&self) -> Identity {
        self.sign_for("127.0.0.1", GOOD)
    }

    /// Signs one for a host or a role, from the beginning of a year to that of another.
    pub fn sign_for(&self, name: &str, (from, to): (i32, i32)) -> Identity {
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::new(vec![name.to_owned()]).expect("a name");
        params.distinguished_name.push(DnType::CommonName, name);
        (params.not_before, params.not_after) = (date_time_ymd(from, 1, 1), date_time_ymd(to, 1, 1));
        let certificate = params.signed_by(&key, &self.issuer).expect("a certificate").pem();
        Identity { certificate, key: key.serialize_pem() }
    }

    /// Writes the authority's own certificate to `folder/NAME.pem`.
    pub fn write(&self, folder: &Path, name: &str) {
        fs::write(folder.join(format!("{name}.pem")), self.issuer.pem()).expect("the test's folder");
    }
}

impl Identity {
    /// Writes it to `folder/NAME.pem` and `folder/NAME.key`.
    pub fn write(&self, folder: &Path, name: &str) {
        fs::write(folder.join(format!("{name}.pem")), &self.certificate).expect("the test's folder");
        fs::write(folder.join(format!("{name}.key")), &self.key).expect("the test's folder");
    }

    fn chain(&self) -> Vec<CertificateDer<'static>> {
        vec![CertificateDer::from_pem_slice(self.certificate.as_bytes()).expect("PEM")]
    }

    /// Whether it is what the server shows.
    pub fn is_of(&self, client: &StreamOwned<ClientConnection, TcpStream>) -> bool {
        client.conn.peer_certificates() == Some(self.chain().as_slice())
    }
}

/// A TLS client that trusts `authority` alone.
pub struct TlsClient<'a> {
    pub authority: &'a Authority,
    pub identity: Option<&'a Identity>,
    pub versions: &'a [&'static SupportedProtocolVersion],
}

impl TlsClient<'_> {
    /// Agrees on TLS.
    ///
    /// # Errors
    /// When the two do not agree.
    pub fn connect(&self, port: u16) -> Result<StreamOwned<ClientConnection, TcpStream>, String> {
        let mut roots = RootCertStore::empty();
        let trusted = CertificateDer::from_pem_slice(self.authority.issuer.pem().as_bytes()).expect("PEM");
        roots.add(trusted).expect("an authority");
        let builder = ClientConfig::builder_with_provider(Arc::new(default_provider()));
        let builder = builder.with_protocol_versions(self.versions).expect("known versions").with_root_certificates(roots);
        let config = match self.identity {
            None => builder.with_no_client_auth(),
            Some(identity) => {
                let key = PrivateKeyDer::from_pem_slice(identity.key.as_bytes()).expect("PEM");
                builder.with_client_auth_cert(identity.chain(), key).expect("a pair")
            }
        };
        let name = ServerName::try_from("127.0.0.1").expect("an address");
        let mut connection = ClientConnection::new(Arc::new(config), name).expect("a client");
        let mut stream = connect(port, Duration::from_secs(20));
        connection.complete_io(&mut stream).map_err(|error| error.to_string())?;
        Ok(StreamOwned::new(connection, stream))
    }

    /// The status of a page. With TLS 1.3 a client learns only here that its certificate is refused.
    ///
    /// # Errors
    /// When the two do not agree.
    pub fn get(&self, port: u16, path: &str, more: &str) -> Result<u16, String> {
        let mut wire = Wire::over(self.connect(port)?);
        wire.send(format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n{more}Connection: close\r\n\r\n").as_bytes());
        wire.answer().map(|answer| answer.status)
    }
}
