//! Whether a page of another site has a browser ask in its place. Such a page can send a POST wherever the browser can, and read an answer from
//! the browser's own machine once its name leads there (DNS rebinding).

use std::net::{IpAddr, SocketAddr};

use axum::http::header::{HOST, HeaderName, ORIGIN};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, Method, StatusCode, Uri};

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// The names by which pgvigil may be asked, where that matters.
///
/// Where it listens on more than the loopback, any client that can reach the port can read the page, under names that only the operator knows: a
/// Kubernetes service, a name of the DNS. On the loopback the browser of somebody on the machine is what others could reach it through. Users
/// have a password, which no other name gets from the browser.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Names {
    is_loopback: bool,
    allowed: Vec<String>,
}

impl Names {
    /// Those of a listener at `address`: its own, which the configuration may give as a name, and `allowed`.
    pub fn new(address: Option<SocketAddr>, own: &str, allowed: &[String]) -> Self {
        let is_loopback = address.is_some_and(|address| address.ip().to_canonical().is_loopback());
        let allowed = allowed.iter().map(String::as_str).chain([own, "localhost"]);
        Self { is_loopback, allowed: allowed.filter(|name| !name.is_empty()).map(normal).collect() }
    }

    /// The same at the same address with other names.
    #[must_use]
    pub fn with(&self, own: &str, allowed: &[String]) -> Self {
        Self { is_loopback: self.is_loopback, ..Self::new(None, own, allowed) }
    }

    /// Why a request is not answered, if it is not. `has_users` says whether a client has to have a password.
    #[must_use]
    pub fn refusal(&self, method: &Method, uri: &Uri, headers: &HeaderMap, has_users: bool) -> Option<(StatusCode, String)> {
        let host = uri.authority().map(Authority::as_str).or_else(|| headers.get(HOST).map(|host| host.to_str().unwrap_or("?")));
        if !(method == Method::GET || method == Method::HEAD) && is_of_another_site(headers, host) {
            let message = "refused: the request comes from a page of another site; use curl instead\n";
            return Some((StatusCode::FORBIDDEN, message.to_owned()));
        }
        // HTTP/1.0 has no such header, and no browser speaks that.
        let host = host.filter(|_| self.is_loopback && !has_users)?;
        let name = host.parse::<Authority>().map_or_else(|_| "?".to_owned(), |authority| normal(authority.host()));
        let is_address = name.trim_matches(['[', ']']).parse::<IpAddr>().is_ok();
        if is_address || name.ends_with(".localhost") || self.allowed.contains(&name) {
            return None;
        }
        let message = "the name in the Host header is not allowed: use an IP address or localhost, list the name under \
                       `allowed_hosts` in the configuration, or require a password (web_config_file)\n";
        Some((StatusCode::MISDIRECTED_REQUEST, message.to_owned()))
    }
}

fn normal(name: &str) -> String {
    name.trim_end_matches('.').to_ascii_lowercase()
}

/// A program other than a browser sends neither header.
fn is_of_another_site(headers: &HeaderMap, host: Option<&str>) -> bool {
    if let Some(site) = headers.get(SEC_FETCH_SITE) {
        return site != "same-origin" && site != "none";
    }
    let Some(origin) = headers.get(ORIGIN) else { return false };
    let origin = origin.to_str().ok().and_then(|origin| origin.split_once("://")).map(|(_, authority)| normal(authority));
    origin.is_none() || origin != host.map(normal)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(names: &Names, method: &Method, uri: &str, headers: &[(&str, &str)], has_users: bool) -> Option<u16> {
        let header = |(name, value): &(&str, &str)| (name.parse::<HeaderName>().unwrap(), value.parse().unwrap());
        let headers = headers.iter().map(header).collect();
        names.refusal(method, &uri.parse().unwrap(), &headers, has_users).map(|(status, _)| status.as_u16())
    }

    fn names(address: &str) -> Names {
        Names::new(Some(address.parse().unwrap()), "db1", &["Metrics.Example.com".to_owned()])
    }

    #[test]
    fn on_the_loopback_a_strange_name_is_refused() {
        let names = names("127.0.0.1:9187");
        let asked = |host: &str| refusal(&names, &Method::GET, "/metrics", &[("host", host)], false);
        for host in
            ["127.0.0.1:9187", "localhost", "LOCALHOST.:9187", "[::1]:9187", "10.0.0.7", "db1:9187", "metrics.example.com", "x.localhost"]
        {
            assert_eq!(asked(host), None, "{host}");
        }
        for host in ["evil.example:9187", "localhost.evil.example", "127.0.0.1.evil.example", "", "a b", "metrics.example.com@evil.example"]
        {
            assert_eq!(asked(host), Some(421), "{host}");
        }
        assert_eq!(refusal(&names, &Method::GET, "/", &[], false), None, "HTTP/1.0");
        assert_eq!(refusal(&names, &Method::GET, "http://evil.example/", &[("host", "localhost")], false), Some(421));
        assert_eq!(refusal(&names, &Method::GET, "/", &[("host", "evil.example")], true), None, "who has the password may ask by any name");
    }

    #[test]
    fn elsewhere_names_are_the_operators_matter() {
        for address in ["0.0.0.0:9187", "[::]:9187", "10.0.0.7:9187"] {
            let names = names(address);
            assert_eq!(refusal(&names, &Method::GET, "/metrics", &[("host", "pgvigil.monitoring.svc:9187")], false), None, "{address}");
        }
        let mapped = names("[::ffff:127.0.0.1]:9187");
        assert_eq!(refusal(&mapped, &Method::GET, "/metrics", &[("host", "pgvigil.monitoring.svc:9187")], false), Some(421));
    }

    #[test]
    fn a_page_of_another_site_changes_nothing() {
        let names = names("0.0.0.0:9187");
        let posted = |headers: &[(&str, &str)]| refusal(&names, &Method::POST, "/-/reload", headers, true);
        let host = ("host", "db1:9187");
        assert_eq!(posted(&[host]), None, "curl");
        assert_eq!(posted(&[host, ("origin", "http://db1:9187")]), None);
        assert_eq!(posted(&[host, ("origin", "http://DB1:9187"), ("sec-fetch-site", "same-origin")]), None);
        for origin in ["http://evil.example", "http://db1:80", "null", "http://db1:9187.evil.example"] {
            assert_eq!(posted(&[host, ("origin", origin)]), Some(403), "{origin}");
        }
        for site in ["cross-site", "same-site", "?"] {
            assert_eq!(posted(&[host, ("sec-fetch-site", site)]), Some(403), "{site}");
        }
    }
}
