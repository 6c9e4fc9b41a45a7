//! A browser without scripts: it keeps cookies, follows redirects, and sends with a form what the
//! form holds for it.

use std::collections::BTreeMap;

use reqwest::header::{HeaderMap, LOCATION, SET_COOKIE};
use reqwest::redirect::Policy;
use reqwest::{Client, Method};

/// Most redirects that are followed.
const REDIRECTS_MAX: usize = 5;

/// A browser of one person.
pub(crate) struct Browser {
    http: Client,
    base: String,
    /// Its cookies, by name.
    pub(crate) cookies: BTreeMap<String, String>,
    /// The page that it shows.
    pub(crate) page: Page,
}

/// A page as it was shown.
#[derive(Debug, Clone, Default)]
pub(crate) struct Page {
    pub(crate) status: u16,
    /// Its path, after every redirect.
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) html: String,
}

impl Browser {
    /// A browser that shows nothing yet; the address is the site's, without a slash at its end.
    pub(crate) fn new(base: &str) -> Self {
        let http = Client::builder().redirect(Policy::none()).build().unwrap();
        Self {
            http,
            base: base.to_owned(),
            cookies: BTreeMap::new(),
            page: Page::default(),
        }
    }

    /// Opens a page by its path, or by the whole of its address.
    pub(crate) async fn get(&mut self, path: &str) -> &Page {
        let first = self.send(Method::GET, path, None, &[]).await;
        self.follow(first).await
    }

    /// Sends a form: these fields, and the token that the page shown holds.
    pub(crate) async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> &Page {
        let token = self.page.value_of("csrf").unwrap_or_default();
        let mut fields = fields.to_vec();
        fields.push(("csrf", &token));
        self.post_own(path, &fields).await
    }

    /// Sends just these fields, as from a page of this site.
    pub(crate) async fn post_own(&mut self, path: &str, fields: &[(&str, &str)]) -> &Page {
        let own = self.base.clone();
        self.post_bare(path, fields, &[("origin", &own)]).await
    }

    /// Sends just these fields, under further headers: what a page of another site could do.
    pub(crate) async fn post_bare(
        &mut self,
        path: &str,
        fields: &[(&str, &str)],
        headers: &[(&str, &str)],
    ) -> &Page {
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        let first = self.send(Method::POST, path, Some(body), headers).await;
        self.follow(first).await
    }

    /// One request with its response, no redirect followed.
    pub(crate) async fn send(
        &mut self,
        method: Method,
        path: &str,
        body: Option<String>,
        headers: &[(&str, &str)],
    ) -> Page {
        let path = path.strip_prefix(&self.base).unwrap_or(path);
        assert!(path.starts_with('/'), "{path} is not a page of this site");
        let mut request = self.http.request(method, format!("{}{path}", self.base));
        if !self.cookies.is_empty() {
            let cookies = self
                .cookies
                .iter()
                .map(|(name, value)| format!("{name}={value}"));
            request = request.header("cookie", cookies.collect::<Vec<_>>().join("; "));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(body) = body {
            if headers.iter().all(|(name, _)| *name != "content-type") {
                let kind = "application/x-www-form-urlencoded";
                request = request.header("content-type", kind);
            }
            request = request.body(body);
        }
        let response = request.send().await.unwrap();
        self.keep_cookies(response.headers());
        Page {
            status: response.status().as_u16(),
            path: path.to_owned(),
            headers: response.headers().clone(),
            html: response.text().await.unwrap(),
        }
    }

    async fn follow(&mut self, first: Page) -> &Page {
        self.page = first;
        for _ in 0..REDIRECTS_MAX {
            if !(300..400).contains(&self.page.status) {
                break;
            }
            let to = self.page.headers[LOCATION].to_str().unwrap().to_owned();
            self.page = self.send(Method::GET, &to, None, &[]).await;
        }
        &self.page
    }

    fn keep_cookies(&mut self, headers: &HeaderMap) {
        for line in headers.get_all(SET_COOKIE) {
            let line = line.to_str().unwrap();
            let (name, rest) = line.split_once('=').unwrap();
            match rest.split(';').next().unwrap_or_default() {
                "" => self.cookies.remove(name),
                value => self.cookies.insert(name.to_owned(), value.to_owned()),
            };
        }
    }
}

impl Page {
    /// What it says, without tags, one space between words.
    pub(crate) fn text(&self) -> String {
        let body = self.html.split_once("<body>").map_or("", |(_, body)| body);
        let mut text = String::new();
        for piece in body.split('<') {
            let (_, said) = piece.split_once('>').unwrap_or(("", piece));
            text.push(' ');
            text.push_str(said);
        }
        unescape(&text.split_whitespace().collect::<Vec<_>>().join(" "))
    }

    /// Asserts that it says something.
    pub(crate) fn says(&self, words: &str) -> &Self {
        let text = self.text();
        assert!(
            text.contains(words),
            "{} does not say {words:?}: {text}",
            self.path
        );
        self
    }

    /// Asserts that it does not say something.
    pub(crate) fn is_silent_on(&self, words: &str) -> &Self {
        let text = self.text();
        assert!(
            !text.contains(words),
            "{} says {words:?}: {text}",
            self.path
        );
        self
    }

    /// The value of its first field of a name.
    pub(crate) fn value_of(&self, name: &str) -> Option<String> {
        let (_, rest) = self.html.split_once(&format!("name=\"{name}\""))?;
        let tag = rest.split('>').next()?;
        let (_, value) = tag.split_once("value=\"")?;
        Some(unescape(value.split('"').next()?))
    }

    /// Its title.
    pub(crate) fn title(&self) -> String {
        let title = self.html.split_once("<title>").map_or("", |(_, rest)| rest);
        unescape(title.split("</title>").next().unwrap_or_default())
    }

    /// Where its links lead.
    pub(crate) fn links(&self) -> Vec<String> {
        let links = self.html.split("href=\"").skip(1);
        links
            .filter_map(|rest| rest.split('"').next().map(unescape))
            .collect()
    }
}

pub(crate) fn unescape(text: &str) -> String {
    [
        ("&#39;", "'"),
        ("&#34;", "\""),
        ("&quot;", "\""),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&#60;", "<"),
        ("&#62;", ">"),
        ("&#38;", "&"),
        ("&amp;", "&"),
    ]
    .iter()
    .fold(text.to_owned(), |text, (escaped, plain)| {
        text.replace(escaped, plain)
    })
}
