//! A map with a bound: what nobody touched for longest goes when there is no room for more.

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;

/// Entries by key, so many at most.
#[derive(Debug)]
pub(crate) struct Bounded<K, V> {
    entries_max: usize,
    entries: HashMap<K, (u64, V)>,
    /// Keys by when they were put in or touched last.
    by_age: BTreeMap<u64, K>,
    /// Counts what was put in or touched.
    count: u64,
}

impl<K: Hash + Eq + Clone, V> Bounded<K, V> {
    /// An empty map for so many entries.
    pub(crate) fn new(entries_max: usize) -> Self {
        Self {
            entries_max,
            entries: HashMap::new(),
            by_age: BTreeMap::new(),
            count: 0,
        }
    }

    /// Puts an entry in as the youngest, in place of one under its key, or else of the oldest if
    /// there is no room.
    pub(crate) fn insert(&mut self, key: K, value: V) {
        self.remove(&key);
        if self.entries.len() >= self.entries_max
            && let Some((_, oldest)) = self.by_age.pop_first()
        {
            self.entries.remove(&oldest);
        }
        self.count += 1;
        self.by_age.insert(self.count, key.clone());
        self.entries.insert(key, (self.count, value));
    }

    /// What stands under a key, left as old as it is.
    pub(crate) fn get(&self, key: &K) -> Option<&V> {
        self.entries.get(key).map(|(_, value)| value)
    }

    /// What stands under a key, which becomes the youngest.
    pub(crate) fn touch(&mut self, key: &K) -> Option<&mut V> {
        let (age, value) = self.entries.get_mut(key)?;
        self.count += 1;
        self.by_age.remove(age);
        *age = self.count;
        self.by_age.insert(self.count, key.clone());
        Some(value)
    }

    /// Takes out every entry that is not to stay.
    pub(crate) fn retain(&mut self, mut stays: impl FnMut(&V) -> bool) {
        let Self {
            entries, by_age, ..
        } = self;
        entries.retain(|_, (age, value)| {
            let stays = stays(value);
            if !stays {
                by_age.remove(age);
            }
            stays
        });
    }

    /// Takes an entry out.
    pub(crate) fn remove(&mut self, key: &K) -> Option<V> {
        let (age, value) = self.entries.remove(key)?;
        self.by_age.remove(&age);
        Some(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_untouched_goes_first_and_there_are_never_more() {
        let mut map = Bounded::new(2);
        map.insert("a", 1);
        map.insert("b", 2);
        *map.touch(&"a").unwrap() += 10;
        map.insert("c", 3);
        assert_eq!(
            (map.get(&"a"), map.get(&"b"), map.get(&"c")),
            (Some(&11), None, Some(&3))
        );
        map.insert("a", 4);
        assert_eq!((map.entries.len(), map.by_age.len()), (2, 2));
        assert_eq!((map.remove(&"a"), map.remove(&"a")), (Some(4), None));
        map.insert("d", 5);
        assert_eq!((map.get(&"c"), map.by_age.len()), (Some(&3), 2));
        map.retain(|value| *value > 3);
        assert_eq!((map.get(&"c"), map.get(&"d")), (None, Some(&5)));
        assert_eq!((map.entries.len(), map.by_age.len()), (1, 1));
    }
}
