//! Loaded rows overlaid with the changes of a batch: what one operation wrote, the next one sees (W1).

use std::collections::HashMap;
use std::fmt::Debug;
use std::hash::Hash;

/// A row as stored and as it is now.
#[derive(Debug, Clone)]
struct Slot<V> {
    stored: Option<V>,
    now: Option<V>,
    /// The batch wrote it.
    written: bool,
}

/// One write: the key, the row before, and whether it was the batch's first to this row.
type Entry<K, V> = (K, Option<V>, bool);

/// What a batch did to a table, whatever its rows: a history to mark and to go back in.
pub trait Journal {
    /// A place in the history of this batch to come back to.
    fn mark(&self) -> usize;

    /// Undoes everything after `mark`, and says whether there was anything.
    fn rewind(&mut self, mark: usize) -> bool;

    /// How many rows the batch wrote, each counted once.
    fn written(&self) -> usize;

    /// The batch is committed: what is now is what is stored.
    fn settle(&mut self);
}

/// The rows of one table that a batch knows. A key that was looked for and not found is known to be absent.
#[derive(Debug)]
pub struct Table<K, V> {
    name: &'static str,
    slots: HashMap<K, Slot<V>>,
    journal: Vec<Entry<K, V>>,
    written: usize,
    complete: bool,
}

/// What a batch did to a table.
#[derive(Debug)]
pub struct Diff<'a, V> {
    /// Not stored before.
    pub inserted: Vec<&'a V>,
    /// Stored before and different now: before, after.
    pub updated: Vec<(&'a V, &'a V)>,
    /// Stored before and gone.
    pub deleted: Vec<&'a V>,
}

impl<K: Eq + Hash + Ord + Clone + Debug, V: Clone + PartialEq> Table<K, V> {
    /// A table of which nothing is known yet.
    pub fn new(name: &'static str) -> Self {
        Self { name, slots: HashMap::new(), journal: Vec::new(), written: 0, complete: false }
    }

    /// A table of which every row is given: what is not here does not exist.
    pub fn whole(name: &'static str, rows: impl IntoIterator<Item = (K, V)>) -> Self {
        let mut table = Self::new(name);
        table.complete = true;
        rows.into_iter().for_each(|(key, value)| table.load(key, Some(value)));
        table
    }

    /// Takes a row as it is stored; a row that is known already stays as it is.
    pub fn load(&mut self, key: K, row: Option<V>) {
        self.slots.entry(key).or_insert_with(|| Slot { stored: row.clone(), now: row, written: false });
    }

    /// Replaces a row by what another replica stored.
    pub fn refresh(&mut self, key: K, row: V) {
        self.slots.insert(key, Slot { stored: Some(row.clone()), now: Some(row), written: false });
    }

    /// Whether the row, or its absence, is known.
    pub fn knows(&self, key: &K) -> bool {
        self.complete || self.slots.contains_key(key)
    }

    /// Whether every row is known.
    pub fn is_whole(&self) -> bool {
        self.complete
    }

    /// The row as the batch sees it.
    ///
    /// # Panics
    /// When the key was not among the needs of the operation: a mistake in its `needs`, answered as INTERNAL.
    pub fn get(&self, key: &K) -> Option<&V> {
        let slot = self.slots.get(key);
        assert!(slot.is_some() || self.complete, "{} {key:?} was decided on but never needed", self.name);
        slot.and_then(|slot| slot.now.as_ref())
    }

    /// The row, or nothing when it is not known yet: for needs that rest on an earlier round.
    pub fn peek(&self, key: &K) -> Option<&V> {
        self.slots.get(key).and_then(|slot| slot.now.as_ref())
    }

    /// Writes a row.
    pub fn put(&mut self, key: K, row: V) {
        self.set(key, Some(row));
    }

    /// Takes a row away.
    pub fn remove(&mut self, key: &K) {
        self.set(key.clone(), None);
    }

    fn set(&mut self, key: K, row: Option<V>) {
        let slot = self.slots.entry(key.clone()).or_insert(Slot { stored: None, now: None, written: false });
        let before = std::mem::replace(&mut slot.now, row);
        let first = !std::mem::replace(&mut slot.written, true);
        self.written += usize::from(first);
        self.journal.push((key, before, first));
    }

