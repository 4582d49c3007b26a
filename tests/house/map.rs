//! Every module is on a map: one at the top of the crate has a row in the map of `src/lib.rs`, any other is named in the documentation of
//! its parent (``[`name`]``), most in a table there. So whoever looks for something finds its file from the top down.

use std::collections::BTreeSet;

use syn::{Attribute, Expr, Lit, Meta};

use crate::modules::{Module, from_disk, modules};

/// Modules whose children are not on a map yet. Each must have one that is not.
const FORGIVEN: [&str; 1] = ["wire"];

/// The modules that are on no map, without what is within `is_left_out`.
fn unmapped(modules: &[Module], is_left_out: impl Fn(&[String]) -> bool) -> BTreeSet<String> {
    let is_mapped = |module: &Module| {
        let Some((own, parent)) = module.name.split_last() else { return true };
        let Some(parent) = modules.iter().find(|module| module.name == parent) else { return false };
        let text = documentation(&parent.syntax.attrs);
        let name = format!("[`{own}`]");
        if parent.name.is_empty() {
            text.lines().any(|line| line.trim_start().starts_with(&format!("| {name}")))
        } else {
            text.contains(&name)
        }
    };
    modules.iter().filter(|module| !is_mapped(module) && !is_left_out(&module.name)).map(Module::shown).collect()
}

/// The text of a file's `//!` lines.
fn documentation(attributes: &[Attribute]) -> String {
    let line = |attribute: &Attribute| match &attribute.meta {
        Meta::NameValue(pair) if pair.path.is_ident("doc") => match &pair.value {
            Expr::Lit(literal) => match &literal.lit {
                Lit::Str(text) => Some(text.value() + "\n"),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    };
    attributes.iter().filter_map(line).collect()
}

/// Whether a module is within one of those, and not one of them itself.
fn is_below(name: &[String], tops: &[&str]) -> bool {
    name.len() > 1 && tops.contains(&name[0].as_str())
}

#[test]
fn every_module_is_on_a_map() {
    for root in ["src/lib.rs", "dashboards/src/lib.rs"] {
        let left_out: &[&str] = if root == "src/lib.rs" { &FORGIVEN } else { &["boards"] };
        let found = unmapped(&modules(root, &from_disk), |name| is_below(name, left_out));
        assert!(found.is_empty(), "{root}: on no map are {found:#?}");
    }
}

#[test]
fn what_is_forgiven_is_on_no_map() {
    let found = unmapped(&modules("src/lib.rs", &from_disk), |_| false);
    for top in FORGIVEN {
        assert!(found.iter().any(|name| name.starts_with(&format!("{top}::"))), "all of `{top}` is on a map: take it out of FORGIVEN");
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn a_module_without_a_row_is_found() {
        let files = [
            ("lib.rs", "//! | [`a`] | what it is |\n//! [`b`] is in a sentence only.\nmod a; mod b; mod c;"),
            ("a.rs", "//! [`one`] and [`two`](self::two).\nmod one; mod two; mod three; #[cfg(test)] mod tests;"),
            ("b.rs", ""),
            ("c.rs", ""),
            ("a/one.rs", ""),
            ("a/two.rs", ""),
            ("a/three.rs", ""),
        ];
        let text_of = |path: &Path| files.iter().find(|(name, _)| Path::new(name) == path).map(|(_, text)| (*text).to_owned());
        let found = unmapped(&modules("lib.rs", &text_of), |_| false);
        assert_eq!(found, ["a::three", "b", "c"].map(str::to_owned).into());
        assert!(unmapped(&modules("lib.rs", &text_of), |name| is_below(name, &["a"])).len() == 2);
    }
}
