//! `tls_server_config`: the server's side of TLS, by rustls.

use std::sync::Arc;

use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::ClientCertVerifier;
use rustls::version::{TLS12, TLS13};
use rustls::{RootCertStore, ServerConfig, SupportedCipherSuite, SupportedProtocolVersion};

use super::seal::{Named, Seal};
use crate::document::mask::quoted;
use crate::document::origin::Fault;
use crate::document::table::{Entry, Table};

/// Reads the section. What is wrong with it is noted in the document.
pub fn read(mut table: Table<'_>, seal: &mut Seal) -> Option<Arc<ServerConfig>> {
    let document = table.document();
    for (key, hint) in [
        ("cert", "write the certificate to a file and name it with `cert_file`"),
        ("key", "write the key to a file and name it with `key_file`"),
        ("client_ca", "write the certificate to a file and name it with `client_ca_file`"),
        ("client_allowed_sans", "let `client_ca_file` hold an authority that signs for nobody else"),
    ] {
        table.refuse(key, hint);
    }
    let chain = table.require("cert_file", "the certificate, as PEM").and_then(|entry| seal.read(entry));
    let chain = chain.as_ref().and_then(|file| certificates(file).map_err(|fault| document.report(file.origin.fault(fault))).ok());
    let key_file = table.require("key_file", "the certificate's private key, as PEM").and_then(|entry| seal.read(entry));
    if let Some(file) = &key_file {
        document.secret_file(&file.path);
    }
    let key = key_file.as_ref().and_then(|file| private_key(file).map_err(|fault| document.report(file.origin.fault(fault))).ok());
    let provider = Arc::new(provider(&mut table));
    let clients = clients(&mut table, seal, &provider);
    let versions = versions(&mut table);
    let prefer = table.take("prefer_server_cipher_suites").and_then(Entry::flag).unwrap_or(true);
    table.finish();

    let (chain, key, key_file, versions) = (chain?, key?, key_file?, versions?);
    let built = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&versions)
        .map(|builder| match clients {
            Some(clients) => builder.with_client_cert_verifier(clients),
            None => builder.with_no_client_auth(),
        })
        .and_then(|builder| builder.with_single_cert(chain, key));
    match built {
        Ok(mut config) => {
            config.ignore_client_order = prefer;
            config.alpn_protocols = vec![b"http/1.1".to_vec()];
            Some(Arc::new(config))
        }
        Err(error) => {
            let message = match error {
                rustls::Error::InconsistentKeys(_) => "the certificate and the key do not belong together".to_owned(),
                other => other.to_string(),
            };
            document.report(key_file.origin.error(message));
            None
        }
    }
}

fn certificates(file: &Named) -> Result<Vec<CertificateDer<'static>>, Fault> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&file.content).collect();
    found.ok().filter(|found| !found.is_empty()).ok_or_else(|| Fault::new(format!("there is no certificate in {}", file.path.display())))
}

fn private_key(file: &Named) -> Result<PrivateKeyDer<'static>, Fault> {
    let missing = |_| Fault::new(format!("there is no private key in {}", file.path.display())).hint("it must not be encrypted");
    PrivateKeyDer::from_pem_slice(&file.content).map_err(missing)
}

/// What is computed with: ring, restricted to what the section lists, in its order.
fn provider(table: &mut Table<'_>) -> CryptoProvider {
    let document = table.document();
    let mut provider = ring::default_provider();
    let (newest, older): (Vec<_>, Vec<_>) = provider.cipher_suites.iter().copied().partition(|suite| suite.tls13().is_some());
    if let Some(entries) = table.take("cipher_suites").and_then(Entry::list) {
        let mut chosen = newest;
        for entry in entries {
            let origin = entry.origin();
            let Some(name) = entry.text() else { continue };
            if ["TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"].contains(&name.as_str()) {
                document.report(origin.error("the cipher suites of TLS 1.3 are always on").hint("list those of TLS 1.2 only"));
            } else if let Some(suite) = older.iter().find(|suite| suite_name(**suite) == name) {
                chosen.push(*suite);
            } else {
                let known: Vec<String> = older.iter().copied().map(suite_name).collect();
                let error = origin.error(format!("unknown or unsupported cipher suite {}", quoted(&name)));
                document.report(error.suggest(&name, known.iter().map(String::as_str)));
            }
        }
        provider.cipher_suites = chosen;
    }
    if let Some(entries) = table.take("curve_preferences").and_then(Entry::list) {
        let known =
            [("X25519", ring::kx_group::X25519), ("CurveP256", ring::kx_group::SECP256R1), ("CurveP384", ring::kx_group::SECP384R1)];
        provider.kx_groups.clear();
        for entry in entries {
            let origin = entry.origin();
            let Some(name) = entry.text() else { continue };
            match known.iter().find(|(known, _)| *known == name) {
                Some((_, group)) => provider.kx_groups.push(*group),
                None => document.report(
                    origin
                        .error(format!("unknown or unsupported curve {}", quoted(&name)))
                        .suggest(&name, known.iter().map(|(known, _)| *known)),
                ),
            }
        }
    }
    provider
}

