//! Reading the files of a reload, which may be slow to read, and what reads them may have a bug: both are a failed reload and no more.

use std::time::Duration;

use fail::fail_point;
use tokio::task::JoinHandle;

use crate::diagnostic::Diagnostic;
use crate::sources::{Loaded, Sources};

/// How long the files of a reload may take to be read.
const LIMIT: Duration = Duration::from_secs(30);

/// The reading of the files that has not ended.
#[derive(Default)]
pub struct Loading(Option<JoinHandle<Result<Loaded, Vec<Diagnostic>>>>);

impl Loading {
    /// Reads the files.
    ///
    /// # Errors
    /// What is wrong with them, or why they could not be read.
    pub async fn load(&mut self, sources: &Sources) -> Result<Loaded, Vec<Diagnostic>> {
        let failed = |message: &str| Err(vec![Diagnostic::file("pgvigil", message)]);
        // One that hangs in the kernel cannot be ended, and must not be joined by others.
        if self.0.as_ref().is_some_and(|loading| !loading.is_finished()) {
            return failed("a file of the reload before is still being read: see where it is, such as on a network's file system");
        }
        let sources = sources.clone();
        let loading = self.0.insert(tokio::task::spawn_blocking(move || {
            fail_point!("load");
            sources.load()
        }));
        let loaded = tokio::time::timeout(LIMIT, loading).await;
        if loaded.is_ok() {
            self.0 = None;
        }
        match loaded {
            Ok(Ok(loaded)) => loaded,
            Ok(Err(_)) => failed("panicked while it read the files"),
            Err(_) => failed("a file could not be read in time: see where it is, such as on a network's file system"),
        }
    }
}
