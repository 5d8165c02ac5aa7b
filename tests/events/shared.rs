//! What the shared containers tell.

use std::fmt::Write;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::sync::{Arc, LazyLock, mpsc};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

use tracing::Level;
use weakref::{Object, Source, Strong, WeakReferenceable};
use weakref_containers::shared::{Interner, StrongTier, WeakKeyMap, WeakValueMap};

use crate::{Told, act_on, listen, messages_of, reports_of, told_of, with_heard};

/// The message, and the fields but for the times.
fn shown(told: &Told) -> String {
    assert_eq!(told.target, "weakref_containers");
    assert_eq!(told.level, Level::DEBUG);
    let known = ["message", "type", "elapsed"];
    let fields = told
        .fields
        .iter()
        .filter(|(name, _)| !known.contains(*name));
    let mut shown = told.what().to_owned();
    for (name, value) in fields {
        write!(shown, " {name}={value}").expect("a string");
    }
    shown
}

/// What the containers told of a type.
fn told_by_containers<T: ?Sized>() -> Vec<String> {
    let told = told_of::<T>();
    let theirs = told.iter().filter(|told| told.target != "weakref");
    theirs.map(shown).collect()
}

#[test]
fn what_the_tier_lets_go_while_others_hold_it_is_told() {
    #[derive(WeakReferenceable)]
    struct Image;
    listen();
    let map = WeakValueMap::with_strong_tier(StrongTier::entries(1));
    let images = [1, 2, 3].map(|number: u32| {
        let image = Strong::new(Image);
        map.insert(number, &image);
        image
    });
    // The second is aside, where there is room for one.
    let told = told_of::<Image>();
    let evicted: Vec<_> = told
        .iter()
        .filter(|told| told.what() == "evicted")
        .map(|told| told.field("id").to_owned())
        .collect();
    assert_eq!(evicted, [format!("{:?}", Strong::id(&images[0]))]);
}

#[test]
fn what_the_tier_lets_go_is_told() {
    #[derive(WeakReferenceable)]
    struct Image;
    listen();
    let map = WeakValueMap::with_strong_tier(StrongTier::entries(2));
    let ids = [1, 2, 3].map(|number: u32| {
        let image = Strong::new(Image);
        map.insert(number, &image);
        format!("{:?}", Strong::id(&image))
    });
    let told = told_of::<Image>();
    let told: Vec<_> = told
        .iter()
        .map(|told| (told.what(), told.field("id")))
        .collect();
    let [first, second, third] = ids.each_ref().map(String::as_str);
    let expected = [
        ("born", first),
        ("born", second),
        ("born", third),
        ("evicted", first),
        ("died", first),
    ];
    assert_eq!(told, expected);
    // What is taken out is not evicted.
    map.remove(&2);
    drop(map);
    assert_eq!(messages_of::<Image>(), ["died", "died"]);

    let names = Interner::<u64>::with_strong_tier(StrongTier::entries(1));
    names.intern_with(&Object(1), |_| Strong::new(Object(1)));
    names.intern_with(&Object(2), |_| Strong::new(Object(2)));
    let told = told_of::<Object<u64>>();
    let told: Vec<_> = told
        .iter()
        .filter(|told| told.what() == "evicted")
        .collect();
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].field("key"), "weakref::object::Object<u64>");
}

#[test]
fn who_makes_a_value_and_who_waits_is_told() {
    #[derive(WeakReferenceable, Debug)]
    struct Image;
    listen();
    let map = WeakValueMap::<u32, Image>::new();
    let error = map.get_or_try_insert_with(7, || Err::<Strong<_>, _>("none"));
    assert_eq!(error.unwrap_err(), "none");
    assert_eq!(
        told_by_containers::<Image>(),
        ["making key=u32", "not made key=u32"]
    );

    let is_waiting = |told: &Told| {
        told.what() == "waiting" && told.field("type") == std::any::type_name::<Image>()
    };
    let (begun, is_begun) = mpsc::channel();
    let image = thread::scope(|scope| {
        let map = &map;
        let led = scope.spawn(move || {
            map.get_or_insert_with(7, || {
                begun.send(()).unwrap();
                // Until the other waits.
                while !with_heard(|heard| heard.told.iter().any(is_waiting)) {
                    thread::sleep(Duration::from_millis(1));
                }
                Strong::new(Image)
            })
        });
        is_begun.recv().unwrap();
        let waited = map.get_or_insert_with(7, || unreachable!("another makes it"));
        assert!(Strong::ptr_eq(&waited, &led.join().unwrap()));
        waited
    });
    let id = Strong::id(&image);
    let mut told = told_by_containers::<Image>();
    // Which of the two threads is first.
    told[2..].sort();
    let expected = [
        "making key=u32".to_owned(),
        "waiting key=u32".to_owned(),
        format!("made id={id:?} key=u32"),
        format!("waited id={id:?} key=u32"),
    ];
    assert_eq!(told, expected);
}

