//! What a browser sends of a form that it shows: every field as it stands, and what a hand changed.

use super::client::{Browser, Page, unescape};

/// The fields of a form, as they stand.
pub(crate) struct Filled {
    action: String,
    fields: Vec<(String, String)>,
}

impl Page {
    /// The form that is sent to a path, filled in as it is shown.
    pub(crate) fn form_to(&self, action: &str) -> Filled {
        let forms = self.html.split("<form ").skip(1);
        let mut forms = forms.map(|form| form.split("</form>").next().unwrap_or_default());
        let is_it = |form: &&str| attribute(form, "action").as_deref() == Some(action);
        let form = forms.find(is_it);
        let form = form.unwrap_or_else(|| panic!("{} has no form to {action}", self.path));
        Filled {
            action: action.to_owned(),
            fields: fields(form),
        }
    }
}

impl Filled {
    /// Types something; what stood there goes.
    pub(crate) fn set(mut self, name: &str, value: &str) -> Self {
        self.fields.retain(|(own, _)| own != name);
        self.fields.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Empties every field of a name.
    pub(crate) fn clear(self, name: &str) -> Self {
        self.set(name, "")
    }

    /// Presses a button.
    pub(crate) async fn press<'a>(self, browser: &'a mut Browser, button: &str) -> &'a Page {
        let filled = match button {
            "" => self,
            button => self.set("do", button),
        };
        let fields: Vec<(&str, &str)> = filled
            .fields
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        browser.post_own(&filled.action, &fields).await
    }
}

fn fields(form: &str) -> Vec<(String, String)> {
    let mut fields = Vec::new();
    for (at, _) in form.match_indices('<') {
        let rest = &form[at + 1..];
        let tag = rest.split('>').next().unwrap_or_default();
        let Some(name) = attribute(tag, "name") else {
            continue;
        };
        let kind = attribute(tag, "type").unwrap_or_default();
        let content = || rest[tag.len()..].trim_start_matches('>');
        let value = match tag.split_whitespace().next() {
            Some("input") if matches!(kind.as_str(), "radio" | "checkbox") => tag
                .split_whitespace()
                .any(|word| word == "checked")
                .then(|| attribute(tag, "value").unwrap_or_default()),
            Some("input") => Some(attribute(tag, "value").unwrap_or_default()),
            Some("textarea") => content().split("</textarea>").next().map(unescape),
            Some("select") => chosen(content().split("</select>").next().unwrap_or_default()),
            _ => None,
        };
        fields.extend(value.map(|value| (name, value)));
    }
    fields
}

/// The option that is chosen, else the first.
fn chosen(options: &str) -> Option<String> {
    let mut tags = options.split("<option ").skip(1);
    let first = tags.clone().next();
    let is_chosen = |tag: &&str| {
        tag.split('>')
            .next()
            .is_some_and(|tag| tag.contains(" selected"))
    };
    tags.find(is_chosen)
        .or(first)
        .and_then(|tag| attribute(tag, "value"))
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let tag = tag.split('>').next()?;
    let at = tag.find(&format!("{name}=\""))?;
    let value = tag[at + name.len() + 2..].split('"').next()?;
    Some(unescape(value))
}
