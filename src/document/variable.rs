//! A variable of the environment that stands for a value of a file.

/// One that is set, and counts more than the file.
pub struct Variable {
    /// Its name: the value's path in capitals, with a prefix.
    pub name: &'static str,
    /// What it was set to.
    pub value: String,
}

impl Variable {
    /// The place of its value in the file.
    #[must_use]
    pub fn path(&self) -> Vec<String> {
        self.name.trim_start_matches("PGVIGIL_").to_ascii_lowercase().split("__").map(str::to_owned).collect()
    }
}
