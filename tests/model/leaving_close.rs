//! R12. The last strong handle of an object whose value needs no drop closes it and leaves its block in
//! one step, unless something was registered. Another thread revives the object meanwhile, and
//! registers; or holds the last weak reference, and frees the block.

use loom::thread;
use weakref::__private::Bug;
use weakref::{Strong, WeakRef};

use crate::cells::{Capture, Plain, calls, drops};
use crate::explore::EVERY_WAY;

/// B revives, reads, and drops both handles in one order or the other.
fn revive<const PAD: usize>(weak_first: bool) {
    let strong = Strong::new(Plain::<PAD>::new());
    let weak = Strong::downgrade(&strong);
    let other = thread::spawn(move || {
        let Some(strong) = weak.upgrade() else { return };
        if weak_first {
            drop(weak);
        }
        strong.read();
    });
    drop(strong);
    other.join().unwrap();
}

/// B revives, registers a callback that nobody keeps, and drops both handles: the callback runs.
fn register() {
    let strong = Strong::new(Plain::<0>::new());
    let weak = Strong::downgrade(&strong);
    let other = thread::spawn(move || {
        let Some(strong) = weak.upgrade() else {
            return false;
        };
        let mut capture = Capture::new();
        WeakRef::with_callback(&strong, move |_| capture.call()).forget();
        drop(weak);
        true
    });
    drop(strong);
    let registered = usize::from(other.join().unwrap());
    assert_eq!((calls(), drops()), (registered, registered));
}

/// B's weak reference is the last: it frees the block that A leaves.
fn last_weak<const PAD: usize>() {
    let strong = Strong::new(Plain::<PAD>::new());
    let weak = Strong::downgrade(&strong);
    let other = thread::spawn(move || drop(weak));
    drop(strong);
    other.join().unwrap();
}

/// Two revivers: the one that closes may find weak references, or none.
fn two_revivers() {
    let strong = Strong::new(Plain::<0>::new());
    let (a, b) = (Strong::downgrade(&strong), Strong::downgrade(&strong));
    let threads = [a, b].map(|weak| {
        thread::spawn(move || {
            if let Some(strong) = weak.upgrade() {
                drop(weak);
                strong.read();
            }
        })
    });
    drop(strong);
    for thread in threads {
        thread.join().unwrap();
    }
}

scenario!(
    revived,
    || revive::<0>(true),
    executions = [330, 1222, 930, 87_831],
    finds = &[
        (Bug::NoHandOver, EVERY_WAY),
        (Bug::RelaxedWeakRelease, EVERY_WAY)
    ]
);
scenario!(
    revived_strong_first,
    || revive::<0>(false),
    executions = [392, 1398, 1044, 89_123],
    finds = &[(Bug::NoHandOver, EVERY_WAY), (Bug::RelaxedClose, EVERY_WAY)]
);
scenario!(
    revived_separate,
    || revive::<17>(true),
    executions = [330, 1222, 930, 87_831],
    finds = &[(Bug::NoHandOver, EVERY_WAY)]
);
scenario!(
    registered,
    register,
    preemptions = Some(3),
    executions = [228, 323, 135, 5125],
    finds = &[(Bug::NotListed, EVERY_WAY)]
);
scenario!(
    last_weak_goes,
    last_weak::<0>,
    executions = [20, 30, 30, 127],
    finds = &[
        (Bug::RelaxedWeakRelease, EVERY_WAY),
        (Bug::RelaxedClose, EVERY_WAY)
    ]
);
scenario!(
    last_weak_goes_separate,
    last_weak::<17>,
    executions = [20, 30, 30, 127],
    finds = &[(Bug::RelaxedClose, EVERY_WAY)]
);
scenario!(
    revived_twice,
    two_revivers,
    preemptions = Some(2),
    executions = [457, 1715, 184, 27_666],
    finds = &[(Bug::NoHandOver, EVERY_WAY), (Bug::RelaxedClose, EVERY_WAY)]
);
