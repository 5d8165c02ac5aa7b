//! Three threads change one list: who finds it locked waits, nobody waits for ever, and nobody
//! enters while another is inside.

use loom::thread;
use weakref::__private::Bug;
use weakref::{Strong, WeakRef};

use crate::cells::{Capture, Small, calls, drops};
use crate::explore::EVERY_WAY;

fn register(strong: &Strong<Small>) {
    let mut capture = Capture::new();
    WeakRef::with_callback(strong, move |_| capture.call()).forget();
}

scenario!(
    three,
    || {
        let strong = Strong::new(Small::new());
        let others =
            [strong.clone(), strong.clone()].map(|strong| thread::spawn(move || register(&strong)));
        register(&strong);
        for other in others {
            other.join().unwrap();
        }
        drop(strong);
        assert_eq!((calls(), drops()), (3, 4));
    },
    preemptions = Some(2),
    finds = &[
        (Bug::NoWake, EVERY_WAY),
        (Bug::RelaxedUnlock, EVERY_WAY),
        (Bug::NoLock, EVERY_WAY),
    ]
);
