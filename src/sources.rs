//! Where everything is read from: at the start, again on a reload, and for a check.

use std::path::PathBuf;

use crate::diagnostic::Diagnostic;
use crate::library;
use crate::query::catalog::Catalog;
use crate::settings::{self, Settings};
use crate::web::Web;

/// The files that the command line names; the environment stands over what they say.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// The configuration.
    pub config: Option<PathBuf>,
    /// The web configuration, in the place of the one that the configuration names.
    pub web_config: Option<PathBuf>,
}

/// What was read.
pub struct Loaded {
    /// The configuration.
    pub settings: Settings,
    /// All query files.
    pub catalog: Catalog,
    /// How pages are served, and to whom.
    pub web: Web,
}

impl Sources {
    /// Reads all of it.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn load(&self) -> Result<Loaded, Vec<Diagnostic>> {
        let settings = Settings::load(self.config.as_deref(), &settings::environment())?;
        let web = Web::load(self.web_config.as_deref().or(settings.web_config_file.as_deref()));
        match (library::catalog(&settings), web) {
            (Ok(catalog), Ok(web)) => Ok(Loaded { settings, catalog, web }),
            (catalog, web) => Err(catalog.err().into_iter().chain(web.err()).flatten().collect()),
        }
    }
}
