//! The order of deaths inside deaths: the same at every depth, however little of the stack is left.

use std::cell::RefCell;
use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::{Arc, Mutex};

use weakref::{LocalSlot, Strong, SyncSlot, WeakRef, WeakReferenceable, finalize};

/// What one value puts into its object: little, or more than stands beside the counts.
trait Body: Default + 'static {}
impl Body for () {}
impl Body for [u64; 20] {}

/// What happened, in its order.
#[derive(Clone, Default)]
struct Log(Rc<RefCell<Vec<String>>>);

// SAFETY: each test uses its log on one thread.
unsafe impl Send for Log {}
// SAFETY: as above.
unsafe impl Sync for Log {}

impl Log {
    fn note(&self, text: String) {
        self.0.borrow_mut().push(text);
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.borrow_mut())
    }
}

macro_rules! flavour {
    ($flavour:ident, $slot:ty) => {
        mod $flavour {
            use super::*;

            /// Notes its drop, and then drops what it owns, in order.
            pub(super) struct Node<B: Body> {
                name: Option<&'static str>,
                log: Log,
                owned: Vec<Strong<Node<B>>>,
                _body: B,
            }

            impl<B: Body> WeakReferenceable for Node<B> {
                type Slot = $slot;
            }

            impl<B: Body> Drop for Node<B> {
                fn drop(&mut self) {
                    if let Some(name) = self.name {
                        self.log.note(format!("drop {name}"));
                    }
                    self.owned.drain(..).for_each(drop);
                }
            }

            pub(super) fn named<B: Body>(
                log: &Log,
                name: &'static str,
                owned: Vec<Strong<Node<B>>>,
            ) -> Strong<Node<B>> {
                let node = Strong::new(Node {
                    name: Some(name),
                    log: log.clone(),
                    owned,
                    _body: B::default(),
                });
                for callback in ["first", "second"] {
                    let log = log.clone();
                    WeakRef::with_callback(&node, move |_| {
                        log.note(format!("{callback} of {name}"))
                    })
                    .forget();
                }
                node
            }

            /// `inner` under so many objects that note nothing.
            pub(super) fn below<B: Body>(
                depth: usize,
                log: &Log,
                inner: Strong<Node<B>>,
            ) -> Strong<Node<B>> {
                (0..depth).fold(inner, |inner, _| {
                    Strong::new(Node {
                        name: None,
                        log: log.clone(),
                        owned: vec![inner],
                        _body: B::default(),
                    })
                })
            }

            fn family<B: Body>(log: &Log) -> Strong<Node<B>> {
                let leaf = named(log, "leaf", vec![]);
                let [a, c] = ["a", "c"].map(|name| named(log, name, vec![]));
                let b = named(log, "b", vec![leaf]);
                named(log, "parent", vec![a, b, c])
            }

            fn at_every_depth<B: Body>() {
                let log = Log::default();
                drop(family::<B>(&log));
                let expected = log.take();
                let expected: Vec<_> = expected.iter().map(String::as_str).collect();
                assert_eq!(
                    expected,
                    [
                        "drop parent",
                        "drop a",
                        "second of a",
                        "first of a",
                        "drop b",
                        "drop leaf",
                        "second of leaf",
                        "first of leaf",
                        "second of b",
                        "first of b",
                        "drop c",
                        "second of c",
                        "first of c",
                        "second of parent",
                        "first of parent",
                    ]
                );
                let mut depths: Vec<_> = (0..300).collect();
                if cfg!(miri) {
                    depths = vec![0, 1, 125, 126, 127, 128, 129];
                } else {
                    depths.extend([1_000, 100_000]);
                }
                for depth in depths {
                    drop(below(depth, &log, family::<B>(&log)));
                    assert_eq!(log.take(), expected, "below {depth} objects");
                }
            }

            /// A callback that drops the next object, whose callback drops the next, and so on: callbacks nest too.
            fn through_callbacks<B: Body>() {
                let length = if cfg!(miri) { 300 } else { 50_000 };
                let log = Log::default();
                let mut next: Option<Strong<Node<B>>> = None;
                for _ in 0..length {
                    let owner = below(
                        0,
                        &log,
                        Strong::new(Node {
                            name: None,
                            log: log.clone(),
                            owned: vec![],
                            _body: B::default(),
                        }),
                    );
                    let (inner, log) = (OnThread(next.take()), log.clone());
                    WeakRef::with_callback(&owner, move |_| {
                        drop(inner);
                        log.note("dropped".into());
                    })
                    .forget();
                    next = Some(owner);
                }
                drop(next);
                assert_eq!(log.take().len(), length);
            }

            /// Whatever it holds stays on the test's thread.
            struct OnThread<T>(T);
            // SAFETY: each test is one thread.
            unsafe impl<T> Send for OnThread<T> {}

            /// One of a chain.
            struct Link<B: Body> {
                number: usize,
                dropped: Arc<Mutex<Vec<usize>>>,
                next: Option<OnThread<Strong<Link<B>>>>,
                _body: B,
            }
            impl<B: Body> WeakReferenceable for Link<B> {
                type Slot = $slot;
            }
            impl<B: Body> Drop for Link<B> {
                fn drop(&mut self) {
                    self.dropped.lock().unwrap().push(self.number);
                    drop(self.next.take());
                }
            }

            /// The values from head to tail, the callbacks from tail to head.
            fn chain<B: Body>() {
                let length: usize = match () {
                    () if cfg!(miri) => 400,
                    // Its drop takes no longer, its making does.
                    () if cfg!(debug_assertions) => 200_000,
                    () => 1_000_000,
                };
                let dropped = Arc::new(Mutex::new(Vec::with_capacity(length)));
                let called = Arc::new(Mutex::new(Vec::with_capacity(length)));
                let mut next = None;
                for number in (0..length).rev() {
                    let link = Strong::new(Link {
                        number,
                        dropped: Arc::clone(&dropped),
                        next: next.take().map(OnThread),
                        _body: B::default(),
                    });
                    let called = Arc::clone(&called);
                    WeakRef::with_callback(&link, move |_| called.lock().unwrap().push(number))
                        .forget();
                    next = Some(link);
                }
                drop(next);
                assert!(dropped.lock().unwrap().iter().copied().eq(0..length));
                assert!(called.lock().unwrap().iter().copied().eq((0..length).rev()));
            }

            #[test]
            fn is_the_same_at_every_depth() {
                at_every_depth::<()>();
                at_every_depth::<[u64; 20]>();
            }

            #[test]
            fn callbacks_in_callbacks_need_no_stack() {
                through_callbacks::<()>();
                through_callbacks::<[u64; 20]>();
            }

            #[test]
            fn a_chain_with_a_callback_each_needs_no_stack() {
                let thread = std::thread::Builder::new().stack_size(2 << 20);
                let chains = thread.spawn(|| {
                    chain::<()>();
                    if !cfg!(miri) {
                        chain::<[u64; 20]>();
                    }
                });
                chains.expect("a thread").join().unwrap();
            }
        }
    };
}

