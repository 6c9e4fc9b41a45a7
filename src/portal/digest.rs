//! The digest: one letter a home on a working morning, to each of its people who wants it, if there
//! is something to say.
//!
//! That it goes is recorded before it does: no restart and no other broker sends it again. A letter
//! that is lost after that is not made up for; the worklist says all that it would have said.

mod news;

use std::sync::Arc;
use std::time::Duration;

use jiff::civil::{Date, DateTime, Time, time};
use tokio::sync::{Mutex, watch};
use tokio::task::yield_now;
use tokio::time::{MissedTickBehavior, interval};

use crate::broker::Caller;
use crate::domain::access::{Grant, Proof, Role};
use crate::domain::calendar::{civil_london, is_working_day};
use crate::domain::id::HomeId;
use crate::domain::letter::{DigestSent, LastDigest, begins_week};
use crate::domain::person::Person;

use self::news::News;
use super::mail::Letter;
use super::{Portal, PortalError};

/// From when on the clocks of London digests go: before the manager's day begins.
const FROM: Time = time(7, 0, 0, 0);

/// Until when they begin to go. A server that starts later leaves them out for the day: a letter
/// about the morning at noon says what people have seen by then.
const UNTIL: Time = time(9, 0, 0, 0);

/// Most homes that are looked up at once.
const HOMES_AT_ONCE: usize = 100;

/// Most rounds through all homes of one morning: another only where one went wrong for some.
const ROUNDS_MAX: u32 = 3;

/// The author of digests in the ledger.
const ITSELF: &str = "portal";

/// How far the digests of the last morning are, held by whoever sends them: one round at a time.
#[derive(Debug, Default)]
pub(super) struct Digests(Mutex<Option<Morning>>);

#[derive(Debug, Clone, Copy)]
struct Morning {
    day: Date,
    /// How many rounds may still be made.
    rounds: u32,
}

/// Looks every so often whether it is time, and sends the digests of each morning, until told to
/// stop.
pub(super) async fn run(portal: &Portal, every: Duration, mut stopping: watch::Receiver<bool>) {
    let mut looks = interval(every);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            // A server that is gone sends nothing, too.
            _ = stopping.wait_for(|is| *is) => return,
            _ = looks.tick() => {}
        }
        send(portal, || *stopping.borrow()).await;
    }
}

/// Sends the digests of this morning, if it is time and they have not gone; how many letters go.
pub(super) async fn send(portal: &Portal, is_stopping: impl Fn() -> bool) -> usize {
    let now = civil_london(portal.now());
    if !is_time(now) {
        return 0;
    }
    let day = now.date();
    let mut held = portal.digests.0.lock().await;
    let known = held.filter(|morning| morning.day == day);
    let rounds = known.map_or(ROUNDS_MAX, |morning| morning.rounds);
    if rounds == 0 {
        return 0;
    }
    let round = round(portal, now, is_stopping).await;
    *held = Some(Morning {
        day,
        rounds: if round.is_whole { 0 } else { rounds - 1 },
    });
    if round.letters > 0 {
        tracing::info!(letters = round.letters, "digests go");
    }
    round.letters
}

fn is_time(now: DateTime) -> bool {
    is_working_day(now.date()) && (FROM..UNTIL).contains(&now.time())
}

struct Round {
    letters: usize,
    /// Whether nothing went wrong.
    is_whole: bool,
}

async fn round(portal: &Portal, now: DateTime, is_stopping: impl Fn() -> bool) -> Round {
    let mut round = Round {
        letters: 0,
        is_whole: true,
    };
    let mut after = None;
    loop {
        let homes = portal
            .broker
            .homes_with_people(after.as_ref(), HOMES_AT_ONCE);
        let homes = match homes.await {
            Ok(homes) => homes,
            Err(error) => {
                tracing::warn!(?error, "whom digests go to cannot be read");
                round.is_whole = false;
                return round;
            }
        };
        for (home, people) in &homes {
            if is_stopping() {
                round.is_whole = false;
                return round;
            }
            match send_of(portal, home, people, now).await {
                Ok(letters) => round.letters += letters,
                Err(error) => {
                    tracing::warn!(?error, "the digest of a home cannot be made");
                    round.is_whole = false;
                }
            }
            // Whoever waits for a page goes first.
            yield_now().await;
        }
        match homes.into_iter().next_back() {
            Some((last, _)) => after = Some(last),
            None => return round,
        }
    }
}

/// Sends the digest of a home, unless it has gone; how many letters go.
async fn send_of(
    portal: &Portal,
    home: &HomeId,
    people: &[Arc<Person>],
    now: DateTime,
) -> Result<usize, PortalError> {
    let day = now.date();
    let wanting = people.iter().filter(|person| person.digest.wants(day));
    let wanting: Vec<&Arc<Person>> = wanting.collect();
    if wanting.is_empty() {
        return Ok(0);
    }
    let last = portal.broker.last_digest(home).await?;
    if last.as_ref().is_some_and(|last| last.day >= day) {
        return Ok(0);
    }
    let news = portal.news(home, now).await?;
    let letters = wanting.into_iter();
    let letters = letters.filter_map(|person| letter(portal, &news, person, last.as_ref()));
    let letters: Vec<Letter> = letters.collect();
    if letters.is_empty() {
        return Ok(0);
    }
    let sent = DigestSent {
        home: home.clone(),
        day,
        begins_week: begins_week(day),
        asks: news.asks(),
    };
    if !portal.broker.send_digest(&itself(), sent).await? {
        return Ok(0);
    }
    let count = letters.len();
    for letter in letters {
        portal.errands.send_letter(letter).await;
    }
    Ok(count)
}

/// What a person is told of a home; none if there is nothing to say to her.
fn letter(
    portal: &Portal,
    news: &News,
    person: &Person,
    last: Option<&LastDigest>,
) -> Option<Letter> {
    let known = last.map(|last| last.known_to(person.digest));
    let (subject, text) = news.told(known, person.digest, portal.url())?;
    Some(Letter {
        to: person.email.clone(),
        subject,
        text,
        unsubscribe: Some(format!("{}/preferences", portal.url())),
    })
}

fn itself() -> Caller {
    Caller {
        token_id: ITSELF.to_owned(),
        grant: Grant::unbound(Role::Operator),
        proof: Proof::Process,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_go_from_seven_until_nine_on_a_working_morning() {
        let table = [
            ("2026-11-24T06:59", false),
            ("2026-11-24T07:00", true),
            ("2026-11-24T08:59", true),
            ("2026-11-24T09:00", false),
            ("2026-11-22T07:00", false),
            ("2026-12-28T07:30", false),
        ];
        for (now, expected) in table {
            assert_eq!(is_time(now.parse().unwrap()), expected, "{now}");
        }
    }
}
