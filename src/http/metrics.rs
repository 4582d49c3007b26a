//! `/metrics` and `/probe`: the page, in the format and encoding that the scraper asks for.

use std::sync::Arc;
use std::time::Instant;

use axum::body::Body;
use axum::extract::{Query, State};
use axum::http::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, VARY};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::accept;
use super::body::PageBody;
use super::shared::Shared;
use crate::expose::page::Variant;

/// `/metrics?server=NAME`
#[derive(Debug, Default, Deserialize)]
pub struct MetricsQuery {
    server: Option<String>,
}

/// `/probe?target=NAME`
#[derive(Debug, Default, Deserialize)]
pub struct ProbeQuery {
    target: Option<String>,
}

/// Serves all servers, or the one that is asked for.
pub async fn metrics(State(shared): State<Shared>, Query(query): Query<MetricsQuery>, headers: HeaderMap) -> Response {
    match query.server {
        None => page(shared, None, &headers).await,
        Some(server) => of_server(shared, &server, &headers).await,
    }
}

/// Serves one server, by the multi-target convention. Only configured names are known: a connection string from the network would make
/// pgvigil a way into it.
pub async fn probe(State(shared): State<Shared>, Query(query): Query<ProbeQuery>, headers: HeaderMap) -> Response {
    match query.target {
        Some(target) => of_server(shared, &target, &headers).await,
        None => (StatusCode::BAD_REQUEST, "target is missing: /probe?target=NAME\n").into_response(),
    }
}

async fn of_server(shared: Shared, server: &str, headers: &HeaderMap) -> Response {
    let known = shared.board.read(|servers| servers.contains_key(server));
    if known {
        page(shared, Some(server.into()), headers).await
    } else {
        (StatusCode::NOT_FOUND, "no server of this name is configured; / lists them\n").into_response()
    }
}

async fn page(shared: Shared, server: Option<Box<str>>, headers: &HeaderMap) -> Response {
    let started = Instant::now();
    let header = |name: HeaderName| {
        // A header may be sent as several lines, which count as one list.
        let values: Vec<&str> = headers.get_all(name).iter().filter_map(|value| value.to_str().ok()).collect();
        (!values.is_empty()).then(|| values.join(","))
    };
    let format = accept::format(header(ACCEPT).as_deref());
    let gzip = accept::gzip(header(ACCEPT_ENCODING).as_deref());
    let is_whole = server.is_none();
    let variant = Variant { server, format, gzip };
    let builder = Arc::clone(&shared.builders).acquire_owned().await.ok();
    // Building a page takes processor time only, but with many servers more than a thread that serves others should spend at once.
    let pages = Arc::clone(&shared.pages);
    let build = move || {
        let page = pages.get(&variant, Instant::now());
        drop(builder);
        page
    };
    let Ok(page) = tokio::task::spawn_blocking(build).await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    shared.own.scraped(format, gzip, page.length, started.elapsed());
    if is_whole {
        shared.own.sized(page.plain);
    }
    let mut response = Response::new(Body::new(PageBody::from(page)));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(format.content_type()));
    headers.insert(VARY, HeaderValue::from_static("accept, accept-encoding"));
    if gzip {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    response
}
