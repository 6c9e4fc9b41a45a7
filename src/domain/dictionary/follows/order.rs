//! In which order elements follow from each other: that there is one, and that it is short.
//!
//! Without recursion, so that no dictionary is too deep to be checked.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{FOLLOWS_STEPS_MAX, Follows};
use crate::domain::fault::Faults;
use crate::domain::id::ElementId;

/// Which element follows from which others that follow too.
struct Order<'a> {
    /// Each with what it follows from, in the order in which circles are told.
    rows: Vec<(usize, &'a ElementId, &'a Follows)>,
    /// Places in `rows` of what each follows from.
    reads: Vec<Vec<usize>>,
}

/// Tells circles, and what follows by too many steps. `place_of` is an element's place in the file;
/// a circle is told of the element at place `changed`, if that is in it, else of its first.
pub(super) fn check(
    found: &BTreeMap<ElementId, Follows>,
    place_of: impl Fn(&ElementId) -> usize,
    changed: Option<usize>,
    faults: &mut Faults,
) {
    let mut rows: Vec<_> = found
        .iter()
        .map(|(id, follows)| (place_of(id), id, follows))
        .collect();
    rows.sort_by_key(|(place, _, _)| (Some(*place) != changed, *place));
    let place_of: HashMap<&ElementId, usize> = rows
        .iter()
        .enumerate()
        .map(|(place, (_, id, _))| (*id, place))
        .collect();
    let reads = |(_, id, follows): &(usize, &ElementId, &Follows)| {
        let wholes = follows.wholes().into_iter();
        // What follows from itself at once is told where its parts are checked.
        wholes
            .filter(|part| part != id)
            .filter_map(|part| place_of.get(part).copied())
            .collect()
    };
    let reads = rows.iter().map(reads).collect();
    let order = Order { rows, reads };
    let steps = order.steps(faults);
    order.check_circles(&steps, faults);
}

impl Order<'_> {
    /// By how many steps each follows from what is given; none for what is in a circle or follows
    /// from one.
    fn steps(&self, faults: &mut Faults) -> Vec<Option<usize>> {
        let mut read_by: Vec<Vec<usize>> = vec![Vec::new(); self.rows.len()];
        for (place, reads) in self.reads.iter().enumerate() {
            for part in reads {
                read_by[*part].push(place);
            }
        }
        let mut open: Vec<usize> = self.reads.iter().map(Vec::len).collect();
        let mut steps = vec![None; self.rows.len()];
        let is_ready = |place: &usize| self.reads[*place].is_empty();
        let mut ready: Vec<usize> = (0..self.rows.len()).filter(is_ready).collect();
        while let Some(place) = ready.pop() {
            let before = self.reads[place]
                .iter()
                .filter_map(|part| steps[*part])
                .max();
            let own = before.unwrap_or(0) + 1;
            steps[place] = Some(own);
            if own == FOLLOWS_STEPS_MAX + 1 {
                let message =
                    format!("follows from what is given by more than {FOLLOWS_STEPS_MAX} steps");
                self.fault(place, message, faults);
            }
            for user in &read_by[place] {
                open[*user] -= 1;
                if open[*user] == 0 {
                    ready.push(*user);
                }
            }
        }
        steps
    }

    /// Everything without steps reads something without: whoever goes on meets a circle.
    fn check_circles(&self, steps: &[Option<usize>], faults: &mut Faults) {
        let mut seen = BTreeSet::new();
        for start in (0..self.rows.len()).filter(|place| steps[*place].is_none()) {
            let mut path: Vec<usize> = Vec::new();
            let mut next = Some(start);
            while let Some(place) = next {
                if let Some(from) = path.iter().position(|before| *before == place) {
                    self.tell_circle(&path[from..], faults);
                    break;
                }
                if !seen.insert(place) {
                    break;
                }
                path.push(place);
                let mut reads = self.reads[place].iter().copied();
                next = reads.find(|part| steps[*part].is_none());
            }
        }
    }

    fn tell_circle(&self, circle: &[usize], faults: &mut Faults) {
        let least = circle.iter().min().copied().unwrap_or_default();
        let from = circle.iter().position(|place| *place == least);
        let (after, before) = circle.split_at(from.unwrap_or_default());
        let round = before.iter().chain(after).chain([&least]);
        let ids: Vec<&str> = round.map(|place| self.rows[*place].1.as_str()).collect();
        let message = format!("would follow from itself: {}", ids.join(" → "));
        self.fault(least, message, faults);
    }

    fn fault(&self, place: usize, message: String, faults: &mut Faults) {
        let (row, _, follows) = self.rows[place];
        faults.add(format!("elements[{row}].{}", follows.member()), message);
    }
}
