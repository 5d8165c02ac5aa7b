//! The operators of sets: `|`, `&`, `-`, `^` and their assigning forms. In what comes out, the left
//! operand's members stand for equal ones of the right.

use core::hash::{BuildHasher, Hash};
use core::ops::{BitAnd, BitAndAssign, BitOr, BitOrAssign, BitXor, BitXorAssign, Sub, SubAssign};
use std::collections::HashSet;

use weakref::{Strong, WeakReferenceable};

use super::Set;
use crate::key::{ByValue, Keying};

/// A right operand of `&`, `-` and `^`: a weak set with the same keying, or a std set of strong
/// handles. Sealed.
///
/// # Examples
///
/// ```
/// # use weakref::{Strong, WeakReferenceable};
/// # use weakref_containers::WeakSet;
/// # #[derive(WeakReferenceable, Debug, PartialEq, Eq, Hash)]
/// # struct User(u32);
/// use std::collections::HashSet;
///
/// let [a, b, c] = [1, 2, 3].map(|n| Strong::new(User(n)));
/// let mut set = WeakSet::from([&a, &b]);
/// assert_eq!(&set & &WeakSet::from([&b, &c]), WeakSet::from([&b]));
/// assert_eq!(&set - &HashSet::from([a.clone()]), WeakSet::from([&b]));
/// set ^= &WeakSet::from([&b, &c]);
/// assert_eq!(set, WeakSet::from([&a, &c]));
/// set |= [&b];
/// assert_eq!(set.len(), 3);
/// ```
pub trait Operand<T: ?Sized + WeakReferenceable, M>: sealed::Operand<T, M> {
    #[doc(hidden)]
    fn has(&self, member: &Strong<T>) -> bool;

    #[doc(hidden)]
    fn each(&self, visit: &mut dyn FnMut(&Strong<T>));
}

impl<T, S, M> Operand<T, M> for &Set<T, S, M>
where
    T: ?Sized + WeakReferenceable,
    S: BuildHasher,
    M: Keying<T>,
{
    fn has(&self, member: &Strong<T>) -> bool {
        self.contains(M::query(member))
    }

    fn each(&self, visit: &mut dyn FnMut(&Strong<T>)) {
        self.iter().for_each(|member| visit(&member));
    }
}

impl<T, S> Operand<T, ByValue> for &HashSet<Strong<T>, S>
where
    T: ?Sized + WeakReferenceable + Hash + Eq,
    S: BuildHasher,
{
    fn has(&self, member: &Strong<T>) -> bool {
        self.contains(member)
    }

    fn each(&self, visit: &mut dyn FnMut(&Strong<T>)) {
        self.iter().for_each(visit);
    }
}

impl<T, S, M, R> BitOrAssign<R> for Set<T, S, M>
where
    T: ?Sized + WeakReferenceable,
    S: BuildHasher,
    M: Keying<T>,
    R: IntoIterator,
    Self: Extend<R::Item>,
{
    /// Adds the members of the right side. Equal ones replace the stored ones, as
    /// [`insert`](Self::insert) does.
    fn bitor_assign(&mut self, right: R) {
        self.extend(right);
    }
}

impl<T, S, M, R> BitOr<R> for &Set<T, S, M>
where
    T: ?Sized + WeakReferenceable,
    S: BuildHasher + Clone,
    M: Keying<T>,
    R: IntoIterator,
    Set<T, S, M>: Extend<R::Item>,
{
    type Output = Set<T, S, M>;

    /// A set of the live members of either side.
    fn bitor(self, right: R) -> Set<T, S, M> {
        let mut union = Set::with_hasher(self.hasher().clone());
        union.extend(right);
        self.iter().for_each(|member| {
            union.insert(&member);
        });
        union
    }
}

impl<T, S, M, R> BitAndAssign<R> for Set<T, S, M>
where
    T: ?Sized + WeakReferenceable,
    R: Operand<T, M>,
{
    /// Keeps the members that are in the right side too.
    fn bitand_assign(&mut self, right: R) {
        self.retain(|member| right.has(member));
    }
}

impl<T, S, M, R> BitAnd<R> for &Set<T, S, M>
where
    T: ?Sized + WeakReferenceable,
    S: BuildHasher + Clone,
    M: Keying<T>,
    R: Operand<T, M>,
{
    type Output = Set<T, S, M>;

    /// A set of the live members that are in both.
    fn bitand(self, right: R) -> Set<T, S, M> {
        self.filtered(|member| right.has(member))
    }
}

impl<T, S, M, R> SubAssign<R> for Set<T, S, M>
where
    T: ?Sized + WeakReferenceable,
    R: Operand<T, M>,
{
    /// Removes the members that are in the right side.
    fn sub_assign(&mut self, right: R) {
        self.retain(|member| !right.has(member));
    }
}

impl<T, S, M, R> Sub<R> for &Set<T, S, M>
where
    T: ?Sized + WeakReferenceable,
    S: BuildHasher + Clone,
    M: Keying<T>,
    R: Operand<T, M>,
{
    type Output = Set<T, S, M>;

    /// A set of the live members that are not in the right side.
    fn sub(self, right: R) -> Set<T, S, M> {
        self.filtered(|member| !right.has(member))
    }
}

impl<T, S, M, R> BitXorAssign<R> for Set<T, S, M>
where
    T: ?Sized + WeakReferenceable,
    S: BuildHasher,
    M: Keying<T>,
    R: Operand<T, M>,
{
    /// Removes the members that are in the right side, and adds those of the right side that are not
    /// here.
    fn bitxor_assign(&mut self, right: R) {
        right.each(&mut |member| {
            if !self.remove(M::query(member)) {
                self.insert(member);
            }
        });
    }
}

impl<T, S, M, R> BitXor<R> for &Set<T, S, M>
where
    T: ?Sized + WeakReferenceable,
    S: BuildHasher + Clone,
    M: Keying<T>,
    R: Operand<T, M>,
{
    type Output = Set<T, S, M>;

    /// A set of the live members that are in one side only.
    fn bitxor(self, right: R) -> Set<T, S, M> {
        let mut difference = self.clone();
        difference ^= right;
        difference
    }
}

impl<T, S, M> Set<T, S, M>
where
    T: ?Sized + WeakReferenceable,
    S: BuildHasher + Clone,
    M: Keying<T>,
{
    fn filtered(&self, keep: impl Fn(&Strong<T>) -> bool) -> Self {
        let mut kept = Self::with_hasher(self.hasher().clone());
        kept.extend(self.iter().filter(keep));
        kept
    }
}

mod sealed {
    use core::hash::{BuildHasher, Hash};
    use std::collections::HashSet;

    use weakref::{Strong, WeakReferenceable};

    use crate::key::{ByValue, Keying};

    /// With the parameters of the trait that it seals, since a reference to a set of a user's objects counts
    /// as a type of theirs.
    #[expect(unnameable_types, reason = "that is what seals")]
    pub trait Operand<T: ?Sized, M> {}

    impl<T, S, M> Operand<T, M> for &super::Set<T, S, M>
    where
        T: ?Sized + WeakReferenceable,
        S: BuildHasher,
        M: Keying<T>,
    {
    }

    impl<T, S> Operand<T, ByValue> for &HashSet<Strong<T>, S>
    where
        T: ?Sized + WeakReferenceable + Hash + Eq,
        S: BuildHasher,
    {
    }
}
