//! Weak references without callbacks: what they give, count, print and compare.

use std::cell::RefCell;
use std::collections::HashSet;
use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::rc::Rc;

use weakref::{Strong, SyncSlot, WeakRef, WeakReferenceable, coerce};

use crate::support::in_all_kinds;
use crate::support::kind::{Kind, Object};
use crate::support::log::{Log, Noted};

in_all_kinds!(
    r01_basic_ref,
    r02_text_names_type_and_addresses,
    r03_text_runs_no_code_of_the_referent,
    r11_plain_references_are_equal_and_counted_each,
    r18_every_form_without_callback_is_alike,
    r28_weak_count,
    r29_weak_refs,
    r33_strong_cycle_is_no_crash,
    r40_reference_made_during_drop_is_dead,
    r43_equality_is_identity_for_good,
    r45_hash_stays_after_death,
    dangling_reference_is_dead,
    with_keeps_the_referent_for_the_call,
    handles_do_what_pointers_of_std_do,
);

fn r01_basic_ref<K: Kind>() {
    let strong = Object::<K, _>::strong(7);
    let weak = Strong::downgrade(&strong);
    let upgraded = weak.upgrade().unwrap();
    assert!(Strong::ptr_eq(&upgraded, &strong));
    assert!(std::ptr::eq(&raw const *upgraded, &raw const *strong));
    assert_eq!(**upgraded, 7);
    assert!(format!("{weak:?}").contains("to Object"));

    drop(upgraded);
    assert!(weak.is_alive());
    drop(strong);
    assert!(!weak.is_alive());
    assert!(weak.upgrade().is_none());
    assert!(format!("{weak:?}").contains("dead"));
}

fn r02_text_names_type_and_addresses<K: Kind>() {
    let strong = Object::<K, u8>::strong(7);
    let weak = Strong::downgrade(&strong);
    let callback = K::on_death(&strong, |_| ());
    let (at, called_at) = (&raw const weak, &raw const callback);
    let to = Strong::as_ptr(&strong);
    // The name is the type's own, without paths, its arguments included.
    let full = std::any::type_name::<Object<K, u8>>();
    assert!(full.contains("::kind::Object<"), "{full}");
    let name = format!(
        "Object<{}, u8>",
        std::any::type_name::<K>().rsplit("::").next().unwrap()
    );
    assert_eq!(
        format!("{weak:?}"),
        format!("<WeakRef at {at:p}; to {name} at {to:p}>")
    );
    assert_eq!(
        format!("{callback:?}"),
        format!("<CallbackRef at {called_at:p}; to {name} at {to:p}>")
    );
    drop(strong);
    assert_eq!(format!("{weak:?}"), format!("<WeakRef at {at:p}; dead>"));
    assert_eq!(
        format!("{callback:?}"),
        format!("<CallbackRef at {called_at:p}; dead>")
    );
}

fn r03_text_runs_no_code_of_the_referent<K: Kind>() {
    struct Hostile;
    impl fmt::Debug for Hostile {
        fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
            panic!("called")
        }
    }
    let strong = Object::<K, _>::strong(Hostile);
    let weak = Strong::downgrade(&strong);
    assert!(format!("{weak:?}").contains("Hostile"));
    drop(strong);
    assert!(format!("{weak:?}").ends_with("; dead>"));
}

fn r11_plain_references_are_equal_and_counted_each<K: Kind>() {
    let strong = Object::<K>::strong(());
    let first = Strong::downgrade(&strong);
    let second = Strong::downgrade(&strong);
    assert_eq!(first, second);
    assert_eq!(Strong::weak_count(&strong), 2);
    drop(first);
    assert_eq!(Strong::weak_count(&strong), 1);
    let cloned = second.clone();
    assert_eq!((cloned.weak_count(), cloned.strong_count()), (2, 1));
    drop((second, cloned));
    assert_eq!(Strong::weak_count(&strong), 0);
}

fn r18_every_form_without_callback_is_alike<K: Kind>() {
    let strong = Object::<K>::strong(());
    let forms = [
        WeakRef::of(&strong),
        Strong::downgrade(&strong),
        WeakRef::from(&strong),
        WeakRef::of(&strong).clone(),
    ];
    let all: HashSet<_> = forms.iter().collect();
    assert_eq!(all.len(), 1);
    assert!(forms.iter().all(|form| form.ptr_eq(&forms[0])));
    assert_eq!(Strong::weak_count(&strong), 4);
}

fn r28_weak_count<K: Kind>() {
    let strong = Object::<K>::strong(());
    assert_eq!(Strong::weak_count(&strong), 0);
    let plain = Strong::downgrade(&strong);
    let callback = K::on_death(&strong, |_| ());
    assert_eq!(Strong::weak_count(&strong), 2);
    let mut graveyard = weakref::watch::Graveyard::new();
    let entries = [graveyard.watch(&strong, 0), graveyard.watch(&strong, 1)];
    assert_eq!(Strong::weak_count(&strong), 4);
    assert_eq!((plain.weak_count(), callback.weak_count()), (4, 4));
    K::on_death(&strong, |_| ()).forget();
    assert_eq!(
        Strong::weak_count(&strong),
        5,
        "a forgotten callback is still one"
    );
    drop((plain, callback, entries));
    assert_eq!(Strong::weak_count(&strong), 1);

    let strong = Object::<K>::strong(());
    let weak = Strong::downgrade(&strong);
    drop(strong);
    assert_eq!(
        (weak.weak_count(), weak.strong_count()),
        (0, 0),
        "nothing to count once dead"
    );
}

