//! The order of the modules of each crate. A module may name those of the lines before its own; two of one line do not know
//! of each other. What spans two modules stands in the later one: `Strong::new` in `construct`, `WeakRef::with_callback` in
//! `callback`.

pub(super) struct Crate {
    /// Its folder.
    pub(super) name: &'static str,
    /// The modules, from the bottom up.
    pub(super) layers: &'static [&'static str],
    /// File, module, and why the file names a module that comes after its own.
    pub(super) upward: &'static [(&'static str, &'static str, &'static str)],
}

pub(super) const CRATES: [Crate; 3] = [
    Crate {
        name: "weakref",
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
    Crate {
        name: "weakref-containers",
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
    Crate {
        name: "weakref-derive",
        layers: &["ctxt krate", "attr emit bound", "model", "check", "expand"],
        upward: &[],
    },
];
