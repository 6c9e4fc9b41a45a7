//! How many requests are answered at once, by whom, and for how long: past it a page says to come
//! back.
//!
//! **Architecture invariant:** no place holds more seats than are free, so that whoever sends slowly
//! from one, however much, leaves seats for whoever comes from another. It is the rule by which calls
//! have their seats, too.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::extract::{Request, State};
use axum::http::header::{HeaderValue, RETRY_AFTER};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tokio::time::timeout;

use crate::broker::Source;

use super::arrival::CameFrom;
use super::{Portal, PortalError};

/// After how many seconds whoever is told to come back may try again.
const RETRY_AFTER_S: HeaderValue = HeaderValue::from_static("5");

/// So many seats.
pub(super) struct Seats {
    seats_max: usize,
    taken: Mutex<Taken>,
}

#[derive(Default)]
struct Taken {
    all: usize,
    /// Never zero, so there are no more entries than seats.
    by: HashMap<Source, usize>,
}

/// A seat, free again once dropped.
struct Seat<'a> {
    seats: &'a Seats,
    of: Source,
}

impl Seats {
    /// So many, all free.
    pub(super) fn new(seats_max: usize) -> Self {
        Self {
            seats_max,
            taken: Mutex::default(),
        }
    }

    /// A seat for a request from a place, unless all are taken or the place holds its share.
    fn take(&self, of: Source) -> Option<Seat<'_>> {
        let mut taken = self.taken();
        let free = self.seats_max.saturating_sub(taken.all);
        let held = taken.by.get(&of).copied().unwrap_or_default();
        if held >= free {
            return None;
        }
        taken.all += 1;
        taken.by.insert(of, held + 1);
        Some(Seat { seats: self, of })
    }

    fn taken(&self) -> MutexGuard<'_, Taken> {
        // Counts change in steps that do not panic, so a poisoned lock guards what is whole.
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Seat<'_> {
    fn drop(&mut self) {
        let mut taken = self.seats.taken();
        taken.all -= 1;
        if let Some(held) = taken.by.get_mut(&self.of) {
            *held -= 1;
            if *held == 0 {
                taken.by.remove(&self.of);
            }
        }
    }
}

/// Answers a request if there is a seat for it, until its deadline.
pub(super) async fn seated(
    State(portal): State<Arc<Portal>>,
    CameFrom(source): CameFrom,
    request: Request,
    next: Next,
) -> Response {
    let Some(_seat) = portal.seats.take(source) else {
        return come_back();
    };
    let answered = timeout(portal.terms.request_deadline, next.run(request)).await;
    answered.unwrap_or_else(|_| come_back())
}

fn come_back() -> Response {
    let mut response = PortalError::Busy.into_response();
    response.headers_mut().insert(RETRY_AFTER, RETRY_AFTER_S);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(last: u8) -> Source {
        Source::of([192, 0, 2, last].into())
    }

    fn all_it_can(seats: &Seats, of: Source) -> Vec<Seat<'_>> {
        std::iter::from_fn(|| seats.take(of)).collect()
    }

    #[test]
    fn a_greedy_place_leaves_seats_for_another_and_what_is_given_back_is_free() {
        let table = [
            (0, [0, 0, 0]),
            (1, [1, 0, 0]),
            (2, [1, 1, 0]),
            (64, [32, 16, 8]),
        ];
        for (seats_max, shares) in table {
            let seats = Seats::new(seats_max);
            let held = [1, 2, 3].map(|last| all_it_can(&seats, from(last)));
            assert_eq!(held.map(|own| own.len()), shares, "of {seats_max} seats");
        }
        let seats = Seats::new(2);
        let seat = seats.take(from(1));
        assert!(seat.is_some() && seats.take(from(1)).is_none());
        drop(seat);
        assert!(seats.taken().by.is_empty() && seats.taken().all == 0);
        assert!(seats.take(from(1)).is_some());
    }
}
