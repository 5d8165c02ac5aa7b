//! R22. A and B intern equal values while the object that stands for them dies in C. Both get one
//! object, and none is left beside it.

use loom::thread;
use std::sync::Arc;
use weakref::__private::Bug;
use weakref::{Object, Strong};

use crate::cells::drops;
use crate::explore::EVERY_WAY;
use crate::members::{Interner, Member};

fn intern(interner: &Interner) -> Strong<Object<Member>> {
    let value = Object(Member::new(1));
    let object = interner.intern_with(&value, |_| Strong::new(Object(Member::new(1))));
    object.read();
    object
}

scenario!(
    two_ask_for_what_dies,
    || {
        let interner = Arc::new(Interner::default());
        let dying = intern(&interner);
        let asks = {
            let interner = interner.clone();
            thread::spawn(move || intern(&interner))
        };
        let drops_it = thread::spawn(move || drop(dying));
        let ours = intern(&interner);
        let theirs = asks.join().unwrap();
        drops_it.join().unwrap();
        assert!(Strong::ptr_eq(&ours, &theirs), "two for one value");
        assert_eq!(interner.len(), 1);
        drop((ours, theirs));
        assert!(interner.is_empty());
        assert!((4..=6).contains(&drops()));
    },
    preemptions = Some(2),
    executions = [704, 243_588, 216, 710_659],
    finds = &[(Bug::AnyCompared, EVERY_WAY), (Bug::AnyOfHash, EVERY_WAY)]
);

scenario!(
    two_ask_for_what_is_not_there,
    || {
        let interner = Arc::new(Interner::default());
        let asks = {
            let interner = interner.clone();
            thread::spawn(move || intern(&interner))
        };
        let ours = intern(&interner);
        let theirs = asks.join().unwrap();
        assert!(Strong::ptr_eq(&ours, &theirs), "two for one value");
        assert_eq!(interner.len(), 1);
        drop((ours, theirs));
        assert!(interner.is_empty());
    },
    preemptions = Some(4),
    executions = [1238, 1238, 591, 5427],
    finds = &[(Bug::AnyCompared, EVERY_WAY)]
);
