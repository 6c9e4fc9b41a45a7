//! Where in a JSON text a member stands: the line and column of a field path.

/// The line and column, from 1, at which the value of a path such as `fields[3].label` starts.
/// Where a member is missing, the place of what should hold it; none for a text that is no JSON.
pub(crate) fn locate(text: &str, path: &str) -> Option<(usize, usize)> {
    let mut scanner = Scanner {
        bytes: text.as_bytes(),
        at: 0,
    };
    scanner.space();
    let mut found = scanner.at;
    for step in steps(path) {
        if !scanner.enter(&step)? {
            break;
        }
        found = scanner.at;
    }
    let before = &text[..found];
    let line = before.matches('\n').count() + 1;
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    Some((line, before[start..].chars().count() + 1))
}

/// A step into a value.
#[derive(Debug, PartialEq, Eq)]
enum Step {
    Member(String),
    Item(usize),
}

fn steps(path: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    for part in path.split('.') {
        let mut pieces = part.split('[');
        let name = pieces.next().unwrap_or_default();
        if !name.is_empty() {
            steps.push(Step::Member(name.to_owned()));
        }
        let items = pieces.filter_map(|piece| piece.strip_suffix(']')?.parse().ok());
        steps.extend(items.map(Step::Item));
    }
    steps
}

struct Scanner<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Scanner<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn space(&mut self) {
        while self.peek().is_some_and(|byte| byte.is_ascii_whitespace()) {
            self.at += 1;
        }
    }

    fn eat(&mut self, byte: u8) -> Option<()> {
        self.space();
        (self.peek()? == byte).then(|| self.at += 1)
    }

    /// A string with its quotes.
    fn string(&mut self) -> Option<String> {
        let start = self.at;
        self.eat(b'"')?;
        loop {
            match self.peek()? {
                b'"' => break,
                b'\\' => self.at += 2,
                _ => self.at += 1,
            }
        }
        self.at += 1;
        serde_json::from_slice(self.bytes.get(start..self.at)?).ok()
    }

    /// Moves past a value of any kind.
    fn skip(&mut self) -> Option<()> {
        self.space();
        let mut depth = 0_usize;
        loop {
            match self.peek()? {
                b'"' => {
                    self.string()?;
                }
                b'{' | b'[' => {
                    depth += 1;
                    self.at += 1;
                }
                b'}' | b']' => {
                    depth = depth.checked_sub(1)?;
                    self.at += 1;
                }
                b',' | b':' => self.at += 1,
                byte if byte.is_ascii_whitespace() => self.space(),
                _ => self.word(),
            }
            if depth == 0 {
                return Some(());
            }
        }
    }

    /// Moves past a number or a bare word.
    fn word(&mut self) {
        let ends = |byte: u8| byte.is_ascii_whitespace() || b",:]}[{\"".contains(&byte);
        while self.peek().is_some_and(|byte| !ends(byte)) {
            self.at += 1;
        }
    }

    /// Moves to the start of a part of the value here; false, without moving, if it has no such
    /// part.
    fn enter(&mut self, step: &Step) -> Option<bool> {
        let start = self.at;
        let (open, close) = match step {
            Step::Member(_) => (b'{', b'}'),
            Step::Item(_) => (b'[', b']'),
        };
        if self.peek()? != open {
            return Some(false);
        }
        self.at += 1;
        for place in 0.. {
            self.space();
            if self.peek()? == close {
                break;
            }
            if place > 0 {
                self.eat(b',')?;
                self.space();
            }
            let is_it = match step {
                Step::Item(wanted) => place == *wanted,
                Step::Member(wanted) => {
                    let name = self.string()?;
                    self.eat(b':')?;
                    self.space();
                    name == *wanted
                }
            };
            if is_it {
                return Some(true);
            }
            self.skip()?;
        }
        self.at = start;
        Some(false)
    }
}

#[cfg(test)]
mod tests {
    use super::locate;

    #[test]
    fn a_path_leads_to_its_line_and_column() {
        let text = "[\n {\"a\": 1, \"fields\": [{\"x\": \"}\\\"]\"},\n   {\"label\": true, \"n\": [1, 2]}]}]";
        for (path, place) in [
            ("", (1, 1)),
            ("[0]", (2, 2)),
            ("[0].a", (2, 8)),
            ("[0].fields[0].x", (2, 28)),
            ("[0].fields[1].label", (3, 14)),
            ("[0].fields[1].n[1]", (3, 29)),
            ("[0].fields[1].missing", (3, 4)),
            ("[0].fields[7].label", (2, 21)),
            ("[0].a.deeper", (2, 8)),
        ] {
            assert_eq!(locate(text, path), Some(place), "{path}");
        }
        assert_eq!(locate("{\"a\": ", "a.b"), None);
    }
}
