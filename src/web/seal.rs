//! The files that the web configuration file names, and a digest over them all.

use std::path::PathBuf;

use ring::digest;

use crate::document::origin::{Fault, Origin};
use crate::document::table::Entry;
use crate::files::{self, Writers};

/// A file that the configuration names, and its content.
pub struct Named {
    /// Where it is named.
    pub origin: Origin,
    /// Its path.
    pub path: PathBuf,
    /// Its content.
    pub content: Vec<u8>,
}

/// Digests all that is read, so that a change is seen wherever it is.
pub struct Seal(digest::Context);

impl Default for Seal {
    fn default() -> Self {
        Self(digest::Context::new(&digest::SHA256))
    }
}

impl Seal {
    /// Takes in what was read.
    pub fn add(&mut self, content: &[u8]) {
        self.0.update(content);
    }

    /// Reads the file that `entry` names.
    pub fn read(&mut self, entry: Entry<'_>) -> Option<Named> {
        let (document, origin) = (entry.document(), entry.origin());
        let path = entry.file()?;
        match files::read(&path, files::ORDINARY, Writers::Some) {
            Ok(content) => {
                self.add(&content);
                Some(Named { origin, path, content })
            }
            Err(error) => {
                document.fault(&origin, Fault::new(format!("cannot read {}: {error}", path.display())).absent_if(&error));
                None
            }
        }
    }

    /// The digest of it all.
    pub fn finish(self) -> [u8; 32] {
        let digest = self.0.finish();
        let mut bytes = [0; 32];
        for (byte, from) in bytes.iter_mut().zip(digest.as_ref()) {
            *byte = *from;
        }
        bytes
    }
}
