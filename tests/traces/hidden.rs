//! What may own a handle and is not looked into: of the object itself, of what it owns, and of all others.

mod parts_of_containers;

use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, RwLock};
use std::thread;

#[cfg(not(miri))]
use weakref::live;
use weakref::trace::Why;
use weakref::{LocalObject, Object, Strong, WeakReferenceable};

use super::{HIDDEN, Leaf, fields, hidden_of};
#[cfg(not(miri))]
use super::{assert_table, child};

/// Without the derive.
struct Plain(Strong<Leaf>);

type Job = Box<dyn Fn() -> usize + Send + Sync>;

fn job(leaf: &Strong<Leaf>) -> Job {
    let leaf = leaf.clone();
    Box::new(move || Strong::strong_count(&leaf))
}

#[derive(WeakReferenceable)]
struct Manager {
    plain: Plain,
    boxed: Option<Box<Strong<Leaf>>>,
    job: Job,
}

#[test]
fn opaque_fields_of_other_objects_may_own_it() {
    let leaf = Strong::new(Leaf);
    let manager = |is_owner: bool| {
        Strong::new(Manager {
            plain: Plain(leaf.clone()),
            boxed: is_owner.then(|| Box::new(leaf.clone())),
            job: job(&leaf),
        })
    };
    let first = manager(false);
    let rows = [
        "    1  Manager # .plain: Plain",
        "    1  Manager # .job: Box<dyn Fn() -> usize + Send + Sync>",
    ];
    let holders = Strong::holders(&leaf);
    assert!(holders.owners().is_empty());
    assert_eq!(hidden_of(&holders, "Manager"), rows);

    // Also of an owner that is known, and of several in one.
    let second = manager(true);
    let merged = rows.map(|row| row.replace("1  Manager #", "2  Manager"));
    let holders = Strong::holders(&leaf);
    assert_eq!(fields(&holders), [("boxed", 1)]);
    assert_eq!(hidden_of(&holders, "Manager"), merged);
    let hidden = holders.hidden();
    let hidden = hidden.iter().find(|hidden| hidden.field() == Some("plain"));
    let hidden = hidden.expect("it was printed");
    assert_eq!(hidden.ids(), [&second, &first].map(Strong::id));
    assert_eq!((hidden.count(), hidden.why()), (2, Why::Type));
    assert!(hidden.type_name().ends_with("::Manager"));
    assert!(hidden.field_type_name().unwrap().ends_with("::Plain"));

    // The graph has those of the known owner.
    let graph = holders.graphviz();
    assert_eq!(graph.matches("Plain\\nnot looked into").count(), 1);
    assert_eq!(
        graph.matches("[label=\".plain\", style=dotted];").count(),
        1
    );

    assert!(first.boxed.is_none() && second.boxed.is_some());
    assert!(Strong::ptr_eq(&first.plain.0, &leaf));
    assert_eq!((first.job)(), 6);
}

#[derive(WeakReferenceable)]
struct Queue {
    waiting: Mutex<Vec<Strong<Leaf>>>,
}

#[test]
fn a_lock_that_another_object_holds_may_own_it() {
    let leaf = Strong::new(Leaf);
    let queue = Strong::new(Queue {
        waiting: Mutex::new(vec![leaf.clone()]),
    });
    let locked = queue.waiting.lock().unwrap();
    let holders = Strong::holders(&leaf);
    let row = "    1  Queue # .waiting: Vec<Strong<Leaf>>, in use";
    assert!(holders.owners().is_empty());
    assert_eq!(hidden_of(&holders, "Queue"), [row]);
    drop(locked);
    let holders = Strong::holders(&leaf);
    assert_eq!(fields(&holders), [("waiting", 1)]);
    assert!(hidden_of(&holders, "Queue").is_empty());
}

#[derive(WeakReferenceable)]
struct Document {
    on_save: Mutex<Option<Job>>,
    pages: Vec<Strong<Document>>,
}

/// An object's own fields come first, then those of what it owns.
#[test]
fn what_would_be_a_cycle_comes_first() {
    let document = |pages| {
        Strong::new(Document {
            on_save: Mutex::new(Some(Box::new(|| 3))),
            pages,
        })
    };
    let page = document(vec![]);
    let book = document(vec![page.clone()]);
    let _others = [document(vec![]), document(vec![])];
    let field = ".on_save: Mutex<Option<Box<dyn Fn() -> usize + Send + Sync>>>";
    let holders = Strong::holders(&book);
    assert_eq!(
        hidden_of(&holders, "Document"),
        [
            format!("    1  Document # {field}"),
            format!("    1  Document # {field}"),
            format!("    2  Document {field}"),
        ]
    );
    let ids: Vec<_> = holders.hidden().iter().map(|row| row.ids()[0]).collect();
    assert_eq!(ids[..2], [Strong::id(&book), Strong::id(&page)]);
    assert!(Strong::ptr_eq(&book.pages[0], &page));
}

