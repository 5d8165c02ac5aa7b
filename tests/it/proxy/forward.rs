//! Each forwarded trait of std but the operators: what it does live, and what it does dead.

use std::cell::RefCell;
use std::cmp::Ordering;
use std::error::Error;
use std::fmt::{self, Binary, Display, LowerExp, LowerHex, Octal, UpperExp, UpperHex, Write as _};
use std::io::{
    self, BufRead, BufReader, ErrorKind, IoSlice, IoSliceMut, Read, Seek, SeekFrom, Write,
};
use std::sync::Mutex;

use weakref::{LocalObject, Object, Proxy, ReferenceError, Strong, WeakReferenceable};

use super::{dead, panic_of};

/// Shows which formatting trait, with which flags, got to it.
struct Formatted;

macro_rules! formatted {
    ($($trait:ident)*) => {
        $(
            impl $trait for Formatted {
                fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    f.pad(stringify!($trait))
                }
            }
        )*
    };
}

formatted!(Display LowerHex UpperHex Octal Binary LowerExp UpperExp);

impl WeakReferenceable for Formatted {
    type Slot = weakref::SyncSlot;
}

#[test]
fn formatting() {
    let object = Strong::new(Formatted);
    let proxy = Proxy::new(&object);
    macro_rules! live {
        ($($text:literal $trait:ident)*) => {
            $( assert_eq!(format!(concat!("{:", $text, "}"), proxy), stringify!($trait)); )*
        };
    }
    live!("" Display "x" LowerHex "X" UpperHex "o" Octal "b" Binary "e" LowerExp "E" UpperExp);
    assert_eq!(
        format!("{proxy:-^11}"),
        "--Display--",
        "with the caller's flags"
    );

    drop(object);
    macro_rules! dead {
        ($($text:literal)*) => {
            $( dead(|| format!(concat!("{:", $text, "}"), proxy)); )*
        };
    }
    dead!("" "x" "X" "o" "b" "e" "E");
    let mut buffer = String::from("kept");
    dead(|| write!(buffer, "{proxy}"));
    assert_eq!(buffer, "kept");
    assert!(
        format!("{proxy:?}").ends_with("; dead>"),
        "but never `Debug`"
    );
}

#[test]
fn equality() {
    let (a, b, c) = (
        Strong::new(Object(1)),
        Strong::new(Object(1)),
        Strong::new(Object(2)),
    );
    let (to_a, to_b, to_c) = (Proxy::new(&a), Proxy::new(&b), Proxy::new(&c));
    assert!(to_a == to_b && to_a != to_c);
    assert!(
        to_a == Proxy::with_callback(&b, |_| ()),
        "whatever reference it holds"
    );
    assert!(to_a == Object(1) && to_a != Object(2));
    assert_eq!(
        Proxy::try_eq(&to_a, &1),
        Ok(true),
        "with any type the object compares with"
    );
    assert_eq!(Proxy::try_eq(&to_a, &*c), Ok(false));

    drop(a);
    dead(|| to_a == to_b);
    dead(|| to_b == to_a);
    dead(|| to_a == to_a.clone());
    dead(|| to_a != to_b);
    dead(|| to_a == Object(1));
    assert_eq!(Proxy::try_eq(&to_a, &1), Err(ReferenceError));
}

#[test]
fn order() {
    let (a, b) = (Strong::new(Object(1.0)), Strong::new(Object(2.0)));
    let (to_a, to_b) = (Proxy::new(&a), Proxy::new(&b));
    assert!(to_a < to_b && to_b >= to_a);
    assert!(to_a > Object(0.5) && to_a <= Object(1.0));
    assert_eq!(to_a.partial_cmp(&Object(f64::NAN)), None);
    assert_eq!(Proxy::try_partial_cmp(&to_a, &*b), Ok(Some(Ordering::Less)));

    drop(b);
    dead(|| to_a < to_b);
    dead(|| to_b < to_a);
    dead(|| to_b > Object(1.0));
    assert_eq!(Proxy::try_partial_cmp(&to_b, &*a), Err(ReferenceError));
}

#[test]
fn errors() {
    #[derive(Debug)]
    struct Outer(fmt::Error);
    impl Display for Outer {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("outer")
        }
    }
    impl Error for Outer {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            Some(&self.0)
        }
    }
    let object = Strong::new(Object(Outer(fmt::Error)));
    let proxy = Proxy::new(&object);
    let error: &dyn Error = &proxy;
    assert_eq!(error.to_string(), "outer");
    assert!(error.source().is_none(), "it would borrow from the object");
    assert!(Proxy::with(&proxy, |own| own.source().is_some()).unwrap());
    drop(object);
    dead(|| error.to_string());
    assert!(format!("{error:?}").ends_with("; dead>"));
}

