//! `weak!`: closures that capture objects weakly.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use weakref::{LocalObject, Object, Strong, WeakRef, WeakReferenceable, coerce, weak};

#[test]
fn a_call_holds_the_object_and_the_closure_does_not() {
    let object = Strong::new(Object(3));
    let closure = weak!([object] else None, move |x: u32| {
        Some((object.0 + x, Strong::strong_count(&object)))
    });
    assert_eq!(
        (Strong::strong_count(&object), Strong::weak_count(&object)),
        (1, 1)
    );
    assert_eq!(closure(4), Some((7, 2)));
    assert_eq!(Strong::strong_count(&object), 1);
    drop(object);
    assert_eq!(closure(4), None);
}

#[test]
fn all_objects_must_live() {
    let calls = Rc::new(Cell::new(0));
    let (a, b) = (Strong::new(LocalObject(1)), Strong::new(LocalObject(2)));
    let counted = Rc::clone(&calls);
    let closure = weak!([a, second = b], move || {
        counted.set(counted.get() + a.0 + second.0);
    });
    closure();
    assert_eq!(calls.get(), 3);
    drop(b);
    closure();
    assert_eq!(calls.get(), 3);
    assert_eq!(
        Strong::strong_count(&a),
        1,
        "the handle of the living one is not lost"
    );
    drop((a, closure));
    assert_eq!(Rc::strong_count(&calls), 1);
}

#[test]
fn handles_of_every_kind_are_captured() {
    struct Node(WeakRef<Node>);
    impl WeakReferenceable for Node {
        type Slot = weakref::LocalSlot;
    }
    trait Length {
        fn length(&self) -> Box<dyn Fn() -> usize>;
    }
    impl Length for Strong<Object<str>> {
        fn length(&self) -> Box<dyn Fn() -> usize> {
            Box::new(weak!([this = self] else 0, move || this.len()))
        }
    }

    let text: Strong<Object<str>> = "text".into();
    assert_eq!(text.length()(), 4, "`self` by another name");
    let borrowed = &&text;
    assert_eq!(
        weak!([borrowed] else 0, move || borrowed.len())(),
        4,
        "a reference"
    );
    let weak = Strong::downgrade(&text);
    assert_eq!(weak!([weak] else 0, move || weak.len())(), 4, "a weak one");
    assert_eq!(
        weak!([made = text.clone()] else 0, move || made.len())(),
        4,
        "a temporary"
    );
    let list = [text.clone()];
    assert_eq!(
        weak!([first = list[0]] else 0, move || first.len())(),
        4,
        "a place"
    );

    let seen = RefCell::new(None);
    let node = Strong::new_cyclic(|own: &weakref::Construction<Node>| {
        *seen.borrow_mut() = Some(weak!([own] else false, move || own.0.is_alive()));
        assert!(!seen.borrow().as_ref().unwrap()(), "not yet built");
        Node(WeakRef::clone(own))
    });
    assert!(seen.borrow().as_ref().unwrap()());
    drop(node);
    assert!(!seen.borrow().as_ref().unwrap()());

    let any = coerce!(Strong::new(Object(1_u8)) => Object<dyn std::any::Any + Send + Sync>);
    assert!(weak!([any] else false, move || any.is::<u8>())(), "unsized");
}

#[test]
fn what_a_closure_can_do_it_still_can() {
    let object = Strong::new(Object(vec![1, 2, 3]));

    let mut total = 0;
    let mut add = weak!([object], move |(from, by): (usize, u32)| {
        total += object.0[from] * by;
        assert!(total > 0);
    });
    add((0, 1));
    add((1, 2));

    let find = weak!([object] else Err("dead"), move |x: u32| -> Result<usize, &'static str> {
        let index = object.iter().position(|y| *y == x).ok_or("absent")?;
        if index == 0 {
            return Err("first");
        }
        Ok(index)
    });
    assert_eq!(
        (find(3), find(1), find(9)),
        (Ok(2), Err("first"), Err("absent"))
    );

    let owned = String::from("once");
    let once: Box<dyn FnOnce() -> Option<String>> =
        Box::new(weak!([object] else None, move || (object.len() == 3).then_some(owned)));
    assert_eq!(once().as_deref(), Some("once"));

    // The expected type still tells those of the parameters.
    let lengths: Vec<usize> = ["a", "bc"]
        .iter()
        .map(weak!([object] else 0, move |text| text.len() + object.len()))
        .collect();
    assert_eq!(lengths, [4, 5]);
    drop(object);
    assert_eq!(find(3), Err("dead"));
    add((0, 1));
}

#[test]
fn the_value_is_made_when_it_is_needed() {
    let made = Rc::new(Cell::new(0));
    let object = Strong::new(LocalObject(1));
    let counter = Rc::clone(&made);
    let closure = weak!([object] else { counter.set(counter.get() + 1); 0 }, move || object.0);
    assert_eq!((closure(), made.get()), (1, 0));
    drop(object);
    assert_eq!((closure(), closure(), made.get()), (0, 0, 2));
}

#[test]
#[expect(
    clippy::diverging_sub_expression,
    reason = "the call that never returns is what is tested"
)]
fn a_closure_that_never_returns() {
    let object = Strong::new(Object(1));
    let closure = weak!([object], move || panic!("number {}", object.0));
    let panic_of = |closure: &dyn Fn()| {
        let payload = std::panic::catch_unwind(std::panic::AssertUnwindSafe(closure)).unwrap_err();
        *payload.downcast::<String>().unwrap()
    };
    assert_eq!(
        panic_of(&|| {
            closure();
        }),
        "number 1"
    );
    drop(object);
    assert_eq!(
        panic_of(&|| {
            closure();
        }),
        weakref::ReferenceError.to_string()
    );
}

#[test]
#[expect(
    clippy::diverging_sub_expression,
    reason = "the call that never returns is what is tested"
)]
fn objects_are_let_go_when_the_call_panics() {
    let object = Strong::new(Object(1));
    let closure = weak!([object], move || std::panic::resume_unwind(Box::new(
        object.0
    )));
    assert!(
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            closure();
        }))
        .is_err()
    );
    assert_eq!(Strong::strong_count(&object), 1);
}

#[test]
fn an_object_may_drop_its_last_handle_in_the_call() {
    struct Own(Cell<Option<Strong<LocalObject<Own>>>>, Rc<Cell<bool>>);
    impl Drop for Own {
        fn drop(&mut self) {
            self.1.set(true);
        }
    }
    let dropped = Rc::new(Cell::new(false));
    let object = Strong::new(LocalObject(Own(Cell::new(None), Rc::clone(&dropped))));
    let closure = weak!([object] else true, move || {
        drop(object.0.0.take());
        object.0.1.get()
    });
    let keeper = object.clone();
    keeper.0.0.set(Some(object));
    drop(keeper);
    assert!(!closure());
    assert!(dropped.get());
    assert!(closure());
}

#[test]
fn sent_to_a_thread() {
    let object = Strong::new(Object(5));
    let closure = weak!([object] else 0, move || object.0);
    assert_eq!(std::thread::spawn(closure).join().unwrap(), 5);
}
