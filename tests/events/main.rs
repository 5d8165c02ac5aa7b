//! What a subscriber of the crate `tracing` is told, and that none can do harm, with the feature `tracing`.
//!
//! One subscriber hears all tests: as the process's own, so that `tracing` does not keep it from being told of what it does
//! itself. Each test has types of its own, and asks for what was told of them.

#![cfg(not(any(loom, shuttle)))]

mod hostile;
mod life;
mod shared;

use std::any::type_name;
use std::collections::{BTreeMap, HashMap};
use std::fmt::Debug;
use std::sync::{Arc, Mutex, MutexGuard, Once, PoisonError};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};
use weakref::{Source, set_unraisable_hook};

/// One event.
#[derive(Clone, Debug)]
struct Told {
    level: Level,
    target: String,
    fields: BTreeMap<&'static str, String>,
}

impl Told {
    fn of(event: &Event<'_>) -> Self {
        let mut told = Self {
            level: *event.metadata().level(),
            target: event.metadata().target().to_owned(),
            fields: BTreeMap::new(),
        };
        event.record(&mut told);
        told
    }

    fn field(&self, name: &str) -> &str {
        self.fields.get(name).map_or("", String::as_str)
    }

    fn what(&self) -> &str {
        self.field("message")
    }
}

impl Visit for Told {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.fields.insert(field.name(), value.to_owned());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.fields.insert(field.name(), format!("{value:?}"));
    }
}

type Act = Arc<dyn Fn(&Told) + Send + Sync>;

/// The source of a report, and its message.
type Report = (Source, String);

#[derive(Default)]
struct Heard {
    told: Vec<Told>,
    reports: Vec<(&'static str, Report)>,
    /// What the subscriber does, by the type of which it is told.
    acts: HashMap<&'static str, Act>,
}

static HEARD: Mutex<Option<Heard>> = Mutex::new(None);

fn with_heard<R>(f: impl FnOnce(&mut Heard) -> R) -> R {
    let mut heard: MutexGuard<'_, _> = HEARD.lock().unwrap_or_else(PoisonError::into_inner);
    f(heard.get_or_insert_default())
}

struct Listener;

impl Subscriber for Listener {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let told = Told::of(event);
        let act = with_heard(|heard| {
            heard.told.push(told.clone());
            heard.acts.get(told.field("type")).cloned()
        });
        if let Some(act) = act {
            act(&told);
        }
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// To be called first in a test.
fn listen() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        tracing::subscriber::set_global_default(Listener).expect("it is the first");
        set_unraisable_hook(|report| {
            let text = report.message().unwrap_or_default().to_owned();
            let report = (report.type_name(), (report.source(), text));
            with_heard(|heard| heard.reports.push(report));
        });
    });
}

/// Makes the subscriber do this when it is told of the type, until the end of the test.
fn act_on<T: ?Sized>(act: impl Fn(&Told) + Send + Sync + 'static) -> impl Drop {
    struct Restore(&'static str);
    impl Drop for Restore {
        fn drop(&mut self) {
            let act = with_heard(|heard| heard.acts.remove(self.0));
            drop(act);
        }
    }
    with_heard(|heard| heard.acts.insert(type_name::<T>(), Arc::new(act)));
    Restore(type_name::<T>())
}

/// What was told of a type since it was asked for last.
fn told_of<T: ?Sized>() -> Vec<Told> {
    with_heard(|heard| {
        let of_it = |told: &mut Told| told.field("type") == type_name::<T>();
        heard.told.extract_if(.., of_it).collect()
    })
}

/// The same in short: the messages.
fn messages_of<T: ?Sized>() -> Vec<String> {
    let told = told_of::<T>();
    told.iter().map(|told| told.what().to_owned()).collect()
}

/// What was reported of a type since it was asked for last.
fn reports_of<T: ?Sized>() -> Vec<Report> {
    with_heard(|heard| {
        let of_it = |(name, _): &mut (&str, Report)| *name == type_name::<T>();
        let reports = heard.reports.extract_if(.., of_it);
        reports.map(|(_, report)| report).collect()
    })
}
