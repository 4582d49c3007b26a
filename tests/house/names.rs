//! A type's name is defined once in a crate: one word, one meaning.

use std::collections::{BTreeMap, BTreeSet};

use syn::Item;
use syn::visit::{self, Visit};

use crate::modules::{Module, from_disk, is_for_tests, modules};

/// Modules that are replaced soon or are new beside those: their names do not count yet. Each must have one that another module has, too.
const FORGIVEN: [&str; 1] = ["server"];

/// Names with two meanings, one of which the modules above use.
const DOUBLE: [&str; 3] = ["Reading", "State", "Table"];

/// The types of each name by module, of names that have several.
fn doubles(modules: &[Module], is_left_out: impl Fn(&Module) -> bool) -> BTreeMap<String, Vec<String>> {
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for module in modules.iter().filter(|module| !is_left_out(module)) {
        let mut types = Types::default();
        types.visit_file(&module.syntax);
        for name in types.0 {
            found.entry(name).or_default().push(module.shown());
        }
    }
    found.retain(|_, modules| modules.len() > 1);
    found
}

/// The names of the types that are defined in a file, those for tests left out.
#[derive(Default)]
struct Types(Vec<String>);

impl<'ast> Visit<'ast> for Types {
    fn visit_item(&mut self, item: &'ast Item) {
        let (attributes, name) = match item {
            Item::Enum(item) => (&item.attrs, Some(&item.ident)),
            Item::Struct(item) => (&item.attrs, Some(&item.ident)),
            Item::Trait(item) => (&item.attrs, Some(&item.ident)),
            Item::Type(item) => (&item.attrs, Some(&item.ident)),
            Item::Union(item) => (&item.attrs, Some(&item.ident)),
            Item::Fn(item) => (&item.attrs, None),
            Item::Impl(item) => (&item.attrs, None),
            Item::Mod(item) => (&item.attrs, None),
            _ => return,
        };
        if !is_for_tests(attributes) {
            self.0.extend(name.map(ToString::to_string));
            visit::visit_item(self, item);
        }
    }
}

fn is_in(module: &Module, top: &str) -> bool {
    module.name.first().is_some_and(|first| first == top)
}

#[test]
fn a_type_name_is_defined_once() {
    for root in ["src/lib.rs", "dashboards/src/lib.rs"] {
        let left_out = |module: &Module| root == "src/lib.rs" && FORGIVEN.iter().any(|top| is_in(module, top));
        let mut found = doubles(&modules(root, &from_disk), left_out);
        if root == "src/lib.rs" {
            for name in DOUBLE {
                assert!(found.remove(name).is_some(), "`{name}` is defined once: take it out of DOUBLE");
            }
        }
        assert!(found.is_empty(), "{root}: names of several types: {found:#?}");
    }
}

#[test]
fn what_is_forgiven_has_a_double() {
    let modules = modules("src/lib.rs", &from_disk);
    let names = |is_left_out: &dyn Fn(&Module) -> bool| doubles(&modules, is_left_out).into_keys().collect::<BTreeSet<_>>();
    for top in FORGIVEN {
        let others = |module: &Module| FORGIVEN.iter().any(|other| *other != top && is_in(module, other));
        let all = |module: &Module| FORGIVEN.iter().any(|other| is_in(module, other));
        assert!(names(&others) != names(&all), "no name in `{top}` is another module's, too: take it out of FORGIVEN");
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn a_name_with_two_types_is_found() {
        let files = [
            ("lib.rs", "mod a; mod b;"),
            ("a.rs", "struct One; enum Two {} struct Three; #[cfg(test)] struct Four; impl X for One { type Err = (); }"),
            (
                "b.rs",
                "mod inner { type One = (); } fn f() { trait Two {} } struct Four; #[cfg(test)] mod tests { struct Three; } use a::Three;",
            ),
        ];
        let text_of = |path: &Path| files.iter().find(|(name, _)| Path::new(name) == path).map(|(_, text)| (*text).to_owned());
        let modules = modules("lib.rs", &text_of);
        assert_eq!(doubles(&modules, |_| false).into_keys().collect::<Vec<_>>(), ["One", "Two"]);
        assert!(doubles(&modules, |module| is_in(module, "a")).is_empty());
    }
}
