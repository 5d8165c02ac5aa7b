use ::yoke::Yoke;
use stable_deref_trait::CloneStableDeref;
use weakref::{Object, Strong};

#[test]
fn what_borrows_from_an_object_keeps_it_alive() {
    let text = Strong::new(Object("key=value".to_owned()));
    let weak = Strong::downgrade(&text);
    let value: Yoke<&'static str, _> =
        Yoke::attach_to_cart(text, |text| text.split_once('=').unwrap().1);
    let moved = Box::new(value);
    assert_eq!(*moved.get(), "value");
    assert!(weak.upgrade().is_some());

    let part: Yoke<&'static str, Strong<_>> = moved.map_project(|value, _| &value[..1]);
    assert_eq!(*part.get(), "v");
    assert!(weak.is_alive());
    drop(part);
    assert!(!weak.is_alive());
}

#[test]
fn clones_lead_to_the_same_address() {
    fn address<C: CloneStableDeref>(cart: &C) -> *const C::Target {
        &raw const **cart
    }
    let strong = Strong::new(Object([1, 2, 3]));
    assert_eq!(address(&strong), address(&strong.clone()));
}
