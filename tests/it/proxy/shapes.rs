//! Unusual shapes of traits and of implementations that `#[weakref::proxy]` forwards.

use std::fmt::Debug;
use std::sync::atomic::{AtomicUsize, Ordering};

use weakref::{Object, Proxy, ReferenceError, Strong, SyncSlot, WeakReferenceable, coerce};

use super::dead;

#[derive(WeakReferenceable, Clone, Debug, PartialEq)]
struct Size(usize);

/// Generic in itself by default, as `PartialEq` is.
#[weakref::proxy]
trait Fits<Other: ?Sized = Self> {
    fn fits(&self, other: &Other) -> bool;
}

impl Fits<str> for Size {
    fn fits(&self, other: &str) -> bool {
        other.len() == self.0
    }
}

impl Fits for Size {
    fn fits(&self, other: &Self) -> bool {
        self == other
    }
}

#[test]
fn a_parameter_that_is_the_trait_s_own_type_by_default() {
    let size = Strong::new(Size(3));
    let proxy = Proxy::new(&size);
    assert!(Fits::<str>::fits(&proxy, "abc"));
    assert!(Fits::<Size>::fits(&proxy, &Size(3)));
    drop(size);
    dead(|| Fits::<str>::fits(&proxy, "abc"));
}

/// One of its types is of sized objects only, and a method of its own makes what a dead object returns.
#[weakref::proxy]
trait Counted
where
    Self: 'static,
    Self::Count: Debug,
{
    type Count: Default;
    type Unit
    where
        Self: Sized;

    #[proxy(dead = self.none())]
    fn count(&self, text: &str) -> Self::Count;
    #[proxy(skip)]
    fn none(&self) -> Self::Count {
        Self::Count::default()
    }
}

impl Counted for Size {
    type Count = usize;
    type Unit = char;
    fn count(&self, text: &str) -> usize {
        text.len() / self.0
    }
}

#[test]
fn a_type_that_only_sized_objects_have() {
    fn halves<C: Counted<Count = usize, Unit = char>>(counted: &C) -> usize {
        counted.count("four")
    }
    let size = Strong::new(Size(2));
    let proxy = Proxy::new(&size);
    assert_eq!(halves(&proxy), 2);
    drop(size);
    assert_eq!(halves(&proxy), 0);
}

/// Declared by a macro, from words of its caller and of its own.
macro_rules! declare {
    ($name:ident $method:ident $dead:expr) => {
        #[weakref::proxy]
        trait $name<'a, T: 'a> {
            #[proxy(dead = $dead)]
            fn $method(&self, x: &'a T) -> Option<&'a T>;
        }

        impl<'a, T: 'a> $name<'a, T> for Size {
            fn $method(&self, x: &'a T) -> Option<&'a T> {
                (self.0 > 0).then_some(x)
            }
        }
    };
}

declare!(Choose choose None);

#[test]
fn a_trait_that_a_macro_declares() {
    let size = Strong::new(Size(2));
    let proxy = Proxy::new(&size);
    assert_eq!(proxy.choose(&'x'), Some(&'x'));
    drop(size);
    assert_eq!(proxy.choose(&'x'), None);
}

/// Methods of a type that is a trait: of every object behind it.
trait Listener: WeakReferenceable<Slot = SyncSlot> {
    fn hear(&self, event: &str) -> usize;
}

impl Listener for Object<AtomicUsize> {
    fn hear(&self, event: &str) -> usize {
        self.0.fetch_add(event.len(), Ordering::Relaxed) + event.len()
    }
}

#[weakref::proxy(trait DynListener)]
impl dyn Listener {
    pub(crate) fn hear_all(&self, events: &[&str]) -> usize {
        events.iter().map(|event| self.hear(event)).sum()
    }
}

#[test]
fn methods_of_a_trait_object() {
    let object = Strong::new(Object(AtomicUsize::new(0)));
    let proxy: Proxy<dyn Listener> = coerce!(Proxy::new(&object) => dyn Listener);
    assert_eq!(proxy.hear_all(&["a", "bc"]), Ok(4));
    drop(object);
    assert_eq!(proxy.hear_all(&["a"]), Err(ReferenceError));
}

/// Methods called as those of the proxy itself, of `Clone` and of the handle.
#[weakref::proxy]
trait SameNames {
    fn get(&self) -> usize;
    fn with(&self, x: usize) -> usize;
    fn upgrade(&self) -> usize;
    fn to_owned(&self) -> usize;
    fn deref(&self) -> usize;
}

impl SameNames for Size {
    fn get(&self) -> usize {
        self.0
    }
    fn with(&self, x: usize) -> usize {
        self.0 + x
    }
    fn upgrade(&self) -> usize {
        self.0 + 2
    }
    fn to_owned(&self) -> usize {
        self.0 + 3
    }
    fn deref(&self) -> usize {
        self.0 + 4
    }
}

#[test]
fn methods_named_as_others_are() {
    fn all(own: &impl SameNames) -> [usize; 5] {
        [
            own.get(),
            own.with(1),
            own.upgrade(),
            own.to_owned(),
            own.deref(),
        ]
    }
    let size = Strong::new(Size(0));
    let proxy = Proxy::new(&size);
    assert_eq!(all(&proxy), [0, 1, 2, 3, 4]);
    assert_eq!(
        (proxy.get(), proxy.with(1), proxy.upgrade(), proxy.deref()),
        (0, 1, 2, 4)
    );
    drop(size);
    dead(|| all(&proxy));
    assert!(Proxy::get(&proxy).is_err());
}
