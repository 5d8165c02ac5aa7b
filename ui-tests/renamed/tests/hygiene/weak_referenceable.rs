//! `#[derive(WeakReferenceable)]`.

use ::core::fmt::Debug;
use ::core::marker::PhantomData;

/// Names that the macros may meet, none of them what it looks like.
#[expect(dead_code, reason = "only a macro could use them, and must not")]
mod hostile {
    pub(super) struct Option;
    pub(super) struct Result;
    pub(super) struct Some;
    pub(super) struct Box;
    pub(super) struct SyncSlot;
    pub(super) struct LocalSlot;
    pub(super) trait WeakReferenceable {}
    pub(super) mod weakref {}
    pub(super) mod core {}
    pub(super) mod std {}
}
#[expect(unused_imports, reason = "only a macro could use them, and must not")]
use hostile::{
    Box, LocalSlot, Option, Result, Some, SyncSlot, WeakReferenceable, core, std, weakref,
};

/// The derive where a crate re-exports weakref.
mod deps {
    pub(super) use ::renamed as weak;
}

#[derive(Debug, ::renamed::WeakReferenceable)]
#[weakref(crate = ::renamed)]
struct Plain {
    field: u8,
}

#[derive(Debug, ::renamed::WeakReferenceable)]
#[weakref(crate = crate::weak_referenceable::deps::weak, local)]
enum Generic<T: Debug + 'static, U, const N: usize>
where
    U: ::core::clone::Clone + 'static,
{
    One([T; N]),
    Two(PhantomData<U>),
}

#[deprecated(note = "a derive is not a use")]
#[expect(dead_code, reason = "any use would be one of a deprecated type")]
#[derive(::renamed::WeakReferenceable)]
#[weakref(crate = ::renamed)]
struct Old<T>(PhantomData<T>);

macro_rules! declare {
    ($krate:path, $name:ident) => {
        #[derive(Debug, ::renamed::WeakReferenceable)]
        #[weakref(crate = $krate)]
        struct $name;
    };
}
declare!(::renamed, Declared);

const fn slot<T: ?::core::marker::Sized + ::renamed::WeakReferenceable<Slot = S>, S>() {}

#[test]
fn slots_are_what_was_asked_for() {
    slot::<Plain, ::renamed::SyncSlot>();
    slot::<Generic<u8, u8, 3>, ::renamed::LocalSlot>();
    slot::<Declared, ::renamed::SyncSlot>();
    ::core::assert_eq!(Plain { field: 3 }.field, 3);
    let both = [Generic::<u8, u8, 3>::One([1; 3]), Generic::Two(PhantomData)];
    ::core::assert_eq!(both.len(), 2);
    ::core::assert!(::core::matches!(
        both,
        [Generic::One([1, 1, 1]), Generic::Two(_)]
    ));
}
