//! Bytes: what the living take, and what the dead keep.

use weakref_tests::counting::{count, is_counting_possible};

use crate::measure::as_f64;
use crate::pointer::{Compared, Downgrade, LocalLarge, LocalSmall, Owner, SyncLarge, SyncSmall};
use crate::row::Unit;
use crate::scenario::{Scenario, Sides};

const DEAD: usize = 20_000;
const AIM: f64 = 0.05;

pub(crate) fn add(scenarios: &mut Vec<Scenario>) {
    add_dead::<SyncLarge>(scenarios);
    add_dead::<LocalLarge>(scenarios);
    add_living::<SyncSmall>(scenarios);
    add_living::<SyncLarge>(scenarios);
    add_living::<LocalSmall>(scenarios);
    add_living::<LocalLarge>(scenarios);
    add_beside::<SyncSmall>(scenarios);
    add_beside::<LocalSmall>(scenarios);
}

fn add_dead<C: Compared>(scenarios: &mut Vec<Scenario>) {
    let name = format!("{}/held by {DEAD} dead", C::NAME);
    scenarios.push(Scenario::counted(name, Unit::Bytes, || {
        Sides::new(held_by_dead::<C::Ours>(C::new())).against(
            C::Std::NAME,
            Some(AIM),
            held_by_dead::<C::Std>(C::new()),
        )
    }));
}

fn add_living<C: Compared>(scenarios: &mut Vec<Scenario>) {
    let name = format!("{}/held by one alive", C::NAME);
    scenarios.push(Scenario::counted(name, Unit::Bytes, || {
        Sides::new(held_by_one::<C::Ours>(C::new())).against(
            C::Std::NAME,
            None,
            held_by_one::<C::Std>(C::new()),
        )
    }));
}

/// What an object takes beside its value.
fn add_beside<C: Compared>(scenarios: &mut Vec<Scenario>) {
    fn beside<P: Owner>(value: P::Value) -> f64 {
        held_by_one::<P>(value) - as_f64(size_of::<P::Value>() as u64)
    }
    let name = format!("{}/bytes beside the value", C::NAME);
    scenarios.push(Scenario::counted(name, Unit::Bytes, || {
        Sides::new(beside::<C::Ours>(C::new())).against(
            C::Std::NAME,
            None,
            beside::<C::Std>(C::new()),
        )
    }));
}

/// Bytes held after all objects died, by what their weak references keep.
fn held_by_dead<P: Downgrade>(value: P::Value) -> f64 {
    assert!(is_counting_possible(), "memory is counted by the allocator");
    let mut weak_references = Vec::with_capacity(DEAD);
    let ((), usage) = count(|| {
        let owners: Vec<P> = (0..DEAD).map(|_| P::new(value)).collect();
        weak_references.extend(owners.iter().map(P::downgrade));
    });
    assert!(
        weak_references
            .iter()
            .all(|weak| P::upgrade(weak).is_none())
    );
    bytes(usage.held_bytes)
}

/// Bytes held by one object and its owner's side of it.
fn held_by_one<P: Owner>(value: P::Value) -> f64 {
    assert!(is_counting_possible(), "memory is counted by the allocator");
    let (owner, usage) = count(|| P::new(value));
    drop(owner);
    bytes(usage.held_bytes)
}

fn bytes(held: isize) -> f64 {
    as_f64(u64::try_from(held).expect("more was allocated than freed"))
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use super::*;

    #[test]
    #[expect(clippy::float_cmp, reason = "bytes are whole numbers")]
    fn std_holds_two_counts_and_the_value() {
        assert_eq!(held_by_one::<Rc<[u64; 4]>>([0; 4]), 16.0 + 32.0);
        assert_eq!(
            held_by_dead::<Rc<[u64; 4]>>([0; 4]),
            as_f64(DEAD as u64) * 48.0
        );
    }
}
