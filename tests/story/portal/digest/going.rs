//! When it goes, that it goes once, and what becomes of it when the server stops.

use std::time::Duration;

use askonce::server::{Data, Letter, Mail, MailEncryption, Options, SmtpTerms};
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::super::mail_server::{MailServer, Manner};
use super::super::site::{EMAIL, PATIENCE, Site};
use super::{FIRST, asked, says};
use crate::world::HOME;

#[tokio::test]
async fn it_goes_by_itself_at_seven_on_the_clocks_of_london() {
    let often = |options: &mut Options| {
        options.portal.as_mut().unwrap().digest_interval = Duration::from_millis(1);
    };
    let mut site = asked(Site::with(often).await, &[HOME]).await;
    site.clock.set("2026-11-25T07:00:00Z");
    says(&site.letter().await, "Due Monday 30 November 2026");
    // However often it looks, and whoever else asks for it.
    assert_eq!(site.world.server.send_digests().await, 0);
    site.clock.set("2026-11-26T07:30:00Z");
    site.letter().await;
    assert!(site.has_no_letter());
    site.world.stop().await;
}

#[tokio::test]
async fn it_goes_from_seven_until_nine_in_winter_and_in_summer() {
    let mut site = asked(Site::new().await, &[HOME]).await;
    let table = [
        ("2026-11-25T06:59:59Z", 0),
        ("2026-11-25T09:00:00Z", 0),
        ("2026-11-26T08:59:59Z", 1),
        // An hour earlier by the sun, the day after a bank holiday.
        ("2027-05-31T06:00:00Z", 0),
        ("2027-06-01T05:59:59Z", 0),
        ("2027-06-01T06:00:00Z", 1),
        ("2027-06-01T07:59:59Z", 0),
        ("2027-06-02T08:00:00Z", 0),
    ];
    for (now, letters) in table {
        site.clock.set(now);
        assert_eq!(site.world.server.send_digests().await, letters, "{now}");
        site.letters(letters).await;
    }
    site.world.stop().await;
}

#[tokio::test]
async fn none_goes_twice_on_a_morning_not_even_by_a_server_that_starts_anew() {
    let folder = tempfile::tempdir().unwrap();
    let kept = |options: &mut Options| options.data = Data::Embedded(folder.path().into());
    let mut site = asked(Site::with(kept).await, &[HOME]).await;
    assert_eq!(site.morning(FIRST).await, 1);
    assert_eq!(site.morning(FIRST).await, 0);
    site.letters(1).await;
    site.world.stop().await;
    let mut site = Site::with(kept).await;
    assert_eq!(site.morning(FIRST).await, 0);
    assert!(site.has_no_letter());
    // The next day's goes, and knows what the last one said.
    assert_eq!(site.morning("2026-11-26").await, 1);
    let letter = &site.letters(1).await[0];
    assert_eq!(letter.subject, format!("Home {HOME}: 1 form due"));
    site.world.stop().await;
}

#[tokio::test]
async fn a_mail_program_is_told_where_it_is_unsubscribed() {
    let mut server = MailServer::start(Manner::default()).await;
    let terms = SmtpTerms {
        host: "localhost".into(),
        port: server.address.port(),
        encryption: MailEncryption::Nothing,
        authority: None,
        login: None,
        from: "AskOnce <forms@council.example>".into(),
    };
    let by = |options: &mut Options| options.portal.as_mut().unwrap().mail = Mail::Smtp(terms);
    let site = asked(Site::with(by).await, &[HOME]).await;
    assert_eq!(site.morning(FIRST).await, 1);
    let letter = server.letter().await;
    let expected = format!("List-Unsubscribe: <{}/preferences>", site.url);
    assert!(letter.lines().any(|line| line == expected), "{letter}");
    assert!(letter.lines().any(|line| line == format!("To: {EMAIL}")));
    site.world.stop().await;
}

/// A site whose letters nobody takes but whoever holds the other end, one at a time; and the people
/// of a home, to whom letters wait to go.
async fn with_letters_waiting(drain_deadline: Duration) -> (Site, mpsc::Receiver<Letter>) {
    let (sender, letters) = mpsc::channel(1);
    let narrow = |options: &mut Options| {
        options.portal.as_mut().unwrap().mail = Mail::Handed(sender);
        options.drain_deadline = drain_deadline;
    };
    let site = asked(Site::with(narrow).await, &[HOME]).await;
    for n in 1..PEOPLE {
        let email = format!("a{n}@rowan-house.example");
        site.invite("Another", &email, &[HOME]).await;
    }
    assert_eq!(site.morning(FIRST).await, PEOPLE);
    (site, letters)
}

const PEOPLE: usize = 12;

#[tokio::test]
async fn letters_that_wait_go_before_the_server_ends() {
    let (site, mut letters) = with_letters_waiting(PATIENCE).await;
    let taken = async {
        let mut taken = 0;
        while let Some(_letter) = letters.recv().await {
            taken += 1;
        }
        taken
    };
    let stopped = async { tokio::join!(site.world.stop(), taken) };
    let ((), taken) = timeout(PATIENCE, stopped).await.expect("it ends");
    assert_eq!(taken, PEOPLE);
}

#[tokio::test]
async fn letters_that_nobody_takes_do_not_hold_up_its_end() {
    let (site, letters) = with_letters_waiting(Duration::from_millis(50)).await;
    let stopped = timeout(PATIENCE, site.world.stop()).await;
    stopped.expect("it ends at its deadline");
    drop(letters);
}
