//! How letters go to a mail server.

use askonce::server::{Mail, MailEncryption, Options, SmtpTerms};

use super::mail_server::{MailServer, Manner, encryption};
use super::site::{EMAIL, Site};
use crate::transport::authority::Authority;
use crate::world::HOME;

fn terms(server: &MailServer, encryption: MailEncryption) -> SmtpTerms {
    SmtpTerms {
        host: "localhost".into(),
        port: server.address.port(),
        encryption,
        authority: None,
        login: None,
        from: "AskOnce <forms@council.example>".into(),
    }
}

async fn site(terms: SmtpTerms) -> Site {
    let by = |options: &mut Options| options.portal.as_mut().unwrap().mail = Mail::Smtp(terms);
    let site = Site::with(by).await;
    site.invite("Ann Archer", EMAIL, &[HOME]).await;
    site
}

async fn ask(site: &Site) {
    ask_for(site, EMAIL).await;
}

async fn ask_for(site: &Site, email: &str) {
    let mut browser = site.browser();
    let page = browser.post("/sign-in", &[("email", email)]).await;
    page.says("Check your e-mail");
}

async fn until(is_so: impl Fn() -> bool) {
    let waiting = async {
        while !is_so() {
            tokio::task::yield_now().await;
        }
    };
    let waited = tokio::time::timeout(super::site::PATIENCE, waiting).await;
    waited.expect("the server is spoken with");
}

#[tokio::test]
async fn a_letter_goes_encrypted_with_name_and_password_and_its_link_works() {
    let authority = Authority::new();
    let mut server = MailServer::start(Manner {
        tls: Some(encryption(&authority.server())),
        ..Manner::default()
    })
    .await;
    let site = site(SmtpTerms {
        authority: Some(authority.pem().into_bytes()),
        login: Some(("askonce".into(), "open sesame".into())),
        ..terms(&server, MailEncryption::StartTls)
    })
    .await;
    ask(&site).await;
    let letter = server.letter().await;
    for line in [
        "From: AskOnce <forms@council.example>",
        "To: ann@rowan-house.example",
        "Subject: Your link to sign in to AskOnce",
        "Date: Tue, 24 Nov 2026 09:00:00 +0000",
        "Auto-Submitted: auto-generated",
    ] {
        assert!(letter.lines().any(|own| own == line), "{line}: {letter}");
    }
    let said = server.said();
    let place = |start: &str| {
        said.iter()
            .position(|line| line.starts_with(start))
            .unwrap()
    };
    assert!(place("STARTTLS") < place("AUTH PLAIN"), "{said:#?}");
    assert!(
        place("AUTH PLAIN") < place("MAIL FROM:<forms@council.example>"),
        "{said:#?}"
    );
    let link = letter
        .lines()
        .find(|line| line.starts_with(&site.url))
        .unwrap();
    let mut ann = site.browser();
    ann.get(link).await;
    ann.post(link, &[]).await.says("Who is answering?");
}

#[tokio::test]
async fn nothing_is_said_in_plain_text_to_a_server_that_does_not_encrypt() {
    let authority = Authority::new();
    let mut open = MailServer::start(Manner::default()).await;
    let other = MailServer::start(Manner {
        tls: Some(encryption(&Authority::new().server())),
        ..Manner::default()
    })
    .await;
    for server in [&open, &other] {
        let site = site(SmtpTerms {
            authority: Some(authority.pem().into_bytes()),
            login: Some(("askonce".into(), "open sesame".into())),
            ..terms(server, MailEncryption::StartTls)
        })
        .await;
        ask(&site).await;
        until(|| !server.said().is_empty()).await;
        site.world.stop().await;
        let said = server.said();
        let is_harmless = |line: &String| {
            ["EHLO", "STARTTLS", "QUIT"]
                .iter()
                .any(|word| line.starts_with(word))
        };
        assert!(said.iter().all(is_harmless), "{said:#?}");
    }
    // On this machine it may be said that nothing is encrypted.
    let site = site(terms(&open, MailEncryption::Nothing)).await;
    ask(&site).await;
    assert!(open.letter().await.contains(&site.url));
}

#[tokio::test]
async fn a_letter_that_cannot_go_now_goes_later() {
    let busy = Manner {
        busy_for: 1,
        ..Manner::default()
    };
    let mut server = MailServer::start(busy).await;
    let site = site(terms(&server, MailEncryption::Nothing)).await;
    ask(&site).await;
    assert!(
        server
            .letter()
            .await
            .contains("To: ann@rowan-house.example")
    );
    let tries = server.said();
    let tries = tries.iter().filter(|line| line.starts_with("RCPT"));
    assert_eq!(tries.count(), 2);
}

#[tokio::test]
async fn a_letter_that_is_refused_for_good_is_not_sent_again_and_holds_up_no_other() {
    const GONE: &str = "bo@rowan-house.example";
    let mut server = MailServer::start(Manner {
        busy_for: 1,
        refused: Some(GONE),
        ..Manner::default()
    })
    .await;
    let site = site(terms(&server, MailEncryption::Nothing)).await;
    site.invite("Bo Brook", GONE, &[HOME]).await;
    ask_for(&site, GONE).await;
    until(|| server.said().iter().any(|line| line.contains(GONE))).await;
    // Another letter is tried again after a while: by then the first would have been, too.
    ask(&site).await;
    let letter = server.letter().await;
    assert!(letter.contains("To: ann@rowan-house.example"), "{letter}");
    let said = server.said();
    let to: Vec<_> = said
        .iter()
        .filter_map(|line| line.strip_prefix("RCPT TO:"))
        .collect();
    let (gone, ann) = (format!("<{GONE}>"), format!("<{EMAIL}>"));
    assert_eq!(to, [&*gone, &*ann, &*ann]);
}
