//! The rows of the tables, and why a container is not in one.

/// Rows under one heading.
pub(super) struct Group {
    pub(super) title: &'static str,
    /// Not those of a feature, which may be off.
    pub(super) is_linked: bool,
    /// Each name, and why not every container has it.
    pub(super) rows: &'static [(&'static str, &'static str)],
}

const fn group(title: &'static str, rows: &'static [(&'static str, &'static str)]) -> Group {
    Group {
        title,
        is_linked: true,
        rows,
    }
}

const fn of_feature(title: &'static str, rows: &'static [(&'static str, &'static str)]) -> Group {
    Group {
        title,
        is_linked: false,
        rows,
    }
}

const EVERYWHERE: &str = "";
const HASHED: &str = "the ordered map and the list hash nothing";
const A_TREE: &str = "a tree has no capacity";
const ONE_TABLE: &str = "a shared one has many tables; a tree has no capacity";
const MAPS: &str = "of maps";
const OF_VALUES: &str = "of values that the map owns and lends";
const BORROWED: &str = "a shared one lends nothing; elsewhere there is no other half";
const UNLOCKED: &str = "a single-owner one has `entry`, or looks first; only maps have two halves";
const OF_ARC: &str = "of values that a shared map owns: they are replaced, in an `Arc`";
const ORDERED: &str = "of keys in order";
const LISTED: &str = "of members in order";
const UNIQUE: &str = "an interner would make a second object of the value";
const UPGRADED: &str = "of sets; a shared one is asked for `upgrade`, at one moment";
const COMPARED: &str = "of maps that hash; a shared one is asked for `upgrade`, at one moment";
const ASKED: &str = "only an interner makes what it is asked for";

/// What the operators ask of their right side, which is hidden.
pub(super) const HIDDEN: &[&str] = &["Operand"];

