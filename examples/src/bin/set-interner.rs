//! An interner on a set: equal names become one object, so that they are compared by their address,
//! and a name that nobody uses any more is forgotten by itself.
//!
//! `cargo run -p weakref-examples --bin set-interner`

use std::borrow::Borrow;
use std::fmt;

use weakref::{Strong, WeakReferenceable};
use weakref_containers::WeakSet;

#[derive(WeakReferenceable, PartialEq, Eq, Hash)]
#[weakref(local)]
struct Name(Box<str>);

impl Borrow<str> for Name {
    fn borrow(&self) -> &str {
        &self.0
    }
}

/// An interned name: equal to another exactly when it is the same object.
#[derive(Clone)]
struct Symbol(Strong<Name>);

impl PartialEq for Symbol {
    fn eq(&self, other: &Self) -> bool {
        Strong::ptr_eq(&self.0, &other.0)
    }
}

impl fmt::Display for Symbol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.0)
    }
}

#[derive(Default)]
struct Interner {
    names: WeakSet<Name>,
    made: usize,
}

impl Interner {
    /// The symbol of a name. A name that is there is found by the borrowed text: no allocation.
    fn intern(&mut self, name: &str) -> Symbol {
        Symbol(self.names.get_or_insert_with(name, |name| {
            self.made += 1;
            Strong::new(Name(name.into()))
        }))
    }
}

fn main() {
    const SOURCE: &str = "let x = y + x in x * y + z";

    let mut interner = Interner::default();
    let words = SOURCE.split(' ');
    let symbols: Vec<Symbol> = words.map(|word| interner.intern(word)).collect();
    println!("{} words, {} names", symbols.len(), interner.names.len());
    assert_eq!((interner.made, interner.names.len()), (8, 8));

    let x = interner.intern("x");
    let uses = symbols.iter().filter(|symbol| **symbol == x).count();
    println!("{x} is used {uses} times");
    assert!(x != interner.intern("y"));

    drop(symbols);
    println!("{} name left: {x}", interner.names.len());
    assert!(interner.names.contains("x") && !interner.names.contains("y"));

    assert!(interner.intern("x") == x);
    assert_eq!(interner.made, 8, "it is still the first one");
    drop(x);
    assert!(interner.names.is_empty());
    println!("made {}, kept {}", interner.made, interner.names.len());
}
