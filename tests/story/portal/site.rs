//! A broker with its pages, a clock that the story moves, and the letters that it sends.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use askonce::grpc::v1;
use askonce::grpc::v1::people_service_client::PeopleServiceClient;
use askonce::server::{Data, Letter, Mail, Options, PortalOptions, Server};
use jiff::{SignedDuration, Timestamp};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::client::Browser;
use crate::world::{Client, World};

/// Longer than anything here takes on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// Most letters that wait to be read.
const LETTERS_MAX: usize = 100;

/// The address of whoever most stories are about.
pub(crate) const EMAIL: &str = "ann@rowan-house.example";

/// A clock that stands still until it is moved.
#[derive(Clone)]
pub(crate) struct StillClock(Arc<Mutex<Timestamp>>);

impl StillClock {
    pub(crate) fn at(text: &str) -> Self {
        Self(Arc::new(Mutex::new(text.parse().unwrap())))
    }

    pub(crate) fn set(&self, text: &str) {
        *self.0.lock().unwrap() = text.parse().unwrap();
    }

    pub(crate) fn forward(&self, by: SignedDuration) {
        let mut now = self.0.lock().unwrap();
        *now = now.checked_add(by).unwrap();
    }

    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

/// A running broker with its pages: two homes, four bodies.
pub(crate) struct Site {
    pub(crate) world: World,
    pub(crate) clock: StillClock,
    pub(crate) url: String,
    letters: mpsc::Receiver<Letter>,
}

impl Site {
    /// One in memory on a Tuesday morning.
    pub(crate) async fn new() -> Self {
        Self::with(|_| {}).await
    }

    /// The same, served in another way.
    pub(crate) async fn with(change: impl FnOnce(&mut Options)) -> Self {
        let site = Self::bare(StillClock::at("2026-11-24T09:00:00Z"), change).await;
        site.world.settle().await;
        site
    }

    /// One by a clock, with nothing in it but what its store holds already.
    pub(crate) async fn bare(clock: StillClock, change: impl FnOnce(&mut Options)) -> Self {
        let (sender, letters) = mpsc::channel(LETTERS_MAX);
        let mut options = Options::new(Data::Memory);
        let addr = ([127, 0, 0, 1], 0).into();
        options.portal = Some(PortalOptions {
            // No story is told of by the way; those of digests send them themselves.
            digest_interval: Duration::from_secs(86_400),
            ..PortalOptions::new(addr, Mail::Handed(sender))
        });
        change(&mut options);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let told = clock.clone();
        let server = Server::start_by(options, listener, Arc::new(move || told.now()));
        let server = server.await.unwrap();
        let url = format!("http://{}", server.portal_addr().unwrap());
        let world = World::of(server).await;
        Self {
            world,
            clock,
            url,
            letters,
        }
    }

    /// Invites a person to homes; her id.
    pub(crate) async fn invite(&self, name: &str, email: &str, homes: &[&str]) -> String {
        invite(&self.world.operator().await, name, email, homes).await
    }

    /// Removes a person by her id.
    pub(crate) async fn remove(&self, name: &str) {
        let operator = self.world.operator().await;
        let request = v1::RemovePersonRequest {
            name: name.into(),
            homes: Vec::new(),
        };
        let mut people = PeopleServiceClient::new(operator.channel());
        let removed = people.remove_person(operator.request(request)).await;
        removed.unwrap();
    }

    /// A browser that was never here before.
    pub(crate) fn browser(&self) -> Browser {
        Browser::new(&self.url)
    }

    /// The next letter that goes out.
    pub(crate) async fn letter(&mut self) -> Letter {
        let letter = timeout(PATIENCE, self.letters.recv()).await;
        letter.expect("a letter goes out").expect("the server runs")
    }

    /// Asks for a link as anybody may, and reads it in the letter; its path.
    pub(crate) async fn mailed_link(&mut self, email: &str) -> String {
        let mut browser = self.browser();
        browser.get("/sign-in").await;
        browser.post("/sign-in", &[("email", email)]).await;
        let letter = self.letter().await;
        assert_eq!(letter.to.as_str(), email);
        let mut lines = letter.text.lines();
        let link = lines.find(|line| line.starts_with(&self.url));
        let link = link.expect("the letter holds a link");
        link[self.url.len()..].to_owned()
    }

    /// Sets the clock to seven in the morning of a day in winter, and has the digests sent; how many
    /// letters go.
    pub(crate) async fn morning(&self, day: &str) -> usize {
        self.clock.set(&format!("{day}T07:00:00Z"));
        self.world.server.send_digests().await
    }

    /// Whether no letter has gone out that nobody has read.
    pub(crate) fn has_no_letter(&mut self) -> bool {
        self.letters.try_recv().is_err()
    }

    /// A browser in which somebody has signed in and said who answers.
    pub(crate) async fn signed_in(&self, email: &str, answered_by: &str) -> Browser {
        let email = email.parse().unwrap();
        let valid_for = SignedDuration::from_mins(1);
        let link = self.world.server.sign_in_link(&email, valid_for).await;
        let link = link.unwrap().expect("she was invited");
        let mut browser = self.browser();
        browser.get(&link).await;
        browser.post(&link, &[]).await.says("Who is answering?");
        browser.post("/who", &[("name", answered_by)]).await;
        assert_eq!(browser.page.status, 200, "{:?}", browser.page);
        browser
    }
}

/// Has an operator invite a person to homes; her id.
pub(crate) async fn invite(operator: &Client, name: &str, email: &str, homes: &[&str]) -> String {
    let request = v1::InvitePersonRequest {
        display_name: name.into(),
        email: email.into(),
        homes: homes.iter().map(|home| format!("homes/{home}")).collect(),
        role: v1::HomeRole::Answers.into(),
        request_id: String::new(),
    };
    let mut people = PeopleServiceClient::new(operator.channel());
    let invited = people.invite_person(operator.request(request)).await;
    invited.unwrap().into_inner().person.unwrap().name
}
