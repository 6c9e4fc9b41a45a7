//! Somebody at a page: finds things by what they say, and uses a mouse, or the keyboard alone.

use fantoccini::actions::{InputSource, KeyAction, KeyActions};
use fantoccini::elements::Element;
use fantoccini::key::Key;
use serde_json::json;

use super::tab::{Tab, literal};

/// Most times that a key is pressed to get somewhere on a page.
const STEPS_MAX: usize = 400;

/// Whether whatever has the focus is this element, or a button of the same choice.
const IS_THERE: &str = r"
const [wanted] = arguments;
const focused = document.activeElement;
if (focused === wanted) return 'there';
const isRadio = wanted.type === 'radio' && focused.type === 'radio';
return isRadio && focused.name === wanted.name ? 'beside' : 'elsewhere';
";

/// Whether one sees what has the focus: a line around it, and in the window.
const IS_SEEN: &str = r"
const focused = document.activeElement;
if (focused === document.body || focused === document.documentElement) return true;
const style = getComputedStyle(focused);
const box = focused.getBoundingClientRect();
return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2
  && box.bottom > 0 && box.top < window.innerHeight && box.right > 0 && box.left < window.innerWidth;
";

/// With what somebody uses a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hand {
    Mouse,
    Keyboard,
}

/// Somebody at a page.
pub(crate) struct Person<'a> {
    pub(crate) tab: &'a Tab,
    pub(crate) hand: Hand,
}

