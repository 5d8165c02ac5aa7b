use weakref::{Strong, WeakRef, WeakReferenceable, weak};

#[derive(WeakReferenceable)]
struct Button {
    own: WeakRef<Button>,
    clicks: std::sync::atomic::AtomicU32,
}

impl Button {
    fn new() -> Strong<Self> {
        Strong::new_cyclic(|own| Self { own: WeakRef::clone(own), clicks: 0.into() })
    }

    fn clicker(&self) -> impl Fn() + use<> {
        weak!([this = self.own], move || {
            // A future that does not hold the object is no matter.
            drop(async {});
            let this_weakly = Strong::downgrade(&this);
            drop(async move { this_weakly.upgrade().is_some() });
            this.clicks.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        })
    }
}

struct Names {
    button: usize,
}

#[test]
fn captures() {
    let button = Button::new();
    let click = button.clicker();
    click();
    let count = weak!([button] else 7, move |_: u8| button.clicks.load(std::sync::atomic::Ordering::Relaxed),);
    assert_eq!(count(0), 1);
    let names = Names { button: 3 };
    // A field of the same name is not the object.
    let handles = weak!([button] else names.button, move || Strong::strong_count(&button));
    assert_eq!(handles(), 2);
    drop(button);
    click();
    assert_eq!((count(0), handles()), (7, 3));
}