    /// Every live row, in no order.
    pub fn values(&self) -> impl Iterator<Item = &V> {
        self.slots.values().filter_map(|slot| slot.now.as_ref())
    }

    /// Keys written since `mark`, each once, in order of key.
    pub fn touched(&self, mark: usize) -> Vec<&K> {
        let mut keys: Vec<&K> = self.journal[mark..].iter().map(|(key, ..)| key).collect();
        keys.sort();
        keys.dedup();
        keys
    }

    /// A row as stored and as it is now.
    pub fn change(&self, key: &K) -> (Option<&V>, Option<&V>) {
        self.slots.get(key).map_or((None, None), |slot| (slot.stored.as_ref(), slot.now.as_ref()))
    }

    /// What has to be written, in order of key, so that two replicas never lock rows in opposite order.
    pub fn diff(&self) -> Diff<'_, V> {
        let mut diff = Diff { inserted: Vec::new(), updated: Vec::new(), deleted: Vec::new() };
        for key in self.touched(0) {
            match self.slots.get(key).map(|slot| (slot.stored.as_ref(), slot.now.as_ref())) {
                Some((None, Some(now))) => diff.inserted.push(now),
                Some((Some(stored), Some(now))) if stored != now => diff.updated.push((stored, now)),
                Some((Some(stored), None)) => diff.deleted.push(stored),
                _ => {}
            }
        }
        diff
    }
}

impl<K: Eq + Hash + Ord + Clone + Debug, V: Clone + PartialEq> Journal for Table<K, V> {
    fn mark(&self) -> usize {
        self.journal.len()
    }

    fn rewind(&mut self, mark: usize) -> bool {
        let undone = self.journal.len() > mark;
        while self.journal.len() > mark {
            if let Some((key, before, first)) = self.journal.pop()
                && let Some(slot) = self.slots.get_mut(&key)
            {
                slot.now = before;
                slot.written &= !first;
                self.written -= usize::from(first);
            }
        }
        undone
    }

    fn written(&self) -> usize {
        self.written
    }

    fn settle(&mut self) {
        self.written = 0;
        for (key, ..) in self.journal.drain(..) {
            if let Some(slot) = self.slots.get_mut(&key) {
                slot.stored = slot.now.clone();
                slot.written = false;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table<u8, &'static str> {
        let mut table = Table::new("test");
        table.load(1, Some("one"));
        table.load(2, None);
        table
    }

    #[test]
    fn an_operation_sees_what_the_one_before_wrote() {
        let mut table = table();
        table.put(2, "two");
        assert_eq!(table.get(&2), Some(&"two"));
        table.remove(&1);
        assert_eq!(table.get(&1), None);
    }

    #[test]
    fn rewinding_leaves_no_trace() {
        let mut table = table();
        table.put(1, "uno");
        let mark = table.mark();
        table.put(1, "eins");
        table.put(2, "zwei");
        assert!(table.rewind(mark));
        assert_eq!((table.get(&1), table.get(&2)), (Some(&"uno"), None));
        let diff = table.diff();
        assert_eq!((diff.inserted.len(), diff.updated, diff.deleted.len()), (0, vec![(&"one", &"uno")], 0));
    }

    #[test]
    fn rows_are_counted_once_however_often_they_are_written() {
        let mut table = table();
        table.put(1, "uno");
        let mark = table.mark();
        table.put(1, "eins");
        table.put(2, "zwei");
        assert_eq!(table.written(), 2);
        table.rewind(mark);
        assert_eq!(table.written(), 1);
        table.settle();
        assert_eq!(table.written(), 0);
        table.put(1, "ichi");
        assert_eq!(table.written(), 1);
    }

    #[test]
    fn what_ends_as_it_began_is_not_written() {
        let mut table = table();
        table.put(1, "uno");
        table.put(1, "one");
        table.put(2, "two");
        table.remove(&2);
        let diff = table.diff();
        assert_eq!(diff.inserted.len() + diff.updated.len() + diff.deleted.len(), 0);
    }

    #[test]
    #[should_panic(expected = "never needed")]
    fn deciding_on_what_was_not_loaded_is_a_mistake() {
        let _ = table().get(&3);
    }
}