/// Reads, writes and seeks through a shared reference, and counts the calls that were not composed of others.
struct Stream(RefCell<io::Cursor<Vec<u8>>>, RefCell<Vec<&'static str>>);

impl WeakReferenceable for Stream {
    type Slot = weakref::LocalSlot;
}

impl Stream {
    fn new(content: &[u8]) -> Strong<Self> {
        Strong::new(Self(
            RefCell::new(io::Cursor::new(content.to_vec())),
            RefCell::default(),
        ))
    }
}

macro_rules! stream {
    ($($trait:ident { $(fn $name:ident(&mut self $(, $arg:ident: $type:ty)*) -> $result:ty;)* })*) => {
        $(
            impl $trait for &Stream {
                $(
                    fn $name(&mut self, $($arg: $type),*) -> $result {
                        self.1.borrow_mut().push(stringify!($name));
                        self.0.borrow_mut().$name($($arg),*)
                    }
                )*
            }
        )*
    };
}

stream! {
    Read {
        fn read(&mut self, buf: &mut [u8]) -> io::Result<usize>;
        fn read_vectored(&mut self, bufs: &mut [IoSliceMut<'_>]) -> io::Result<usize>;
        fn read_to_end(&mut self, buf: &mut Vec<u8>) -> io::Result<usize>;
        fn read_to_string(&mut self, buf: &mut String) -> io::Result<usize>;
        fn read_exact(&mut self, buf: &mut [u8]) -> io::Result<()>;
    }
    Write {
        fn write(&mut self, buf: &[u8]) -> io::Result<usize>;
        fn write_vectored(&mut self, bufs: &[IoSlice<'_>]) -> io::Result<usize>;
        fn write_all(&mut self, buf: &[u8]) -> io::Result<()>;
        fn write_fmt(&mut self, text: fmt::Arguments<'_>) -> io::Result<()>;
        fn flush(&mut self) -> io::Result<()>;
    }
    Seek {
        fn seek(&mut self, to: SeekFrom) -> io::Result<u64>;
        fn rewind(&mut self) -> io::Result<()>;
        fn stream_position(&mut self) -> io::Result<u64>;
        fn seek_relative(&mut self, offset: i64) -> io::Result<()>;
    }
}

/// Every method of `Read`, `Write` and `Seek`, each by its own name; whether all succeeded, or all failed as dead.
fn use_stream(mut stream: impl Read + Write + Seek) -> Result<(), ErrorKind> {
    let mut results = Vec::new();
    let mut note = |result: io::Result<()>| results.push(result.map_err(|error| error.kind()));
    let mut buf = [0; 2];
    note(stream.read(&mut buf).map(drop));
    note(
        stream
            .read_vectored(&mut [IoSliceMut::new(&mut buf)])
            .map(drop),
    );
    note(stream.read_exact(&mut buf[..1]));
    note(stream.stream_position().map(drop));
    note(stream.read_to_string(&mut String::new()).map(drop));
    note(stream.rewind());
    note(stream.read_to_end(&mut Vec::new()).map(drop));
    note(stream.seek(SeekFrom::Start(1)).map(drop));
    note(stream.seek_relative(-1));
    note(stream.write(b"a").map(drop));
    note(stream.write_vectored(&[IoSlice::new(b"b")]).map(drop));
    note(stream.write_all(b"c"));
    note(stream.write_fmt(format_args!("{}", 'd')));
    note(stream.flush());
    assert_eq!(results.len(), 14);
    assert!(
        results.iter().all(|result| *result == results[0]),
        "{results:?}"
    );
    results[0]
}

#[test]
fn streams() {
    let object = Stream::new(b"0123456789");
    let proxy = Proxy::new(&object);
    assert_eq!(use_stream(&proxy), Ok(()), "through a shared proxy");
    assert_eq!(object.0.borrow().get_ref(), b"abcd456789");
    assert_eq!(
        object.1.take(),
        [
            "read",
            "read_vectored",
            "read_exact",
            "stream_position",
            "read_to_string",
            "rewind",
            "read_to_end",
            "seek",
            "seek_relative",
            "write",
            "write_vectored",
            "write_all",
            "write_fmt",
            "flush",
        ],
        "each by its own method"
    );
    assert_eq!(
        use_stream(proxy.clone()),
        Ok(()),
        "and through an owned one"
    );

    drop(object);
    assert_eq!(use_stream(&proxy), Err(ErrorKind::NotFound));
    assert_eq!(use_stream(proxy.clone()), Err(ErrorKind::NotFound));
    let error = (&proxy).read(&mut []).unwrap_err();
    assert!(error.get_ref().unwrap().is::<ReferenceError>());
}

#[test]
fn buffered_reading_goes_through_a_buffer_of_the_readers() {
    let object = Stream::new(b"one\ntwo\n");
    let mut lines = BufReader::with_capacity(4, Proxy::new(&object)).lines();
    assert_eq!(lines.next().unwrap().unwrap(), "one");
    drop(object);
    assert_eq!(
        lines.next().unwrap().unwrap_err().kind(),
        ErrorKind::NotFound
    );
}

#[test]
fn streams_of_std() {
    let (reader, writer) = io::pipe().unwrap();
    let (reader, writer) = (Strong::new(Object(reader)), Strong::new(Object(writer)));
    let (mut to_reader, mut to_writer) = (Proxy::new(&reader), Proxy::new(&writer));
    to_writer.write_all(b"through").unwrap();
    let mut buf = [0; 7];
    to_reader.read_exact(&mut buf).unwrap();
    assert_eq!(&buf, b"through");
    drop((reader, writer));
    assert_eq!(
        to_writer.write(b"x").unwrap_err().kind(),
        ErrorKind::NotFound
    );
    assert_eq!(
        to_reader.read(&mut buf).unwrap_err().kind(),
        ErrorKind::NotFound
    );
}

#[test]
fn iteration() {
    let cell = Strong::new(RefCell::new([1, 2, 3, 4].into_iter()));
    let lock = Strong::new(Mutex::new([1, 2, 3, 4].into_iter()));
    let (mut to_cell, mut to_lock) = (Proxy::new(&cell), Proxy::new(&lock));
    assert_eq!((to_cell.next(), to_lock.next()), (Some(1), Some(1)));
    assert_eq!(
        (to_cell.next_back(), to_lock.next_back()),
        (Some(4), Some(4))
    );
    assert_eq!((to_cell.len(), to_lock.len()), (2, 2));
    assert_eq!(
        (to_cell.size_hint(), to_lock.size_hint()),
        ((2, Some(2)), (2, Some(2)))
    );
    assert_eq!(Proxy::try_next(&to_cell), Ok(Some(2)));
    assert_eq!(Proxy::try_next(&to_lock), Ok(Some(2)));
    assert_eq!((to_cell.next(), to_cell.next()), (Some(3), None));

    drop((cell, lock));
    dead(|| to_cell.next());
    dead(|| to_cell.next_back());
    dead(|| to_cell.len());
    dead(|| to_cell.size_hint());
    dead(|| to_lock.next());
    dead(|| to_lock.next_back());
    dead(|| to_lock.len());
    dead(|| to_lock.size_hint());
    assert_eq!(Proxy::try_next(&to_cell), Err(ReferenceError));
    assert_eq!(Proxy::try_next(&to_lock), Err(ReferenceError));
}

#[test]
fn an_iterator_behind_a_trait() {
    let cell: Strong<RefCell<dyn Iterator<Item = char>>> = weakref::coerce!(Strong::new(RefCell::new("ab".chars())) => RefCell<dyn Iterator<Item = char>>);
    let mut proxy = Proxy::new(&cell);
    assert_eq!(proxy.next(), Some('a'));
    drop(cell);
    dead(|| proxy.next());
}

#[test]
fn extension() {
    let object = Strong::new(RefCell::new(String::new()));
    let mut proxy = Proxy::new(&object);
    proxy.extend(['a', 'b']);
    proxy.extend(["cd"]);
    assert_eq!(*object.borrow(), "abcd");
    drop(object);
    dead(|| proxy.extend(['e']));
}

#[test]
fn calls() {
    let object = Strong::new(LocalObject(|x: i32| x + 1));
    let proxy = Proxy::new(&object);
    assert_eq!(Proxy::call(&proxy, (1,)), Ok(2));
    drop(object);
    assert_eq!(Proxy::call(&proxy, (1,)), Err(ReferenceError));
}

#[test]
fn a_panic_of_the_object_passes_through() {
    let object = Strong::new(Object(|| -> u8 { panic!("of {}", "its own") }));
    let proxy = Proxy::new(&object);
    assert_eq!(panic_of(|| Proxy::call(&proxy, ())), "of its own");
    assert_eq!(Strong::strong_count(&object), 1, "no handle is lost");
}
