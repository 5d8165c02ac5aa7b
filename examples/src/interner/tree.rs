//! The files of a directory and of all directories in it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The files found, in order of their paths, and what could not be looked at, with the reason.
#[derive(Debug, Default)]
pub struct Tree {
    /// The files.
    pub files: Vec<PathBuf>,
    /// What is missing.
    pub skipped: Vec<(PathBuf, io::Error)>,
}

impl Tree {
    /// Lists `dir`. Hidden files, links, and directories whose `CACHEDIR.TAG` says that they can be made again are
    /// left out.
    ///
    /// # Errors
    ///
    /// When `dir` itself cannot be read.
    pub fn list(dir: &Path) -> io::Result<Self> {
        let mut tree = Self::default();
        let mut open = vec![(dir.to_owned(), fs::read_dir(dir)?)];
        while let Some((path, entries)) = open.pop() {
            for entry in entries {
                match entry.and_then(|entry| Ok((entry.file_type()?, entry))) {
                    Ok((_, entry)) if is_hidden(&entry) => {}
                    Ok((kind, entry)) if kind.is_file() => tree.files.push(entry.path()),
                    Ok((kind, entry)) if kind.is_dir() && !is_cache(&entry.path()) => {
                        match fs::read_dir(entry.path()) {
                            Ok(entries) => open.push((entry.path(), entries)),
                            Err(error) => tree.skipped.push((entry.path(), error)),
                        }
                    }
                    Ok(_) => {}
                    Err(error) => tree.skipped.push((path.clone(), error)),
                }
            }
        }
        tree.files.sort();
        Ok(tree)
    }
}

fn is_hidden(entry: &fs::DirEntry) -> bool {
    entry.file_name().as_encoded_bytes().starts_with(b".")
}

fn is_cache(dir: &Path) -> bool {
    dir.join("CACHEDIR.TAG").is_file()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::ScratchDir;

    #[test]
    fn all_files_but_hidden_ones_links_and_caches() {
        let scratch = ScratchDir::new("interner-test").unwrap();
        let root = scratch.path();
        for dir in ["b/c", "target", ".git"] {
            fs::create_dir_all(root.join(dir)).unwrap();
        }
        for file in [
            "z",
            "b/a",
            "b/c/x",
            ".hidden",
            ".git/head",
            "target/CACHEDIR.TAG",
        ] {
            fs::write(root.join(file), "").unwrap();
        }
        #[cfg(unix)]
        std::os::unix::fs::symlink(root, root.join("b/loop")).unwrap();
        let tree = Tree::list(root).unwrap();
        assert_eq!(
            tree.files,
            ["b/a", "b/c/x", "z"].map(|file| root.join(file))
        );
        assert!(tree.skipped.is_empty());
        Tree::list(&root.join("missing")).unwrap_err();
    }
}
