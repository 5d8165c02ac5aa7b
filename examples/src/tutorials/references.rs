//! References.

use std::cell::Cell;

use weakref::{ObjectId, Strong, WeakRef, WeakReference};

use super::ExpensiveObject;

fn object() -> Strong<ExpensiveObject> {
    Strong::new(ExpensiveObject { name: "obj" })
}

/// What Python prints for `r()`.
fn called<R: WeakReference<Referent = ExpensiveObject>>(reference: &R) -> String {
    reference
        .upgrade()
        .map_or("None".to_owned(), |object| object.to_string())
}

pub(super) fn reference() {
    let obj = object();
    let r = Strong::downgrade(&obj);
    println!("obj: {obj}");
    println!("ref: {r:?}");
    println!("r(): {}", called(&r));
    println!("deleting obj");
    drop(obj);
    println!("r(): {}", called(&r));
}

pub(super) fn callback() {
    let obj = object();
    let r = WeakRef::with_callback(&obj, |reference| println!("callback({reference:?})"));
    println!("obj: {obj}");
    println!("ref: {r:?}");
    println!("r(): {}", called(&*r));
    println!("deleting obj");
    drop(obj);
    println!("r(): {}", called(&*r));
}

/// A reference of one's own: with a note, and counting how often it gave its object.
struct ExtendedRef {
    reference: WeakRef<ExpensiveObject>,
    note: &'static str,
    uses: Cell<u32>,
}

impl WeakReference for ExtendedRef {
    type Referent = ExpensiveObject;

    fn upgrade(&self) -> Option<Strong<ExpensiveObject>> {
        let object = self.reference.upgrade()?;
        self.uses.set(self.uses.get() + 1);
        Some(object)
    }

    fn id(&self) -> ObjectId {
        self.reference.id()
    }

    fn is_alive(&self) -> bool {
        self.reference.is_alive()
    }
}

pub(super) fn extended() {
    let obj = object();
    let r = ExtendedRef {
        reference: Strong::downgrade(&obj),
        note: "a note",
        uses: Cell::new(0),
    };
    for _ in 0..2 {
        println!("{}: {}, {}", r.note, called(&r), r.uses.get());
    }
    drop(obj);
    println!("{}: {}, {}", r.note, called(&r), r.uses.get());
}
