//! Files in the system's temporary directory: a directory that goes with its owner, and a file that stays.

use std::env;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::process;

/// A temporary directory, removed with all it holds when this is dropped.
#[derive(Debug)]
pub struct ScratchDir {
    path: PathBuf,
}

impl ScratchDir {
    /// Makes a new directory whose name begins with `prefix`.
    ///
    /// # Errors
    ///
    /// When the system's temporary directory does not let us.
    pub fn new(prefix: &str) -> io::Result<Self> {
        let (path, ()) = create_unused(prefix, "", |path| fs::create_dir(path))?;
        Ok(Self { path })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for ScratchDir {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.path) {
            eprintln!("warning: cannot remove {}: {error}", self.path.display());
        }
    }
}

/// Makes a new file `{prefix}…{suffix}` that stays.
///
/// # Errors
///
/// When the system's temporary directory does not let us.
pub fn lasting_file(prefix: &str, suffix: &str) -> io::Result<(PathBuf, File)> {
    create_unused(prefix, suffix, |path| {
        OpenOptions::new().write(true).create_new(true).open(path)
    })
}

fn create_unused<T>(
    prefix: &str,
    suffix: &str,
    create: impl Fn(&Path) -> io::Result<T>,
) -> io::Result<(PathBuf, T)> {
    let dir = env::temp_dir();
    for attempt in 0..1000 {
        let path = dir.join(format!("{prefix}-{}-{attempt}{suffix}", process::id()));
        match create(&path) {
            Ok(created) => return Ok((path, created)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => {
                return Err(io::Error::new(
                    error.kind(),
                    format!("{}: {error}", path.display()),
                ));
            }
        }
    }
    Err(io::Error::new(
        io::ErrorKind::AlreadyExists,
        format!("no unused name {prefix}-* in {}", dir.display()),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scratch_dir_goes_with_its_owner() {
        let one = ScratchDir::new("image-cache-test").unwrap();
        let two = ScratchDir::new("image-cache-test").unwrap();
        assert_ne!(one.path(), two.path());
        fs::write(one.path().join("file"), "x").unwrap();
        let path = one.path().to_owned();
        assert!(path.is_dir());
        drop(one);
        assert!(!path.exists());
    }
}