impl Person<'_> {
    /// Presses the button, or follows the link, that says so, and waits for the next page.
    pub(crate) async fn press(&self, words: &str) {
        let said = literal(words);
        let path =
            format!("//*[self::a or self::button][normalize-space()={said}][not(@aria-hidden)]");
        let element = self.one(&path, words).await;
        self.leave_by(&element).await;
    }

    /// The same for whichever of some there is.
    pub(crate) async fn press_any(&self, words: &[&str]) {
        for said in words {
            let path = format!(
                "//button[normalize-space()={}][not(@aria-hidden)]",
                literal(said)
            );
            if !self.tab.all(&path).await.is_empty() {
                return self.press(said).await;
            }
        }
        panic!("none of {words:?}\n{}", self.tab.text().await);
    }

    /// The same for the first topic in a list of them.
    pub(crate) async fn press_topic(&self) {
        let path = "(//ul[contains(@class, 'tasks')]//a)[1]";
        let element = self.one(path, "a topic").await;
        self.leave_by(&element).await;
    }

    /// The same for the first that begins so.
    pub(crate) async fn press_first(&self, words: &str) {
        let said = literal(words);
        let path = format!(
            "(//*[self::a or self::button][starts-with(normalize-space(), {said})][not(@aria-hidden)])[1]"
        );
        let element = self.one(&path, words).await;
        self.leave_by(&element).await;
    }

    /// Opens what is folded up within a question.
    pub(crate) async fn unfold(&self, question: &str, words: &str) {
        let said = literal(words);
        let path = format!("{}//summary[normalize-space()={said}]", scope(question));
        let element = self.one(&path, words).await;
        match self.hand {
            Hand::Mouse => element.click().await.unwrap(),
            Hand::Keyboard => {
                self.reach(&element).await;
                self.key(Key::Enter.into()).await;
            }
        }
    }

    /// Types into the field with a label, in place of what stands there. An empty question means the
    /// whole page.
    pub(crate) async fn type_in(&self, question: &str, label: &str, text: &str) {
        let element = self.control(question, label).await;
        match self.hand {
            Hand::Mouse => element.clear().await.unwrap(),
            Hand::Keyboard => self.reach(&element).await,
        }
        if !text.is_empty() {
            element.send_keys(text).await.unwrap();
        }
        let typed = element.prop("value").await.unwrap();
        assert_eq!(typed.as_deref(), Some(text), "{question}: {label}");
    }

    /// Ticks the box, or chooses the option, with a label.
    pub(crate) async fn pick(&self, question: &str, label: &str) {
        let element = self.control(question, label).await;
        match self.hand {
            Hand::Mouse => element.click().await.unwrap(),
            Hand::Keyboard => {
                self.reach(&element).await;
                if !element.is_selected().await.unwrap() {
                    self.key(' ').await;
                }
            }
        }
        assert!(element.is_selected().await.unwrap(), "{question}: {label}");
    }

    /// Chooses from a list that opens.
    pub(crate) async fn choose(&self, question: &str, label: &str, option: &str) {
        let element = self.control(question, label).await;
        match self.hand {
            Hand::Mouse => element.select_by_label(option).await.unwrap(),
            Hand::Keyboard => {
                self.reach(&element).await;
                element.send_keys(option).await.unwrap();
            }
        }
        let chosen = "return arguments[0].selectedOptions[0].label";
        let chosen = self.tab.script(chosen, &[json!(element)]).await;
        assert_eq!(chosen, json!(option), "{question}: {label}");
    }

    /// The questions of a page, in their words.
    pub(crate) async fn questions(&self) -> Vec<String> {
        let mut questions = Vec::new();
        for heading in self.tab.all("//*[contains(@class, 'asked')]").await {
            questions.push(heading.text().await.unwrap());
        }
        questions
    }

    /// Whether a question is on the page and can be answered.
    pub(crate) async fn is_asked(&self, question: &str) -> bool {
        let path = format!("{}//input[not(@type='hidden')]", scope(question));
        !self.tab.all(&path).await.is_empty()
    }

    /// The field with a label within a question.
    pub(crate) async fn control(&self, question: &str, label: &str) -> Element {
        let scope = scope(question);
        let end = literal(&format!(": {label},"));
        let label = literal(label);
        let says = |what: &str| {
            format!(
                "[normalize-space({what})={label} or contains(concat(normalize-space({what}), ','), {end})]"
            )
        };
        let (text, aria) = (says("."), says("@aria-label"));
        let fields = "*[self::input or self::textarea or self::select]";
        let path = format!(
            "{scope}//{fields}[@id = {scope}//label{text}/@for] | {scope}//label{text}//{fields} \
             | {scope}//{fields}{aria}"
        );
        self.one(&path, &format!("{question} {label}")).await
    }

    async fn one(&self, path: &str, what: &str) -> Element {
        let mut found = self.tab.all(path).await;
        if found.len() != 1 {
            let (count, text) = (found.len(), self.tab.text().await);
            panic!("{what}: {count} of it on {}\n{text}", self.tab.path().await);
        }
        found.remove(0)
    }

    async fn leave_by(&self, element: &Element) {
        let before = self.tab.find("html").await;
        match self.hand {
            Hand::Mouse => element.click().await.unwrap(),
            Hand::Keyboard => {
                self.reach(element).await;
                self.key(Key::Enter.into()).await;
            }
        }
        self.tab.left(&before).await;
    }

    /// Moves the focus to an element by the keys that people use for it; it is seen at every step.
    async fn reach(&self, element: &Element) {
        let wanted = json!(element);
        for _ in 0..STEPS_MAX {
            let place = self
                .tab
                .script(IS_THERE, std::slice::from_ref(&wanted))
                .await;
            if place == json!("there") {
                return;
            }
            let key = if place == json!("beside") {
                Key::Down
            } else {
                Key::Tab
            };
            self.key(key.into()).await;
            let is_seen = self.tab.script(IS_SEEN, &[]).await;
            let focused = "return document.activeElement.outerHTML.slice(0, 160)";
            let focused = self.tab.script(focused, &[]).await;
            assert_eq!(is_seen, json!(true), "one sees where one is: {focused}");
        }
        panic!("no key leads to {:?}", element.html(false).await);
    }

    async fn key(&self, key: char) {
        let keys = KeyActions::new("keyboard".into())
            .then(KeyAction::Down { value: key })
            .then(KeyAction::Up { value: key });
        self.tab.act(keys).await;
    }
}

/// Where a question stands on its page; the whole page for none.
fn scope(question: &str) -> String {
    if question.is_empty() {
        return String::new();
    }
    let wording = literal(question);
    format!(
        "//*[contains(@class, 'question')][*[contains(@class, 'asked')][normalize-space()={wording}]]"
    )
}