#[derive(WeakReferenceable)]
struct Part(Job);

#[derive(WeakReferenceable)]
struct Machine {
    parts: Vec<Part>,
}

#[test]
fn an_object_counts_once_for_a_field() {
    let leaf = Strong::new(Leaf);
    let machine = Strong::new(Machine {
        parts: vec![Part(job(&leaf)), Part(job(&leaf))],
    });
    assert_eq!(
        hidden_of(&Strong::holders(&leaf), "Machine"),
        ["    1  Machine # .parts: Box<dyn Fn() -> usize + Send + Sync>"]
    );
    assert_eq!((machine.parts[1].0)(), 3);
}

#[derive(WeakReferenceable)]
struct Found {
    leaf: Mutex<Option<Strong<Leaf>>>,
    _job: Job,
}

#[test]
fn nothing_is_hidden_if_all_handles_were_found() {
    let leaf = Strong::new(Leaf);
    let weak = Strong::downgrade(&leaf);
    let found = Strong::new(Found {
        leaf: Mutex::default(),
        _job: Box::new(|| 3),
    });
    assert_eq!(hidden_of(&weak.holders(), "Found").len(), 1);
    *found.leaf.lock().unwrap() = Some(leaf);
    assert!(weak.holders().hidden().is_empty());
    assert!(!weak.holders().to_string().contains(HIDDEN));
    found.leaf.lock().unwrap().take();
    assert!(weak.holders().hidden().is_empty());
}

#[derive(WeakReferenceable)]
struct Emptied {
    list: Mutex<Vec<Job>>,
    shared: Arc<RwLock<HashMap<u32, Job>>>,
    option: Option<Plain>,
    once: OnceLock<Job>,
}

#[derive(WeakReferenceable)]
#[weakref(local)]
struct LocalEmptied {
    cell: RefCell<Option<Box<dyn Fn()>>>,
    once: OnceCell<Box<dyn Fn()>>,
}

/// Of types that are not looked into.
#[test]
fn what_has_nothing_inside_is_not_named() {
    let leaf = Strong::new(Leaf);
    let emptied = Strong::new(Emptied {
        list: Mutex::new(vec![job(&leaf)]),
        shared: Arc::default(),
        option: None,
        once: OnceLock::new(),
    });
    let local = Strong::new(LocalEmptied {
        cell: RefCell::default(),
        once: OnceCell::new(),
    });
    let job_name = "Box<dyn Fn() -> usize + Send + Sync>";
    let list = format!("    1  Emptied # .list: Mutex<Vec<{job_name}>>");
    let holders = Strong::holders(&leaf);
    assert_eq!(hidden_of(&holders, "Emptied"), [&*list]);
    assert!(hidden_of(&holders, "LocalEmptied").is_empty());

    emptied.list.lock().unwrap().clear();
    let captured = leaf.clone();
    let weak = Strong::downgrade(&leaf);
    local
        .once
        .set(Box::new(move || drop(captured.clone())))
        .ok()
        .unwrap();
    drop(leaf);
    let holders = weak.holders();
    assert!(hidden_of(&holders, "Emptied").is_empty());
    let once = "    1  LocalEmptied # .once: OnceCell<Box<dyn Fn()>>";
    assert_eq!(hidden_of(&holders, "LocalEmptied"), [once]);

    // In use, it may have something.
    let locked = emptied.list.lock().unwrap();
    let borrowed = local.cell.borrow_mut();
    let holders = weak.holders();
    assert_eq!(hidden_of(&holders, "Emptied"), [&*list]);
    assert_eq!(hidden_of(&holders, "LocalEmptied").len(), 2);
    assert!(locked.is_empty() && borrowed.is_none() && emptied.option.is_none());
    assert!(emptied.once.get().is_none() && emptied.shared.read().unwrap().is_empty());
}

#[derive(Clone, Copy)]
struct Copied(u32);

#[derive(WeakReferenceable)]
struct Data<T> {
    copied: Copied,
    value: T,
    text: Mutex<String>,
}

#[test]
fn what_owns_no_handle_is_not_named() {
    let leaf = Strong::new(Leaf);
    let data = Strong::new(Data {
        copied: Copied(3),
        value: vec![Some("text")],
        text: Mutex::default(),
    });
    let opaque = Strong::new(Data {
        copied: Copied(3),
        value: Plain(leaf.clone()),
        text: Mutex::default(),
    });
    let object = Strong::new(Object(String::from("text")));
    let locked = data.text.lock().unwrap();
    let holders = Strong::holders(&leaf);
    let rows = hidden_of(&holders, "Data<Plain>");
    assert_eq!(rows, ["    1  Data<Plain> # .value: Plain"]);
    for name in ["Data<Vec<Option<&str>>>", "Object<String>"] {
        assert!(hidden_of(&holders, name).is_empty(), "{holders}");
    }
    assert_eq!(data.copied.0 + opaque.copied.0, 6);
    assert_eq!((data.value.len(), object.len(), locked.len()), (1, 4, 0));
    assert!(opaque.text.lock().unwrap().is_empty());
    drop(opaque.value.0.clone());
}

