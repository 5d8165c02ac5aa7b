//! Which images a directory offers, under which names.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::decode::Unreadable;

/// The PNG and JPEG files of one directory, by name.
#[derive(Clone, Debug, Default)]
pub struct Catalog {
    files: BTreeMap<String, PathBuf>,
}

impl Catalog {
    /// Lists the files of `dir` whose extension is `png`, `jpg` or `jpeg`, in any case, and those that cannot be
    /// looked at. Directories below `dir`, pipes and devices are passed over.
    ///
    /// # Errors
    ///
    /// When the directory itself cannot be read.
    pub fn scan(dir: &Path) -> io::Result<(Self, Vec<Unreadable>)> {
        let mut catalog = Self::default();
        let mut unreadable = Vec::new();
        for entry in fs::read_dir(dir)? {
            let entry = entry?;
            let path = entry.path();
            if !has_image_extension(&path) {
                continue;
            }
            let name = display_name(&entry.file_name());
            // Not `entry.metadata()`: a link counts as what it leads to.
            match fs::metadata(&path) {
                Ok(metadata) if metadata.is_file() => {
                    catalog.files.insert(name, path);
                }
                Ok(_) => {}
                Err(error) => unreadable.push(Unreadable::new(&name, error)),
            }
        }
        unreadable.sort_by(|a, b| a.name.cmp(&b.name));
        Ok((catalog, unreadable))
    }

    /// The names, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str)
    }

    /// The file of the image `name`.
    pub fn path(&self, name: &str) -> Option<&Path> {
        self.files.get(name).map(PathBuf::as_path)
    }

    /// The number of images.
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// Whether there is no image.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }
}

fn has_image_extension(path: &Path) -> bool {
    let Some(extension) = path.extension().and_then(OsStr::to_str) else {
        return false;
    };
    ["png", "jpg", "jpeg"]
        .iter()
        .any(|known| extension.eq_ignore_ascii_case(known))
}

/// A name that is unique in its directory and safe to print: escaped when it is no text or holds control characters.
#[expect(
    clippy::unnecessary_debug_formatting,
    reason = "the escapes keep names apart and terminals sane"
)]
fn display_name(file_name: &OsStr) -> String {
    match file_name.to_str() {
        Some(name) if !name.contains(char::is_control) => name.to_owned(),
        _ => format!("{file_name:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_safe_to_print() {
        assert_eq!(display_name(OsStr::new("Löwe \"1\".png")), "Löwe \"1\".png");
        assert_eq!(
            display_name(OsStr::new("a\x1b[2J\n.png")),
            "\"a\\u{1b}[2J\\n.png\""
        );
    }

    #[test]
    fn extensions_in_any_case() {
        for name in ["a.png", "a.JPG", "b.c.Jpeg"] {
            assert!(has_image_extension(Path::new(name)), "{name}");
        }
        for name in ["png", ".png", "a.gif", "a.png.txt", "a"] {
            assert!(!has_image_extension(Path::new(name)), "{name}");
        }
    }
}
