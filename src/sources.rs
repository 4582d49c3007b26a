//! Where everything is read from: at the start, again on a reload, and for a check.

use std::collections::BTreeSet;
use std::path::PathBuf;

use crate::diagnostic::Diagnostic;
use crate::document::secrets::Secrets;
use crate::files;
use crate::library;
use crate::query::catalog::Catalog;
use crate::settings::{self, Server, Settings};
use crate::web::Web;

/// The files that the command line names; the environment overrides them.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// The configuration.
    pub config: Option<PathBuf>,
    /// The web configuration, instead of the one that the configuration names.
    pub web_config: Option<PathBuf>,
    /// Where the pages are served, whatever the configuration says.
    pub listen: Option<String>,
    /// Whether the secrets that the files refer to must be there.
    pub secrets: Secrets,
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

impl Loaded {
    /// What was not checked, and why: where secrets may be missing, those that are.
    pub fn unchecked(&self) -> impl Iterator<Item = &Diagnostic> {
        self.settings.unchecked.iter().chain(&self.web.unchecked)
    }
}

impl Sources {
    /// What is allowed, since a mounted volume may show any mode, and hardly meant.
    #[must_use]
    pub fn warnings(&self, settings: &Settings, web: &Web) -> Vec<String> {
        let secret: BTreeSet<&PathBuf> = settings.secret_files.iter().chain(&web.secret_files).collect();
        let written: BTreeSet<&PathBuf> = self.config.iter().chain(&settings.queries.directory).chain(secret.iter().copied()).collect();
        let written = written.into_iter().filter(|path| files::has_mode(path, files::OTHERS_WRITE));
        let written = written.map(|path| format!("everybody may write {0}: run `chmod o-w {0}`", path.display()));
        let read = secret.into_iter().filter(|path| files::has_mode(path, files::OTHERS_READ));
        let read = read.map(|path| {
            format!("everybody may read {0}, which has a password, a hash of one or a key: run `chmod o-r {0}`", path.display())
        });
        let refused: BTreeSet<PathBuf> = settings.servers.iter().filter_map(Server::refused_passfile).collect();
        let refused = refused.into_iter();
        let refused =
            refused.map(|path| format!("{0} is not used, since other users may read or write it: run `chmod 0600 {0}`", path.display()));
        written.chain(read).chain(refused).collect()
    }

    /// Reads all of it.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn load(&self) -> Result<Loaded, Vec<Diagnostic>> {
        let mut environment = settings::environment();
        environment.extend(self.listen.clone().map(|listen| ("PGVIGIL_LISTEN".to_owned(), listen)));
        let settings = Settings::read(self.config.as_deref(), &environment, self.secrets)?;
        let web = Web::load(self.web_config.as_deref().or(settings.web_config_file.as_deref()), self.secrets);
        match (library::catalog(&settings), web) {
            (Ok(catalog), Ok(web)) => Ok(Loaded { settings, catalog, web }),
            (catalog, web) => Err(catalog.err().into_iter().chain(web.err()).flatten().collect()),
        }
    }
}