#[derive(WeakReferenceable)]
#[weakref(local)]
struct Confined {
    job: RefCell<Option<Box<dyn Fn()>>>,
}

/// Handles that may not leave their thread are in no object of another; those that may are.
#[test]
fn objects_of_other_threads_may_own_what_they_can_have() {
    let confined = || {
        Strong::new(Confined {
            job: RefCell::new(Some(Box::new(|| ()))),
        })
    };
    let leaf = Strong::new(Leaf);
    let here = confined();
    let text = Strong::new(LocalObject(String::from("text")));
    let row = ["    1  Confined # .job: RefCell<Option<Box<dyn Fn()>>>"];
    thread::scope(|scope| {
        let there = scope.spawn(|| {
            let there = confined();
            assert_eq!(hidden_of(&Strong::holders(&there), "Confined"), row);
            assert_eq!(
                hidden_of(&Strong::holders(&leaf), "Confined"),
                [row[0], "    1  Confined #, of another thread"]
            );
            assert!(hidden_of(&Strong::holders(&leaf), "LocalObject<String>").is_empty());
            assert!(there.job.borrow().is_some());
        });
        there.join().unwrap();
    });
    assert_eq!(hidden_of(&Strong::holders(&here), "Confined"), row);
    assert_eq!(text.len(), 4);
}

#[cfg(not(miri))]
#[derive(WeakReferenceable)]
struct Kind<const N: usize>(Mutex<Option<Job>>);

/// One object each of 23 types.
#[cfg(not(miri))]
fn kinds() -> Vec<Arc<dyn Send + Sync>> {
    macro_rules! kinds {
        ($($number:literal)*) => {
            vec![$(Arc::new(Strong::new(Kind::<$number>(Mutex::new(Some(Box::new(|| 3))))))),*]
        };
    }
    kinds!(0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22)
}

#[cfg(not(miri))]
#[test]
fn the_list_is_bounded() {
    let test = child::test_path!(the_list_is_bounded);
    let outcome = child::run(test, "bounded", || {
        let _kinds = kinds();
        let leaf = Strong::new(Leaf);
        let mut rows = vec![
            String::from("Leaf #, made at ‹let leaf = Strong::new(Leaf);›, is held by 1 handle:"),
            String::from("    1  made      ‹let leaf = Strong::new(Leaf);›"),
            String::from(HIDDEN),
        ];
        let field = ".0: Mutex<Option<Box<dyn Fn() -> usize + Send + Sync>>>";
        rows.extend((3..23).rev().map(|n| format!("    1  Kind<{n}> # {field}")));
        rows.push(String::from("       and 3 more"));
        let holders = Strong::holders(&leaf);
        let table = super::normalized(&holders.to_string());
        assert_eq!(table.lines().collect::<Vec<_>>(), rows);
        assert_eq!(holders.hidden().len(), 23);
    });
    if let Some(outcome) = outcome {
        outcome.succeeded();
    }
}

#[cfg(not(miri))]
#[derive(WeakReferenceable)]
struct Timer(Job);

#[cfg(not(miri))]
#[derive(WeakReferenceable)]
struct Lost;

/// Once for all, not once for each.
#[cfg(not(miri))]
#[test]
fn the_report_at_exit_says_it_once() {
    let test = child::test_path!(the_report_at_exit_says_it_once);
    let Some(outcome) = child::run(test, "exit", || {
        weakref::trace::report_at_exit();
        for _ in 0..2 {
            let lost = Strong::new(Lost);
            std::mem::forget(Strong::new(Timer(Box::new(move || {
                Strong::strong_count(&lost)
            }))));
        }
        assert_eq!((live::<Timer>()[0].count(), live::<Lost>().len()), (1, 2));
    }) else {
        return;
    };
    let stderr = outcome.text();
    let report = stderr.find("weakref: alive at exit").expect("it is told");
    let made = "‹std::mem::forget(Strong::new(Timer(Box::new(move || {›";
    let timer = [
        &format!("Timer #, made at {made}, is held by 1 handle:"),
        &format!("    1  made      {made}"),
    ];
    let made = "‹let lost = Strong::new(Lost);›";
    let lost = [
        &format!("Lost #, made at {made}, is held by 1 handle:"),
        &format!("    1  made      {made}"),
    ];
    let once = [timer, lost].concat();
    let mut rows = vec!["weakref: alive at exit: 4 objects"];
    rows.extend(once.iter().chain(&once).map(|row| row.as_str()));
    rows.push(HIDDEN);
    rows.push("    2  Timer .0: Box<dyn Fn() -> usize + Send + Sync>");
    assert_table(&&stderr[report..], &rows);
}

