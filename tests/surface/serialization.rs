//! What is written and read of handles and containers.

use serde_core::de::DeserializeSeed;
use weakref::{LocalObject, Object, Strong, WeakRef};
use weakref_containers::WeakValueBTreeMap;
use weakref_containers::shared::{Interner, WeakKeyMap, WeakPairMap, WeakSet, WeakValueMap};

fn json(content: &impl serde_core::Serialize) -> String {
    serde_json::to_string(content).unwrap()
}

#[test]
fn handles_are_their_values() {
    let object = Strong::new(Object(7));
    let weak = Strong::downgrade(&object);
    assert_eq!((json(&object), json(&weak)), ("7".into(), "7".into()));
    drop(object);
    assert_eq!(
        (json(&weak), json(&WeakRef::<Object<u8>>::new())),
        ("null".into(), "null".into())
    );
    assert_eq!(json(&LocalObject("a")), r#""a""#);

    let read: Vec<Strong<Object<u8>>> = serde_json::from_str("[1,1]").unwrap();
    assert_eq!(read[0], read[1]);
    assert!(!Strong::ptr_eq(&read[0], &read[1]));
    let text: Strong<Object<str>> = serde_json::from_str(r#""rose""#).unwrap();
    let local: Strong<LocalObject<str>> = serde_json::from_str(r#""a\nb""#).unwrap();
    assert_eq!((&**text, &**local), ("rose", "a\nb"));
    let slice: Strong<Object<[u8]>> = serde_json::from_str("[1,2]").unwrap();
    assert_eq!(
        (slice.0.to_vec(), json(&slice)),
        (vec![1, 2], "[1,2]".into())
    );
    assert_eq!(serde_json::from_str::<LocalObject<u8>>("3").unwrap().0, 3);
    assert!(serde_json::from_str::<Strong<Object<u8>>>("-1").is_err());
}

#[test]
fn containers_are_what_is_alive_in_them() {
    let (a, b) = (Strong::from("a"), Strong::<Object<str>>::from("b"));
    let values = WeakValueMap::from([(1, &a), (2, &b)]);
    let keys = WeakKeyMap::from([(&a, 1), (&b, 2)]);
    let pairs = WeakPairMap::from([(&a, &a), (&b, &a)]);
    let set = WeakSet::from([&a, &b]);
    let ordered = WeakValueBTreeMap::from([(3, &a), (2, &b), (1, &a)]);
    let interner = Interner::<str>::new();
    let _c = interner.intern("c");
    assert_eq!(json(&ordered), r#"{"1":"a","2":"b","3":"a"}"#);
    drop(b);
    assert_eq!(json(&values), r#"{"1":"a"}"#);
    assert_eq!(json(&keys), r#"{"a":1}"#);
    assert_eq!(json(&pairs), r#"{"a":"a"}"#);
    assert_eq!(
        (json(&set), json(&interner)),
        (r#"["a"]"#.into(), r#"["c"]"#.into())
    );
}

#[test]
fn what_is_read_through_an_interner_is_interned() {
    let names = Interner::<str>::new();
    let rose = names.intern("rose");
    let read = |text: &str| names.deserialize(&mut serde_json::Deserializer::from_str(text));
    assert!(Strong::ptr_eq(&read(r#""rose""#).unwrap(), &rose));
    assert_eq!(&**read(r#""li\u006cy""#).unwrap(), "lily");
    let refused = read("7").unwrap_err().to_string();
    assert!(refused.contains("expected a string"), "{refused}");

    let numbers = Interner::<Vec<u8>>::new();
    let one = numbers.intern_owned(vec![1]);
    let again = numbers.deserialize(&mut serde_json::Deserializer::from_str("[1]"));
    assert!(Strong::ptr_eq(&again.unwrap(), &one));
    assert!(Strong::ptr_eq(&numbers.intern_owned(vec![1]), &one) && numbers.len() == 1);
}
