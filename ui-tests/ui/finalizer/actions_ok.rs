//! Actions that own what they need, several of them close to one that does not.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::{Arc, Mutex};

use weakref::{Finalizer, Strong, WeakRef, WeakReferenceable, finalizer};

type Log = Arc<Mutex<Vec<String>>>;

#[derive(WeakReferenceable)]
#[weakref(finalizer = cloned, finalizer = on_the_way, finalizer = branches, finalizer = shadowed)]
#[weakref(finalizer = explicit, finalizer = format, finalizer = called, finalizer = chosen)]
struct File {
    names: Vec<String>,
    log: Log,
}

impl File {
    fn longer(&self, name: &str) -> String {
        format!("{name}{}", self.names.len())
    }

    #[finalizer]
    fn cloned(&self) -> impl FnOnce() {
        let (log, name) = (Arc::clone(&self.log), self.names[0].clone());
        move || log.lock().unwrap().push(name)
    }

    #[finalizer]
    fn on_the_way(&self) -> impl FnOnce() -> usize {
        let log = self.log.clone();
        let names: Vec<_> = self.names.iter().map(|name| self.longer(name)).collect();
        let count = names
            .iter()
            .filter(|name| name.len() > self.names.len())
            .count();
        move || {
            log.lock().unwrap().extend(names);
            count
        }
    }

    #[finalizer]
    fn branches(&self) -> impl FnOnce() {
        let log = self.log.clone();
        if self.names.is_empty() {
            return Box::new(|| {}) as Box<dyn FnOnce() + Send>;
        }
        match self.names.len() {
            1 => Box::new(move || log.lock().unwrap().push("one".to_owned())),
            _ => Box::new(move || log.lock().unwrap().push("many".to_owned())),
        }
    }

    #[finalizer(at_exit = false, key = SHADOW)]
    fn shadowed(&self) -> impl FnOnce() -> u8 {
        let log = self.log.clone();
        move || {
            struct Inner(u8);
            impl Inner {
                fn get(&self) -> u8 {
                    self.0
                }
            }
            #[expect(unused_qualifications, reason = "the module's `self`")]
            let name = self::names::constant();
            log.lock().unwrap().push(name.to_owned());
            Inner(7).get()
        }
    }

    #[expect(clippy::elidable_lifetime_names, reason = "every way to write it")]
    #[finalizer]
    fn explicit<'a>(&'a self) -> impl FnOnce() -> &'static str + Send {
        || "explicit"
    }

    #[finalizer]
    fn format(&self) -> impl FnOnce() -> String {
        let this = self.names[0].clone();
        move || format!("{{self}} {this}")
    }

    #[finalizer]
    #[cfg_attr(all(), cfg(any()))]
    fn absent(&self) -> impl FnOnce() -> Missing {
        || Missing
    }

    #[finalizer]
    fn called(&self) -> impl FnOnce() -> usize {
        returning(Option::map_or(self.names.first(), 0, |name| {
            name.len() + self.names.len()
        }))
    }

    #[finalizer]
    fn chosen(&self) -> impl FnOnce() -> usize {
        Option::map_or_else(
            self.names.first(),
            || returning(self.names.len()),
            |name| returning(name.len() + self.names.len()),
        )
    }
}

fn returning(number: usize) -> impl FnOnce() -> usize {
    move || number
}

mod names {
    pub(super) fn constant() -> &'static str {
        "shadowed"
    }
}

#[derive(WeakReferenceable)]
#[weakref(local, finalizer = note)]
struct Node(Rc<RefCell<u8>>);

impl Node {
    #[finalizer]
    fn note(&self) -> impl FnOnce() {
        let notes = Rc::clone(&self.0);
        move || *notes.borrow_mut() += 1
    }
}

#[finalizer]
fn say(log: Log, what: WeakRef<File>) -> bool {
    log.lock().unwrap().push("said".to_owned());
    what.is_alive()
}

impl File {
    #[finalizer]
    fn of_the_type(log: Log, file: WeakRef<Self>, name: &'static str) {
        log.lock()
            .unwrap()
            .push(format!("{name} {}", file.is_alive()));
    }
}

#[test]
fn run_newest_first() {
    let log = Log::default();
    let file = Strong::new(File {
        names: vec!["a".to_owned()],
        log: Arc::clone(&log),
    });
    assert_eq!(
        Finalizer::of(&file, File::FORMAT).unwrap().call().unwrap(),
        "{self} a"
    );
    assert_eq!(
        Finalizer::of(&file, File::EXPLICIT).unwrap().call(),
        Some("explicit")
    );
    for key in [File::CALLED, File::CHOSEN] {
        assert_eq!(Finalizer::of(&file, key).unwrap().call(), Some(2));
    }
    assert!(!Finalizer::of(&file, File::SHADOW).unwrap().at_exit());
    assert!(Finalizer::of(&file, File::CLONED).unwrap().at_exit());
    let weak = Strong::downgrade(&file);
    weakref::finalize_with(
        &file,
        |(log, file)| File::of_the_type(log, file, "x"),
        (log.clone(), weak.clone()),
    );
    assert_eq!(
        weakref::finalize_with(&file, |(log, weak)| say(log, weak), (log.clone(), weak)).call(),
        Some(true)
    );
    drop(file);
    assert_eq!(
        *log.lock().unwrap(),
        ["said", "x false", "shadowed", "one", "a1", "a"]
    );
}

#[test]
fn may_stay_on_their_thread() {
    let notes = Rc::default();
    drop(Strong::new(Node(Rc::clone(&notes))));
    assert_eq!(*notes.borrow(), 1);
}
