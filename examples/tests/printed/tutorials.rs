//! What the programs of the tutorials print, with `0x…` for addresses.

use super::prints;

#[test]
fn a_reference_dies_with_its_object() {
    prints(
        env!("CARGO_BIN_EXE_tutorials"),
        "ref",
        "\
obj: ExpensiveObject(obj)
ref: <WeakRef at 0x…; to ExpensiveObject at 0x…>
r(): ExpensiveObject(obj)
deleting obj
(Deleting ExpensiveObject(obj))
r(): None
",
    );
}

#[test]
fn a_callback_is_given_the_dead_reference() {
    prints(
        env!("CARGO_BIN_EXE_tutorials"),
        "ref-callback",
        "\
obj: ExpensiveObject(obj)
ref: <CallbackRef at 0x…; to ExpensiveObject at 0x…>
r(): ExpensiveObject(obj)
deleting obj
(Deleting ExpensiveObject(obj))
callback(<WeakRef at 0x…; dead>)
r(): None
",
    );
}

#[test]
fn an_extended_reference_counts_its_uses() {
    prints(
        env!("CARGO_BIN_EXE_tutorials"),
        "ref-extended",
        "\
a note: ExpensiveObject(obj), 1
a note: ExpensiveObject(obj), 2
(Deleting ExpensiveObject(obj))
a note: None, 2
",
    );
}

#[test]
fn a_finalizer_runs_after_the_value() {
    prints(
        env!("CARGO_BIN_EXE_tutorials"),
        "finalize",
        "\
(Deleting ExpensiveObject(obj))
on_finalize(\"extra argument\")
",
    );
}

#[test]
fn a_finalizer_runs_at_exit() {
    prints(
        env!("CARGO_BIN_EXE_tutorials"),
        "finalize-atexit-1",
        "\
leaving
on_finalize(\"extra argument\")
",
    );
}

#[test]
fn a_finalizer_does_not_run_at_exit() {
    prints(
        env!("CARGO_BIN_EXE_tutorials"),
        "finalize-atexit-0",
        "\
leaving
",
    );
}

#[test]
fn kenny_is_killed() {
    prints(
        env!("CARGO_BIN_EXE_tutorials"),
        "finalize-kenny",
        "\
<Finalizer at 0x…; for Object<&str> with ObjectId(0x…)>
You killed Kenny!
<Finalizer at 0x…; dead>
",
    );
}

#[test]
fn a_finalizer_is_called_or_detached() {
    prints(
        env!("CARGO_BIN_EXE_tutorials"),
        "finalize-calls",
        "\
alive: true
CALLBACK
f(): Some(6)
alive: false
f(): None
peek() is obj: Some(true)
alive: false
detach()[0] is obj: true
CALLBACK
func(*args): 6
nothing was called
",
    );
}

#[test]
fn a_directory_is_removed_in_three_ways() {
    prints(
        env!("CARGO_BIN_EXE_tutorials"),
        "tempdir",
        "\
del
removed: true
removed: true
remove(): Some(Ok(()))
removed: true
remove(): None
exit
removed: true
",
    );
}

#[test]
fn a_dead_proxy_says_so() {
    prints(
        env!("CARGO_BIN_EXE_tutorials"),
        "proxy",
        "\
via obj: My Object
via ref: My Object
via proxy: My Object
(Deleting ExpensiveObject(My Object))
ReferenceError: weakly-referenced object of type ExpensiveObject no longer exists
",
    );
}

#[test]
fn a_method_dies_with_its_receiver() {
    prints(
        env!("CARGO_BIN_EXE_tutorials"),
        "weak-method",
        "\
r(): true
r()(…): Some(\"obj greets you\")
(Deleting ExpensiveObject(obj))
r(): false
r()(…): None
",
    );
}

#[test]
fn a_strong_dictionary_deletes_when_it_returns() {
    prints(
        env!("CARGO_BIN_EXE_tutorials"),
        "dict",
        "\
CACHE TYPE: BTreeMap
all_refs = [\"one\", \"three\", \"two\"]
Before, cache contains: [\"one\", \"three\", \"two\"]
  one = ExpensiveObject(one)
  three = ExpensiveObject(three)
  two = ExpensiveObject(two)
Cleanup:
After, cache contains: [\"one\", \"three\", \"two\"]
  one = ExpensiveObject(one)
  three = ExpensiveObject(three)
  two = ExpensiveObject(two)
demo returning
(Deleting ExpensiveObject(one))
(Deleting ExpensiveObject(three))
(Deleting ExpensiveObject(two))
",
    );
}

#[test]
fn a_weak_dictionary_deletes_at_the_cleanup() {
    prints(
        env!("CARGO_BIN_EXE_tutorials"),
        "value-dict",
        "\
CACHE TYPE: WeakValueBTreeMap
all_refs = [\"one\", \"three\", \"two\"]
Before, cache contains: [\"one\", \"three\", \"two\"]
  one = ExpensiveObject(one)
  three = ExpensiveObject(three)
  two = ExpensiveObject(two)
Cleanup:
(Deleting ExpensiveObject(one))
(Deleting ExpensiveObject(three))
(Deleting ExpensiveObject(two))
After, cache contains: []
demo returning
",
    );
}

#[test]
fn data_go_with_their_object() {
    prints(
        env!("CARGO_BIN_EXE_tutorials"),
        "key-dict",
        "\
sizes[one] = Some(1), len = 2
(Deleting ExpensiveObject(one))
len = 1
ExpensiveObject(two) = 2
(Deleting ExpensiveObject(two))
",
    );
}

#[test]
fn an_image_is_cached_while_it_is_used() {
    prints(
        env!("CARGO_BIN_EXE_tutorials"),
        "cache",
        "\
loading cat.png
cat.png from the cache
the same: true, len = 1
image cat.png deleted
loading cat.png
len = 1
image cat.png deleted
",
    );
}

#[test]
fn a_report_is_cached_while_it_is_used() {
    prints(
        env!("CARGO_BIN_EXE_tutorials"),
        "report-cache",
        "\
generating the report of May
May: 295
May: 295
generating the report of May
May: 295
0 in the cache
",
    );
}

#[test]
fn a_data_set_is_unloaded_with_its_last_user() {
    prints(
        env!("CARGO_BIN_EXE_tutorials"),
        "data-sets",
        "\
loaded: 2
sales: 10
users: unloaded
loaded: 1
",
    );
}

#[test]
fn an_id_of_a_dead_object_is_a_key_error() {
    prints(
        env!("CARGO_BIN_EXE_tutorials"),
        "id-registry",
        "\
id2obj[oid] is obj: true
(Deleting ExpensiveObject(obj))
KeyError
",
    );
}

#[test]
fn a_dead_listener_is_not_told() {
    prints(
        env!("CARGO_BIN_EXE_tutorials"),
        "weak-set",
        "\
len = 1, one in it: true
two heard an event
len = 1
",
    );
}

#[test]
fn dead_observers_are_not_told() {
    prints(
        env!("CARGO_BIN_EXE_tutorials"),
        "observers",
        "\
state 1, 2 observers
A heard state 1
B heard state 1
state 2, 1 observers
B heard state 2
state 3, 0 observers
",
    );
}
