//! What every page must keep to, whoever made it: nothing that axe-core finds, nothing to scroll
//! sideways to, targets that a thumb hits, no weight to wait for.

use std::path::PathBuf;
use std::process::Command;
use std::sync::{LazyLock, Mutex};

use serde_json::{Value as Json, json};

use super::absent;
use super::tab::{LAPTOP, PHONE, Tab};

/// Where the tests stand: what is installed there is found.
const HERE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/browser");

/// Most bytes of a page with all that it loads, as they are before they are packed.
const PAGE_BYTES_MAX: u64 = 60_000;

/// Least height of what is pressed, in px.
const TARGET_PX_MIN: u32 = 44;

/// What axe-core is asked about a page: WCAG 2.2 to AA and what its makers hold to be good.
const AXE: &str = r"
const done = arguments[arguments.length - 1];
const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
axe.run(document, {runOnly: tags, resultTypes: ['violations']}).then(
  (found) => done({
    rules: found.passes.length,
    violations: found.violations.map((rule) => rule.id + ' (' + rule.help + '): '
      + rule.nodes.map((node) => node.html.slice(0, 160)).join(' | ')),
  }),
  (error) => done({rules: 0, violations: ['axe broke: ' + error]}),
);
";

/// What is pressed on a page and lower than it should be. A link in the midst of a sentence is as
/// high as its line (WCAG 2.5.8); a box to tick is as high as its label, which ticks it.
const TARGETS: &str = r"
const least = arguments[0];
const said = (node) => node.nodeType === Node.TEXT_NODE && node.textContent.trim() !== '';
const inSentence = (link) => getComputedStyle(link).display === 'inline'
  && [...link.parentElement.childNodes].some(said);
const pressed = 'a[href], button, summary, select, textarea, input:not([type=hidden])';
return [...document.querySelectorAll(pressed)].flatMap((element) => {
  const labels = element.matches('[type=radio], [type=checkbox]') ? [...element.labels] : [];
  const boxes = [element, ...labels].map((part) => part.getBoundingClientRect());
  const seen = element.checkVisibility() && boxes.every((box) => box.right > 0);
  const height = Math.max(...boxes.map((box) => box.height));
  if (!seen || height >= least || (element.matches('a') && inSentence(element))) return [];
  return [`${height} px: ${element.outerHTML.slice(0, 120)}`];
});
";

/// By how many px a page is laid out wider than its screen, and what sticks out.
const SIDEWAYS: &str = r"
const screen = arguments[0];
const page = document.documentElement;
if (page.clientWidth !== screen) return [`laid out for ${page.clientWidth} px`];
const over = page.scrollWidth - screen;
if (over <= 0) return [];
const out = [...document.querySelectorAll('body *')]
  .filter((element) => element.getBoundingClientRect().right > screen + 1)
  .map((element) => element.outerHTML.slice(0, 120));
return [`${over} px too wide`, ...out.slice(0, 5)];
";

