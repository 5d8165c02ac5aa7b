//! A registry of watched files: one watch for all who want the same path. The watch is stopped with its last
//! subscription.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use weakref::{Strong, WeakReferenceable};
use weakref_containers::shared::WeakValueMap;

use crate::scratch::ScratchDir;

/// What the system is asked for once per path.
#[derive(WeakReferenceable)]
struct Watch {
    path: PathBuf,
    last_length: Mutex<u64>,
}

impl Watch {
    fn start(path: &Path) -> Strong<Self> {
        println!("watching {}", name(path));
        Strong::new(Self {
            path: path.to_owned(),
            last_length: Mutex::new(length(path)),
        })
    }

    fn look(&self) {
        let mut last = self
            .last_length
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let now = length(&self.path);
        if now != *last {
            println!("{} has {now} bytes", name(&self.path));
            *last = now;
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        println!("no longer watching {}", name(&self.path));
    }
}

fn name(path: &Path) -> String {
    path.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

fn length(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |data| data.len())
}

#[derive(Default)]
struct Registry(WeakValueMap<PathBuf, Watch>);

impl Registry {
    /// Whoever has the handle keeps the watch going.
    fn subscribe(&self, path: &Path) -> Strong<Watch> {
        self.0
            .get_or_insert_with(path.to_owned(), || Watch::start(path))
    }

    fn look(&self) {
        for watch in self.0.values() {
            watch.look();
        }
    }
}

/// Watches two files for three subscribers.
pub(super) fn run() {
    let folder =
        ScratchDir::new("weakref-watchers").expect("the temporary directory can be written");
    let (notes, log) = (folder.path().join("notes"), folder.path().join("log"));
    let registry = Registry::default();

    let editor = registry.subscribe(&notes);
    let backup = registry.subscribe(&notes);
    let viewer = registry.subscribe(&log);
    println!("watches: {}", registry.0.len());

    fs::write(&notes, "buy milk").expect("the folder can be written");
    registry.look();
    drop(editor);
    println!("watches: {}", registry.0.len());
    drop(backup);
    fs::write(&notes, "nobody looks").expect("the folder can be written");
    registry.look();
    drop(viewer);
    println!("watches: {}", registry.0.len());
}
