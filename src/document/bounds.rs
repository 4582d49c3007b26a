//! How much a YAML file may hold. A few lines of aliases stand for more values than memory has room for, and each level of nesting takes a
//! piece of the stack of whatever reads it.

use std::collections::HashMap;

use yaml_rust2::parser::Event;

use super::origin::Fault;

/// Levels. A configuration has five.
const DEPTH: usize = 32;

/// Values, each alias counted for all that it stands for, and a text for one more at every 64 bytes. Ten thousand servers have some 100,000.
const VALUES: usize = 400_000;

/// What has been read of a file.
#[derive(Debug, Default)]
pub struct Bounds {
    values: usize,
    /// The collections that are open: what marks each of them for an alias, and how many values there were before it.
    open: Vec<(usize, usize)>,
    /// How many values each mark stands for.
    marked: HashMap<usize, usize>,
}

impl Bounds {
    /// Takes in what comes next.
    ///
    /// # Errors
    /// When that is too much.
    pub fn take(&mut self, event: &Event) -> Result<(), Fault> {
        match event {
            Event::Scalar(text, _, mark, _) => {
                let values = 1 + text.len() / 64;
                self.values += values;
                self.marked.insert(*mark, values);
            }
            Event::SequenceStart(mark, _) | Event::MappingStart(mark, _) => {
                self.open.push((*mark, self.values));
                self.values += 1;
                // Not known before its end; within it an alias to it has no end.
                self.marked.remove(mark);
            }
            Event::SequenceEnd | Event::MappingEnd => {
                if let Some((mark, before)) = self.open.pop() {
                    self.marked.insert(mark, self.values - before);
                }
            }
            Event::Alias(mark) => {
                let Some(values) = self.marked.get(mark) else {
                    return Err(Fault::new("an alias refers to a value that contains it").hint("write out the value"));
                };
                self.values += values;
            }
            _ => {}
        }
        if self.open.len() > DEPTH {
            return Err(Fault::new(format!("nested more than {DEPTH} levels deep")).hint("a configuration needs at most five"));
        }
        if self.values > VALUES {
            let fault = Fault::new(format!("the file expands to more than {VALUES} values"));
            return Err(fault.hint("an alias counts as all the values that it refers to; write them out"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use crate::document::tree;

    fn fault(text: &str) -> Option<String> {
        tree::read(text).err().map(|faults| faults[0].1.message.clone())
    }

    #[test]
    fn a_bomb_is_refused() {
        let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..12 {
            let before = format!("*a{}", level - 1);
            bomb.extend([format!("a{level}: &a{level} ["), vec![before; 9].join(", "), "]\n".to_owned()]);
        }
        assert!(fault(&bomb).is_some_and(|message| message.contains("more than 400000 values")));
        let text = format!("a: &a {}\nb: [{}]\n", "x".repeat(1_000_000), vec!["*a"; 100].join(", "));
        assert!(fault(&text).is_some_and(|message| message.contains("more than 400000 values")));
        assert_eq!(fault("a: &a [1, *a]\n").as_deref(), Some("an alias refers to a value that contains it"));
        assert_eq!(fault("a: &a { b: c }\nd: [*a, *a]\n"), None);
    }

    #[test]
    fn depth_is_bounded() {
        // Of brackets the parser itself has enough before it tells of the first.
        for text in ["a: ".to_owned() + &"[".repeat(100_000), "a: ".to_owned() + &"{a: ".repeat(100_000)] {
            assert!(fault(&text).is_some(), "{}", &text[..9]);
        }
        let flow = format!("a: {}{}", "[".repeat(40), "]".repeat(40));
        assert_eq!(fault(&flow).as_deref(), Some("nested more than 32 levels deep"));
        assert_eq!(fault(&("a:\n ".to_owned() + &"- ".repeat(100_000) + "x")).as_deref(), Some("nested more than 32 levels deep"));
        let block: String = (0..200).map(|level| " ".repeat(level) + "a:\n").collect();
        assert_eq!(fault(&block).as_deref(), Some("nested more than 32 levels deep"));
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "([ab]|: |- |\\[|\\{|\\]|\\}|, |&a |\\*a|\n|  |'|\"|!|\\||>|\\?|#|.){0,60}") {
            let _ = tree::read(&text);
        }
    }
}
