//! The tasks that wait for one end.

use std::mem;
use std::task::Waker;

use weakref::Source;
use weakref::watch::Panics;

#[cfg(feature = "async")]
use super::room::{Full, Room};
use super::waits;
#[cfg(feature = "async")]
use crate::sync::raise;
use crate::sync::{Bug, seeded};

/// Wakes all of them when it is dropped. It must be moved out of any lock first, since wakers are user code.
#[derive(Default)]
pub(super) struct Wakers {
    /// By the order in which they came, which is that of their names.
    waiting: Vec<Place>,
    /// How many of the places are left.
    #[cfg(feature = "async")]
    left: usize,
    #[cfg(feature = "async")]
    next: u64,
}

/// The name of a waker, and itself; none, if it has left.
pub(super) type Place = (u64, Option<Waker>);

/// Under the lock of who has them: none of it allocates, frees, or runs user code.
#[cfg(feature = "async")]
impl Wakers {
    /// The place of that name, or a new one, for which there may have to be room.
    pub(super) fn place(
        &mut self,
        name: &mut Option<u64>,
        room: &mut Room<Place>,
    ) -> Result<&mut Option<Waker>, Full> {
        let index = match name.and_then(|name| self.find(name)) {
            Some(index) => index,
            None => self.enter(name, room)?,
        };
        Ok(&mut self.waiting[index].1)
    }

    fn enter(&mut self, name: &mut Option<u64>, room: &mut Room<Place>) -> Result<usize, Full> {
        if self.left > self.waiting.len() / 2 {
            self.waiting.retain(|(_, waker)| waker.is_some());
            self.left = 0;
        }
        room.lend(&mut self.waiting, 1)?;
        raise(&mut self.next);
        *name = Some(self.next);
        self.waiting.push((self.next, None));
        Ok(self.waiting.len() - 1)
    }

    pub(super) fn remove(&mut self, name: u64) -> Option<Waker> {
        let index = self.find(name)?;
        let waker = self.waiting[index].1.take()?;
        self.left += 1;
        Some(waker)
    }

    fn find(&self, name: u64) -> Option<usize> {
        let found = self.waiting.binary_search_by_key(&name, |place| place.0);
        found.ok()
    }
}

impl Drop for Wakers {
    #[inline]
    fn drop(&mut self) {
        if !self.waiting.is_empty() && !seeded(Bug::TasksNotWoken) {
            self.wake();
        }
    }
}

impl Wakers {
    #[cold]
    fn wake(&mut self) {
        // A waker may poll its task, whose code does not belong to the construction that wakes it.
        let _outside = waits::leave();
        // A waker that panics does not keep the others waiting, whatever its payload.
        let mut panics = Panics::of::<Waker>(Source::Waker);
        let all = mem::take(&mut self.waiting).into_iter();
        for waker in all.filter_map(|(_, waker)| waker) {
            panics.run(|| waker.wake());
        }
        panics.resume();
    }
}

#[cfg(all(test, feature = "async", not(any(loom, shuttle))))]
mod tests {
    use std::sync::{Arc, Mutex};
    use std::task::Wake;

    use super::*;

    type Woken = Arc<Mutex<Vec<u32>>>;

    struct Notes(u32, Woken);

    impl Wake for Notes {
        fn wake(self: Arc<Self>) {
            self.1.lock().expect("nobody panicked").push(self.0);
        }
    }

    #[test]
    fn are_woken_in_their_order_and_leave_their_places_to_others() {
        let (woken, mut wakers) = (Woken::default(), Wakers::default());
        let waker = |number| Waker::from(Arc::new(Notes(number, Arc::clone(&woken))));
        let (mut names, mut room) = ([None; 200], Room::new());
        let mut enter = |wakers: &mut Wakers, number: u32| loop {
            match wakers.place(&mut names[number as usize], &mut room) {
                Ok(place) => {
                    break (
                        place.replace(waker(number)).is_some(),
                        names[number as usize],
                    );
                }
                Err(full) => room.make(&full),
            }
        };
        for number in 0..200 {
            let (replaced, name) = enter(&mut wakers, number);
            assert!(!replaced);
            // The first ones stay, and some in between.
            if number >= 4 && number % 10 != 0 {
                assert!(wakers.remove(name.expect("it was entered")).is_some());
            }
        }
        assert!(wakers.waiting.capacity() <= 64, "places are used again");
        assert!(enter(&mut wakers, 2).0, "it keeps its place");
        drop(wakers);
        let expected: Vec<_> = (0..200).filter(|n| *n < 4 || n % 10 == 0).collect();
        assert_eq!(*woken.lock().expect("nobody panicked"), expected);
    }
}
