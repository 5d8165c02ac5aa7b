//! No public function is forgotten: each is called by a script of its file.

use std::fs;
use std::path::Path;

/// Sources, and the scripts that call what is public in them.
const SUBJECTS: &[(&str, &str)] = &[
    ("weakref-containers/src/map/weak_value", "value_map"),
    ("weakref-containers/src/map/weak_key", "key_map"),
    ("weakref-containers/src/map/weak_both", "pair_map"),
    ("weakref-containers/src/set", "sets"),
    ("weakref-containers/src/list", "list"),
    ("weakref-containers/src/ordered", "ordered"),
    ("weakref-containers/src/shared/value_map", "shared"),
    ("weakref-containers/src/shared/key_map", "shared"),
    ("weakref-containers/src/shared/pair_map", "shared"),
    ("weakref-containers/src/shared/set", "shared"),
    ("weakref-containers/src/shared/interner", "shared"),
    ("weakref-containers/src/shared/tier", "shared"),
    ("weakref-containers/src/shared/asynchronous", "tasks"),
    ("weakref/src/construct", "pointers"),
    ("weakref/src/strong", "pointers"),
    ("weakref/src/weak", "pointers"),
    ("weakref/src/weak_cell", "pointers"),
    ("weakref/src/send_weak", "pointers"),
    ("weakref/src/callback", "pointers"),
    ("weakref/src/finalize", "pointers"),
    ("weakref/src/method", "pointers"),
    ("weakref/src/proxy", "pointers"),
    ("weakref/src/value_ref", "pointers"),
    ("weakref/src/object", "pointers"),
    ("weakref/src/watch", "pointers"),
];

/// Not called by a script of that file, and why.
const ELSEWHERE: &[(&str, &str)] = &[
    ("dead", "panics, and does nothing else"),
    ("run_at_exit", "for the models"),
    ("attach", "called by what the derive writes"),
    ("method", "copies a function"),
    ("waking", "in every shared container"),
    ("bury", "in every shared container"),
    ("notice", "copies a notice"),
    ("try_next", "a `RefCell`'s or a `Mutex`'s own iterator runs"),
    ("increment_strong_count", "calls nothing of the user's"),
    ("decrement_strong_count", "as the drop of a handle"),
    ("new_uninit", "calls nothing of the user's"),
    ("new_zeroed", "calls nothing of the user's"),
    ("new_uninit_slice", "calls nothing of the user's"),
    ("new_zeroed_slice", "calls nothing of the user's"),
    ("assume_init", "calls nothing of the user's"),
];

#[test]
fn all_public_functions() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = tests.parent().expect("the tests are in a folder");
    let mut forgotten = Vec::new();
    let mut count = 0;
    for (subject, scripts) in SUBJECTS {
        let scripts = read(&tests.join("panics").join(scripts).with_extension("rs"));
        for source in sources(&root.join(subject)) {
            for name in public_functions(&source) {
                count += 1;
                let is_called = [".", "::"].iter().any(|before| {
                    ["(", "::<"]
                        .iter()
                        .any(|after| scripts.contains(&format!("{before}{name}{after}")))
                });
                if !is_called && !ELSEWHERE.iter().any(|(elsewhere, _)| *elsewhere == name) {
                    forgotten.push(format!("{subject}: {name}"));
                }
            }
        }
    }
    println!("{}", forgotten.join("\n"));
    assert_eq!(forgotten.len(), 0);
    assert!(count > 400, "{count} functions are seen");
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The file of a module, and those of the folder of its name.
fn sources(module: &Path) -> Vec<String> {
    let mut sources = vec![read(&module.with_extension("rs"))];
    if let Ok(folder) = fs::read_dir(module) {
        for file in folder {
            let path = file.expect("a file").path();
            if path.is_file() {
                sources.push(read(&path));
            }
        }
    }
    sources
}

/// The names after `pub fn`, not those of macros that make several.
fn public_functions(source: &str) -> Vec<&str> {
    let functions = source.lines().filter_map(|line| {
        let mut words = line.trim_start().strip_prefix("pub ")?;
        for qualifier in ["const ", "async ", "unsafe "] {
            words = words.strip_prefix(qualifier).unwrap_or(words);
        }
        let name = words.strip_prefix("fn ")?;
        name.split(['(', '<']).next()
    });
    functions.filter(|name| !name.starts_with('$')).collect()
}
