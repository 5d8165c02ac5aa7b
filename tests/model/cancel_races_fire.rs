//! R15. A cancels a callback while B's drop of the last strong handle runs it: exactly one of them
//! consumes it. From inside the callback a cancel comes too late, and does not wait.

use std::sync::{Arc, Mutex};

use loom::thread;
use weakref::__private::Bug;
use weakref::{CallbackRef, Strong, WeakRef};

use crate::cells::{Capture, Small, calls, drops};
use crate::explore::EVERY_WAY;

scenario!(
    from_outside,
    || {
        let strong = Strong::new(Small::new());
        let mut capture = Capture::new();
        let callback = WeakRef::with_callback(&strong, move |_| capture.call());
        let other = thread::spawn(move || drop(strong));
        drop(callback);
        other.join().unwrap();
        assert!(calls() <= 1);
        assert_eq!(drops(), 2);
    },
    preemptions = Some(7),
    executions = [3186, 25_014, 11_261, 352_794],
    finds = &[
        (Bug::NoLock, EVERY_WAY),
        (Bug::ClosesUnlocked, EVERY_WAY),
        (Bug::ClosesIntoLock, EVERY_WAY),
        (Bug::LateCancelUnlinks, EVERY_WAY),
        (Bug::NodeFreedTwice, EVERY_WAY),
        (Bug::RelaxedLeave, EVERY_WAY),
        (Bug::RelaxedLastOfCallback, EVERY_WAY),
    ]
);

scenario!(
    from_inside,
    || {
        let strong = Strong::new(Small::new());
        let again = strong.clone();
        let place: Arc<Mutex<Option<CallbackRef<Small>>>> = Arc::default();
        let own = Arc::clone(&place);
        let mut capture = Capture::new();
        let callback = WeakRef::with_callback(&strong, move |_| {
            let itself = own.lock().unwrap().take();
            drop(itself.expect("it is still there"));
            capture.call();
        });
        *place.lock().unwrap() = Some(callback);
        let other = thread::spawn(move || drop(again));
        drop(strong);
        other.join().unwrap();
        assert_eq!((calls(), drops()), (1, 2));
    },
    executions = [4, 4, 4, 4],
    finds = &[
        (Bug::LateCancelUnlinks, EVERY_WAY),
        (Bug::NodeFreedTwice, EVERY_WAY)
    ]
);
