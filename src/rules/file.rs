//! A rule file as it is written, cut into groups and rules, so that one of them can be changed or left out and the rest stays letter for
//! letter, comments included.
//!
//! It knows the layout of the bundled files and no other: two spaces before a group, six before a rule, eight before what a rule says.

use std::fmt;

use super::literal;

/// How much an alert matters. A worse one silences a milder one of the same name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// For who looks.
    Info,
    /// A ticket.
    Warning,
    /// Pages somebody.
    Critical,
}

/// One file.
#[derive(Debug, Clone)]
pub struct RuleFile {
    /// Its name without the ending.
    pub area: &'static str,
    /// What it says of itself before its groups.
    about: String,
    /// Its groups.
    pub groups: Vec<Group>,
}

/// A group of rules that are evaluated in turn.
#[derive(Debug, Clone)]
pub struct Group {
    /// The lines before its rules.
    head: String,
    /// Its rules.
    pub rules: Vec<Rule>,
}

/// An alert or a record.
#[derive(Debug, Clone)]
pub struct Rule {
    /// The name of the alert; `None` for a record.
    pub alert: Option<String>,
    /// The severity of the alert.
    pub severity: Option<Severity>,
    text: String,
}

impl Severity {
    /// All, the mildest first.
    pub const ALL: [Self; 3] = [Self::Info, Self::Warning, Self::Critical];

    /// As the label `severity` has it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Critical => "critical",
        }
    }
}

impl RuleFile {
    /// Cuts the text of a file.
    #[must_use]
    pub fn read(area: &'static str, text: &str) -> Self {
        let (about, body) = text.split_once("groups:\n").unwrap_or((text, ""));
        let mut groups: Vec<Group> = Vec::new();
        // Comments and empty lines stand before what they belong to.
        let mut waiting = String::new();
        for line in body.split_inclusive('\n') {
            waiting.push_str(line);
            if line.starts_with("  - ") {
                groups.push(Group { head: std::mem::take(&mut waiting), rules: Vec::new() });
            } else if let Some(first) = line.strip_prefix("      - ") {
                let alert = first.strip_prefix("alert: ").map(|name| name.trim().to_owned());
                let rule = Rule { alert, severity: None, text: std::mem::take(&mut waiting) };
                if let Some(group) = groups.last_mut() {
                    group.rules.push(rule);
                }
            } else if !(line.trim().is_empty() || line.trim_start().starts_with('#'))
                && let Some(group) = groups.last_mut()
            {
                group.take(&std::mem::take(&mut waiting), line);
            }
        }
        Self { area, about: about.to_owned(), groups }
    }

    /// Takes out the rules for which `keep` is false, and groups of which nothing is left.
    pub fn retain(&mut self, keep: impl Fn(&Rule) -> bool) {
        for group in &mut self.groups {
            group.rules.retain(&keep);
        }
        self.groups.retain(|group| !group.rules.is_empty());
    }

    /// Every rule of every group.
    pub fn rules(&self) -> impl Iterator<Item = &Rule> {
        self.groups.iter().flat_map(|group| &group.rules)
    }

    /// The same, to be changed.
    pub fn rules_mut(&mut self) -> impl Iterator<Item = &mut Rule> {
        self.groups.iter_mut().flat_map(|group| &mut group.rules)
    }
}

impl Group {
    /// A line of the rule that is open, or of the group's own head before its first rule.
    fn take(&mut self, text: &str, line: &str) {
        match self.rules.last_mut() {
            Some(rule) => {
                rule.text.push_str(text);
                if let Some(severity) = line.strip_prefix("          severity: ") {
                    rule.severity = Severity::ALL.into_iter().find(|known| known.as_str() == severity.trim());
                }
            }
            None => self.head.push_str(text),
        }
    }
}

impl Rule {
    /// Puts another number in the place of one in the expression; whether it was there.
    pub fn replace(&mut self, old: f64, new: f64) -> bool {
        let Some(expression) = self.expression() else { return false };
        let Some(changed) = literal::replace(&self.text[expression.clone()], old, new) else { return false };
        self.text.replace_range(expression, &changed);
        true
    }

    /// Where the expression stands: behind its key, up to the next one.
    fn expression(&self) -> Option<std::ops::Range<usize>> {
        let start = self.text.find("        expr: ")? + "        expr: ".len();
        let is_key = |rest: &str| rest.starts_with("        ") && !rest.starts_with("         ");
        let end = self.text[start..].match_indices('\n').map(|(at, _)| start + at + 1).find(|next| is_key(&self.text[*next..]));
        Some(start..end.unwrap_or(self.text.len()))
    }
}

/// The groups as they stand below `groups:`, after what the file says of itself.
impl fmt::Display for RuleFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for line in self.about.trim_end().lines() {
            writeln!(f, "  {line}")?;
        }
        for group in &self.groups {
            f.write_str(&group.head)?;
            for rule in &group.rules {
                f.write_str(&rule.text)?;
            }
        }
        Ok(())
    }
}