flavour!(local, LocalSlot);
flavour!(sync, SyncSlot);

/// A directory that is removed after what is in it.
struct Folder {
    path: PathBuf,
    inner: Option<Strong<Folder>>,
}

impl WeakReferenceable for Folder {
    type Slot = SyncSlot;
}

fn folder(path: &Path, depth: usize) -> Strong<Folder> {
    fs::create_dir(path).unwrap();
    let folder = Strong::new(Folder {
        path: path.to_owned(),
        inner: (depth > 0).then(|| folder(&path.join("d"), depth - 1)),
    });
    finalize(&folder, |folder| {
        let path = folder.path.clone();
        assert!(
            folder
                .inner
                .as_ref()
                .is_none_or(|inner| inner.path.starts_with(&path))
        );
        move || fs::remove_dir(path).expect("it is empty")
    });
    folder
}

#[test]
#[cfg_attr(miri, ignore = "makes many directories")]
fn directories_are_removed_from_inside_out() {
    let path = std::env::temp_dir().join(format!("weakref-order-{}", std::process::id()));
    drop(folder(&path, 1_000));
    assert!(!path.exists());
}

/// What a level of the stack takes: the deepest that deaths nest, of objects that do nothing but own the next.
#[test]
fn deaths_nest_as_long_as_there_is_room() {
    thread_local! {
        static DEPTH: std::cell::Cell<(usize, usize)> = const { std::cell::Cell::new((0, 0)) };
    }
    struct Link(Option<Strong<Link>>);
    impl WeakReferenceable for Link {
        type Slot = LocalSlot;
    }
    impl Drop for Link {
        fn drop(&mut self) {
            DEPTH.set((DEPTH.get().0 + 1, DEPTH.get().1.max(DEPTH.get().0 + 1)));
            drop(self.0.take());
            DEPTH.set((DEPTH.get().0 - 1, DEPTH.get().1));
        }
    }
    let mut chain = None;
    for _ in 0..if cfg!(miri) { 400 } else { 20_000 } {
        chain = Some(Strong::new(Link(chain)));
    }
    drop(chain);
    let (now, deepest) = DEPTH.get();
    eprintln!("deaths nest {deepest} deep");
    assert_eq!(now, 0);
    assert!(
        (8..10_000).contains(&deepest),
        "a stack of 256 KiB and no more: {deepest}"
    );
}
