//! Signing in by a link in an e-mail, through a mail server that was not written here.

use askonce::server::{Mail, MailEncryption, SmtpTerms};
use rcgen::{CertifiedKey, generate_simple_self_signed};

use super::audit::{self, Audit};
use super::hand::{Hand, Person};
use super::mail::{Account, MailServer};
use super::stage::{EMAIL, HOME, Stage};
use super::tab::{LAPTOP, Scripts, Tab};

/// From whom letters are.
const SENDER: &str = "forms@askonce.example";

/// The user whom the guarded mail server takes letters from.
const USER: (&str, &str) = ("askonce", "not in any log");

fn account() -> Account {
    let made = generate_simple_self_signed(["localhost".to_owned()]);
    let CertifiedKey { cert, signing_key } = made.unwrap();
    Account {
        certificate: cert.pem(),
        key: signing_key.serialize_pem(),
        user: USER.0,
        password: USER.1,
    }
}

/// How letters go to a server.
fn terms(server: &MailServer, account: Option<&Account>) -> SmtpTerms {
    let login = |own: &Account| (own.user.to_owned(), own.password.to_owned());
    SmtpTerms {
        host: "localhost".to_owned(),
        port: server.port,
        encryption: match account {
            Some(_) => MailEncryption::StartTls,
            None => MailEncryption::Nothing,
        },
        authority: account.map(|own| own.certificate.clone().into_bytes()),
        login: account.map(login),
        from: format!("AskOnce <{SENDER}>"),
    }
}

/// The link of a letter: the one line of it that is one.
fn link(text: &str) -> &str {
    let mut links = text.lines().filter(|line| line.starts_with("http"));
    let link = links.next().expect("the letter has a link");
    assert_eq!(links.next(), None);
    link.trim()
}

/// Asks for a link, as who is known and as who is not: the page says the same.
async fn ask_for_link(stage: &Stage, person: &Person<'_>, audit: &Audit) {
    person.tab.go(&stage.at("/")).await;
    assert_eq!(person.tab.path().await, "/sign-in");
    audit.page(person.tab, "sign-in").await;
    person.press("Send me a link").await;
    assert!(person.tab.title().await.starts_with("Error: "));
    audit.page(person.tab, "sign-in-error").await;
    let mut said = Vec::new();
    for email in ["nobody@rowan-house.example", EMAIL] {
        person.tab.go(&stage.at("/sign-in")).await;
        person.type_in("", "E-mail address", email).await;
        person.press("Send me a link").await;
        said.push(person.tab.text().await);
    }
    assert_eq!(said[0], said[1], "whether an address is known is not told");
    audit.page(person.tab, "sign-in-sent").await;
}

/// Follows a link, which works once, to the list of what there is to do, and signs out.
async fn follow(link: &str, person: &Person<'_>, audit: &Audit) {
    person.tab.go(link).await;
    audit.page(person.tab, "sign-in-link").await;
    person.press("Continue").await;
    person.type_in("", "Who is answering?", "").await;
    person.press("Continue").await;
    assert!(person.tab.title().await.starts_with("Error: "));
    audit.page(person.tab, "who-error").await;
    person.type_in("", "Who is answering?", "Jo Reed").await;
    person.press("Continue").await;
    assert_eq!(person.tab.path().await, format!("/homes/{HOME}"));
    prefer(person, audit).await;
    person.press("Sign out").await;
    person.tab.go(link).await;
    let text = person.tab.text().await;
    assert!(text.contains("This link no longer works"), "{text}");
    audit.page(person.tab, "sign-in-gone").await;
}

/// Says when e-mails are to come, from the foot of a page.
async fn prefer(person: &Person<'_>, audit: &Audit) {
    person.press("E-mails about what is due").await;
    audit.page(person.tab, "preferences").await;
    person.pick("", "Never").await;
    person.press("Save").await;
    let text = person.tab.text().await;
    assert!(text.contains("We do not e-mail you"), "{text}");
    audit.page(person.tab, "preferences-saved").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_manager_signs_in_by_a_link_that_a_mail_server_brings() {
    if !audit::is_ready() {
        return;
    }
    let Some(tab) = Tab::open(Scripts::On).await else {
        return;
    };
    tab.resize(LAPTOP).await;
    let person = Person {
        tab: &tab,
        hand: Hand::Mouse,
    };
    for account in [None, Some(account())] {
        let server = match &account {
            Some(account) => MailServer::guarded(account).await,
            None => MailServer::open().await,
        };
        let Some(mut server) = server else {
            return;
        };
        let audit = Audit::new(account.is_none());
        let stage = Stage::set(Mail::Smtp(terms(&server, account.as_ref()))).await;
        ask_for_link(&stage, &person, &audit).await;
        let mail = server.next().await;
        assert_eq!(
            (mail.from.as_str(), mail.to.as_slice()),
            (SENDER, &[EMAIL.to_owned()][..])
        );
        assert_eq!(mail.subject, "Your link to sign in to AskOnce");
        let came = (mail.is_encrypted, mail.user.as_str());
        assert_eq!(
            came,
            (
                account.is_some(),
                account.as_ref().map_or("", |own| own.user)
            )
        );
        follow(link(&mail.text), &person, &audit).await;
        stage.stop().await;
        assert!(server.is_empty(), "who is not known is sent nothing");
        audit.end();
    }
}
