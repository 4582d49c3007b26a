//! The grammar of the web configuration file: <https://github.com/prometheus/exporter-toolkit/blob/master/docs/web-configuration.md>.
//!
//! What that grammar knows and pgvigil does not do is an error: a file that asks for protection must not seem to give it.

use std::collections::HashMap;
use std::path::Path;

use axum::http::{HeaderName, HeaderValue};

use super::seal::Seal;
use super::users::{self, Users};
use super::{Web, tls};
use crate::diagnostic::Diagnostic;
use crate::document::Document;
use crate::document::mask::quoted;
use crate::document::secrets::{Noted, Secrets};
use crate::document::table::{Entry, Table};
use crate::files::{self, Writers};

/// The headers that may be set, and the values of those that have a choice.
const HEADERS: [(&str, &[&str]); 5] = [
    ("Content-Security-Policy", &[]),
    ("Strict-Transport-Security", &[]),
    ("X-Content-Type-Options", &["nosniff"]),
    ("X-Frame-Options", &["deny", "sameorigin"]),
    ("X-XSS-Protection", &[]),
];

impl Web {
    /// Reads the file and all that it names; without one, the default.
    ///
    /// # Errors
    /// Everything that is wrong with them.
    pub fn load(path: Option<&Path>, secrets: Secrets) -> Result<Self, Vec<Diagnostic>> {
        path.map_or_else(|| Ok(Self::default()), |path| read(path, secrets))
    }
}

fn read(path: &Path, secrets: Secrets) -> Result<Web, Vec<Diagnostic>> {
    // It has the hashes of passwords, so that it may be as far away as they.
    if secrets == Secrets::Optional && files::is_absent(path) {
        let why = Diagnostic::file(path.display().to_string(), "the web configuration is not on this machine, or not for this user");
        return Ok(Web { unchecked: vec![why], ..Web::default() });
    }
    // The environment has no part in this file.
    let mut document = Document::read(Some(path), Writers::Some, &[])?;
    document.expect(secrets);
    let mut seal = Seal::default();
    seal.add(document.text().as_bytes());
    let mut root = Table::root(&document);
    let tls = root.take("tls_server_config").and_then(Entry::table).and_then(|table| tls::read(table, &mut seal));
    let headers = root.take("http_server_config").and_then(Entry::table).map(http).unwrap_or_default();
    let users = root.take("basic_auth_users").and_then(Entry::table).map(known).unwrap_or_default();
    root.refuse("rate_limit", "a scrape costs no more than its bytes, and connections are bounded as it is");
    root.finish();
    if users.are_any() {
        document.secret_within();
    }
    let (path, seal) = (Some(path.to_owned()), Some(seal.finish()));
    document.finish_with(|Noted { files, unchecked, .. }| Web { path, users, headers, tls, secret_files: files, unchecked, seal })
}

fn http(mut table: Table<'_>) -> Vec<(HeaderName, HeaderValue)> {
    let document = table.document();
    if let Some(entry) = table.take("http2") {
        let origin = entry.origin();
        if entry.flag() == Some(true) {
            let hint = "leave it out or write false; every client of HTTP/2 falls back to HTTP/1.1 by itself";
            document.report(origin.error("HTTP/2 is not supported by pgvigil").hint(hint));
        }
    }
    let headers = table.take("headers").and_then(Entry::table).map(Table::entries).unwrap_or_default();
    table.finish();
    headers.into_iter().filter_map(header).collect()
}

fn header(entry: Entry<'_>) -> Option<(HeaderName, HeaderValue)> {
    let (document, key) = (entry.document(), entry.key().to_owned());
    let Some((_, values)) = HEADERS.iter().find(|(name, _)| name.eq_ignore_ascii_case(&key)) else {
        let known = HEADERS.iter().map(|(name, _)| *name);
        document.report(entry.key_origin().error(format!("the header {} cannot be set", quoted(&key))).suggest(&key, known));
        return None;
    };
    let origin = entry.origin();
    let text = entry.text()?;
    if !values.is_empty() && !values.contains(&text.as_str()) {
        document.report(origin.error("not a value of this header").suggest(&text, values.iter().copied()));
        return None;
    }
    let (Ok(name), Ok(value)) = (HeaderName::try_from(key), HeaderValue::try_from(text)) else {
        document.report(origin.error("a header's value is one line of visible characters"));
        return None;
    };
    Some((name, value))
}

