//! No module imports another in a circle: then each can be read, tested and replaced once those that it stands on are known.
//!
//! What counts as an import, `imports` says. Two kinds of circle are looked for:
//! - **between files**: one module uses another which, perhaps by way of further ones, uses it. A parent that uses its child (`child::run()`,
//!   `pub use child::Type`) while the child uses the parent (`super::Other`) is one; a parent that only declares the child (`mod child;`)
//!   is none.
//! - **between folders**: the modules below one parent, each taken with all that is in it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use petgraph::algo::tarjan_scc;
use petgraph::graphmap::DiGraphMap;

use crate::imports::{Import, imports};
use crate::modules::{Module, from_disk, modules};

/// Modules whose circles are known: they are replaced soon, with all that is in them. Each must have one.
const FORGIVEN: [&str; 1] = ["wire"];

/// Modules that use each other, in the order of their names.
pub type Circle = BTreeSet<String>;

/// The circles between files and between folders, of modules that `is_seen`.
pub fn circles(modules: &[Module], imports: &BTreeSet<Import>, is_seen: impl Fn(&Module) -> bool) -> BTreeSet<Circle> {
    let seen = imports.iter().filter(|import| is_seen(&modules[import.from]) && is_seen(&modules[import.to]));
    let mut levels: BTreeMap<String, BTreeSet<(String, String)>> = BTreeMap::new();
    for import in seen {
        let (from, to) = (&modules[import.from], &modules[import.to]);
        levels.entry("files".to_owned()).or_default().insert((from.shown(), to.shown()));
        let common = from.name.iter().zip(&to.name).take_while(|(a, b)| a == b).count();
        if common < from.name.len().min(to.name.len()) {
            let [a, b] = [from, to].map(|module| module.name[..=common].join("::"));
            levels.entry(format!("below {}", from.name[..common].join("::"))).or_default().insert((a, b));
        }
    }
    let of_level = |edges: &BTreeSet<(String, String)>| {
        let graph = DiGraphMap::<&str, ()>::from_edges(edges.iter().map(|(from, to)| (from.as_str(), to.as_str())));
        let parts = tarjan_scc(&graph);
        parts.into_iter().filter(|part| part.len() > 1).map(|part| part.into_iter().map(str::to_owned).collect()).collect::<Vec<Circle>>()
    };
    levels.values().flat_map(of_level).collect()
}

fn is_in(module: &Module, top: &str) -> bool {
    module.name.first().is_some_and(|first| first == top)
}

/// The circles with the files that make them.
fn told(modules: &[Module], imports: &BTreeSet<Import>, circles: &BTreeSet<Circle>) -> String {
    let mut text = String::new();
    for circle in circles {
        let member = |index: usize| {
            let name = modules[index].shown();
            circle.iter().rev().find(|member| name == **member || name.starts_with(&format!("{member}::")))
        };
        let _ = writeln!(text, "\n{}", circle.iter().map(String::as_str).collect::<Vec<_>>().join(", "));
        for import in imports {
            if let (Some(from), Some(to)) = (member(import.from), member(import.to))
                && from != to
            {
                let _ = writeln!(text, "  {} uses {}", modules[import.from].path.display(), modules[import.to].shown());
            }
        }
    }
    text
}

#[test]
fn no_module_imports_another_in_a_circle() {
    for root in ["src/lib.rs", "dashboards/src/lib.rs"] {
        let modules = modules(root, &from_disk);
        let imports = imports(&modules);
        assert!(imports.len() > modules.len() / 2, "{root}: so few imports are a mistake of the reader");
        let found = circles(&modules, &imports, |module| !FORGIVEN.iter().any(|top| is_in(module, top)));
        assert!(found.is_empty(), "{root}: modules that import each other in a circle:\n{}", told(&modules, &imports, &found));
    }
}

