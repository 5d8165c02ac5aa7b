//! The sources of a crate, as text.

use std::fs;
use std::path::Path;

pub(crate) struct Source {
    /// Its path in `src`, without the ending.
    pub(crate) name: String,
    pub(crate) text: String,
}

/// The sources of the crate in the folder `name`, but for tests that are files of their own.
pub(crate) fn read(name: &str) -> Vec<Source> {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = tests.parent().expect("the tests are in a folder");
    let mut sources = Vec::new();
    read_folder(&root.join(name).join("src"), "", &mut sources);
    assert!(sources.len() > 20, "{} files are seen", sources.len());
    sources
}

fn read_folder(folder: &Path, prefix: &str, sources: &mut Vec<Source>) {
    for entry in fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("it can be listed").path();
        let file = path.file_name().expect("it has a name").to_string_lossy();
        if path.is_dir() && file == "tests" {
            // Below a file of that name.
        } else if path.is_dir() {
            read_folder(&path, &format!("{prefix}{file}/"), sources);
        } else if let Some(stem) = file.strip_suffix(".rs").filter(|stem| *stem != "tests") {
            let text = fs::read_to_string(&path).expect("it is text");
            let name = format!("{prefix}{stem}");
            sources.push(Source { name, text });
        }
    }
}
