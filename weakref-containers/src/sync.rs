//! The seam of the shared containers: what of std a model replaces, and the mistakes it puts in.

pub(crate) use weakref::__private::{Bug, seeded};

/// In how many shards threads meet seldom. In a model they shall meet.
pub(crate) fn shards() -> usize {
    #[cfg(loom)]
    return 1;
    #[cfg(shuttle)]
    return 2;
    #[cfg(not(any(loom, shuttle)))]
    {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        (4 * threads).next_power_of_two()
    }
}