fn suite_name(suite: SupportedCipherSuite) -> String {
    format!("{:?}", suite.suite())
}

fn versions(table: &mut Table<'_>) -> Option<Vec<&'static SupportedProtocolVersion>> {
    const KNOWN: [(&str, &SupportedProtocolVersion); 2] = [("TLS12", &TLS12), ("TLS13", &TLS13)];
    let document = table.document();
    let mut last = table.origin();
    let mut bound = |key| -> Option<Option<usize>> {
        let Some(entry) = table.take(key) else { return Some(None) };
        let origin = entry.origin();
        last = origin.clone();
        let name = entry.text()?;
        let known = KNOWN.iter().position(|(known, _)| *known == name);
        if known.is_none() {
            document.report(origin.error(format!("{} is not supported", quoted(&name))).hint("write TLS12 or TLS13"));
        }
        Some(Some(known?))
    };
    let (min, max) = (bound("min_version"), bound("max_version"));
    let (min, max) = (min?.unwrap_or(0), max?.unwrap_or(KNOWN.len() - 1));
    if min > max {
        let hint = "let `max_version` be no older than `min_version`";
        document.report(last.error("no version of TLS is left").hint(hint));
        return None;
    }
    Some(KNOWN[min..=max].iter().map(|(_, version)| *version).collect())
}

/// Who checks clients' certificates, if they are to be checked.
fn clients(table: &mut Table<'_>, seal: &mut Seal, provider: &Arc<CryptoProvider>) -> Option<Arc<dyn ClientCertVerifier>> {
    const POLICIES: [&str; 3] = ["NoClientCert", "VerifyClientCertIfGiven", "RequireAndVerifyClientCert"];
    let document = table.document();
    let authority = table.take("client_ca_file").and_then(|entry| seal.read(entry));
    let entry = table.take("client_auth_type");
    let origin = entry.as_ref().map(Entry::origin);
    let policy = entry.and_then(Entry::text);
    let report = |message: &str, hint: &str| {
        if let Some(origin) = origin.as_ref().or(authority.as_ref().map(|file| &file.origin)) {
            document.report(origin.error(message).hint(hint));
        }
    };
    let optional = match policy.as_deref() {
        None | Some("NoClientCert") => {
            if authority.is_some() {
                report("nobody is asked for a certificate that this could check", "write `client_auth_type: RequireAndVerifyClientCert`");
            }
            return None;
        }
        Some("VerifyClientCertIfGiven") => true,
        Some("RequireAndVerifyClientCert") => false,
        Some("RequestClientCert" | "RequireAnyClientCert" | "RequireClientCert") => {
            report("this policy would look at no certificate, and is not supported", "write RequireAndVerifyClientCert");
            return None;
        }
        Some(other) => {
            if let Some(origin) = &origin {
                document.report(origin.error("unknown policy").suggest(other, POLICIES));
            }
            return None;
        }
    };
    let Some(authority) = &authority else {
        report("`client_ca_file` is missing", "the certificate of the authority that signs the clients'");
        return None;
    };
    let verifier = certificates(authority).and_then(|certificates| {
        let mut roots = RootCertStore::empty();
        let refused = |error: &dyn std::fmt::Display| Fault::new(format!("not the certificate of an authority: {error}"));
        certificates.into_iter().try_for_each(|certificate| roots.add(certificate)).map_err(|error| refused(&error))?;
        let builder = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider));
        let builder = if optional { builder.allow_unauthenticated() } else { builder };
        builder.build().map_err(|error| refused(&error))
    });
    verifier.map_err(|fault| document.report(authority.origin.fault(fault))).ok()
}
