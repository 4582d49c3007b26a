//! What every request passes through: whether a page of another site asks, who asks, what every answer bears, and a handler that panics.

use std::panic::AssertUnwindSafe;

use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt as _;

use super::shared::Shared;

/// Lets those through who may ask, on whatever path: who may not know of a metric may not know of a path either.
pub async fn guard(State(shared): State<Shared>, request: Request, next: Next) -> Response {
    let web = shared.web.load_full();
    let refusal = shared.names.load().refusal(request.method(), request.uri(), request.headers(), web.users.are_any());
    let mut response = if let Some(refusal) = refusal {
        refusal.into_response()
    } else if web.users.admit(request.headers().get(AUTHORIZATION)).await {
        // A handler that panics costs its own answer; the connection and everybody else go on.
        AssertUnwindSafe(next.run(request)).catch_unwind().await.unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())
    } else {
        let mut refusal = (StatusCode::UNAUTHORIZED, "authentication required\n").into_response();
        refusal.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"pgvigil\", charset=\"UTF-8\""));
        refusal
    };
    for (name, value) in &web.headers {
        response.headers_mut().insert(name, value.clone());
    }
    response
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use arc_swap::ArcSwap;
    use axum::body::Body;
    use axum::routing::get;
    use axum::{Router, middleware};
    use hyper::service::Service as _;
    use hyper_util::service::TowerToHyperService;
    use tokio::sync::mpsc;

    use super::*;
    use crate::expose::page::Pages;
    use crate::expose::store::{Revision, Store};
    use crate::server::report::status::Board;
    use crate::telemetry::own::{Own, OwnFamilies};
    use crate::web::Web;

    fn shared(web: Web) -> Shared {
        let (board, own) = (Arc::new(Board::default()), Arc::new(Own::default()));
        let catalog = Arc::new(ArcSwap::from_pointee(BTreeMap::new()));
        let rest = OwnFamilies { own: Arc::clone(&own), board: Arc::clone(&board), catalog };
        let pages = Pages::new(Arc::new(Store::default()), Revision::default(), Box::new(rest));
        Shared::new(Arc::new(pages), board, own, mpsc::channel(1).0, Arc::new(ArcSwap::from_pointee(web)), Arc::default())
    }

    async fn panics() -> StatusCode {
        tokio::task::yield_now().await;
        unreachable!("a bug")
    }

    #[tokio::test]
    async fn a_handler_that_panics_costs_its_own_answer() {
        let mut web = Web::default();
        web.headers.push(("x-frame-options".parse().unwrap(), HeaderValue::from_static("deny")));
        let shared = shared(web);
        let router = Router::new().route("/bug", get(panics)).route("/", get(|| async {}));
        let service = TowerToHyperService::new(router.layer(middleware::from_fn_with_state(shared, guard)));
        for (path, status) in [("/bug", 500), ("/", 200), ("/bug", 500), ("/nothing", 404)] {
            let answer = service.call(Request::get(path).body(Body::empty()).unwrap()).await.unwrap();
            assert_eq!(answer.status(), status, "{path}");
            assert_eq!(answer.headers()["x-frame-options"], "deny", "{path}");
        }
    }
}
