//! What no look sees: fields in which handles may be that were found in no object.

use core::any::type_name;
use std::borrow::Cow;
use std::cell::{Cell, OnceCell, RefCell};
use std::collections::{
    BTreeMap, BTreeSet, BinaryHeap, HashMap, HashSet, LinkedList, VecDeque, hash_map::Entry,
};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::{Arc, Mutex, OnceLock, RwLock};

use super::owners::{Graph, Object};
use super::visit::Why;
use crate::id::ObjectId;
use crate::object::{LocalObject, Object as AnyObject};
use crate::plain::with_plain_types;

/// A field that was not looked into, of one object or of several of a type: handles may be in there.
///
/// See [`Holders::hidden`](super::Holders::hidden).
#[derive(Clone, Debug)]
pub struct Hidden {
    pub(super) place: Place,
    /// Newest first.
    pub(super) objects: Vec<Object>,
    ids: Vec<ObjectId>,
}

impl Hidden {
    /// The name of the type of the objects, when they were made; of the parts of a shared container, that of the container.
    pub fn type_name(&self) -> &'static str {
        self.objects[0].type_name
    }

    /// The name of the field, without the dot that tables show, of a tuple its number; `None` if no field of the objects
    /// was looked into.
    pub fn field(&self) -> Option<&'static str> {
        Some(self.place.field).filter(|field| !field.is_empty())
    }

    /// The name of the type of what was not looked into: the field's, or that of something in it. `None` if no field was
    /// looked into.
    pub fn field_type_name(&self) -> Option<&'static str> {
        self.field().and(Some(self.place.type_name))
    }

    /// Why it was not.
    pub fn why(&self) -> Why {
        self.place.why
    }

    /// How many objects have such a field.
    pub fn count(&self) -> usize {
        self.objects.len()
    }

    /// The identities of these objects, newest first.
    pub fn ids(&self) -> &[ObjectId] {
        &self.ids
    }
}

/// A field of one object, or all of it, without a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Place {
    pub(super) object: usize,
    pub(super) field: &'static str,
    pub(super) type_name: &'static str,
    pub(super) why: Why,
}

/// Whose field it is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Whose {
    Its,
    /// Of something that it owns.
    Below,
    Others,
}

impl Graph {
    /// What was not looked into, merged by type and field: where a handle of `object` may be, or of any. What would make it
    /// a cycle comes first, and then the newest.
    pub(super) fn hidden(&self, object: Option<usize>) -> Vec<Hidden> {
        let below = object.map_or_else(Vec::new, |object| self.below(object));
        let below: BTreeSet<usize> = below.into_iter().collect();
        let home = object.and_then(|object| self.objects[object].home);
        let mut rows: Vec<(Whose, Hidden)> = Vec::new();
        let mut known = HashMap::new();
        let by_object = self.places.chunk_by(|one, next| one.object == next.object);
        for place in by_object.rev().flatten() {
            let owner = self.objects[place.object];
            // What may not leave its thread is not in what another one made, and may not leave that.
            let is_apart = home.is_some() && owner.home.is_some() && home != owner.home;
            if is_apart {
                continue;
            }
            let whose = if Some(place.object) == object {
                Whose::Its
            } else if below.contains(&place.object) {
                Whose::Below
            } else {
                Whose::Others
            };
            let alike = (
                whose,
                owner.type_name,
                Place {
                    object: 0,
                    ..*place
                },
            );
            let at = match known.entry(alike) {
                Entry::Occupied(known) => *known.get(),
                Entry::Vacant(new) => {
                    let row = Hidden {
                        place: *place,
                        objects: Vec::new(),
                        ids: Vec::new(),
                    };
                    rows.push((whose, row));
                    *new.insert(rows.len() - 1)
                }
            };
            rows[at].1.objects.push(owner);
            rows[at].1.ids.push(owner.id);
        }
        rows.sort_by_key(|(whose, _)| *whose);
        rows.into_iter().map(|(_, row)| row).collect()
    }
}

/// The types of std that own what their parameters own, in one.
type Structures = (
    (Vec<()>, VecDeque<()>, LinkedList<()>, BinaryHeap<()>),
    (HashMap<u8, u8>, HashSet<u8>, BTreeMap<u8, u8>, BTreeSet<u8>),
    (Option<()>, Result<(), ()>, Box<()>, Rc<()>, Arc<()>),
    (Cell<()>, RefCell<()>, OnceCell<()>, Cow<'static, str>),
    (Mutex<()>, RwLock<()>, OnceLock<()>, Pin<Box<()>>),
    (AnyObject<()>, LocalObject<()>),
);

/// Knows types that own no handle by their names, since of a type parameter nothing else is known.
pub(super) struct Plain(HashSet<&'static str>);

impl Plain {
    pub(super) fn new() -> Self {
        let mut words = HashSet::new();
        words.extend(words_of(type_name::<Structures>()));
        macro_rules! add {
            ($($type:ty),* $(,)?) => {$( words.extend(words_of(type_name::<$type>())); )*};
        }
        with_plain_types!(add);
        Self(words)
    }

    /// Whether all that the name is made of is plain. Whatever is `dyn`, a closure or a user's is not.
    pub(super) fn owns_nothing(&self, type_name: &'static str) -> bool {
        !type_name.is_empty() && words_of(type_name).all(|word| self.0.contains(word))
    }
}

/// The paths in a type's name. A number is an array's length.
fn words_of(type_name: &'static str) -> impl Iterator<Item = &'static str> {
    type_name
        .split(|c: char| "<>()[]&;, ".contains(c))
        .filter(|word| !word.is_empty() && !word.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests {
    use super::*;
    use crate::strong::Strong;

    #[test]
    fn plain_types_are_known_by_their_names() {
        struct Own;
        let plain = Plain::new();
        for name in [
            type_name::<u32>(),
            type_name::<&str>(),
            type_name::<AnyObject<Vec<(String, [u8; 3])>>>(),
            type_name::<Option<core::num::NonZero<u8>>>(),
            type_name::<HashMap<String, Cow<'static, str>>>(),
        ] {
            assert!(plain.owns_nothing(name), "{name}");
        }
        let closure = || ();
        for name in [
            "",
            type_name::<Own>(),
            type_name::<Vec<Own>>(),
            type_name::<Strong<AnyObject<u8>>>(),
            type_name::<Box<dyn Send>>(),
            type_name::<core::task::Waker>(),
            core::any::type_name_of_val(&closure),
        ] {
            assert!(!plain.owns_nothing(name), "{name}");
        }
    }
}