fn r29_weak_refs<K: Kind>() {
    let strong = Object::<K>::strong(());
    assert!(Strong::weak_refs(&strong).is_empty());
    let plain = Strong::downgrade(&strong);
    let callback = K::on_death(&strong, |_| ());
    let all = Strong::weak_refs(&strong);
    assert_eq!(all, [plain.clone(), WeakRef::clone(&callback)]);
    assert!(
        all.iter()
            .all(|weak| Strong::ptr_eq(&weak.upgrade().unwrap(), &strong))
    );
    drop(all);
    drop(plain);
    assert_eq!(Strong::weak_refs(&strong).len(), 1);
    drop(callback);
    assert!(Strong::weak_refs(&strong).is_empty());
}

fn r33_strong_cycle_is_no_crash<K: Kind>() {
    type Next<K> = RefCell<Option<Strong<Node<K>>>>;
    struct Node<K: Kind>(
        Object<K, Next<K>>,
        #[expect(dead_code, reason = "dropped")] Noted,
    );
    impl<K: Kind> WeakReferenceable for Node<K> {
        type Slot = K::Slot;
    }
    let log = Log::new();
    let node = |name| Strong::new(Node::<K>(Object::new(RefCell::new(None)), log.noted(name)));
    let (a, b) = (node("a"), node("b"));
    a.0.replace(Some(b.clone()));
    b.0.replace(Some(a.clone()));
    let (weak_a, weak_b) = (Strong::downgrade(&a), Strong::downgrade(&b));
    let callback = K::on_death(&a, log.callback("callback of a"));
    drop((a, b));
    assert!(weak_a.is_alive() && weak_b.is_alive() && callback.has_callback());
    assert!(log.take().is_empty());

    // Broken from outside, it dies like any other.
    drop(weak_a.upgrade().unwrap().0.take());
    assert_eq!(log.take(), ["drop b", "drop a", "callback of a"]);
    assert!(!weak_a.is_alive() && !weak_b.is_alive());
}

fn r40_reference_made_during_drop_is_dead<K: Kind>() {
    struct Selfish<K: Kind> {
        this: WeakRef<Selfish<K>>,
        escaped: Rc<RefCell<Option<WeakRef<Selfish<K>>>>>,
        _body: K::Body,
    }
    impl<K: Kind> WeakReferenceable for Selfish<K> {
        type Slot = K::Slot;
    }
    impl<K: Kind> Drop for Selfish<K> {
        fn drop(&mut self) {
            assert!(self.this.upgrade().is_none());
            assert!(!self.this.is_alive());
            assert_eq!(self.this.with(|_| ()), None);
            assert_eq!((self.this.strong_count(), self.this.weak_count()), (0, 0));
            self.escaped.replace(Some(self.this.clone()));
        }
    }
    let escaped = Rc::default();
    let strong = Strong::new_cyclic(|this| Selfish::<K> {
        this: WeakRef::clone(this),
        escaped: Rc::clone(&escaped),
        _body: K::Body::default(),
    });
    let id = Strong::id(&strong);
    drop(strong);
    let late = escaped.take().unwrap();
    assert_eq!(late.id(), id);
    assert!(late.upgrade().is_none());
    assert!(format!("{late:?}").ends_with("; dead>"));
    let again = late.clone();
    drop(late);
    assert_eq!(again.id(), id);
}

fn r43_equality_is_identity_for_good<K: Kind>() {
    let (a, b) = (Object::<K, _>::strong(1), Object::<K, _>::strong(1));
    let (first, second) = (Strong::downgrade(&a), Strong::downgrade(&a));
    let other = Strong::downgrade(&b);
    let callback = K::on_death(&a, |_| ());
    assert_eq!(first, second);
    assert_eq!(first, *callback, "a callback makes no difference");
    assert_ne!(first, other, "equal objects are two objects");
    assert!(first.eq(&first));
    drop(a);
    assert_eq!(first, second);
    assert_eq!(first, *callback);
    assert_ne!(first, other);
    drop(b);
    assert_ne!(first, other);
    assert!(first.eq(&first));
}

fn r45_hash_stays_after_death<K: Kind>() {
    let hasher = RandomState::new();
    // No `Hash` for the payload is needed.
    let (a, b) = (Object::<K, _>::strong(1.0), Object::<K, _>::strong(1.0));
    let (weak, same, other) = (
        Strong::downgrade(&a),
        Strong::downgrade(&a),
        Strong::downgrade(&b),
    );
    let before = hasher.hash_one(&weak);
    assert_eq!(before, hasher.hash_one(&same));
    assert_ne!(before, hasher.hash_one(&other));
    let mut set = HashSet::from([weak.clone()]);
    drop(a);
    assert_eq!(before, hasher.hash_one(&weak));
    assert_eq!(
        before,
        hasher.hash_one(&same),
        "first asked for after death"
    );
    assert!(set.remove(&same));
    assert_eq!(weak.id(), same.id());
}

