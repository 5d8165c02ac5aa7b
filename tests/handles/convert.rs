//! What slices and text are made from, and what they are looked up by.

use std::borrow::{Borrow, Cow};
use std::collections::HashSet;
use std::ffi::{CStr, CString, OsStr, OsString};
use std::hash::{BuildHasher, Hash, RandomState};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use weakref::{Strong, WeakReferenceable};
use weakref_containers::WeakSet;

use crate::in_both_flavours;

/// An owner and what it is borrowed as are equal and hash alike.
fn agrees<T, B>(owner: &T, borrowed: &B)
where
    T: Hash + Eq + Borrow<B> + AsRef<B>,
    B: ?Sized + Hash + Eq + std::fmt::Debug,
{
    let hasher = RandomState::new();
    assert_eq!(Borrow::<B>::borrow(owner), borrowed);
    assert_eq!(AsRef::<B>::as_ref(owner), borrowed);
    assert_eq!(hasher.hash_one(owner), hasher.hash_one(borrowed));
}

fn is<T, V>(value: V, expected: &T::Target)
where
    T: WeakReferenceable + ?Sized + std::ops::Deref,
    T::Target: PartialEq + std::fmt::Debug,
    Strong<T>: From<V>,
{
    let object = Strong::<T>::from(value);
    assert_eq!(&**object, expected);
}

/// Whether two handles of one object are equal, and are found to be so without a look at the object.
fn equals_itself_at_once<T: WeakReferenceable + Ord + ?Sized>(object: &Strong<T>) {
    let same = object.clone();
    let start = Instant::now();
    for _ in 0..2_000 {
        assert!(*object == same && *object <= same && object.cmp(&same).is_eq());
    }
    assert!(
        start.elapsed() < Duration::from_secs(1),
        "compares contents"
    );
}

in_both_flavours! { Object:
    #[test]
    fn a_long_text_equals_itself_at_once() {
        let length = if cfg!(miri) { 16 } else { 1 << 24 };
        let text: Strong<Object<str>> = "a".repeat(length).into();
        equals_itself_at_once(&text);
        equals_itself_at_once::<Object<Path>>(&Path::new(&text.0).into());
        equals_itself_at_once::<Object<OsStr>>(&OsStr::new(&text.0).into());
        equals_itself_at_once(&Strong::new(Object(text.0.to_owned())));
        equals_itself_at_once(&Strong::new(Object(vec![b'a'; length])));
        equals_itself_at_once::<Object<[u8]>>(&text.into());
    }

    #[test]
    fn handles_are_ordered_as_their_values() {
        let [one, two] = ["one", "two"].map(Strong::<Object<str>>::from);
        assert!(one.cmp(&two).is_lt() && two.cmp(&one).is_gt());
        assert!(one.cmp(&Strong::from("one")).is_eq());
        let [less, more] = [1, 2].map(|number| Strong::new(Object(number)));
        assert!(less.cmp(&more).is_lt() && more.cmp(&less).is_gt());
    }

    #[test]
    fn what_may_differ_from_itself_is_asked() {
        let not_a_number = Strong::new(Object(f32::NAN));
        assert_ne!(not_a_number, not_a_number.clone());
        assert_eq!(not_a_number.partial_cmp(&not_a_number), None);
    }

    #[test]
    fn text_of_each_kind() {
        for text in ["", "text", &"long ".repeat(99)] {
            let mut owned = text.to_owned();
            is::<Object<str>, _>(owned.as_mut_str(), text);
            is::<Object<str>, _>(Cow::Borrowed(text), text);
            is::<Object<str>, Cow<'_, str>>(Cow::Owned(owned), text);

            let path = Path::new(text);
            is::<Object<Path>, _>(path, path);
            is::<Object<Path>, _>(PathBuf::from(text), path);
            is::<Object<Path>, _>(Box::<Path>::from(path), path);
            is::<Object<Path>, _>(Cow::Borrowed(path), path);

            let os = OsStr::new(text);
            is::<Object<OsStr>, _>(os, os);
            is::<Object<OsStr>, _>(OsString::from(text), os);
            is::<Object<OsStr>, _>(Cow::Borrowed(os), os);

            let c = CString::new(text).unwrap();
            is::<Object<CStr>, _>(&*c, &*c);
            is::<Object<CStr>, _>(Cow::Borrowed(&*c), &*c);
            is::<Object<CStr>, _>(c.clone(), &*c);
        }
    }

    #[test]
    fn slices_of_each_kind() {
        let strings = ["a".to_owned(), "b".to_owned()];
        is::<Object<[String]>, _>(strings.clone(), &strings[..]);
        is::<Object<[String]>, _>(&mut strings.clone()[..], &strings[..]);
        is::<Object<[String]>, _>(Cow::Borrowed(&strings[..]), &strings[..]);
        is::<Object<[String]>, _>(Cow::<[String]>::Owned(strings.to_vec()), &strings[..]);
        is::<Object<[u64]>, _>([7; 100], &[7; 100][..]);
    }

    #[test]
    fn iterators_are_collected() {
        let numbers: Strong<Object<[u32]>> = (0..300).filter(|n| n % 2 == 0).collect();
        assert_eq!((numbers.len(), numbers[149]), (150, 298));
        let of_chars: Strong<Object<str>> = ['a', 'b'].into_iter().collect();
        let of_text: Strong<Object<str>> = ["a", "b"].into_iter().collect();
        assert_eq!((&of_chars.0, &of_text.0), ("ab", "ab"));
    }

    #[test]
    fn nothing_is_the_default() {
        assert!(Strong::<Object<[String]>>::default().is_empty());
        assert!(Strong::<Object<str>>::default().is_empty());
        assert!(Strong::<Object<CStr>>::default().is_empty());
        assert_eq!(Strong::<Object<u8>>::default().0, 0);
    }

    #[test]
    fn owners_are_what_they_borrow() {
        agrees::<_, str>(&Object("text".to_owned()), "text");
        agrees::<_, str>(&Strong::new(Object("text".to_owned())), "text");
        agrees::<_, [u8]>(&Object(vec![1, 2]), &[1, 2]);
        agrees::<_, [u8]>(&Strong::new(Object(vec![1, 2])), &[1, 2]);
        agrees::<_, Path>(&Object(PathBuf::from("a/./b")), Path::new("a/b"));
        agrees::<_, OsStr>(&Object(OsString::from("os")), OsStr::new("os"));
        agrees::<_, CStr>(&Object(c"c".to_owned()), c"c");
        agrees::<_, str>(&Strong::<Object<str>>::from("text"), "text");
        agrees::<_, [u8]>(&Strong::<Object<[u8]>>::from([1]), &[1]);
    }

    #[test]
    fn sets_are_asked_with_what_is_borrowed() {
        let name = Strong::new(Object("a".to_owned()));
        let strong = HashSet::from([name.clone()]);
        assert!(strong.contains("a") && !strong.contains("b"));
        let weak: WeakSet<_> = [&name].into_iter().collect();
        assert!(Strong::ptr_eq(&weak.get("a").unwrap(), &name));
        assert!(weak.get("b").is_none());
    }
}
