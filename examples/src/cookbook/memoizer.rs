//! Remembers results by the object they were computed from, for as long as that object lives.

use std::sync::Arc;

use weakref::{Strong, WeakReferenceable};
use weakref_containers::shared::IdentityWeakKeyMap;

/// A pure function of an object, computed once for each.
struct Memo<T: WeakReferenceable, R: 'static> {
    function: fn(&Strong<T>) -> R,
    known: IdentityWeakKeyMap<T, R>,
}

impl<T, R> Memo<T, R>
where
    T: WeakReferenceable<Slot = weakref::SyncSlot> + Send + Sync + 'static,
    R: Send + Sync,
{
    fn new(function: fn(&Strong<T>) -> R) -> Self {
        Self {
            function,
            known: IdentityWeakKeyMap::new(),
        }
    }

    /// Of several threads that ask for one object's result, one computes it.
    fn of(&self, object: &Strong<T>) -> Arc<R> {
        self.known
            .get_or_insert_with(object, || (self.function)(object))
    }
}

#[derive(WeakReferenceable)]
struct Text {
    name: &'static str,
    words: &'static str,
}

fn longest_word(text: &Strong<Text>) -> &'static str {
    println!("reading {}", text.name);
    text.words
        .split(' ')
        .max_by_key(|word| word.len())
        .unwrap_or_default()
}

/// Asks for the longest words of two texts.
pub(super) fn run() {
    let memo = Memo::new(longest_word);
    let poem = Strong::new(Text {
        name: "the poem",
        words: "roses are red violets are blue",
    });
    let note = Strong::new(Text {
        name: "the note",
        words: "buy milk",
    });
    for text in [&poem, &note, &poem, &poem] {
        println!("{}: {}", text.name, memo.of(text));
    }
    println!("known: {}", memo.known.len());
    drop(poem);
    println!("known: {}", memo.known.len());
}