fn dangling_reference_is_dead<K: Kind>() {
    let weak = WeakRef::<Object<K>>::dangling();
    assert!(!weak.is_alive());
    assert!(weak.upgrade().is_none());
    assert_eq!(weak.with(|_| ()), None);
    assert_eq!((weak.strong_count(), weak.weak_count()), (0, 0));
    assert_eq!(weak, weak.clone());
    assert_eq!(weak, WeakRef::default());
    assert!(format!("{weak:?}").ends_with("; dead>"));
    let strong = Object::<K>::strong(());
    assert_ne!(weak, Strong::downgrade(&strong));
    assert_ne!(weak.id(), Strong::id(&strong));
}

fn with_keeps_the_referent_for_the_call<K: Kind>() {
    let log = Log::new();
    let strong = log.object::<K>("object");
    let weak = Strong::downgrade(&strong);
    let seen = weak.with(|object| {
        drop(strong);
        assert!(log.take().is_empty(), "alive until the closure returns");
        object.name
    });
    assert_eq!(seen, Some("object"));
    assert_eq!(log.take(), ["drop object"]);
    assert_eq!(weak.with(|object| object.name), None);
}

fn handles_do_what_pointers_of_std_do<K: Kind>() {
    use std::borrow::Borrow;

    struct Number<K: Kind>(u32, K::Body);
    impl<K: Kind> WeakReferenceable for Number<K> {
        type Slot = K::Slot;
    }
    impl<K: Kind> Default for Number<K> {
        fn default() -> Self {
            Self(5, K::Body::default())
        }
    }
    impl<K: Kind> From<u32> for Number<K> {
        fn from(number: u32) -> Self {
            Self(number, K::Body::default())
        }
    }
    impl<K: Kind> fmt::Debug for Number<K> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            fmt::Debug::fmt(&self.0, f)
        }
    }
    impl<K: Kind> fmt::Display for Number<K> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "number {}", self.0)
        }
    }
    impl<K: Kind> PartialEq for Number<K> {
        fn eq(&self, other: &Self) -> bool {
            self.0 == other.0
        }
    }
    impl<K: Kind> Eq for Number<K> {}
    impl<K: Kind> PartialOrd for Number<K> {
        fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
            Some(self.cmp(other))
        }
    }
    impl<K: Kind> Ord for Number<K> {
        fn cmp(&self, other: &Self) -> std::cmp::Ordering {
            self.0.cmp(&other.0)
        }
    }
    impl<K: Kind> std::hash::Hash for Number<K> {
        fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
            self.0.hash(state);
        }
    }

    let five = Strong::<Number<K>>::default();
    let six = Strong::from(Number::<K>::from(6));
    assert_eq!(five, Strong::new(Number::from(5)), "by value");
    assert_ne!(five, six);
    assert!(five < six);
    assert_eq!(five.clone().max(six.clone()), six);
    assert_eq!(
        (format!("{five:?}"), format!("{five}")),
        ("5".to_owned(), "number 5".to_owned())
    );
    assert_eq!(format!("{five:p}"), format!("{:p}", Strong::as_ptr(&five)));
    assert_eq!(AsRef::<Number<K>>::as_ref(&five).0, 5);
    assert_eq!(Borrow::<Number<K>>::borrow(&five).0, 5);
    let set = HashSet::from([five.clone()]);
    assert!(
        set.contains(&*five) && !set.contains(&*six),
        "hashed as its value, so found by it"
    );
    assert_eq!(Strong::pin(Number::<K>::from(7)).0, 7);
    assert_eq!(Strong::strong_count(&five), 2);
}

trait Callable: WeakReferenceable<Slot = SyncSlot> + Send + Sync {
    fn call(&self, argument: u32) -> u32;
}

#[derive(WeakReferenceable)]
struct Function<F: Fn(u32) -> u32>(F);

impl<F: Fn(u32) -> u32 + Send + Sync + 'static> Callable for Function<F> {
    fn call(&self, argument: u32) -> u32 {
        self.0(argument)
    }
}

#[test]
fn r05_functions_behind_dyn_are_referents() {
    let offset = 3;
    let function = coerce!(Strong::new(Function(move |x| x + offset)) => dyn Callable);
    let weak = Strong::downgrade(&function);
    let plain = coerce!(Strong::new(Function(u32::swap_bytes as fn(u32) -> u32)) => dyn Callable);
    assert_eq!(weak.upgrade().unwrap().call(4), 7);
    assert_eq!(plain.call(1), 1 << 24);
    drop(function);
    assert!(weak.upgrade().is_none());
    assert!(format!("{weak:?}").ends_with("; dead>"));
    assert!(format!("{:?}", Strong::downgrade(&plain)).contains("; to dyn Callable at 0x"));
}
