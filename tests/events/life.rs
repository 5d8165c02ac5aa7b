//! Births, deaths, and what a death runs.

use std::cell::RefCell;
use std::thread;
use std::time::Duration;

use tracing::Level;
use weakref::{
    LocalObject, Object, Source, Strong, WeakRef, WeakReferenceable, coerce, finalize,
    finalize_with, finalize_with_send, finalizer,
};
use weakref_containers::IdentityWeakSet;

use crate::{Told, listen, messages_of, reports_of, told_of};

fn id<T: ?Sized + WeakReferenceable>(object: &Strong<T>) -> String {
    format!("{:?}", Strong::id(object))
}

/// What was told, and two fields of each.
fn with_fields<'t>(told: &'t [Told], one: &str, other: &str) -> Vec<(&'t str, &'t str, &'t str)> {
    let fields = |told: &'t Told| (told.what(), told.field(one), told.field(other));
    told.iter().map(fields).collect()
}

/// It is told of one object of a type, from its birth to its death.
#[track_caller]
fn lived<T: WeakReferenceable>(id: &str, what: &str) -> Vec<Told> {
    let told = told_of::<T>();
    let (first, last) = (
        told.first().expect("a birth"),
        told.last().expect("a death"),
    );
    assert_eq!(
        (first.what(), first.level),
        ("born", Level::TRACE),
        "{what}"
    );
    assert_eq!(last.what(), "died", "{what}");
    // On a machine that does something else meanwhile, any death may take long.
    let is_slow = last.field("slow") == "true";
    let level = if is_slow { Level::WARN } else { Level::DEBUG };
    assert_eq!(last.level, level, "{what}");
    assert!(last.field("elapsed").ends_with('s'), "{what}: {last:?}");
    for told in &told {
        assert_eq!((told.field("id"), &*told.target), (id, "weakref"), "{what}");
    }
    let ends = told
        .iter()
        .filter(|told| ["born", "died"].contains(&told.what()));
    assert_eq!(ends.count(), 2, "{what}: {told:?}");
    told
}

type Way<T> = (&'static str, fn(Strong<T>));

fn every_way_is_told<T: WeakReferenceable + 'static>(value: impl Fn() -> T) {
    let ways: [Way<T>; 9] = [
        ("alone", drop),
        ("with another handle", |object| {
            drop((object.clone(), object));
        }),
        ("with a weak reference", |object| {
            let weak = Strong::downgrade(&object);
            drop(object);
            assert!(!weak.is_alive());
        }),
        ("with a callback", |object| {
            let callback = WeakRef::with_send_callback(&object, |_| ());
            drop(object);
            assert!(!callback.has_callback());
        }),
        ("with a finalizer", |object| {
            drop((finalize_with_send(&object, drop, ()), object));
        }),
        ("in a set", |object| {
            let set = IdentityWeakSet::from([&object]);
            drop(object);
            assert!(set.is_empty());
        }),
        ("unwrapped", |object| {
            drop(Strong::try_unwrap(object).ok().unwrap());
        }),
        ("unwrapped with a weak reference", |object| {
            let weak = Strong::downgrade(&object);
            drop(Strong::try_unwrap(object).ok().unwrap());
            assert!(!weak.is_alive());
        }),
        ("taken out with a callback", |object| {
            let _callback = WeakRef::with_send_callback(&object, |_| ());
            drop(Strong::into_inner(object).unwrap());
        }),
    ];
    for (what, way) in ways {
        let object = Strong::new(value());
        let id = id(&object);
        way(object);
        lived::<T>(&id, what);
    }
}

#[test]
fn every_way_to_die_is_told_once() {
    #[derive(Clone)]
    struct Plain;
    struct Dropped;
    impl Drop for Dropped {
        fn drop(&mut self) {}
    }
    listen();
    every_way_is_told(|| Object(Plain));
    every_way_is_told(|| Object(Dropped));
    every_way_is_told(|| LocalObject(Plain));
    every_way_is_told(|| LocalObject(Dropped));
    // Apart from their counts.
    every_way_is_told(|| Object((Plain, [0_u8; 4096])));
    every_way_is_told(|| Object((Dropped, [0_u8; 4096])));
}

