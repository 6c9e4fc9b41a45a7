//! Seats: so many at once, and nobody may hold more of them than are free.
//!
//! The rule leaves room by itself. One greedy caller comes to hold half of the seats, two come to a
//! third each, and whoever comes new finds a seat free, whatever the others try. (It is the rule by
//! which switches share their buffers: Choudhury and Hahne, "Dynamic queue length thresholds", 1998.)

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use metrics::Gauge;

use crate::broker::Source;

/// Who holds a seat.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Party {
    /// It is not known from where: a caller within the process.
    Unknown,
    /// Whoever calls from an address, before it has shown who it is.
    Address(Source),
    /// A caller that showed who it is.
    Principal(Arc<str>),
}

impl Party {
    /// Whoever calls from an address.
    pub(super) fn at(address: Option<IpAddr>) -> Self {
        address.map_or(Self::Unknown, |address| Self::Address(Source::of(address)))
    }
}

/// Why there is no seat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    /// All are taken.
    Full,
    /// The caller holds its share.
    Share,
}

/// So many seats.
pub(super) struct Room {
    seats_max: usize,
    /// Most seats of one party, however many are free.
    each_max: usize,
    taken: Mutex<Taken>,
    gauge: Gauge,
}

#[derive(Default)]
struct Taken {
    all: usize,
    /// Never zero, so there are no more entries than seats.
    by: HashMap<Party, usize>,
}

impl Room {
    /// A room of so many seats, so many at most for each party, that tells a gauge how many are
    /// taken.
    pub(super) fn new(seats_max: usize, each_max: usize, gauge: Gauge) -> Arc<Self> {
        gauge.set(0.0);
        Arc::new(Self {
            seats_max,
            each_max,
            taken: Mutex::default(),
            gauge,
        })
    }

    /// A seat for a party, unless all are taken or it holds its share.
    pub(super) fn admit(self: &Arc<Self>, party: Party) -> Result<Seat, Refusal> {
        let mut taken = self.lock();
        self.may_take(&taken, &party)?;
        taken.all += 1;
        *taken.by.entry(party.clone()).or_default() += 1;
        drop(taken);
        self.gauge.increment(1.0);
        Ok(Seat {
            room: Arc::clone(self),
            party: Arc::new(Mutex::new(Some(party))),
        })
    }

    /// How many seats are taken.
    #[cfg(test)]
    pub(super) fn taken(&self) -> usize {
        self.lock().all
    }

    fn may_take(&self, taken: &Taken, party: &Party) -> Result<(), Refusal> {
        let free = self.seats_max.saturating_sub(taken.all);
        let held = taken.by.get(party).copied().unwrap_or_default();
        if free == 0 {
            Err(Refusal::Full)
        } else if held >= free.min(self.each_max) {
            Err(Refusal::Share)
        } else {
            Ok(())
        }
    }

    /// Counts change in steps that do not panic, so a poisoned lock guards what is whole.
    fn lock(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Taken {
    fn leave(&mut self, party: &Party) {
        self.all -= 1;
        if let Some(held) = self.by.get_mut(party) {
            *held -= 1;
            if *held == 0 {
                self.by.remove(party);
            }
        }
    }
}

/// A seat, free again once dropped.
pub(super) struct Seat {
    room: Arc<Room>,
    /// Taken when the seat is given back.
    party: Arc<Mutex<Option<Party>>>,
}

impl Seat {
    /// What goes with the request, by which the seat is passed to whoever the caller turns out to be.
    pub(super) fn ticket(&self) -> Ticket {
        Ticket {
            room: Arc::clone(&self.room),
            party: Arc::clone(&self.party),
        }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let party = held(&self.party).take();
        if let Some(party) = party {
            self.room.lock().leave(&party);
            self.room.gauge.decrement(1.0);
        }
    }
}

/// The counterfoil of a seat: it does not hold it.
#[derive(Clone)]
pub(super) struct Ticket {
    room: Arc<Room>,
    party: Arc<Mutex<Option<Party>>>,
}

impl Ticket {
    /// Counts the seat as another party's, if that does not hold its share.
    pub(super) fn pass_to(&self, other: Party) -> Result<(), Refusal> {
        let mut party = held(&self.party);
        let Some(before) = party.as_ref() else {
            return Ok(());
        };
        let mut taken = self.room.lock();
        taken.leave(before);
        let passed = self.room.may_take(&taken, &other);
        let of = if passed.is_ok() { &other } else { before };
        taken.all += 1;
        *taken.by.entry(of.clone()).or_default() += 1;
        drop(taken);
        if passed.is_ok() {
            *party = Some(other);
        }
        passed
    }
}

fn held(party: &Mutex<Option<Party>>) -> MutexGuard<'_, Option<Party>> {
    party.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn room(seats_max: usize) -> Arc<Room> {
        Room::new(seats_max, seats_max, Gauge::noop())
    }

    fn principal(name: &str) -> Party {
        Party::Principal(name.into())
    }

    /// Takes seats until refused.
    fn all_it_can(room: &Arc<Room>, party: &Party) -> Vec<Seat> {
        std::iter::from_fn(|| room.admit(party.clone()).ok()).collect()
    }

    #[test]
    fn the_greedy_leave_room_for_whoever_comes_new() {
        for (seats, callers, each) in [(64, 1, 32), (2, 1, 1), (1, 1, 1), (0, 1, 0)] {
            let room = room(seats);
            let held: Vec<_> = (0..callers)
                .map(|caller| all_it_can(&room, &principal(&caller.to_string())))
                .collect();
            assert_eq!(held[0].len(), each, "{seats} seats");
        }
        let room = room(64);
        let mut greedy = Vec::new();
        for caller in 0..4 {
            greedy.push(all_it_can(&room, &principal(&caller.to_string())));
            let modest = room.admit(principal("modest"));
            assert!(modest.is_ok(), "after {caller}");
        }
        let sizes: Vec<_> = greedy.iter().map(Vec::len).collect();
        assert_eq!(sizes, [32, 16, 8, 4]);
        drop(greedy);
        assert_eq!(room.taken(), 0);
        assert!(room.lock().by.is_empty());
    }

    #[test]
    fn a_seat_is_passed_on_and_given_back_once() {
        let room = room(4);
        let first = room.admit(Party::Unknown).unwrap();
        let ticket = first.ticket();
        ticket.pass_to(principal("a")).unwrap();
        let rest = all_it_can(&room, &principal("a"));
        assert_eq!(rest.len(), 1);
        let second = room.admit(Party::Unknown).unwrap();
        let refused = second.ticket().pass_to(principal("a"));
        assert_eq!(refused, Err(Refusal::Share));
        second.ticket().pass_to(principal("b")).unwrap();
        assert_eq!(room.taken(), 3);
        drop((first, rest, second));
        assert_eq!(room.taken(), 0);
        ticket.pass_to(principal("a")).unwrap();
        assert_eq!(room.taken(), 0);
    }
}
