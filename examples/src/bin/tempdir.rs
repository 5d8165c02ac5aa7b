//! A temporary directory that is removed when its object dies, when `remove` is called, or when
//! the process exits, whichever is first: and once.
//!
//! `cargo run -p weakref-examples --bin tempdir`

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use weakref::{Finalizer, Strong, WeakReferenceable, finalize_with};

/// A directory with the life of its object.
#[derive(WeakReferenceable)]
struct TempDir {
    path: PathBuf,
    /// Removes the directory. Its action owns a copy of the path and nothing of this object.
    finalizer: Finalizer<Self, io::Result<()>>,
}

impl TempDir {
    /// Makes a new directory below the system's temporary one.
    fn new() -> io::Result<Strong<Self>> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("weakref-tempdir-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::create_dir(&path)?;
        Ok(Strong::new_cyclic(|dir| Self {
            finalizer: finalize_with(dir, remove, path.clone()),
            path,
        }))
    }

    fn path(&self) -> &Path {
        &self.path
    }

    /// Removes the directory now, unless it is removed already.
    fn remove(&self) -> io::Result<()> {
        self.finalizer.call().unwrap_or(Ok(()))
    }

    fn is_removed(&self) -> bool {
        !self.finalizer.is_alive()
    }
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "a finalizer's action owns its arguments"
)]
fn remove(path: PathBuf) -> io::Result<()> {
    fs::remove_dir_all(&path)?;
    println!("removed {}", path.display());
    Ok(())
}

static KEPT: OnceLock<Strong<TempDir>> = OnceLock::new();

fn main() -> io::Result<()> {
    let dropped = TempDir::new()?;
    fs::write(dropped.path().join("notes"), "some")?;
    println!("dropping {}", dropped.path().display());
    drop(dropped);

    let removed = TempDir::new()?;
    println!("removing {}", removed.path().display());
    removed.remove()?;
    assert!(removed.is_removed());
    removed.remove()?;
    drop(removed);

    let kept = KEPT.get_or_init(|| TempDir::new().expect("the temporary directory can be written"));
    println!("leaving {} to the exit", kept.path().display());
    Ok(())
}