pub(super) const METHODS: &[Group] = &[
    group(
        "Making one",
        &[
            ("new", EVERYWHERE),
            ("with_hasher", HASHED),
            ("with_capacity", A_TREE),
            ("with_capacity_and_hasher", HASHED),
            ("hasher", HASHED),
        ],
    ),
    group(
        "Size",
        &[
            ("len", EVERYWHERE),
            ("is_empty", EVERYWHERE),
            ("capacity", A_TREE),
            ("allocation_size", "a tree does not tell"),
            (
                "load_factor",
                "of tables; of a shared one, length and capacity are not of one moment",
            ),
            ("reserve", A_TREE),
            ("try_reserve", ONE_TABLE),
            ("shrink_to_fit", A_TREE),
            ("shrink_to", ONE_TABLE),
        ],
    ),
    group(
        "Looking up",
        &[
            ("get", EVERYWHERE),
            (
                "get_many",
                "where hashes tell what to fetch; the list has keys that are places",
            ),
            ("contains_key", "`contains` of sets and of the interner"),
            ("contains", "`contains_key` of maps"),
            (
                "get_key",
                "of keys that are weak; `get` of a set; a shared map knows no stored key from another that is equal",
            ),
            ("get_key_value", BORROWED),
            ("get_mut", OF_VALUES),
            ("get_disjoint_mut", OF_VALUES),
            ("get_key_value_mut", OF_VALUES),
            ("get_key_value_disjoint_mut", OF_VALUES),
            ("get_shared", OF_ARC),
            ("with", OF_ARC),
            ("first_key_value", ORDERED),
            ("last_key_value", ORDERED),
            ("range", ORDERED),
            ("front", LISTED),
            ("back", LISTED),
            ("key_of", "the list makes the keys"),
        ],
    ),
    group(
        "Putting in",
        &[
            ("insert", "`push` of the list; `intern` of the interner"),
            ("replace", "`insert` of maps replaces, and returns the old"),
            (
                "try_insert",
                "`insert` of a set says whether; the list refuses nothing",
            ),
            (
                "get_or_insert",
                "`intern_with` of the interner; the list holds equal ones",
            ),
            (
                "get_or_insert_with",
                "`intern_with` of the interner; the list holds equal ones",
            ),
            (
                "get_or_insert_with_key",
                "of keys that the call takes: a closure can use one that is borrowed, and that of a set is given it",
            ),
            (
                "get_or_try_insert_with",
                "of maps; nothing waits for the maker of a member",
            ),
            (
                "get_or_insert_with_ref",
                "`entry_ref` of a single-owner one; weak keys are borrowed anyway",
            ),
            (
                "get_or_try_insert_with_ref",
                "`entry_ref` of a single-owner one; weak keys are borrowed anyway",
            ),
            ("entry", BORROWED),
            (
                "entry_ref",
                "of hashed keys that are owned; weak keys are borrowed anyway",
            ),
            ("push", LISTED),
            ("push_front", LISTED),
            ("append", ORDERED),
            ("intern", ASKED),
            ("intern_with", ASKED),
            ("intern_owned", ASKED),
        ],
    ),
    group(
        "Changing",
        &[
            ("replace_if", UNLOCKED),
            ("update", OF_ARC),
            ("with_mut", OF_ARC),
            ("compute", OF_ARC),
        ],
    ),
    group(
        "Taking out",
        &[
            ("remove", UNIQUE),
            (
                "remove_entry",
                "of maps; a shared one returns the value, whose key the caller has",
            ),
            ("remove_if", UNLOCKED),
            (
                "remove_object",
                "elsewhere the object or its key is looked up",
            ),
            ("take", "`remove` of maps returns the value"),
            (
                "pop",
                "`pop_first`, `pop_front` where there is an order; a shared one would look through all shards",
            ),
            ("pop_first", ORDERED),
            ("pop_last", ORDERED),
            ("pop_front", LISTED),
            ("pop_back", LISTED),
            ("retain", UNIQUE),
            ("extract_if", UNIQUE),
            ("drain", UNIQUE),
            ("clear", UNIQUE),
            ("split_off", ORDERED),
            ("purge", EVERYWHERE),
            (
                "track_evictions",
                "of tables with an owned half, which a burial would drop; a shared one buries at once",
            ),
            (
                "drain_evicted",
                "of tables with an owned half, which a burial would drop; a shared one buries at once",
            ),
        ],
    ),
    group(
        "Walking",
        &[
            ("iter", EVERYWHERE),
            ("iter_mut", OF_VALUES),
            ("keys", "of maps, and of the list, which makes them"),
            ("values", MAPS),
            ("values_mut", OF_VALUES),
            ("weak_keys", "where keys are weak"),
            ("weak_values", "where values are weak"),
            (
                "weak_iter",
                "of members; the interner's handles are given to all who ask",
            ),
            ("entries", "`iter` of maps"),
            ("into_keys", "of maps; `drain` of a shared one"),
            ("into_values", "of maps; `drain` of a shared one"),
        ],
    ),
    group(
        "As a whole",
        &[
            ("snapshot", EVERYWHERE),
            (
                "upgrade",
                "to what std has of the kind; `snapshot` of the list and the interner",
            ),
            ("is_submap", COMPARED),
            ("is_submap_with", COMPARED),
            ("domain_is_subset", COMPARED),
            ("is_disjoint", UPGRADED),
            ("is_subset", UPGRADED),
            ("is_proper_subset", UPGRADED),
            ("is_superset", UPGRADED),
            ("is_proper_superset", UPGRADED),
            ("intersection", UPGRADED),
            ("difference", UPGRADED),
            ("union", UPGRADED),
            ("symmetric_difference", UPGRADED),
        ],
    ),
    of_feature(
        "Of tasks, with the feature `async`",
        &[
            ("try_insert_async", "what waits"),
            ("get_or_insert_async", "what waits"),
            ("get_or_insert_with_async", "what waits"),
            ("get_or_try_insert_with_async", "what waits"),
        ],
    ),
    of_feature(
        "Of the strong tier, with the feature `strong-tier`",
        &[
            ("with_strong_tier", "of caches"),
            ("with_strong_tier_and_hasher", "of caches"),
            ("strong_tier_len", "of caches"),
            ("clear_strong_tier", "of caches"),
        ],
    ),
];

pub(super) const TRAITS: &[Group] = &[
    of_feature(
        "Of every kind",
        &[
            ("Default", EVERYWHERE),
            ("Debug", EVERYWHERE),
            ("Clone", UNIQUE),
            ("PartialEq", "two interners have no object in common"),
            (
                "PartialEq with std's",
                "std has no list of the kind that is compared with it; an interner keeps what is used, not what was put in",
            ),
            ("Eq", "two interners have no object in common"),
            ("Serialize", EVERYWHERE),
            ("FinalizerSafe", "with a strong tier it owns members"),
            (
                "DeserializeSeed",
                "what was read would have no owner; the interner's is who asks",
            ),
        ],
    ),
    of_feature(
        "Filling and walking",
        &[
            ("Extend", ASKED),
            (
                "Extend of &",
                "of a shared one, which changes through `&self`; only an interner makes what it is asked for",
            ),
            ("FromIterator", ASKED),
            ("From", ASKED),
            ("IntoIterator of &", EVERYWHERE),
            ("IntoIterator of &mut", OF_VALUES),
            ("IntoIterator", "`drain` of a shared one"),
            ("Index", OF_VALUES),
            ("IndexMut", OF_VALUES),
        ],
    ),
    of_feature(
        "Operators",
        &[
            (
                "BitOr",
                "a shared one is filled by `extend`; the list has no keys of yours",
            ),
            (
                "BitOrAssign",
                "a shared one is filled by `extend`; the list has no keys of yours",
            ),
            ("BitAnd", UPGRADED),
            ("BitAndAssign", UPGRADED),
            ("BitXor", UPGRADED),
            ("BitXorAssign", UPGRADED),
            ("Sub", UPGRADED),
            ("SubAssign", UPGRADED),
        ],
    ),
];
