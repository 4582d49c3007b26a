//! Panics: none is expected, each is counted and said in the log, and what panicked is started anew by whoever watches over it.

use std::sync::Arc;

use tracing::error;

use super::own::Own;
use crate::document::mask::cut;

/// From now on counts every panic of any thread and logs where it was.
pub fn count(own: Arc<Own>) {
    std::panic::set_hook(Box::new(move |panic| {
        own.panicked();
        let place = panic.location().map(ToString::to_string);
        // A message may quote what was worked on.
        let message = panic.payload_as_str().map(|text| cut(text).into_owned());
        error!(place, message, "panicked; this is a bug in pgvigil");
    }));
}
