//! Dictionaries.

use std::collections::BTreeMap;
use std::fmt;

use weakref::{Strong, WeakReferenceable};
use weakref_containers::{IdentityWeakKeyMap, WeakValueBTreeMap, WeakValueMap};

use super::ExpensiveObject;

type Objects = BTreeMap<&'static str, Strong<ExpensiveObject>>;

const NAMES: [&str; 3] = ["one", "two", "three"];

/// A dictionary, owning or not.
trait Cache {
    fn set(&mut self, name: &'static str, object: &Strong<ExpensiveObject>);
    fn items(&self) -> Vec<(&'static str, Strong<ExpensiveObject>)>;
}

impl Cache for Objects {
    fn set(&mut self, name: &'static str, object: &Strong<ExpensiveObject>) {
        self.insert(name, object.clone());
    }

    fn items(&self) -> Vec<(&'static str, Strong<ExpensiveObject>)> {
        self.iter()
            .map(|(name, object)| (*name, object.clone()))
            .collect()
    }
}

impl Cache for WeakValueBTreeMap<&'static str, ExpensiveObject> {
    fn set(&mut self, name: &'static str, object: &Strong<ExpensiveObject>) {
        self.insert(name, object);
    }

    fn items(&self) -> Vec<(&'static str, Strong<ExpensiveObject>)> {
        self.iter().map(|(name, object)| (*name, object)).collect()
    }
}

fn list(when: &str, cache: &impl Cache) {
    let items = cache.items();
    let names: Vec<_> = items.iter().map(|(name, _)| *name).collect();
    println!("{when}, cache contains: {names:?}");
    for (name, object) in items {
        println!("  {name} = {object}");
    }
}

fn demo(kind: &str, mut cache: impl Cache) {
    println!("CACHE TYPE: {kind}");
    let mut all_refs = Objects::new();
    for name in NAMES {
        let object = Strong::new(ExpensiveObject { name });
        cache.set(name, &object);
        all_refs.insert(name, object);
    }
    println!("all_refs = {:?}", all_refs.keys().collect::<Vec<_>>());
    list("Before", &cache);
    println!("Cleanup:");
    drop(all_refs);
    list("After", &cache);
    println!("demo returning");
}

pub(super) fn strong_dictionary() {
    demo("BTreeMap", Objects::new());
}

pub(super) fn value_dictionary() {
    demo("WeakValueBTreeMap", WeakValueBTreeMap::new());
}

pub(super) fn key_dictionary() {
    let mut sizes = IdentityWeakKeyMap::new();
    let one = Strong::new(ExpensiveObject { name: "one" });
    let two = Strong::new(ExpensiveObject { name: "two" });
    sizes.insert(&one, 1);
    sizes.insert(&two, 2);
    println!("sizes[one] = {:?}, len = {}", sizes.get(&one), sizes.len());
    drop(one);
    println!("len = {}", sizes.len());
    for (object, size) in &sizes {
        println!("{object} = {size}");
    }
}

#[derive(WeakReferenceable)]
struct Image {
    name: String,
}

impl Drop for Image {
    fn drop(&mut self) {
        println!("image {} deleted", self.name);
    }
}

pub(super) fn cache() {
    let mut images: WeakValueMap<String, Image> = WeakValueMap::new();
    let mut get = |name: &str| {
        if let Some(image) = images.get(name) {
            println!("{name} from the cache");
            return (image, images.len());
        }
        println!("loading {name}");
        let image = Strong::new(Image {
            name: name.to_owned(),
        });
        images.insert(name.to_owned(), &image);
        (image, images.len())
    };
    let (first, _) = get("cat.png");
    let (second, length) = get("cat.png");
    println!(
        "the same: {}, len = {length}",
        Strong::ptr_eq(&first, &second)
    );
    drop((first, second));
    let (_third, length) = get("cat.png");
    println!("len = {length}");
}

#[derive(WeakReferenceable)]
struct Report {
    month: &'static str,
    total: u32,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.month, self.total)
    }
}

pub(super) fn report_cache() {
    let mut reports: WeakValueMap<&str, Report> = WeakValueMap::new();
    let mut report = |month: &'static str| {
        reports.get_or_insert_with(month, || {
            println!("generating the report of {month}");
            let total = month.bytes().map(u32::from).sum();
            Strong::new(Report { month, total })
        })
    };
    let may = report("May");
    println!("{may}");
    println!("{}", report("May"));
    drop(may);
    println!("{}", report("May"));
    println!("{} in the cache", reports.len());
}

#[derive(WeakReferenceable)]
struct DataSet {
    rows: Vec<u32>,
}

pub(super) fn data_sets() {
    let mut loaded: WeakValueMap<&str, DataSet> = WeakValueMap::new();
    let sales = Strong::new(DataSet {
        rows: (1..=4).collect(),
    });
    let users = Strong::new(DataSet { rows: vec![7] });
    loaded.extend([("sales", &sales), ("users", &users)]);
    println!("loaded: {}", loaded.len());
    println!("sales: {}", sales.rows.iter().sum::<u32>());
    drop(users);
    println!(
        "users: {}",
        loaded.get("users").map_or("unloaded", |_| "loaded")
    );
    println!("loaded: {}", loaded.len());
}

pub(super) fn id_registry() {
    let mut id2obj = WeakValueMap::new();
    let obj = Strong::new(ExpensiveObject { name: "obj" });
    let oid = Strong::id(&obj);
    id2obj.insert(oid, &obj);
    let found = id2obj.get(&oid);
    println!(
        "id2obj[oid] is obj: {}",
        found.is_some_and(|found| Strong::ptr_eq(&found, &obj))
    );
    drop(obj);
    match id2obj.get(&oid) {
        Some(object) => println!("{object}"),
        None => println!("KeyError"),
    }
}
