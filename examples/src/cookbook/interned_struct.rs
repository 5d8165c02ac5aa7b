//! A type of one's own, interned: equal paths are one object, so that they are compared and hashed by address.

use std::collections::HashMap;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::LazyLock;

use weakref::{Object, Strong};
use weakref_containers::shared::Interner;

#[derive(Clone, PartialEq, Eq, Hash)]
struct Segments {
    parent: Option<Path>,
    name: Box<str>,
}

static PATHS: LazyLock<Interner<Segments>> = LazyLock::new(Interner::new);

/// A path such as `std::vec::Vec`, of which there is one object for as long as anybody has it.
#[derive(Clone)]
struct Path(Strong<Object<Segments>>);

impl Path {
    fn intern(parent: Option<Path>, name: &str) -> Self {
        let segments = Segments {
            parent,
            name: name.into(),
        };
        Self(PATHS.intern_with(&segments, |segments| Strong::new(Object(segments.clone()))))
    }

    fn root(name: &str) -> Self {
        Self::intern(None, name)
    }

    fn join(&self, name: &str) -> Self {
        Self::intern(Some(self.clone()), name)
    }
}

impl PartialEq for Path {
    fn eq(&self, other: &Self) -> bool {
        Strong::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Path {}

impl Hash for Path {
    fn hash<H: Hasher>(&self, state: &mut H) {
        Strong::id(&self.0).hash(state);
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(parent) = &self.0.parent {
            write!(f, "{parent}::")?;
        }
        f.write_str(&self.0.name)
    }
}

/// Interns a few paths, and counts how often each is used.
pub(super) fn run() {
    let mut uses: HashMap<Path, u32> = HashMap::new();
    for module in ["vec", "rc", "vec", "vec"] {
        *uses.entry(Path::root("std").join(module)).or_default() += 1;
    }
    let vec = Path::root("std").join("vec");
    println!("{vec}: {} uses", uses[&vec]);
    println!("paths: {}", PATHS.len());
    uses.retain(|path, _| *path == vec);
    println!("paths: {}", PATHS.len());
    drop((uses, vec));
    println!("paths: {}", PATHS.len());
}