fn known(table: Table<'_>) -> Users {
    let document = table.document();
    let mut hashes = HashMap::new();
    for entry in table.entries() {
        let (user, origin) = (entry.key().to_owned(), entry.key_origin());
        let Some(hash) = entry.secret() else { continue };
        if user.contains(':') {
            document.report(origin.error("a user's name has no colon: what follows one is the password"));
            continue;
        }
        let hint = "`pgvigil hash-password` asks for a password and prints this line";
        match hash.parse::<bcrypt::HashParts>() {
            Err(_) => document.report(origin.error(format!("the password of {} is not a bcrypt hash", quoted(&user))).hint(hint)),
            Ok(parts) if parts.get_cost() > users::COST => {
                let message = format!(
                    "the hash of {} has cost {}, and more than {} is not checked: each wrong password would take a processor for many seconds",
                    quoted(&user),
                    parts.get_cost(),
                    users::COST
                );
                document.report(origin.error(message).hint(hint));
            }
            Ok(_) => drop(hashes.insert(user, hash)),
        }
    }
    Users::new(hashes).unwrap_or_else(|_| {
        document.report(Diagnostic::file("basic_auth_users", "the system has no random numbers"));
        Users::default()
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use tempfile::TempDir;

    use super::*;

    /// Reads a file of this text, beside which stand a certificate, its key, and another key.
    fn load(text: &str) -> Result<Web, Vec<String>> {
        let folder = TempDir::new().unwrap();
        let own = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let other = rcgen::KeyPair::generate().unwrap();
        fs::write(folder.path().join("cert.pem"), own.cert.pem()).unwrap();
        fs::write(folder.path().join("key.pem"), own.signing_key.serialize_pem()).unwrap();
        fs::write(folder.path().join("other.pem"), other.serialize_pem()).unwrap();
        let path = folder.path().join("web.yml");
        fs::write(&path, text).unwrap();
        let show = |error: Diagnostic| error.to_string().replace(&format!("{}/", folder.path().display()), "");
        read(&path, Secrets::Required).map_err(|errors| errors.into_iter().map(show).collect())
    }

    fn errors(text: &str) -> String {
        load(text).err().map(|errors| errors.join("")).unwrap_or_default()
    }

    const TLS: &str = "tls_server_config:\n  cert_file: cert.pem\n  key_file: key.pem\n";

    #[test]
    fn reads_what_it_supports() {
        let more = "  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: cert.pem\n  min_version: TLS12\n  max_version: TLS13\n  \
                    cipher_suites: [TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256]\n  curve_preferences: [CurveP256, X25519]\n  \
                    prefer_server_cipher_suites: false\nhttp_server_config:\n  http2: false\n  headers:\n    X-Frame-Options: deny\n    \
                    Strict-Transport-Security: max-age=1\nbasic_auth_users:\n  alice: $2y$10$mDwo.lAisC94iLAyP81MCesa29IzH37oigHC/42V2pdJlUprsJPze\n  \
                    42: $2b$10$hLqFl9jSjoAAy95Z/zw8Ye8wkdMBM8c5Bn1ptYqP/AXyV0.oy0S8m\n";
        let web = load(&format!("{TLS}{more}")).unwrap();
        assert_eq!((web.scheme(), web.headers.len()), ("https", 2));
        assert_eq!(load("# nothing\n").unwrap().scheme(), "http");
        assert_eq!(load(TLS).unwrap().scheme(), "https");
    }

    #[test]
    fn reads_the_shipped_example() {
        let example = include_str!("../../deploy/web.yml").replace("/etc/pgvigil/tls/server.key", "key.pem");
        let here =
            ["server.pem", "clients.pem"].iter().fold(example, |text, name| text.replace(&format!("/etc/pgvigil/tls/{name}"), "cert.pem"));
        let as_it_is = load(&here).map_err(|errors| errors.join("")).unwrap();
        assert!(as_it_is.scheme() == "https" && !as_it_is.users.are_any(), "an example must not let anyone in by a known password");
        // With all that there is to choose from.
        let is_setting = |line: &str| line.starts_with('#') && !line.starts_with("# ") && line.len() > 1 || line.starts_with("#  ");
        let chosen = |line: &str| if is_setting(line) && !line.starts_with("#   pgvigil") { line[1..].to_owned() } else { line.to_owned() };
        let all = here.lines().map(chosen).collect::<Vec<_>>().join("\n");
        assert!(errors(&all).contains("is not a bcrypt hash"), "{}", errors(&all));
        let hash = "$2y$10$mDwo.lAisC94iLAyP81MCesa29IzH37oigHC/42V2pdJlUprsJPze";
        let web = load(&all.replace("the hash that hash-password prints", hash)).map_err(|errors| errors.join("")).unwrap();
        assert_eq!((web.scheme(), web.headers.len(), web.users.are_any()), ("https", 2, true));
    }

    #[test]
    fn a_change_of_any_file_is_a_change() {
        let (one, same, other) = (load("# 1\n").unwrap(), load("# 1\n").unwrap(), load("# 2\n").unwrap());
        assert!(one.seal == same.seal && one.seal != other.seal);
        // Each time another certificate.
        assert!(load(TLS).unwrap().seal != load(TLS).unwrap().seal);
    }

    #[test]
    fn says_what_is_wrong_and_where() {
        for (text, parts) in [
            ("tls_server_config:\n  cert_file: cert.pem\n", ["`key_file` is missing", "web.yml:2:"]),
            ("tls_server_config:\n  cert_file: nothing.pem\n  key_file: key.pem\n", ["cannot read nothing.pem", "web.yml:2:14"]),
            ("tls_server_config:\n  cert_file: key.pem\n  key_file: key.pem\n", ["no certificate in key.pem", "web.yml:2:14"]),
            ("tls_server_config:\n  cert_file: cert.pem\n  key_file: cert.pem\n", ["no private key in cert.pem", "web.yml:3:13"]),
            ("tls_server_config:\n  cert_file: cert.pem\n  key_file: other.pem\n", ["do not belong together", "web.yml:3:13"]),
            ("tls_server_confi: {}\n", ["unknown key", "did you mean `tls_server_config`"]),
            ("rate_limit: { interval: 1s }\n", ["`rate_limit` is not supported", "web.yml:1:1"]),
            ("http_server_config: { http2: true }\n", ["HTTP/2 is not supported", "write false"]),
            ("http_server_config: { headers: { Server: x } }\n", ["the header `Server` cannot be set", "X-Frame-Options"]),
            ("http_server_config: { headers: { X-Frame-Options: allow } }\n", ["not a value", "deny, sameorigin"]),
            ("basic_auth_users: [alice]\n", ["expected a mapping", "web.yml:1:19"]),
            ("basic_auth_users: { \"a:b\": x }\n", ["no colon", "web.yml:1:"]),
            (
                "basic_auth_users:\n  alice: $2y$17$mDwo.lAisC94iLAyP81MCesa29IzH37oigHC/42V2pdJlUprsJPze\n",
                ["has cost 17, and more than 16 is not checked", "pgvigil hash-password"],
            ),
        ] {
            let said = errors(text);
            assert!(parts.iter().all(|part| said.contains(part)), "{text}\n{said}");
        }
    }

    #[test]
    fn refuses_weak_or_unknown_tls() {
        for (line, parts) in [
            ("cert: x", ["`cert` is not supported", "cert_file"]),
            ("client_allowed_sans: [x]", ["`client_allowed_sans` is not supported", "client_ca_file"]),
            ("min_version: TLS11", ["`TLS11` is not supported", "TLS12 or TLS13"]),
            ("min_version: TLS13\n  max_version: TLS12", ["no version of TLS is left", "web.yml:5:"]),
            ("cipher_suites: [TLS_RSA_WITH_AES_128_CBC_SHA]", ["unknown or unsupported cipher suite", "web.yml:4:19"]),
            ("cipher_suites: [TLS_AES_128_GCM_SHA256]", ["always on", "web.yml:4:19"]),
            ("curve_preferences: [CurveP521]", ["unknown or unsupported curve", "CurveP256"]),
            ("client_auth_type: RequireAnyClientCert", ["would look at no certificate", "RequireAndVerifyClientCert"]),
            ("client_auth_type: Sometimes", ["unknown policy", "RequireAndVerifyClientCert"]),
            ("client_auth_type: RequireAndVerifyClientCert", ["`client_ca_file` is missing", "web.yml:4:21"]),
            ("client_ca_file: cert.pem", ["nobody is asked for", "client_auth_type"]),
        ] {
            let said = errors(&format!("{TLS}  {line}\n"));
            assert!(parts.iter().all(|part| said.contains(part)), "{line}\n{said}");
        }
    }

    #[test]
    fn shows_no_secret() {
        let hash = "$2y$10$mDwo.lAisC94iLAyP81MCesa29IzH37oigHC/42V2pdJlUprsJPze";
        for text in [
            "basic_auth_users:\n  alice: s3cret\n".to_owned(),
            "basic_auth_users: { alice: s3cret, bob: s3cret }\n".to_owned(),
            "basic_auth_users: { alice: [s3cret] }\n".to_owned(),
            "basic_auth_users:\n  alice: s3cret\n  bob: 53cr37\n  carol: 12345678\n".to_owned(),
            format!("alice: {hash}\n"),
            format!("basic_auth_users:\n  alice: {hash}\n  alice: {hash}\n"),
            "tls_server_config:\n  key: \"-----BEGIN PRIVATE KEY-----\\ns3cret\"\n".to_owned(),
        ] {
            let said = errors(&text);
            assert!(said.contains("error"), "{text}");
            assert!(!["s3cret", "53cr37", "12345678", "mDwo"].iter().any(|secret| said.contains(secret)), "{said}");
        }
    }
}
