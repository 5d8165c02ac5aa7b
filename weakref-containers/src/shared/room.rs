//! Room in vectors that stand behind a lock, made while that is free.
//!
//! The global allocator is user code: it may drop futures, poll them, and ask shared containers. So what allocates or
//! frees while something is locked or borrowed is on this list. The lock of a shard is the one that such code must not ask
//! for, as the section *What can still deadlock* of [`shared`](crate::shared) says.
//!
//! | place | what is held | what would allocate or free | why it is safe |
//! |---|---|---|---|
//! | `Awaiting::poll` | a flight's state | the list of wakers grows | [`Room`] |
//! | `Awaiting::drop` | a flight's state | its waker | moved out; its place stays for others |
//! | `Flight::end` | a flight's state, in `Target::put` a shard too | the wakers | moved out, and woken after it |
//! | a flight's value, cloned | nothing | its record, with `leak-trace` | it stands beside the lock |
//! | `waits`: a look for a cycle | `LOOKING`, a status's waiters | the list of those seen | made and dropped before and after; a new look if it was too short |
//! | `waits`: a wait begins | `LOOKING`, a status's waiters | the list of waiters grows | [`Room`] |
//! | `Waiting::begin` | a status's waiters | the same list | nobody else has that status yet |
//! | `waits`: a wait ends | a status's waiters | the waiter | moved out, and dropped after it |
//! | `waits`: a stack is switched, or looked through | the thread's local, a status's `outer` | the last handle of a status | moved out, and dropped after it |
//! | the first use of a status's lock, of a flight's condition | `LOOKING`, a flight's state | a box, where std puts the system's locks in one, as on macOS | open |
//! | `KeyMap::update` | a cell in its own frame | nothing: what was in there is moved out | |
//! | `Inside::put`, `put_first`, `resize` | a shard, alone | the table, the tier's marks, nodes of registrations | *shard* |
//! | `Inside::take_all`, `take_dead` | a shard, alone | lists of rows; `take_dead` if one death has several | *shard* |
//! | the tier's ring | a shard, alone | seats, what is let go, ids for `tracing` | *shard* |
//! | `find_beside`, `Walk`, `weak_iter` and its like | a shard, with others | the list of what was found | *shard* |
//! | a handle that is made or upgraded there | a shard | its record, with `leak-trace` | *shard* |
//!
//! *Shard*: the allocator may drop handles, since a death waits for nobody and leaves its notice; drop futures that wait; and
//! use other shards. To look into this one, or change it, is to wait for oneself.
//!
//! The containers of one owner lock nothing: they are borrowed, so that nobody else reaches them.

use core::mem;

/// An empty vector, for one that is locked.
pub(super) struct Room<T>(Vec<T>);

/// A vector is full, and so much room is to be made for it.
pub(super) struct Full(usize);

impl<T> Room<T> {
    pub(super) const fn new() -> Self {
        Self(Vec::new())
    }

    /// Makes room, and gives back what was too small. Called while nothing is locked, as the drop is.
    pub(super) fn make(&mut self, full: &Full) {
        *self = Self::new();
        self.0.reserve_exact(full.0);
    }

    /// Sees to it that so many more fit into `locked`, or says that there is no room for that. Neither allocates nor frees.
    pub(super) fn lend(&mut self, locked: &mut Vec<T>, more: usize) -> Result<(), Full> {
        let needed = locked.len() + more;
        if needed <= locked.capacity() {
            return Ok(());
        }
        if needed > self.0.capacity() {
            return Err(Full(needed.max(4).next_power_of_two()));
        }
        self.0.append(locked);
        mem::swap(&mut self.0, locked);
        Ok(())
    }
}

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests {
    use super::*;

    #[test]
    fn grows_when_it_is_told() {
        let (mut locked, mut room) = (Vec::new(), Room::new());
        let mut lacks = 0;
        for number in 0..100 {
            while let Err(full) = room.lend(&mut locked, 1) {
                lacks += 1;
                room.make(&full);
            }
            let before = locked.as_ptr();
            locked.push(number);
            assert_eq!(locked.as_ptr(), before);
        }
        assert!(locked.into_iter().eq(0..100));
        assert_eq!(lacks, 6);
    }
}
