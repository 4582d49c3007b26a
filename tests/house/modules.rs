//! The modules of a crate as the compiler finds them: from the root along each `mod name;`.

use std::path::{Path, PathBuf};

use syn::{Attribute, Expr, ItemMod, Lit, Meta};

/// A module with a file of its own.
pub struct Module {
    /// Its name from the crate's root, which itself has none.
    pub name: Vec<String>,
    /// Its file, as a person finds it.
    pub path: PathBuf,
    /// What is in it.
    pub syntax: syn::File,
}

impl Module {
    /// `web::tls`.
    pub fn shown(&self) -> String {
        if self.name.is_empty() { "the crate's root".to_owned() } else { self.name.join("::") }
    }
}

/// All modules of the crate whose root is this file, but for those that are compiled for tests only. `text_of` reads a file, if there is one.
///
/// # Panics
/// When a file is missing or is no Rust, which the compiler says better.
pub fn modules(root: &str, text_of: &dyn Fn(&Path) -> Option<String>) -> Vec<Module> {
    let mut found = Vec::new();
    read(Vec::new(), PathBuf::from(root), text_of, &mut found);
    found
}

/// Reads a file of the project.
pub fn from_disk(path: &Path) -> Option<String> {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).ok()
}

/// Whether an item with these attributes is compiled for tests only.
pub fn is_for_tests(attributes: &[Attribute]) -> bool {
    let is_test = |attribute: &Attribute| match &attribute.meta {
        Meta::List(list) => list.path.is_ident("cfg") && list.tokens.to_string() == "test",
        Meta::Path(path) => path.is_ident("test"),
        Meta::NameValue(_) => false,
    };
    attributes.iter().any(is_test)
}

fn read(name: Vec<String>, path: PathBuf, text_of: &dyn Fn(&Path) -> Option<String>, found: &mut Vec<Module>) {
    let text = text_of(&path).unwrap_or_else(|| panic!("there is no {}", path.display()));
    let syntax = syn::parse_file(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let folder = path.parent().unwrap_or(Path::new("")).to_owned();
    let is_root_or_mod = name.is_empty() || path.file_name().is_some_and(|file| file == "mod.rs");
    let below = if is_root_or_mod { folder.clone() } else { path.with_extension("") };
    let children: Vec<(Vec<String>, PathBuf)> = syntax
        .items
        .iter()
        .filter_map(|item| match item {
            syn::Item::Mod(module) if module.content.is_none() && !is_for_tests(&module.attrs) => Some(module),
            _ => None,
        })
        .map(|module| {
            let child = module.ident.to_string();
            let file = match named_path(module) {
                Some(file) => folder.join(file),
                None if text_of(&below.join(format!("{child}.rs"))).is_some() => below.join(format!("{child}.rs")),
                None => below.join(&child).join("mod.rs"),
            };
            ([&name[..], &[child]].concat(), file)
        })
        .collect();
    found.push(Module { name, path, syntax });
    for (name, path) in children {
        read(name, path, text_of, found);
    }
}

/// The file of `#[path = "file"] mod name;`.
fn named_path(module: &ItemMod) -> Option<String> {
    module.attrs.iter().find_map(|attribute| match &attribute.meta {
        Meta::NameValue(pair) if pair.path.is_ident("path") => match &pair.value {
            Expr::Lit(literal) => match &literal.lit {
                Lit::Str(text) => Some(text.value()),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    })
}
