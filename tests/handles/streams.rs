//! What handles forward to their objects: errors, streams, and handles of the operating system.

use std::error::Error;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};

use weakref::{Strong, WeakReferenceable};

use crate::in_both_flavours;

/// A file that is gone when the test ends.
struct Scratch(std::path::PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let name = format!("weakref-handles-{name}-{}", std::process::id());
        Self(std::env::temp_dir().join(name))
    }

    fn open(&self) -> File {
        let mut options = File::options();
        options.read(true).write(true).create(true).truncate(true);
        options.open(&self.0).unwrap()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        drop(std::fs::remove_file(&self.0));
    }
}

/// An error with a source.
#[derive(Debug)]
struct Outer(std::fmt::Error);

impl std::fmt::Display for Outer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("outer")
    }
}

impl Error for Outer {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.0)
    }
}

/// As `File`: what can be used through a shared reference is used through any handle.
fn is_a_stream<T: WeakReferenceable>(file: &Strong<T>)
where
    Strong<T>: Read + Write + Seek,
{
    let (mut writer, mut reader) = (file.clone(), file.clone());
    writer.write_all(b"one ").unwrap();
    write!(writer, "t{}", "wo".len()).unwrap();
    writer.flush().unwrap();
    assert_eq!(reader.stream_position().unwrap(), 6);
    reader.rewind().unwrap();
    let mut text = String::new();
    reader.read_to_string(&mut text).unwrap();
    assert_eq!(text, "one t2");
    reader.seek(SeekFrom::Start(4)).unwrap();
    let mut last = [0; 2];
    reader.read_exact(&mut last).unwrap();
    assert_eq!(&last, b"t2");
}

#[test]
fn a_file_is_a_stream() {
    let scratch = Scratch::new("file");
    is_a_stream(&Strong::new(scratch.open()));
}

/// `read` of a lock is still the lock's, with the trait in scope.
#[test]
fn a_lock_is_read_as_a_lock() {
    let lock = Strong::new(std::sync::RwLock::new(3));
    assert_eq!(*lock.read().unwrap(), 3);
}

in_both_flavours! { Object:
    #[test]
    fn an_object_of_a_file_is_a_stream() {
        let scratch = Scratch::new(module_path!().rsplit("::").next().unwrap());
        is_a_stream(&Strong::new(Object(scratch.open())));
    }

    #[cfg(unix)]
    #[test]
    fn a_descriptor_is_the_file_s() {
        use std::os::fd::{AsFd, AsRawFd};

        let scratch = Scratch::new(&format!("fd-{}", module_path!().rsplit("::").next().unwrap()));
        let file = Strong::new(Object(scratch.open()));
        assert_eq!(file.as_raw_fd(), file.0.as_raw_fd());
        assert_eq!(file.as_fd().as_raw_fd(), file.0.as_raw_fd());
    }

    #[test]
    fn an_error_is_one() {
        let error = Strong::new(Object(Outer(std::fmt::Error)));
        assert!(error.source().unwrap().is::<std::fmt::Error>());
        let boxed: Box<dyn Error> = Box::new(error.clone());
        assert_eq!(boxed.to_string(), error.to_string());
    }
}
