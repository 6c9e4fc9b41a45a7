//! What templates of pages hold: no word of their own, no script, no style, nothing of other hosts.

use super::Violation;

/// What no page may hold, and why.
const BANNED: [(&str, &str); 7] = [
    ("<script", "pages work without scripts"),
    ("<style", "the stylesheet is a file of its own"),
    (" style=", "the stylesheet is a file of its own"),
    ("javascript:", "pages work without scripts"),
    ("http://", "a page loads nothing of other hosts"),
    ("https://", "a page loads nothing of other hosts"),
    ("|safe", "what is shown is escaped"),
];

/// Attributes that are read out or shown.
const SPOKEN: [&str; 4] = ["alt", "aria-label", "placeholder", "title"];

/// A template that says something by itself, or holds what no page may.
pub(crate) fn own_words(path: &str, text: &str) -> Vec<Violation> {
    if !path.starts_with("src/portal/templates/") {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (index, line) in text.lines().enumerate() {
        for (needle, why) in BANNED {
            if line.contains(needle) {
                let message = format!("holds `{needle}`: {why}");
                found.push(Violation::at(path, index + 1, message));
            }
        }
        if is_handler(line) {
            let message = "holds a handler of events: pages work without scripts";
            found.push(Violation::at(path, index + 1, message));
        }
    }
    let page = without_code(text);
    for (line, said) in said(&page) {
        let message = format!("says `{said}`: every word stands in src/portal/words.rs");
        found.push(Violation::at(path, line, message));
    }
    found
}

/// Whether a line has an attribute such as `onclick=`.
fn is_handler(line: &str) -> bool {
    line.match_indices(" on").any(|(at, _)| {
        let rest = &line[at + 3..];
        let name = rest.chars().take_while(char::is_ascii_lowercase).count();
        name > 0 && rest[name..].starts_with('=')
    })
}

/// A template with everything that is filled in, or said to the template itself, blanked out; lines
/// stay where they are.
fn without_code(text: &str) -> String {
    let mut page = text.to_owned();
    for (open, close) in [("{#", "#}"), ("{%", "%}"), ("{{", "}}")] {
        while let Some(start) = page.find(open) {
            let end = page[start..]
                .find(close)
                .map_or(page.len(), |at| start + at + 2);
            let blank: String = page[start..end].chars().filter(|c| *c == '\n').collect();
            page.replace_range(start..end, &blank);
        }
    }
    page
}

/// What a page says by itself, each with its line: text between tags, and attributes that are read out.
fn said(page: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut rest = page;
    let mut line = 1;
    while !rest.is_empty() {
        let (part, is_tag) = match (rest.starts_with('<'), rest.find(['<', '>'])) {
            (true, _) => (rest.find('>').map_or(rest, |at| &rest[..=at]), true),
            (false, Some(at)) if at > 0 => (&rest[..at], false),
            (false, _) => (rest, false),
        };
        let words: Vec<String> = if is_tag {
            SPOKEN
                .iter()
                .filter_map(|name| attribute(part, name))
                .collect()
        } else {
            vec![part.replace("&emsp;", "")]
        };
        for word in words {
            if word.chars().any(char::is_alphabetic) {
                found.push((line, word.trim().to_owned()));
            }
        }
        line += part.matches('\n').count();
        rest = &rest[part.len()..];
    }
    found
}

/// The value of an attribute of a tag.
fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
    Some(rest.split('"').next().unwrap_or_default().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_that_says_or_does_something_by_itself_is_found() {
        let path = "src/portal/templates/a.html";
        for (page, line) in [
            ("<p>Hello</p>", 1),
            ("<p>{{ x }}\n and more</p>", 1),
            ("<h1>{{ x }}</h1>\n<img alt=\"A home\">", 2),
            ("<a href=\"/\" onclick=\"x()\">{{ x }}</a>", 1),
            ("<p style=\"x\">{{ x }}</p>", 1),
            ("{{ x|safe }}", 1),
            ("\n<script>1</script>", 2),
        ] {
            let found = own_words(path, page);
            assert!(!found.is_empty(), "{page}");
            assert_eq!(found[0].line, line, "{page}");
        }
        for page in [
            "{% block main %}<p class=\"hint\">{{ words::A }}: {{ b }}</p>{% endblock %}",
            "<input type=\"hidden\" name=\"once\" aria-label=\"{{ label }}\" value=\"on\">",
            "{# why #}<p>– ☐ &emsp; 1</p>",
        ] {
            assert_eq!(own_words(path, page), [], "{page}");
        }
        assert_eq!(own_words("src/a.html", "<p>Hello</p>"), []);
    }
}
