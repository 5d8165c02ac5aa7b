//! Interning. `internment` and `arc-interner` hash with `ahash`, `intern-arc` with std's function, and ours with either.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::hint::black_box;

use weakref::{Object, Strong};
use weakref_containers::shared::Interner;

use super::together;
use crate::measure::{Timed, show};

/// One object per text.
pub(super) trait Interning: Sync + 'static {
    type Handle: Send + Sync;
    fn new() -> Self;
    fn intern(&self, text: &str) -> Self::Handle;
}

pub(super) struct OurInterner<S>(Interner<str, S>);

impl<S: BuildHasher + Default + Send + Sync + 'static> Interning for OurInterner<S> {
    type Handle = Strong<Object<str>>;
    fn new() -> Self {
        Self(Interner::with_hasher(S::default()))
    }
    fn intern(&self, text: &str) -> Self::Handle {
        self.0.intern(text)
    }
}

pub(super) struct Internment;

impl Interning for Internment {
    type Handle = internment::ArcIntern<str>;
    fn new() -> Self {
        Self
    }
    fn intern(&self, text: &str) -> Self::Handle {
        internment::ArcIntern::from(text)
    }
}

pub(super) struct ArcInterner;

impl Interning for ArcInterner {
    type Handle = arc_interner::ArcIntern<String>;
    fn new() -> Self {
        Self
    }
    fn intern(&self, text: &str) -> Self::Handle {
        arc_interner::ArcIntern::new(text.to_owned())
    }
}

pub(super) struct InternArc(intern_arc::HashInterner<str>);

impl Interning for InternArc {
    type Handle = intern_arc::InternedHash<str>;
    fn new() -> Self {
        Self(intern_arc::HashInterner::new())
    }
    fn intern(&self, text: &str) -> Self::Handle {
        self.0.intern_ref(text)
    }
}

/// Interns texts that somebody holds, or fresh ones, and drops what it gets.
pub(super) fn intern<I: Interning>(length: usize, threads: usize, fresh: bool) -> Timed {
    let interner = I::new();
    let salt = RandomState::new().hash_one(0);
    let texts: Vec<Vec<String>> = (0..threads)
        .map(|thread| {
            let text = |number: usize| {
                let number = format!("{salt:x}-{thread}-{number}-");
                number.clone() + &"x".repeat(length - number.len().min(length))
            };
            (0..1024).map(text).collect()
        })
        .collect();
    let all = if fresh { &[][..] } else { &texts[..] };
    let kept: Vec<_> = all
        .iter()
        .flatten()
        .map(|text| interner.intern(text))
        .collect();
    Box::new(move |iterations| {
        let elapsed = together(threads, |thread| {
            for text in texts[thread]
                .iter()
                .cycle()
                .take(usize::try_from(iterations).unwrap_or(usize::MAX))
            {
                black_box(&interner.intern(text));
            }
        });
        show(&kept);
        elapsed
    })
}
