//! `${NAME}`, a variable of the environment, and `${file:PATH}`, the content of a file, within the values of a document. `$${` stands for `${`.

use std::collections::HashMap;
use std::path::PathBuf;

use super::Document;
use super::node::{Content, Given, Node, Written};
use super::origin::{Fault, Origin};
use crate::files::{self, Writers};

impl Document {
    /// Puts in what the values refer to. A relative path begins at the document's own directory.
    pub fn substitute(&mut self, environment: &HashMap<String, String>) {
        let mut root = std::mem::take(&mut self.root);
        each_text(&mut root, &mut |text, written| self.replace(text, &self.origin(written).hidden(), environment));
        self.root = root;
    }

    /// The value that stands at a place with everything put in; none where it refers to nothing.
    fn replace(&self, text: &str, origin: &Origin, environment: &HashMap<String, String>) -> Option<Given> {
        let mut given = Given::default();
        let mut rest = text;
        while let Some(start) = rest.find("${") {
            let (before, after) = (&rest[..start], &rest[start + 2..]);
            if let Some(before) = before.strip_suffix('$') {
                given.text += before;
                given.text += "${";
                rest = after;
                continue;
            }
            given.text += before;
            if let Some((name, behind)) = after.split_once('}').filter(|(name, _)| is_reference(name)) {
                match self.value(name, environment, &mut given.files) {
                    Ok(value) => given.text += &value,
                    // What is wrong has nothing of the name, which may be a secret in the wrong place.
                    Err(fault) => {
                        let start = given.text.len();
                        given.text += &self.unsure(origin, fault)?;
                        given.unsure.push(start..given.text.len());
                    }
                }
                rest = behind;
            } else {
                given.text += "${";
                rest = after;
            }
        }
        if rest.len() == text.len() {
            return None;
        }
        given.text += rest;
        Some(given)
    }

    fn value(&self, name: &str, environment: &HashMap<String, String>, files: &mut Vec<PathBuf>) -> Result<String, Fault> {
        let Some(path) = name.strip_prefix("file:") else {
            let unset = || Fault {
                is_absence: true,
                ..Fault::new("`${...}` names a variable that is not set").hint("set it, or write `$${` for a literal `${`")
            };
            return environment.get(name).cloned().ok_or_else(unset);
        };
        let path = self.resolve(path);
        let text = files::read_text(&path, files::PASSWORD, Writers::Any).map_err(|error| {
            Fault::new(format!("cannot read the file of `${{file:...}}`: {error}"))
                .hint("relative paths start at the directory of the configuration")
                .absent_if(&error)
        })?;
        files.push(path);
        Ok(text.trim_end_matches(['\n', '\r']).to_owned())
    }
}

fn is_reference(name: &str) -> bool {
    let is_variable = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    is_variable || name.strip_prefix("file:").is_some_and(|path| !path.is_empty())
}

fn each_text(node: &mut Node, replace: &mut impl FnMut(&str, &Written) -> Option<Given>) {
    match &mut node.content {
        Content::Text(text) => {
            if let Some(given) = replace(text, &node.written) {
                node.content = Content::Given(given);
            }
        }
        Content::List(items) => items.iter_mut().for_each(|item| each_text(item, replace)),
        Content::Mapping(members) => members.iter_mut().for_each(|member| each_text(&mut member.node, replace)),
        Content::Nothing | Content::Flag(_) | Content::Whole(_) | Content::Fraction(_) | Content::Given(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::secrets::Secrets;

    /// The value, and every message about it.
    fn replaced(value: &str, secrets: Secrets) -> (Option<Given>, String) {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("secret"), "hunter2\n").unwrap();
        let path = folder.path().join("pgvigil.yml").display().to_string();
        let mut document = Document::of(&path, String::new(), &[]).unwrap();
        document.expect(secrets);
        let environment = HashMap::from([("HOST".to_owned(), "db1".to_owned()), ("N".to_owned(), "7".to_owned())]);
        let given = document.replace(value, &Origin::file("f"), &environment);
        let said = match document.finish_with(|found| found) {
            Ok(found) => found.unchecked,
            Err(errors) => errors,
        };
        (given, said.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn variables_and_files_are_put_in() {
        for (value, expected) in [
            ("postgres://u:${file:secret}@${HOST}/x", "postgres://u:hunter2@db1/x"),
            ("$${HOST} ${HOST}", "${HOST} db1"),
            ("${HOST", ""),
            ("a${b c}d", ""),
            ("plain $HOST", ""),
            ("n${N}", "n7"),
        ] {
            match replaced(value, Secrets::Required).0 {
                Some(given) => {
                    assert_eq!(given.text, if expected.is_empty() { value } else { expected });
                    assert_eq!(given.files.len(), usize::from(value.contains("file:")));
                }
                None => assert!(expected.is_empty(), "{value}"),
            }
        }
    }

    #[test]
    fn what_is_missing_is_an_error_that_shows_nothing() {
        for value in ["x${HUNTER2}", "${file:hunter2}"] {
            let (given, said) = replaced(value, Secrets::Required);
            assert!(given.is_none() && said.contains("error") && !said.to_lowercase().contains("hunter2"), "{said}");
            let (given, said) = replaced(value, Secrets::Optional);
            assert!(given.is_some_and(|given| !given.unsure.is_empty()) && !said.to_lowercase().contains("hunter2"), "{said}");
        }
    }
}