#[test]
fn what_is_forgiven_has_a_circle() {
    let modules = modules("src/lib.rs", &from_disk);
    let imports = imports(&modules);
    let with = circles(&modules, &imports, |_| true);
    for top in FORGIVEN {
        let without = circles(&modules, &imports, |module| !is_in(module, top));
        assert!(with != without, "`{top}` has no circle any more: take it out of FORGIVEN");
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    /// The circles of a crate of these files.
    fn found(files: &[(&str, &str)]) -> Vec<String> {
        let text_of = |path: &Path| files.iter().find(|(name, _)| Path::new(name) == path).map(|(_, text)| (*text).to_owned());
        let modules = modules("lib.rs", &text_of);
        let circles = circles(&modules, &imports(&modules), |_| true);
        circles.into_iter().map(|circle| circle.into_iter().collect::<Vec<_>>().join(" ")).collect()
    }

    /// Modules `a` with this text, and `b`, which uses `a`.
    fn with_a(text: &str) -> Vec<String> {
        found(&[("lib.rs", "mod a; mod b; mod c;"), ("a.rs", text), ("b.rs", "use crate::a::A; pub struct B;"), ("c.rs", "")])
    }

    #[test]
    fn a_circle_is_found_however_the_path_is_written() {
        for text in [
            "use crate::b::B;",
            "use crate::{c, b::{self, B}};",
            "use super::b;",
            "use super::{c, b::*};",
            "use self::super::b::B as Other;",
            "fn f() { use crate::b::B; }",
            "fn f() { crate::b::B; }",
            "fn f(b: &dyn super::b::B) {}",
            "struct A { b: Vec<crate::b::B> }",
            "impl crate::b::B {}",
            "mod inner { use super::super::b::B; }",
            "mod inner { fn f() { crate::b::f() } }",
            "fn f() { println!(\"{}\", crate::b::B); }",
            "fn f() { assert!(x::y(super::b::B)); }",
            "pub use crate::b::B;",
        ] {
            assert_eq!(with_a(text), ["a b"], "{text}");
        }
    }

    #[test]
    fn what_is_no_import_is_no_circle() {
        for text in [
            "",
            "use std::b::B; use b::B;",
            "use ::b::B;",
            "#[cfg(test)] mod tests { use crate::b::B; }",
            "#[cfg(test)] use crate::b::B;",
            "impl A { #[cfg(test)] fn f() { crate::b::B; } }",
            "pub(in crate::b) struct A;",
            "/// [`crate::b::B`]\nstruct A;",
            "fn f() { println!(\"crate::b::B\"); }",
            "mod b { pub struct B; } use self::b::B;",
        ] {
            assert_eq!(with_a(text), Vec::<String>::new(), "{text}");
        }
    }

    #[test]
    fn a_parent_and_its_child_may_be_a_circle() {
        let family = |parent: &str, child: &str| found(&[("lib.rs", "mod p;"), ("p/mod.rs", parent), ("p/child.rs", child)]);
        assert_eq!(family("pub mod child; pub struct P;", "use super::P;"), Vec::<String>::new(), "declared only");
        assert_eq!(family("mod child; pub use child::C;", ""), Vec::<String>::new());
        assert_eq!(family("mod child; pub use child::C; pub struct P;", "use super::P;"), ["p p::child"]);
        assert_eq!(family("mod child; fn f() { child::f() }", "fn f() { super::g() }"), ["p p::child"]);
    }

    #[test]
    fn folders_have_circles_that_their_files_do_not() {
        let files = [
            ("lib.rs", "mod p; mod q;"),
            ("p/mod.rs", "mod x; mod y;"),
            ("p/x.rs", "use crate::q::x::X;"),
            ("p/y.rs", ""),
            ("q.rs", "mod x; mod y;"),
            ("q/x.rs", ""),
            ("q/y.rs", "use crate::p::y::Y;"),
        ];
        assert_eq!(found(&files), ["p q"]);
    }

    #[test]
    fn a_long_circle_is_one() {
        let files = [
            ("lib.rs", "mod a; mod b; mod c; mod d;"),
            ("a.rs", "use crate::b;"),
            ("b.rs", "use crate::c;"),
            ("c.rs", "use crate::a;"),
            ("d.rs", "use crate::a;"),
        ];
        assert_eq!(found(&files), ["a b c"]);
    }
}
