//! What is otherwise in a later edition, in which the macros are written: a name that is a keyword there expands as any
//! other, and temporaries of a body's last expression are dropped as they are here.

#![forbid(unsafe_code)]
#![expect(non_camel_case_types, reason = "types are named as the keyword")]

use std::cell::Cell;

use weakref::{finalizer, weak, FinalizerSafe, Proxy, Strong, WeakReferenceable};

#[derive(WeakReferenceable, FinalizerSafe)]
struct Handle {
    gen: u32,
}

#[derive(FinalizerSafe)]
struct gen {
    gen: u8,
}

#[derive(FinalizerSafe, WeakReferenceable)]
enum Kind {
    gen { gen: u8 },
}

#[weakref::proxy]
trait Source {
    fn gen(&self, gen: u32) -> u32;
}

impl Source for Handle {
    fn gen(&self, gen: u32) -> u32 {
        self.gen + gen
    }
}

#[derive(WeakReferenceable)]
struct Rng(u32);

#[weakref::proxy(trait RngProxy)]
#[expect(unreachable_pub, reason = "only public methods are forwarded")]
impl Rng {
    pub fn gen(&self, gen: u32) -> u32 {
        self.0 * gen
    }
}

thread_local! {
    static ENDED: Cell<u32> = const { Cell::new(0) };
}

#[derive(WeakReferenceable)]
#[weakref(finalizer = gen)]
struct File(u32);

impl File {
    #[finalizer]
    fn gen(&self) -> impl FnOnce() {
        let gen = self.0;
        move || ENDED.set(gen)
    }
}

/// One expression: no lint is about the braces of the body.
#[finalizer]
#[deny(unused_braces)]
fn close(gen: gen) -> u32 {
    ENDED.replace(gen.gen.into())
}

#[test]
fn each_is_a_name() {
    let handle = Strong::new(Handle { gen: 3 });
    let proxy = Proxy::new(&handle);
    assert_eq!(proxy.gen(4), 7);
    let rng = Strong::new(Rng(3));
    assert_eq!(Proxy::new(&rng).gen(4), Ok(12));
    let gen = handle.clone();
    let look = weak!([gen] else 0, move || gen.gen);
    assert_eq!(look(), 3);

    let file = Strong::new(File(5));
    assert_eq!(Strong::finalizers(&file).len(), 1);
    drop(file);
    assert_eq!(ENDED.get(), 5);

    let kind = Strong::new(Kind::gen { gen: 8 });
    weakref::finalize_with(&kind, close, gen { gen: 9 });
    let Kind::gen { gen } = *kind;
    assert_eq!(gen, 8);
    drop(kind);
    assert_eq!(ENDED.get(), 9);
}

thread_local! {
    static DROPPED: Cell<&'static str> = const { Cell::new("") };
}

struct Noted(&'static str);

impl Noted {
    fn len(&self) -> usize {
        self.0.len()
    }
}

impl Drop for Noted {
    fn drop(&mut self) {
        DROPPED.set(self.0);
    }
}

#[finalizer]
fn measure(_times: u8) -> usize {
    let _first = Noted("local");
    Noted("temporary").len()
}

#[test]
fn temporaries_go_last() {
    let object = Strong::new(Handle { gen: 3 });
    let finalizer = weakref::finalize_with(&object, measure, 1);
    assert_eq!(finalizer.call(), Some(9));
    assert_eq!(DROPPED.get(), "temporary");
}
