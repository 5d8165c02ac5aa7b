//! Every container against a strong model of it, by random scripts in which objects die at every
//! step: between calls, and within them whenever user code runs.
//!
//! A failure prints its script, shortened to steps that are all needed, and its seed.

mod key_map;
mod pair_map;
mod script;
mod value_map;
mod weak_list;
mod weak_set;
mod world;

use weakref_containers::{ByIdentity, ByValue};

use self::key_map::Keys;
use self::pair_map::Pairs;
use self::script::check;
use self::value_map::ValueMap;
use self::weak_list::List;
use self::weak_set::Members;
use self::world::{Few, Local, Sync, Touchy};

/// Instantiates the tests of one container: a quick one of every kind, and a long one of all.
macro_rules! properties {
    ($container:ident, $long:ident: $($name:ident: $subject:ty,)*) => {
        mod $container {
            use super::*;
            $(
                #[test]
                fn $name() {
                    check::<$subject>(if crate::support::FEW { 40 } else { 15_000 });
                }
            )*
        }

        #[test]
        #[ignore = "long"]
        fn $long() {
            let kinds: &[fn(usize)] = &[$(check::<$subject>),*];
            for kind in kinds {
                kind(1_000_000 / kinds.len());
            }
        }
    };
}

properties! { value_maps, value_maps_long:
    numbers: ValueMap<u64, Sync, Few<0>>,
    numbers_local: ValueMap<u64, Local, Few<0>>,
    numbers_of_four_hashes: ValueMap<u64, Sync, Few<4>>,
    numbers_of_one_hash: ValueMap<u64, Local, Few<1>>,
    strings: ValueMap<String, Sync, Few<0>>,
    strings_of_four_hashes: ValueMap<String, Local, Few<4>>,
    keys_that_kill: ValueMap<Touchy, Sync, Few<0>>,
    keys_that_kill_local: ValueMap<Touchy, Local, Few<0>>,
    keys_that_kill_of_four_hashes: ValueMap<Touchy, Sync, Few<4>>,
    keys_that_kill_of_one_hash: ValueMap<Touchy, Local, Few<1>>,
}

properties! { lists, lists_long:
    sync: List<Sync>,
    local: List<Local>,
}

properties! { key_maps, key_maps_long:
    sync: Keys<Sync, Few<0>, ByValue>,
    local: Keys<Local, Few<0>, ByValue>,
    sync_of_four_hashes: Keys<Sync, Few<4>, ByValue>,
    local_of_one_hash: Keys<Local, Few<1>, ByValue>,
    by_identity: Keys<Sync, Few<0>, ByIdentity>,
    by_identity_local: Keys<Local, Few<0>, ByIdentity>,
    by_identity_of_four_hashes: Keys<Local, Few<4>, ByIdentity>,
    by_identity_of_one_hash: Keys<Sync, Few<1>, ByIdentity>,
}

properties! { pair_maps, pair_maps_long:
    sync: Pairs<Sync, Few<0>, ByValue>,
    local: Pairs<Local, Few<0>, ByValue>,
    sync_of_four_hashes: Pairs<Sync, Few<4>, ByValue>,
    local_of_one_hash: Pairs<Local, Few<1>, ByValue>,
    by_identity: Pairs<Local, Few<0>, ByIdentity>,
    by_identity_of_one_hash: Pairs<Sync, Few<1>, ByIdentity>,
}

properties! { sets, sets_long:
    sync: Members<Sync, Few<0>, ByValue>,
    local: Members<Local, Few<0>, ByValue>,
    sync_of_four_hashes: Members<Sync, Few<4>, ByValue>,
    local_of_one_hash: Members<Local, Few<1>, ByValue>,
    by_identity: Members<Sync, Few<0>, ByIdentity>,
    by_identity_of_one_hash: Members<Local, Few<1>, ByIdentity>,
}
