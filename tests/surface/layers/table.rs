//! The order of the modules of each crate, and of those of a folder that has many. A module may name those of the lines before its own; two of one line do not know
//! of each other. What spans two modules stands in the later one: `Strong::new` in `construct`, `WeakRef::with_callback` in
//! `callback`.

pub(super) struct Modules {
    /// The folder of their crate.
    pub(super) krate: &'static str,
    /// The module that they are in; none for the crate.
    pub(super) within: Option<&'static str>,
    /// The modules, from the bottom up.
    pub(super) layers: &'static [&'static str],
    /// File, module, and why the file names a module that comes after its own.
    pub(super) upward: &'static [(&'static str, &'static str, &'static str)],
}

pub(super) const MODULES: [Modules; 4] = [
    Modules {
        krate: "weakref",
        within: None,
        layers: &[
            // Nothing of objects: atomics, names, bounds of std's traits.
            "sync id plain operand callable stack untraced",
            "count events error",
            "unraisable",
            "ending",
            // Blocks.
            "slot",
            "referenceable exit",
            "raw token",
            "list",
            // Deaths, and the locks of containers, which ask whether one is under way.
            "death",
            "shard glance",
            // Handles.
            "strong",
            "weak",
            "construct callback finalizer_safe",
            // For users.
            "finalize object watch value_ref weak_cell send_weak task",
            "method matrix limits",
            "proxy",
            "trace",
            "capture serde interop",
            // What macros write names all of them.
            "private",
        ],
        upward: &[
            (
                "slot",
                "list",
                "a header begins with the list's `Berth`, whose fields only the list may touch",
            ),
            (
                "events/told",
                "unraisable",
                "a subscriber's panic is reported, and a report is told: a flag of the thread ends it",
            ),
            (
                "events/nothing",
                "unraisable",
                "has the functions of `events/told.rs`, without their bodies",
            ),
            // With `leak-trace` a handle is recorded where it is made, and the record shows what the value owns: the
            // lowest module reaches the highest.
            ("token", "trace", "the tokens stand beside the records"),
            (
                "referenceable",
                "trace",
                "a hidden method shows the handles in a value",
            ),
            ("glance", "trace", "calls that method"),
        ],
    },
    Modules {
        krate: "weakref-containers",
        within: None,
        layers: &[
            "sync error key several side",
            "table list",
            "iter",
            "map ordered shared",
            "set",
            "serde",
        ],
        upward: &[],
    },
    Modules {
        krate: "weakref-containers",
        within: Some("shared"),
        layers: &[
            "room",
            // Shards; and who waits for whom.
            "sharded waits",
            "wakers walk",
            "flight",
            // What may stand on the value side, and calls that look for it.
            "slotted",
            "events found shares",
            "tier no_tier",
            "calls",
            // The containers.
            "key_map pair_map set value_map",
            "interner asynchronous",
        ],
        upward: &[
            (
                "sharded",
                "tier",
                "a shard has its part of the tier beside its table, under one lock, and the tier walks over the shards",
            ),
            (
                "tier/hits",
                "value_map",
                "measures the tier, for which it takes a whole map; for tests only",
            ),
        ],
    },
    Modules {
        krate: "weakref-derive",
        within: None,
        layers: &[
            "ctxt krate word",
            "attr emit bound",
            "model",
            "check",
            "expand",
        ],
        upward: &[],
    },
];