/// Of types that own nothing, or that say so.
mod owning_nothing {
    use std::cell::Cell;
    use std::sync::mpsc::{Receiver, Sender, channel};

    use weakref::trace::Hidden;
    use weakref::{AssertFinalizerSafe, FinalizerSafe, WeakRef};
    use weakref_containers::{
        IdentityWeakSet, WeakKeyMap, WeakList, WeakPairMap, WeakSet, WeakValueBTreeMap,
        WeakValueMap, shared,
    };

    use super::*;

    /// Says that it owns nothing.
    #[derive(FinalizerSafe)]
    struct Said(#[expect(dead_code, reason = "is not looked at")] WeakRef<Text>);

    #[derive(WeakReferenceable, PartialEq, Eq, Hash)]
    pub(super) struct Text(u32);

    #[derive(WeakReferenceable, Default)]
    #[weakref(local)]
    struct Watching {
        weak: Cell<WeakRef<Text>>,
        maybe: Cell<Option<WeakRef<Text>>>,
        list: WeakList<Text>,
        set: WeakSet<Text>,
        by_identity: IdentityWeakSet<Text>,
        values: WeakValueMap<String, Text>,
        ordered: WeakValueBTreeMap<u32, Text>,
        keys: WeakKeyMap<Text, u32>,
        pairs: WeakPairMap<Text, Text>,
        locked: Mutex<WeakList<Text>>,
        within: Vec<RefCell<WeakValueMap<u8, Text>>>,
        shared: shared::WeakSet<Text>,
        shared_keys: shared::WeakKeyMap<Text, String>,
        shared_pairs: shared::WeakPairMap<Text, Text>,
        said: Option<Vec<Said>>,
        sender: Option<Sender<u8>>,
        receiver: Option<Receiver<WeakRef<Text>>>,
    }

    #[derive(WeakReferenceable, Default)]
    #[weakref(local)]
    struct Owning {
        values: WeakValueMap<Vec<Strong<Text>>, Text>,
        keys: WeakKeyMap<Text, Strong<Text>>,
        sender: Option<Sender<Strong<Text>>>,
        tiered: Option<shared::WeakValueMap<u8, Text>>,
        interner: Mutex<Option<shared::Interner<str>>>,
        asserted: Option<AssertFinalizerSafe<Job>>,
    }

    #[test]
    fn weak_containers_and_cells_of_plain_data_are_left_out() {
        let text = Strong::new(Text(1));
        let mut watching = Watching::default();
        watching.weak.set(Strong::downgrade(&text));
        watching.list.push(&text);
        watching.values.insert("text".into(), &text);
        watching.said = Some(vec![Said(Strong::downgrade(&text))]);
        let ((sender, _receiver), (_sender, receiver)) = (channel(), channel());
        (watching.sender, watching.receiver) = (Some(sender), Some(receiver));
        let watching = Strong::new(watching);
        let holders = Strong::holders(&text);
        assert!(hidden_of(&holders, "Watching").is_empty(), "{holders}");
        drop(watching);
    }

    #[test]
    fn what_may_own_a_handle_is_not() {
        let leaf = Strong::new(Leaf);
        let (sender, _receiver) = channel();
        let tier = shared::StrongTier::entries(2);
        let owning = Strong::new(Owning {
            sender: Some(sender),
            tiered: Some(shared::WeakValueMap::with_strong_tier(tier)),
            interner: Mutex::new(Some(shared::Interner::with_strong_tier(
                shared::StrongTier::entries(2),
            ))),
            asserted: Some(AssertFinalizerSafe(job(&leaf))),
            ..Owning::default()
        });
        let names = || {
            let rows = Strong::holders(&leaf).hidden();
            let rows = rows
                .iter()
                .filter(|row| row.type_name().ends_with("::Owning"));
            let mut names: Vec<_> = rows.filter_map(Hidden::field).collect();
            names.sort_unstable();
            names
        };
        // A tier in which nothing is keeps nothing alive.
        assert_eq!(names(), ["asserted", "keys", "sender", "values"]);
        let map = owning.tiered.as_ref().expect("it was made");
        map.insert(1, &Strong::new(Text(1)));
        let all = ["asserted", "keys", "sender", "tiered", "values"];
        assert_eq!(names(), all);
        if let Some(interner) = &*owning.interner.lock().unwrap() {
            interner.intern("rose");
        }
        map.clear_strong_tier();
        let all = ["asserted", "interner", "keys", "sender", "values"];
        assert_eq!(names(), all);
    }
}
