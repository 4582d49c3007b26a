//! A limit for how much of an answer is kept.

use super::report::fault::Fault;

/// The space for an answer that is kept as a whole.
pub(super) struct Room {
    all: usize,
    left: usize,
}

impl Room {
    pub(super) const fn new(bytes: usize) -> Self {
        Self { all: bytes, left: bytes }
    }

    /// Takes the space for a row.
    ///
    /// # Errors
    /// If there is not enough.
    pub(super) fn take(&mut self, cells: &[Option<&[u8]>]) -> Result<(), Fault> {
        let needed: usize = cells.iter().map(|cell| size_of::<Option<String>>() + cell.map_or(0, <[u8]>::len)).sum();
        self.left = self.left.checked_sub(needed).ok_or_else(|| Fault::too_large(self.all))?;
        Ok(())
    }
}
