//! `/sd`: the servers as Prometheus' HTTP service discovery reads them, one target each, for scraping them one by one.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::HOST;
use serde::Serialize;

use super::shared::Shared;

/// One target group.
#[derive(Debug, Serialize, PartialEq, Eq)]
pub struct TargetGroup {
    targets: [String; 1],
    labels: BTreeMap<String, String>,
}

/// One group a server. The target is the address under which pgvigil was asked; the server's name is the parameter of `/probe`.
pub async fn targets(State(shared): State<Shared>, headers: HeaderMap) -> Json<Vec<TargetGroup>> {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default().to_owned();
    let encrypted = shared.web.load().tls.is_some();
    Json(shared.board.read(|servers| {
        let group = |name: &str| {
            let mut labels = BTreeMap::from([
                ("__metrics_path__".to_owned(), "/probe".to_owned()),
                ("__param_target".to_owned(), name.to_owned()),
                // Without it, all targets of one exporter would be one instance.
                ("instance".to_owned(), name.to_owned()),
                // The Prometheus operator and OpenTelemetry shard targets by this label, and else by the address, which all of these share.
                ("__tmp_hash".to_owned(), name.to_owned()),
            ]);
            // Without TLS of its own nothing is said: a proxy in front may have it.
            if encrypted {
                labels.insert("__scheme__".to_owned(), "https".to_owned());
            }
            TargetGroup { targets: [host.clone()], labels }
        };
        servers.keys().map(|name| group(name)).collect()
    }))
}
