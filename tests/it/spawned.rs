//! Futures that keep handles and containers across an `.await` may be spawned on other threads: what the compiler knows of
//! a task's own variables there has no lifetimes, so that no implementation of `Send` may ask for one.

use std::future::{Future, ready};

use weakref::watch::Graveyard;
use weakref::{
    CallbackRef, Finalizer, Object, Proxy, Strong, SyncSlot, ValueRef, WeakCell, WeakMethod,
    WeakRef, WeakReferenceable,
};
use weakref_containers::{WeakKeyMap, WeakList, WeakSet, WeakValueMap, shared};

trait Listener: WeakReferenceable<Slot = SyncSlot> + Send + Sync {
    #[expect(dead_code, reason = "makes it a trait as others are")]
    fn hear(&self) -> u32;
}

#[derive(WeakReferenceable)]
struct Page(u32);

impl Listener for Page {
    fn hear(&self) -> u32 {
        self.0
    }
}

/// With a type parameter.
#[derive(WeakReferenceable, Debug, PartialEq, Eq, Hash)]
struct Named<T>(T);

type Word = Object<&'static str>;
type Hook = Object<dyn Fn(&str) + Send + Sync>;

/// Keeps what it is given across an `.await`.
async fn keep<T>(value: T) -> T {
    ready(()).await;
    value
}

fn is_send<F: Future + Send>(_: F) {}

macro_rules! kept {
    ($($name:ident: $type:ty,)*) => {$(
        #[test]
        fn $name() {
            // Never run: the compiler's word is the test.
            let _ = || {
                is_send(async {
                    let value: $type = unreachable();
                    ready(()).await;
                    unreachable::<fn($type)>()(value);
                });
                is_send(keep(unreachable::<$type>()));
            };
        }
    )*};
}

fn unreachable<T>() -> T {
    unreachable!()
}

kept! {
    strong_dyn: Strong<dyn Listener>,
    strong_text: Strong<Word>,
    strong_of_parameters: Strong<Named<&'static str>>,
    strong_closure: Strong<Hook>,
    weak_dyn: WeakRef<dyn Listener>,
    weak_text: WeakRef<Word>,
    callback_dyn: CallbackRef<dyn Listener>,
    callback_text: CallbackRef<Word>,
    finalizer_dyn: Finalizer<dyn Listener>,
    proxy_dyn: Proxy<dyn Listener>,
    method: WeakMethod<Page, fn(&Page)>,
    value_ref: ValueRef<Word>,
    cell: WeakCell<Word>,
    graveyard: Graveyard<SyncSlot>,
    list_dyn: WeakList<dyn Listener>,
    list_locked: std::sync::Mutex<WeakList<dyn Listener>>,
    set: WeakSet<Named<&'static str>>,
    value_map: WeakValueMap<&'static str, dyn Listener>,
    key_map: WeakKeyMap<Named<&'static str>, &'static str>,
    shared_value_map: shared::WeakValueMap<&'static str, Page>,
    shared_value_map_dyn: shared::WeakValueMap<u32, dyn Listener>,
    shared_value_map_borrowed: &'static shared::WeakValueMap<&'static str, Page>,
    shared_value_map_of_cow: shared::WeakValueMap<std::borrow::Cow<'static, str>, Page>,
    shared_key_map: shared::WeakKeyMap<Named<&'static str>, &'static str>,
    shared_set: shared::WeakSet<Named<&'static str>>,
    shared_pair_map: shared::WeakPairMap<Named<&'static str>, dyn Listener>,
    interner: shared::Interner<str>,
    interner_of_parameters: shared::Interner<Named<&'static str>>,
}

#[test]
fn asynchronous_calls() {
    static PAGES: std::sync::LazyLock<shared::WeakValueMap<&'static str, Page>> =
        std::sync::LazyLock::new(shared::WeakValueMap::new);
    let _ = || {
        is_send(async {
            let page = PAGES
                .get_or_insert_with_async("k", || async {
                    ready(()).await;
                    Strong::new(Page(1))
                })
                .await;
            ready(()).await;
            drop(page);
        });
    };
}