type Birth<T> = (&'static str, fn() -> Strong<T>);

#[test]
fn every_way_to_be_born_is_told_once() {
    #[derive(WeakReferenceable, Clone)]
    struct Image(u8);
    listen();
    let ways: [Birth<Image>; 6] = [
        ("new", || Strong::new(Image(1))),
        ("new_cyclic", || Strong::new_cyclic(|_| Image(1))),
        ("try_new_cyclic", || {
            Strong::try_new_cyclic(|_| Ok::<_, ()>(Image(1))).unwrap()
        }),
        ("of a box", || Strong::from(Box::new(Image(1)))),
        ("from", || Image(1).into()),
        ("make_mut", || {
            let mut image = Strong::new(Image(1));
            let other = image.clone();
            Strong::make_mut(&mut image).0 = 2;
            drop(other);
            assert_eq!(messages_of::<Image>(), ["born", "born", "died"]);
            assert_eq!(image.0, 2);
            drop(image);
            assert_eq!(messages_of::<Image>(), ["died"]);
            Strong::new(Image(1))
        }),
    ];
    for (what, way) in ways {
        let image = way();
        let id = id(&image);
        drop(image);
        lived::<Image>(&id, what);
    }
}

#[test]
fn what_was_never_built_is_not_told() {
    #[derive(WeakReferenceable, Debug)]
    struct Image;
    listen();
    let failed = Strong::<Image>::try_new_cyclic(|this| {
        finalize_with(this, drop, ());
        Err(())
    });
    assert_eq!(failed.unwrap_err(), ());
    assert_eq!(messages_of::<Image>(), ["finalizer ran"]);
}

#[test]
fn a_death_is_told_after_what_it_runs() {
    #[derive(WeakReferenceable)]
    #[weakref(finalizer = close)]
    struct File;

    impl File {
        #[finalizer]
        fn close(&self) -> impl FnOnce() + use<> {
            || ()
        }
    }

    listen();
    let file = Strong::new(File);
    let id = id(&file);
    let _callback = WeakRef::with_callback(&file, |_| ());
    finalize(&file, |_| || ());
    drop(file);
    let told = lived::<File>(&id, "File");
    let told = with_fields(&told, "by", "name");
    assert_eq!(
        told,
        [
            ("born", "", ""),
            ("finalizer ran", "death", ""),
            ("callback ran", "", ""),
            ("finalizer ran", "death", "close"),
            ("died", "", ""),
        ]
    );
}

#[test]
fn who_ran_a_finalizer_is_told() {
    #[derive(WeakReferenceable)]
    #[weakref(local)]
    struct Session;

    #[track_caller]
    fn ran(by: &str) {
        let told = told_of::<Session>();
        let ran: Vec<_> = told
            .iter()
            .filter(|told| told.what() == "finalizer ran")
            .collect();
        let [ran] = ran[..] else { panic!("{told:?}") };
        assert_eq!((ran.field("by"), ran.level), (by, Level::DEBUG));
        assert!(ran.field("elapsed").ends_with('s'));
    }

    thread_local! {
        static KEPT: RefCell<Option<Strong<Session>>> = const { RefCell::new(None) };
    }

    listen();
    let session = Strong::new(Session);
    assert_eq!(finalize_with(&session, |n| n + 1, 1).call(), Some(2));
    ran("call");
    let (_same, action) = finalize_with(&session, |n| n + 1, 1).detach().unwrap();
    assert_eq!(action.run(), 2);
    ran("call");
    finalize_with(&session, drop, ());
    assert_eq!(Strong::finalizers(&session)[0].call(), Some(()));
    ran("call");
    // Dropped, and not run.
    drop(finalize_with(&session, drop, ()).detach());
    assert_eq!(messages_of::<Session>(), [""; 0]);

    thread::spawn(|| {
        let session = Strong::new(Session);
        KEPT.set(Some(session.clone()));
        finalize_with(&session, drop, ());
    })
    .join()
    .unwrap();
    ran("exit");
}

#[test]
fn a_slow_death_is_a_warning() {
    struct Slow;
    impl Drop for Slow {
        fn drop(&mut self) {
            thread::sleep(Duration::from_millis(12));
        }
    }
    listen();
    drop(Strong::new(Object(Slow)));
    let told = told_of::<Object<Slow>>();
    assert_eq!((told[1].what(), told[1].level), ("died", Level::WARN));
    assert_eq!(told[1].field("slow"), "true");
}

#[test]
fn a_death_is_told_by_the_type_of_the_last_handle() {
    trait Shape: WeakReferenceable {}
    #[derive(WeakReferenceable)]
    struct Circle;
    impl Shape for Circle {}
    listen();
    let shape = coerce!(Strong::new(Circle) => dyn Shape<Slot = weakref::SyncSlot>);
    drop(shape);
    assert_eq!(messages_of::<Circle>(), ["born"]);
    assert_eq!(
        messages_of::<dyn Shape<Slot = weakref::SyncSlot>>(),
        ["died"]
    );
}

#[test]
fn a_panic_that_nobody_can_catch_is_an_error() {
    #[derive(WeakReferenceable)]
    struct Job;
    listen();
    let job = Strong::new(Job);
    let _callback = WeakRef::with_callback(&job, |_| panic!("of the callback"));
    finalize(&job, |_| || panic!("of the finalizer"));
    drop(job);
    let told = told_of::<Job>();
    let told = with_fields(&told, "source", "panic");
    assert_eq!(
        told,
        [
            ("born", "", ""),
            ("panicked", "finalizer", "of the finalizer"),
            ("panicked", "callback", "of the callback"),
            ("died", "", ""),
        ]
    );
    let reports = [
        (Source::Finalizer, "of the finalizer".to_owned()),
        (Source::Callback, "of the callback".to_owned()),
    ];
    assert_eq!(reports_of::<Job>(), reports);
}

#[test]
fn a_chain_of_any_length_is_told() {
    const LENGTH: usize = if cfg!(miri) { 150 } else { 20_000 };

    #[derive(WeakReferenceable)]
    #[weakref(local)]
    struct Link {
        #[cfg_attr(
            not(feature = "leak-trace"),
            expect(dead_code, reason = "it is dropped")
        )]
        next: Option<Strong<Self>>,
    }

    listen();
    let mut first = None;
    for _ in 0..LENGTH {
        let next = first.take();
        first = Some(Strong::new(Link { next }));
    }
    assert_eq!(messages_of::<Link>().len(), LENGTH);
    drop(first);
    let told = messages_of::<Link>();
    assert!(told.iter().all(|what| what == "died"));
    assert_eq!(told.len(), LENGTH);
}