#[test]
fn tasks_tell_the_same() {
    #[derive(WeakReferenceable)]
    struct Image;

    listen();
    let map = WeakValueMap::<u32, Image>::new();
    let mut context = Context::from_waker(Waker::noop());
    let mut is_ready = false;
    let make = async || {
        let twice = |_: &mut Context<'_>| {
            let result = if is_ready {
                Poll::Ready(())
            } else {
                Poll::Pending
            };
            is_ready = true;
            result
        };
        poll_fn(twice).await;
        Strong::new(Image)
    };
    let mut led = pin!(map.get_or_insert_with_async(7, make));
    let other = async || unreachable!("another makes it");
    let mut waited = pin!(map.get_or_insert_with_async(7, other));
    assert!(led.as_mut().poll(&mut context).is_pending());
    assert_eq!(told_by_containers::<Image>(), ["making key=u32"]);
    assert!(waited.as_mut().poll(&mut context).is_pending());
    assert_eq!(told_by_containers::<Image>(), ["waiting key=u32"]);
    let Poll::Ready(image) = led.as_mut().poll(&mut context) else {
        panic!("it is made");
    };
    let id = Strong::id(&image);
    assert_eq!(
        told_by_containers::<Image>(),
        [format!("made id={id:?} key=u32")]
    );
    let Poll::Ready(same) = waited.as_mut().poll(&mut context) else {
        panic!("it is given");
    };
    assert!(Strong::ptr_eq(&image, &same));
    assert_eq!(
        told_by_containers::<Image>(),
        [format!("waited id={id:?} key=u32")]
    );
}

#[test]
fn values_that_are_no_objects_are_told_by_their_type() {
    #[derive(WeakReferenceable, PartialEq, Eq, Hash)]
    struct Key(u8);
    struct Value;
    listen();
    let (map, key) = (WeakKeyMap::new(), Strong::new(Key(1)));
    let _value: Arc<Value> = map.get_or_insert_with(&key, || Value);
    let name = std::any::type_name::<Key>();
    let expected = [format!("making key={name}"), format!("made key={name}")];
    assert_eq!(told_by_containers::<Value>(), expected);
}

#[test]
fn what_a_container_consists_of_is_not_told() {
    listen();
    drop(WeakValueMap::<u32, Object<[u8; 77]>>::new());
    let is_part = |told: &Told| told.field("type").contains("[u8; 77]");
    assert_eq!(
        with_heard(|heard| heard.told.iter().filter(|told| is_part(told)).count()),
        0
    );
}

/// The results of all calls, while the subscriber panics each time.
#[test]
fn a_subscriber_that_panics_changes_no_result() {
    #[derive(WeakReferenceable)]
    struct Image(u32);
    listen();
    let _act = act_on::<Image>(|told| panic!("at {}", told.what()));
    let map = WeakValueMap::<u32, Image>::with_strong_tier(StrongTier::entries(1));
    for number in 0..3 {
        let image = map.get_or_insert_with(number, || Strong::new(Image(number)));
        assert_eq!(image.0, number);
        assert_eq!(map.len(), 1, "the one before was let go");
        drop(image);
    }
    let failed = map.get_or_try_insert_with(7, || Err::<Strong<_>, _>("none"));
    assert_eq!(failed.err(), Some("none"));
    assert!(map.get(&7).is_none());
    drop(map);
    let told = messages_of::<Image>();
    let count = |what: &str| told.iter().filter(|told| *told == what).count();
    assert_eq!(
        ["born", "making", "made", "not made", "evicted", "died"].map(count),
        [3, 4, 3, 1, 2, 3]
    );
    let reports = reports_of::<Image>();
    assert_eq!(reports.len(), told.len());
    for ((source, text), told) in reports.iter().zip(&told) {
        assert_eq!((*source, text), (Source::Subscriber, &format!("at {told}")));
    }
}

/// It calls the map, for the same key too.
#[test]
fn a_subscriber_may_call_the_container_of_which_it_is_told() {
    #[derive(WeakReferenceable)]
    struct Image(u32);

    static MAP: LazyLock<WeakValueMap<u32, Image>> =
        LazyLock::new(|| WeakValueMap::with_strong_tier(StrongTier::entries(2)));
    static CALLS: AtomicU32 = AtomicU32::new(0);
    static KEY: AtomicU32 = AtomicU32::new(0);

    listen();
    let act = act_on::<Image>(|told| {
        let number = 100 + CALLS.fetch_add(1, Relaxed);
        MAP.insert(number, &Strong::new(Image(number)));
        MAP.remove(&(number - 1));
        MAP.purge();
        assert_eq!(MAP.get(&number).unwrap().0, number);
        let is_making = told.what() == "making";
        // Refused in the midst of the making, which would wait for this.
        let same = MAP.get_or_insert_with(KEY.load(Relaxed), || Strong::new(Image(number)));
        assert!(!is_making && same.0 != 0);
    });
    let mut made = Vec::new();
    for key in 0..5 {
        KEY.store(key, Relaxed);
        let image = MAP.get_or_insert_with(key, || Strong::new(Image(1)));
        made.push(image.0);
    }
    assert_eq!(made, [1; 5]);
    for key in 10..15 {
        MAP.insert(key, &Strong::new(Image(1)));
    }
    drop(act);
    let told = messages_of::<Image>();
    let count = |what: &str| told.iter().filter(|told| *told == what).count();
    assert_eq!(["making", "made"].map(count), [5, 5]);
    assert!(count("evicted") > 0);
    // In the midst of each making, at the event that it begins and at the birth.
    let reports = reports_of::<Image>();
    assert_eq!(reports.len(), 10, "{reports:?}");
    assert!(
        reports
            .iter()
            .all(|(_, text)| text.contains("waits for itself")),
        "{reports:?}"
    );
    assert!(CALLS.load(Relaxed) >= 10);
    MAP.clear();
}
