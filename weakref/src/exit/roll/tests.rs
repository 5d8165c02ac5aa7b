use super::*;

static DUE: Duty = Duty {
    is_due: |_| true,
    claim: |_| true,
    run: |_| (),
    type_name: |_| "due",
};

static NOT_DUE: Duty = Duty {
    is_due: |_| false,
    claim: |_| false,
    run: |_| (),
    type_name: |_| "not due",
};

/// Finalizers with these numbers, each made when its number was next.
fn numbered<const N: usize>(duty: &'static Duty, numbers: [u64; N]) -> [Enrolled; N] {
    numbers.map(|number| {
        let enrolled = Enrolled::new(duty);
        enrolled.number.set(number);
        enrolled.made.set(number + 1);
        enrolled
    })
}

/// The numbers of what is listed, newest first; the links back are those of the links forth.
fn listed(roll: &Roll) -> Vec<u64> {
    let (mut numbers, mut newer) = (Vec::new(), core::ptr::null());
    let mut next = roll.newest();
    while let Some(enrolled) = next {
        assert_eq!(enrolled.newer.get(), newer);
        assert_eq!(enrolled.listing.get(), Listing::Listed);
        numbers.push(enrolled.number.get());
        newer = core::ptr::from_ref(enrolled);
        // SAFETY: null, or listed: the tests keep what they list.
        next = unsafe { enrolled.older.get().as_ref() };
    }
    numbers
}

#[test]
fn lists_by_number_whoever_comes_first() {
    let enrolled = numbered(&DUE, [4, 2, 5, 1, 3]);
    let roll = Roll::new();
    for enrolled in &enrolled {
        roll.insert(enrolled);
    }
    assert_eq!(listed(&roll), [5, 4, 3, 2, 1]);
    let [fourth, .., first, _] = &enrolled;
    roll.strike_for_good(fourth);
    roll.strike_for_good(first);
    assert_eq!(listed(&roll), [5, 3, 2]);
    assert_eq!(fourth.listing.get(), Listing::Gone);
    // Consumed before it was listed.
    let [unlisted] = &numbered(&DUE, [6]);
    for gone in [fourth, unlisted] {
        roll.strike_for_good(gone);
        assert_eq!(listed(&roll), [5, 3, 2]);
        assert_eq!(gone.listing.get(), Listing::Gone);
    }
}

#[test]
fn is_closed_to_what_strangers_make_from_a_number_on() {
    // The phase took 3 when it began.
    let enrolled = numbered(&DUE, [1, 2, 4, 5]);
    let [before, last_before, stranger, own] = &enrolled;
    own.generation.set(1);
    let roll = Roll::new();
    for enrolled in &enrolled {
        assert!(!roll.is_closed_to(enrolled));
        roll.insert(enrolled);
    }
    roll.close(&Strangers { from: 3, found: 0 });
    assert_eq!(listed(&roll), [5, 2, 1]);
    assert!(roll.is_closed_to(stranger));
    for admitted in [before, last_before, own] {
        assert!(!roll.is_closed_to(admitted));
    }

    // Made before that, and told later to run at exit.
    let late = numbered(&DUE, [6]);
    late[0].made.set(2);
    assert!(!roll.is_closed_to(&late[0]));
    roll.insert(&late[0]);
    roll.close(&Strangers { from: 3, found: 0 });
    assert_eq!(listed(&roll), [6, 5, 2, 1]);
}

#[test]
fn a_child_begins_anew() {
    let enrolled = numbered(&DUE, [1, 2]);
    let [of_parent, of_child] = &enrolled;
    let roll = Roll::new();
    roll.insert(of_parent);
    roll.close(&Strangers { from: 1, found: 0 });
    assert!(roll.is_closed_to(of_child));
    roll.belong_to(1);
    assert_eq!(listed(&roll), []);
    assert!(!roll.is_closed_to(of_child), "its own phase is to come");
    roll.insert(of_child);
    // Struck off by a note in itself alone.
    roll.strike_for_good(of_parent);
    roll.belong_to(1);
    assert_eq!(listed(&roll), [2]);
}

#[test]
fn takes_the_newest_that_is_due() {
    let due = numbered(&DUE, [1, 2]);
    let passed = numbered(&NOT_DUE, [3, 4]);
    let roll = Roll::new();
    for enrolled in due.iter().chain(&passed) {
        roll.insert(enrolled);
    }
    // One generation too many: only what was to run is left over, and reported once.
    passed[1].generation.set(GENERATIONS + 1);
    due[1].generation.set(GENERATIONS + 1);
    due[0].generation.set(GENERATIONS);
    let [first, second, third, fourth, fifth] = [(); 5].map(|()| roll.take_newest());
    assert!(matches!(first, Taken::Passed));
    assert_ne!(passed[1].generation.get(), LATE);
    assert!(matches!(second, Taken::Passed));
    assert!(matches!(third, Taken::Left("due")));
    assert_eq!(due[1].generation.get(), LATE);
    assert!(matches!(fourth, Taken::Claimed(_, _, GENERATIONS)));
    assert!(matches!(fifth, Taken::Nothing));
}
