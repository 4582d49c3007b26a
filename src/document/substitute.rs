//! `${NAME}`, a variable of the environment, and `${file:PATH}`, the content of a file, within the values of a document. `$${` stands for `${`.

use std::collections::HashMap;

use super::Document;
use super::node::{Content, Node, Written};
use crate::files::{self, Writers};

/// What is wrong with one, and the way out. Neither has anything of the value, which may be a secret.
type Wrong = (String, &'static str);

impl Document {
    /// Puts in what the values refer to. A relative path begins at the document's own directory.
    pub fn substitute(&mut self, environment: &HashMap<String, String>) {
        let mut root = std::mem::replace(&mut self.root, Node::nothing());
        let mut wrong = Vec::new();
        each_text(&mut root, &mut |text, written| match self.replace(text, environment) {
            Ok(replaced) => replaced,
            Err(fault) => {
                wrong.push((written.clone(), fault));
                None
            }
        });
        self.root = root;
        for (written, (message, hint)) in wrong {
            self.report(self.origin(&written).hidden().error(message).hint(hint));
        }
    }

    /// The value with everything put in; none where it refers to nothing.
    fn replace(&self, text: &str, environment: &HashMap<String, String>) -> Result<Option<Content>, Wrong> {
        let mut replaced = String::new();
        let mut rest = text;
        while let Some(start) = rest.find("${") {
            let (before, after) = (&rest[..start], &rest[start + 2..]);
            if let Some(before) = before.strip_suffix('$') {
                replaced += before;
                replaced += "${";
                rest = after;
                continue;
            }
            replaced += before;
            if let Some((name, behind)) = after.split_once('}').filter(|(name, _)| is_reference(name)) {
                replaced += &self.value(name, environment)?;
                rest = behind;
            } else {
                replaced += "${";
                rest = after;
            }
        }
        if rest.len() == text.len() {
            return Ok(None);
        }
        replaced += rest;
        Ok(Some(Content::Text(replaced)))
    }

    fn value(&self, name: &str, environment: &HashMap<String, String>) -> Result<String, Wrong> {
        let Some(path) = name.strip_prefix("file:") else {
            return environment
                .get(name)
                .cloned()
                .ok_or_else(|| ("`${...}` names a variable that is not set".to_owned(), "set it, or write `$${` for a literal `${`"));
        };
        let text = files::read_text(&self.resolve(path), files::PASSWORD, Writers::Any);
        let text = text.map_err(|error| {
            (format!("cannot read the file of `${{file:...}}`: {error}"), "relative paths start at the directory of the configuration")
        })?;
        Ok(text.trim_end_matches(['\n', '\r']).to_owned())
    }
}

fn is_reference(name: &str) -> bool {
    let is_variable = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    is_variable || name.strip_prefix("file:").is_some_and(|path| !path.is_empty())
}

fn each_text(node: &mut Node, replace: &mut impl FnMut(&str, &Written) -> Option<Content>) {
    match &mut node.content {
        Content::Text(text) => {
            if let Some(content) = replace(text, &node.written) {
                node.content = content;
            }
        }
        Content::List(items) => items.iter_mut().for_each(|item| each_text(item, replace)),
        Content::Mapping(members) => members.iter_mut().for_each(|member| each_text(&mut member.node, replace)),
        Content::Nothing | Content::Flag(_) | Content::Whole(_) | Content::Fraction(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn replaced(value: &str) -> Result<Option<Content>, Wrong> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("secret"), "hunter2\n").unwrap();
        let path = folder.path().join("pgvigil.yml").display().to_string();
        let document = Document::of(&path, String::new(), &[]).unwrap();
        let environment = HashMap::from([("HOST".to_owned(), "db1".to_owned()), ("N".to_owned(), "7".to_owned())]);
        document.replace(value, &environment)
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
            match replaced(value).unwrap() {
                Some(Content::Text(text)) => assert_eq!(text, if expected.is_empty() { value } else { expected }),
                None => assert!(expected.is_empty(), "{value}"),
                other => panic!("{other:?}"),
            }
        }
        assert!(matches!(replaced("${N}"), Ok(Some(Content::Text(text))) if text == "7"), "quotes or not, a text stays one");
    }

    #[test]
    fn what_is_missing_is_an_error_that_shows_nothing() {
        for value in ["x${HUNTER2}", "${file:hunter2}"] {
            let (message, hint) = replaced(value).unwrap_err();
            assert!(!format!("{message}{hint}").to_lowercase().contains("hunter2"), "{message}");
        }
    }
}