/// Bytes of the page and of all that it loaded.
const WEIGHT: &str = r"
return [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
  .reduce((sum, entry) => sum + entry.decodedBodySize, 0);
";

/// What stands on a page in place of a script or a style of its own.
const FORBIDDEN: &str = r"
const own = 'script, style, [style], [onclick], [onchange], [onsubmit], [onload]';
return [...document.querySelectorAll(own)].map((element) => element.outerHTML.slice(0, 120));
";

/// Whether a page that says what is wrong has the focus there, so that it is heard first.
pub(crate) const FOCUS: &str = r"
const summary = document.querySelector('.errors');
return summary === null || summary === document.activeElement;
";

/// The text of axe-core; none if it is not installed.
static SCRIPT: LazyLock<Option<String>> = LazyLock::new(|| {
    let found = Command::new("node")
        .args(["-p", "require.resolve('axe-core/axe.min.js')"])
        .current_dir(HERE)
        .output();
    let found = found.ok().filter(|output| output.status.success())?;
    let path = String::from_utf8(found.stdout).expect("a path of ours is UTF-8");
    Some(std::fs::read_to_string(path.trim()).unwrap())
});

/// Whether axe-core is there; says so if it is not.
pub(crate) fn is_ready() -> bool {
    let is_there = SCRIPT.is_some();
    if !is_there {
        absent("Node with axe-core");
    }
    is_there
}

/// Looks pages over, and says at the end what was wrong with any of them.
pub(crate) struct Audit {
    is_wanted: bool,
    found: Mutex<Vec<String>>,
}

impl Audit {
    /// Of pages that are to be looked over, or of none.
    pub(crate) fn new(is_wanted: bool) -> Self {
        Self {
            is_wanted,
            found: Mutex::default(),
        }
    }

    /// Looks a page over at both widths, and keeps a picture of each under its name. The tab is as
    /// wide as it was afterwards.
    pub(crate) async fn page(&self, tab: &Tab, name: &str) {
        if !self.is_wanted {
            return;
        }
        let was = tab.width();
        for width in [LAPTOP, PHONE] {
            tab.resize(width).await;
            let found = faults(tab).await;
            keep(name, width, &tab.picture().await);
            let found = found
                .iter()
                .map(|fault| format!("{name} at {width} px: {fault}"));
            self.found.lock().unwrap().extend(found);
        }
        tab.resize(was).await;
    }

    /// That nothing was wrong.
    pub(crate) fn end(self) {
        let found = self.found.into_inner().unwrap();
        assert!(
            found.is_empty(),
            "{} faults:\n{}",
            found.len(),
            found.join("\n")
        );
    }
}

/// What is wrong with the page that is open.
pub(crate) async fn faults(tab: &Tab) -> Vec<String> {
    let mut found = barriers(tab).await;
    if !tab.comes_true(FOCUS).await {
        found.push("focus: not on what is wrong".to_owned());
    }
    found.extend(listed(tab, "wide", SIDEWAYS, &[json!(tab.width())]).await);
    found.extend(listed(tab, "low", TARGETS, &[json!(TARGET_PX_MIN)]).await);
    found.extend(listed(tab, "own script or style", FORBIDDEN, &[]).await);
    let bytes = tab.script(WEIGHT, &[]).await.as_u64().expect("a number");
    if bytes == 0 || bytes > PAGE_BYTES_MAX {
        found.push(format!("weight: {bytes} bytes"));
    }
    found
}

/// What axe-core finds.
async fn barriers(tab: &Tab) -> Vec<String> {
    let script = SCRIPT.as_ref().expect("it was looked for first");
    tab.script(script, &[]).await;
    let found = tab.awaited(AXE, &[]).await;
    let rules = found["rules"].as_u64().unwrap_or_default();
    let violations = found["violations"].as_array();
    let violations = violations.expect("axe says what it found");
    let mut said: Vec<_> = violations.iter().map(|one| format!("axe: {one}")).collect();
    if rules == 0 && said.is_empty() {
        said.push("axe: nothing was looked at".to_owned());
    }
    said
}

async fn listed(tab: &Tab, what: &str, script: &str, arguments: &[Json]) -> Vec<String> {
    let found = tab.script(script, arguments).await;
    let found = found.as_array().expect("the script lists").iter();
    let text = |one: &Json| one.as_str().unwrap_or_default().to_owned();
    found.map(|one| format!("{what}: {}", text(one))).collect()
}

/// Keeps a picture for people to look at.
fn keep(name: &str, width: u32, picture: &[u8]) {
    let folder = pictures();
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join(format!("{name}-{width}.png")), picture).unwrap();
}

/// Where pictures are kept.
pub(crate) fn pictures() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    let target = target.unwrap_or_else(|| concat!(env!("CARGO_MANIFEST_DIR"), "/target").into());
    target.join("screenshots")
}
