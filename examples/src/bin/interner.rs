//! An interner: equal names are one object, so that they take memory once and compare by address.
//! A name that nobody uses any more is freed, which a table of strong handles would never do.
//!
//! Here the lines of a text are read one after the other, and the words of the last two are kept.
//!
//! `cargo run -p weakref-examples --bin interner`

use std::borrow::Borrow;
use std::cell::RefCell;
use std::collections::VecDeque;

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

/// One handle of a name; two of equal text are handles of one object.
#[derive(Clone)]
struct Symbol(Strong<Name>);

impl PartialEq for Symbol {
    fn eq(&self, other: &Self) -> bool {
        Strong::ptr_eq(&self.0, &other.0)
    }
}

#[derive(Default)]
struct Interner {
    names: RefCell<WeakSet<Name>>,
}

impl Interner {
    fn intern(&self, text: &str) -> Symbol {
        let mut names = self.names.borrow_mut();
        Symbol(names.get_or_insert_with(text, |text| Strong::new(Name(text.into()))))
    }

    fn len(&self) -> usize {
        self.names.borrow().len()
    }
}

const TEXT: [&str; 4] = [
    "the quick brown fox jumps over the lazy dog",
    "the dog sleeps on and the fox runs on",
    "no fox no dog no cry",
    "the end",
];

fn main() {
    let interner = Interner::default();
    let mut window: VecDeque<Vec<Symbol>> = VecDeque::new();
    for line in TEXT {
        window.push_back(line.split(' ').map(|word| interner.intern(word)).collect());
        if window.len() > 2 {
            window.pop_front();
        }
        let words = window.iter().flatten().count();
        println!("{words:<2} words, {:<2} names: {line}", interner.len());
    }

    let fox = interner.intern("fox");
    let foxes = window.iter().flatten().filter(|word| **word == fox).count();
    println!(
        "fox is there {foxes} time, as one object with {} handles",
        Strong::strong_count(&fox.0)
    );
    assert_eq!((foxes, Strong::strong_count(&fox.0)), (1, 2));

    drop(window);
    println!("{} name left: {}", interner.len(), fox.0.0);
    assert_eq!(interner.len(), 1);
    drop(fox);
    println!("{} names left", interner.len());
    assert_eq!(interner.len(), 0);
}
