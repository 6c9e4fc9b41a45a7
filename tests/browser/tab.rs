//! A browser with one page open, and what somebody does with it.

use std::str::FromStr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use fantoccini::actions::KeyActions;
use fantoccini::elements::Element;
use fantoccini::wd::WebDriverCompatibleCommand;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use reqwest::{Method, Url};
use serde_json::{Value as Json, json};
use tempfile::TempDir;

use super::driver::Driver;

/// A laptop's width, in px.
pub(crate) const LAPTOP: u32 = 1_280;
/// A small phone's width, in px: what WCAG asks to work without scrolling sideways.
pub(crate) const PHONE: u32 = 320;

/// How long a page may take on a slow machine.
const PAGE_DEADLINE: Duration = Duration::from_secs(30);

/// How long a browser may take to draw a page that is there.
const DRAWN_DEADLINE: Duration = Duration::from_secs(5);

/// What Chromium is started with: as root, on this machine alone.
const FLAGS: [&str; 10] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--hide-scrollbars",
];

/// Whether the scripts of pages run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scripts {
    On,
    Off,
}

/// A browser with a page.
pub(crate) struct Tab {
    client: Client,
    width: AtomicU32,
    // Dropped in this order: the browser ends, then its folder goes.
    _driver: Driver,
    folder: TempDir,
}

/// A command of Chromium's own protocol.
#[derive(Debug)]
struct Chromium {
    cmd: &'static str,
    params: Json,
}

impl WebDriverCompatibleCommand for Chromium {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, <Url as FromStr>::Err> {
        let session = session.unwrap_or_default();
        base.join(&format!("session/{session}/goog/cdp/execute"))
    }

    fn method_and_body(&self, _url: &Url) -> (Method, Option<String>) {
        let body = json!({"cmd": self.cmd, "params": self.params});
        (Method::POST, Some(body.to_string()))
    }
}

impl Tab {
    /// A new browser as wide as a laptop; none where no browser is installed.
    pub(crate) async fn open(scripts: Scripts) -> Option<Self> {
        let driver = Driver::start()?;
        let folder = tempfile::tempdir().unwrap();
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities(scripts, &folder))
            .connect(&driver.address())
            .await
            .unwrap();
        let tab = Self {
            client,
            width: AtomicU32::new(0),
            _driver: driver,
            folder,
        };
        tab.resize(LAPTOP).await;
        Some(tab)
    }

    /// Where the browser keeps what it keeps.
    pub(crate) fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// Shows pages as on a screen so wide.
    pub(crate) async fn resize(&self, width: u32) {
        let params = json!({
            "width": width, "height": if width < 600 { 640 } else { 900 },
            "deviceScaleFactor": 1, "mobile": width < 600,
        });
        self.chromium("Emulation.setDeviceMetricsOverride", params)
            .await;
        self.width.store(width, Ordering::Relaxed);
    }

    /// How wide its screen is, in px.
    pub(crate) fn width(&self) -> u32 {
        self.width.load(Ordering::Relaxed)
    }

    async fn chromium(&self, cmd: &'static str, params: Json) -> Json {
        let command = Chromium { cmd, params };
        self.client.issue_cmd(command).await.unwrap()
    }

    /// Goes to an address.
    pub(crate) async fn go(&self, address: &str) {
        self.client.goto(address).await.unwrap();
    }

    /// Where it is: the path alone.
    pub(crate) async fn path(&self) -> String {
        self.client.current_url().await.unwrap().path().to_owned()
    }

    pub(crate) async fn title(&self) -> String {
        self.client.title().await.unwrap()
    }

    /// What can be read on the page.
    pub(crate) async fn text(&self) -> String {
        self.find("body").await.text().await.unwrap()
    }

    /// What a script returns that `WebDriver` runs: a page's own policy does not bind it.
    pub(crate) async fn script(&self, script: &str, arguments: &[Json]) -> Json {
        let ran = self.client.execute(script, arguments.to_vec()).await;
        ran.unwrap()
    }

    /// What a script hands to the function that it is given last.
    pub(crate) async fn awaited(&self, script: &str, arguments: &[Json]) -> Json {
        let ran = self.client.execute_async(script, arguments.to_vec()).await;
        ran.unwrap()
    }

    /// Whether a script comes to return true, soon: for what a browser does only once a page is drawn.
    pub(crate) async fn comes_true(&self, script: &str) -> bool {
        let come = async {
            while self.script(script, &[]).await != Json::Bool(true) {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(DRAWN_DEADLINE, come).await.is_ok()
    }

    /// The one element of a CSS selector.
    pub(crate) async fn find(&self, css: &str) -> Element {
        let found = self.client.find(Locator::Css(css)).await;
        found.unwrap_or_else(|error| panic!("{css}: {error}"))
    }

    /// The elements of an `XPath`.
    pub(crate) async fn all(&self, path: &str) -> Vec<Element> {
        self.client.find_all(Locator::XPath(path)).await.unwrap()
    }

    /// Waits until a page is gone: the driver answers no call while the next one loads.
    pub(crate) async fn left(&self, before: &Element) {
        let gone = async {
            while before.tag_name().await.is_ok() {
                tokio::task::yield_now().await;
            }
        };
        let gone = tokio::time::timeout(PAGE_DEADLINE, gone).await;
        gone.expect("the next page comes in time");
    }

    /// The cookies that it holds, as it sends them.
    pub(crate) async fn cookies(&self) -> String {
        let cookies = self.client.get_all_cookies().await.unwrap();
        let pairs = cookies
            .iter()
            .map(|own| format!("{}={}", own.name(), own.value()));
        pairs.collect::<Vec<_>>().join("; ")
    }

    /// Has keys pressed.
    pub(crate) async fn act(&self, keys: KeyActions) {
        self.client.perform_actions(keys).await.unwrap();
    }

    /// The whole page as a picture, in PNG.
    pub(crate) async fn picture(&self) -> Vec<u8> {
        let params = json!({"format": "png", "captureBeyondViewport": true});
        let taken = self.chromium("Page.captureScreenshot", params).await;
        let data = taken["data"].as_str().expect("a picture is taken");
        data_encoding::BASE64.decode(data.as_bytes()).unwrap()
    }
}

/// A text as `XPath` writes it.
pub(crate) fn literal(text: &str) -> String {
    assert!(!text.contains('"'), "{text}: XPath knows no escapes");
    format!("\"{text}\"")
}

fn capabilities(scripts: Scripts, folder: &TempDir) -> fantoccini::wd::Capabilities {
    let folder = folder.path().display();
    let mut flags: Vec<String> = FLAGS.iter().map(|&flag| flag.to_owned()).collect();
    flags.push(format!("--user-data-dir={folder}"));
    flags.push(format!("--window-size={LAPTOP},900"));
    let mut options = json!({"args": flags});
    if scripts == Scripts::Off {
        // As a policy sets it: 2 is "block".
        options["prefs"] = json!({"profile.managed_default_content_settings.javascript": 2});
    }
    let capabilities = json!({"browserName": "chrome", "goog:chromeOptions": options});
    serde_json::from_value(capabilities).expect("capabilities are an object")
}
