//! Finalizers.

use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::OnceLock;

use weakref::{Finalizer, Object, Strong, WeakReferenceable, finalize_with, finalizer};

use super::ExpensiveObject;

fn object() -> Strong<ExpensiveObject> {
    Strong::new(ExpensiveObject { name: "obj" })
}

fn on_finalize(argument: &'static str) {
    println!("on_finalize({argument:?})");
}

pub(super) fn finalize() {
    let obj = object();
    finalize_with(&obj, on_finalize, "extra argument");
    drop(obj);
}

/// What still lives when the process exits.
static GLOBAL: OnceLock<Strong<ExpensiveObject>> = OnceLock::new();

fn exit_with(at_exit: bool) {
    let obj = GLOBAL.get_or_init(object);
    let f = finalize_with(obj, on_finalize, "extra argument");
    f.set_at_exit(at_exit);
    println!("leaving");
}

pub(super) fn at_exit() {
    exit_with(true);
}

pub(super) fn not_at_exit() {
    exit_with(false);
}

pub(super) fn kenny() {
    let kenny = Strong::new(Object("Kenny"));
    let f = finalize_with(&kenny, |text| println!("{text}"), "You killed Kenny!");
    println!("{f:?}");
    drop(kenny);
    println!("{f:?}");
}

fn callback((x, y, z): (u32, u32, u32)) -> u32 {
    println!("CALLBACK");
    x + y + z
}

pub(super) fn calls() {
    let obj = Strong::new(Object("obj"));
    let f = finalize_with(&obj, callback, (1, 2, 3));
    println!("alive: {}", f.is_alive());
    println!("f(): {:?}", f.call());
    println!("alive: {}", f.is_alive());
    println!("f(): {:?}", f.call());
    drop(obj);

    let obj = Strong::new(Object("obj"));
    let f = finalize_with(&obj, callback, (1, 2, 3));
    println!("peek() is obj: {:?}", f.peek().map(|peeked| peeked == obj));
    let (same, action) = f.detach().expect("it is alive");
    println!("alive: {}", f.is_alive());
    println!("detach()[0] is obj: {}", Strong::ptr_eq(&same, &obj));
    println!("func(*args): {}", action.run());
    drop((same, obj));
    println!("nothing was called");
}

/// Of the original's two classes, the one with the finalizer.
#[derive(WeakReferenceable)]
#[weakref(finalizer = rmtree)]
struct TempDir {
    path: PathBuf,
}

impl TempDir {
    fn new(name: &str) -> io::Result<Strong<Self>> {
        let path = std::env::temp_dir().join(format!("weakref-{name}-{}", std::process::id()));
        fs::create_dir(&path)?;
        Ok(Strong::new(Self { path }))
    }

    #[finalizer]
    fn rmtree(&self) -> impl FnOnce() -> io::Result<()> {
        let path = self.path.clone();
        move || {
            let result = fs::remove_dir_all(&path);
            println!("removed: {}", !path.exists());
            result
        }
    }

    fn remove(this: &Strong<Self>) {
        let result = Finalizer::of(this, Self::RMTREE).and_then(|finalizer| finalizer.call());
        println!("remove(): {result:?}");
    }

    fn is_removed(this: &Strong<Self>) -> bool {
        Finalizer::of(this, Self::RMTREE).is_none()
    }
}

static KEPT: OnceLock<Strong<TempDir>> = OnceLock::new();

pub(super) fn temporary_directories() {
    let dropped = TempDir::new("dropped").expect("the temporary directory can be written");
    println!("del");
    drop(dropped);

    let called = TempDir::new("called").expect("the temporary directory can be written");
    TempDir::remove(&called);
    println!("removed: {}", TempDir::is_removed(&called));
    TempDir::remove(&called);

    let left = TempDir::new("left").expect("the temporary directory can be written");
    KEPT.get_or_init(|| left);
    println!("exit");
}
