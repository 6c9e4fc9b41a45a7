//! Rust text without its comments and literals, so that a rule reads code only.
//!
//! Every line keeps its number: what is taken out leaves its line breaks behind.

/// The code of a Rust text: comments, strings and characters blanked.
pub(crate) fn only(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut code = String::with_capacity(text.len());
    let mut at = 0;
    while at < chars.len() {
        let skipped = skip(&chars, at);
        if skipped == 0 {
            code.push(chars[at]);
            at += 1;
            continue;
        }
        code.push(' ');
        code.extend(chars[at..at + skipped].iter().filter(|c| **c == '\n'));
        at += skipped;
    }
    code
}

/// How many characters from `at` are a comment or literal; 0 where code goes on.
fn skip(chars: &[char], at: usize) -> usize {
    let rest = &chars[at..];
    let within_word = at > 0 && is_word(chars[at - 1]);
    match rest {
        ['/', '/', ..] => rest.iter().take_while(|c| **c != '\n').count(),
        ['/', '*', ..] => block_comment(rest),
        ['"', ..] => quoted(rest, '"'),
        ['\'', ..] => character(rest),
        ['b', '\'', ..] if !within_word => 1 + character(&rest[1..]),
        ['b' | 'c', '"', ..] if !within_word => 1 + quoted(&rest[1..], '"'),
        ['b' | 'c', 'r', '"' | '#', ..] if !within_word => prefixed_raw(rest, 2),
        ['r', '"' | '#', ..] if !within_word => prefixed_raw(rest, 1),
        _ => 0,
    }
}

/// Whether a character may stand in a name.
pub(crate) fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The length of the block comment, nested ones within it, that `rest` starts with.
fn block_comment(rest: &[char]) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < rest.len() {
        match rest[at..] {
            ['/', '*', ..] => (depth, at) = (depth + 1, at + 2),
            ['*', '/', ..] => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            break;
        }
    }
    at
}

/// The length of the text in `quote`s, escapes heeded, that `rest` starts with.
fn quoted(rest: &[char], quote: char) -> usize {
    let mut at = 1;
    while at < rest.len() && rest[at] != quote {
        at += if rest[at] == '\\' { 2 } else { 1 };
    }
    (at + 1).min(rest.len())
}

/// The length of the character literal that `rest` starts with; 0 for a lifetime.
fn character(rest: &[char]) -> usize {
    match rest {
        ['\'', '\\', ..] | ['\'', _, '\'', ..] => quoted(rest, '\''),
        _ => 0,
    }
}

/// The length of the raw string whose prefix has `letters`; 0 for a raw name such as `r#type`.
fn prefixed_raw(rest: &[char], letters: usize) -> usize {
    let hashes = rest[letters..].iter().take_while(|c| **c == '#').count();
    let start = letters + hashes;
    if rest.get(start) != Some(&'"') {
        return 0;
    }
    let closes = |at: &usize| {
        rest[*at] == '"'
            && rest[at + 1..].len() >= hashes
            && rest[at + 1..=at + hashes].iter().all(|c| *c == '#')
    };
    (start + 1..rest.len())
        .find(closes)
        .map_or(rest.len(), |at| at + 1 + hashes)
}

#[cfg(test)]
mod tests {
    use super::only;

    /// The code with runs of space as one, for reading.
    fn squeezed(text: &str) -> String {
        only(text).split_whitespace().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn comments_and_literals_go_and_code_stays() {
        for (text, code) in [
            ("a // b\nc", "a c"),
            ("a /* b /* c */ d */ e", "a e"),
            ("/// doc `x::y`\nfn f() {}", "fn f() {}"),
            (r#"f("a \" b") + g"#, "f( ) + g"),
            (r##"f(r#"a " b"#) + g"##, "f( ) + g"),
            (r#"f(br"a\", c"b", b"c") + g"#, "f( , , ) + g"),
            (r"f('\'', '{', b'\\', '\u{7f}') + g", "f( , , , ) + g"),
            ("fn f<'a>(x: &'a str) {}", "fn f<'a>(x: &'a str) {}"),
            ("r#type + bar#x", "r#type + bar#x"),
            (r#"ends("in the middle"#, "ends("),
        ] {
            assert_eq!(squeezed(text), code, "{text}");
        }
    }

    #[test]
    fn lines_keep_their_numbers() {
        let code = only("a /* 1\n2\n3 */ b\n\"4\n5\"\nc");
        let line_of = |name: &str| code.lines().position(|line| line.contains(name));
        assert_eq!(
            (line_of("a"), line_of("b"), line_of("c")),
            (Some(0), Some(2), Some(5))
        );
    }
}
