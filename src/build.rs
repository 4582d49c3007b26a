//! Bundles the files under `queries/` into the binary. A file that is wrong ends the build with the error that `pgvigil check` would print.

#![allow(dead_code, reason = "the build uses only a part of what the program reads query files with")]

mod diagnostic;
mod query;
mod visible;

use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

use query::catalog::{Catalog, File};

fn main() -> Result<(), Box<dyn Error>> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    let out = PathBuf::from(env::var("OUT_DIR")?);
    println!("cargo::rerun-if-changed=queries");
    println!("cargo::rerun-if-changed=src/query");
    println!("cargo::rerun-if-changed=src/diagnostic.rs");
    println!("cargo::rerun-if-changed=src/visible.rs");

    let mut files = Vec::new();
    let mut code = String::from("[\n");
    for path in sql_files(&root.join("queries"))? {
        let name = path.strip_prefix(root.join("queries"))?.with_extension("").display().to_string();
        let shown = format!("queries/{name}.sql");
        let literal = path.to_str().ok_or("the project's path is not UTF-8")?;
        writeln!(code, "    ({name:?}, {shown:?}, include_str!({literal:?})),")?;
        files.push(File { name, path: shown, text: fs::read_to_string(&path)?, bundled: true });
    }
    code.push_str("]\n");
    if let Err(errors) = Catalog::new(&files) {
        for error in errors {
            eprintln!("{error}");
        }
        return Err("the files under queries/ have errors, see above".into());
    }
    fs::write(out.join("bundled.rs"), code)?;
    Ok(())
}

/// Every `*.sql` below `directory`, sorted.
fn sql_files(directory: &Path) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        if path.is_dir() {
            files.extend(sql_files(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "sql") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}
