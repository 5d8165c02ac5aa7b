//! Room in containers: made, measured, given back, while others look.

use std::hash::{BuildHasherDefault, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind};

use weakref::{Object, Strong};
use weakref_containers::shared::{Interner, WeakKeyMap, WeakPairMap, WeakSet, WeakValueMap};
use weakref_containers::{TryReserveError, WeakList};

type Number = Strong<Object<u32>>;

fn numbers(count: u32) -> Vec<Number> {
    (0..count).map(|n| Strong::new(Object(n))).collect()
}

/// All numbers in one shard, in different places of its table.
#[derive(Default)]
struct InOneShard(u64);

impl Hasher for InOneShard {
    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = (self.0 << 8) | u64::from(byte);
        }
    }

    fn write_u32(&mut self, number: u32) {
        // Inverts what the shards are told apart by: only the lower half is left of it.
        self.0 = u64::from(number).wrapping_mul(0xf1de_83e1_9937_733d);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

type OneShard = BuildHasherDefault<InOneShard>;

macro_rules! goes_up_and_down {
    ($container:expr, $fill:expr) => {{
        let container = $container;
        assert_eq!((container.capacity(), container.allocation_size()), (0, 0));
        container.reserve(1000);
        let (capacity, size) = (container.capacity(), container.allocation_size());
        assert!(capacity >= 1000 && size > 1000);
        $fill(&container);
        container.shrink_to_fit();
        assert!(container.capacity() < capacity && container.allocation_size() < size);
        assert!(container.capacity() >= container.len());
        assert_eq!((container.len(), container.iter().count()), (10, 10));
    }};
}

#[test]
fn of_shared_containers_goes_up_and_down() {
    let kept = numbers(10);
    goes_up_and_down!(WeakValueMap::new(), |map: &WeakValueMap<_, _>| {
        for number in &kept {
            map.insert(number.0, number);
        }
    });
    goes_up_and_down!(WeakKeyMap::new(), |map: &WeakKeyMap<_, _>| {
        for number in &kept {
            map.insert(number, number.0);
        }
    });
    goes_up_and_down!(WeakPairMap::new(), |map: &WeakPairMap<_, _>| {
        for number in &kept {
            map.insert(number, number);
        }
    });
    goes_up_and_down!(WeakSet::new(), |set: &WeakSet<_>| {
        for number in &kept {
            set.insert(number);
        }
    });
    let mut interned = Vec::new();
    goes_up_and_down!(Interner::<u32>::new(), |interner: &Interner<u32>| {
        interned.extend((0..10).map(|number| interner.intern_owned(number)));
    });
    assert!(Interner::<u32>::with_capacity(100).capacity() >= 100);
}

/// What a call has found may be elsewhere when it goes on.
#[test]
fn may_be_made_and_given_back_between_a_look_and_a_change() {
    const COUNT: u32 = 200;
    for shrinks in [true, false] {
        let kept = numbers(COUNT);
        let map = WeakValueMap::<u32, Object<u32>, OneShard>::default();
        map.reserve(if shrinks { 100_000 } else { 0 });
        for number in &kept {
            map.insert(number.0, number);
        }
        for number in &kept {
            let removed = map.remove_if(&number.0, |found| {
                assert_eq!(found.0, number.0);
                if shrinks {
                    map.shrink_to_fit();
                    map.reserve(1000);
                } else {
                    map.reserve(usize::try_from(number.0).unwrap() * 100);
                }
                true
            });
            assert_eq!(removed.as_ref(), Some(number));
            map.insert(number.0, number);
        }
        let mut left: Vec<u32> = map.keys().collect();
        left.sort_unstable();
        assert!(left.into_iter().eq(0..COUNT));
    }
}

#[test]
fn too_much_of_it_leaves_a_shared_map_as_it_was() {
    let [one] = [Strong::new(Object(1))];
    let map = WeakValueMap::from([(1, &one)]);
    let failed = catch_unwind(AssertUnwindSafe(|| map.reserve(usize::MAX)));
    assert!(failed.is_err());
    assert_eq!((map.len(), map.get(&1)), (1, Some(one.clone())));
    assert!(map.insert(2, &one).is_none() && map.len() == 2);
}

#[test]
fn too_much_of_it_leaves_a_list_as_it_was() {
    let one = Strong::new(Object(1));
    let mut list = WeakList::from([&one]);
    for additional in [usize::MAX, isize::MAX.unsigned_abs(), usize::MAX / 32] {
        let failed = list.try_reserve(additional);
        assert_eq!(failed, Err(TryReserveError::CapacityOverflow));
    }
    let refused = list.try_reserve(isize::MAX.unsigned_abs() / 64);
    assert!(
        matches!(refused, Err(TryReserveError::AllocError { layout }) if layout.size() > 1 << 40)
    );
    assert!(list.try_reserve(100).is_ok() && list.capacity() >= 101);
    assert!(list.iter().eq([one]));
    assert_eq!(
        TryReserveError::CapacityOverflow.to_string(),
        "capacity overflow"
    );
    let layout = std::alloc::Layout::new::<[u64; 100]>();
    assert_eq!(
        TryReserveError::AllocError { layout }.to_string(),
        "allocation of 800 bytes with alignment 8 failed"
    );
}
