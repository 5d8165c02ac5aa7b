//! What the recipes of the cookbook print.

use super::prints;

#[test]
fn a_lock_is_there_while_somebody_holds_it() {
    prints(
        env!("CARGO_BIN_EXE_cookbook"),
        "keyed-locks",
        "\
user 0: 400
user 1: 400
user 2: 400
locks left: 0
",
    );
}

#[test]
fn tasks_of_one_user_take_turns() {
    prints(
        env!("CARGO_BIN_EXE_cookbook"),
        "keyed-locks-async",
        "\
Anna: job 1 begins
Bert: job 3 begins
Anna: job 1 ends
Anna: job 2 begins
Bert: job 3 ends
Anna: job 2 ends
locks left: 0
",
    );
}

#[test]
fn listeners_come_and_go_while_they_are_told() {
    prints(
        env!("CARGO_BIN_EXE_cookbook"),
        "event-bus",
        "\
once: first
log: [\"second\"]
log: 401 lines
listeners: 1
listeners: 0
",
    );
}

#[test]
fn methods_of_several_kinds_are_called() {
    prints(
        env!("CARGO_BIN_EXE_cookbook"),
        "handlers",
        "\
counter: 4
red blinks
counter was 14
counter was 20
handlers: 2
",
    );
}

#[test]
fn equal_paths_are_one_object() {
    prints(
        env!("CARGO_BIN_EXE_cookbook"),
        "interned-struct",
        "\
std::vec: 3 uses
paths: 3
paths: 2
paths: 0
",
    );
}

#[test]
fn a_result_goes_with_its_argument() {
    prints(
        env!("CARGO_BIN_EXE_cookbook"),
        "memoizer",
        "\
reading the poem
the poem: violets
reading the note
the note: milk
the poem: violets
the poem: violets
known: 2
known: 1
",
    );
}

#[test]
fn one_watch_for_all_who_want_it() {
    prints(
        env!("CARGO_BIN_EXE_cookbook"),
        "file-watchers",
        "\
watching notes
watching log
watches: 2
notes has 8 bytes
watches: 2
no longer watching notes
no longer watching log
watches: 0
",
    );
}

#[test]
fn what_was_parsed_goes_with_its_version() {
    prints(
        env!("CARGO_BIN_EXE_cookbook"),
        "documents",
        "\
parsing version 1
[\"main\"]
[\"main\"]
parsing version 2
[\"main\", \"help\"]
the request still has version 1
parsed: 2
parsed: 1
open: 0, parsed: 0
",
    );
}

#[test]
fn a_buffer_goes_back_while_its_pool_lives() {
    prints(
        env!("CARGO_BIN_EXE_cookbook"),
        "object-pool",
        "\
idle: 1
taken again: 0 bytes, room for 4096
idle: 1
freed, its pool is gone
",
    );
}

#[test]
fn each_connection_says_goodbye_once() {
    prints(
        env!("CARGO_BIN_EXE_cookbook"),
        "connections",
        "\
hello, Anna
open: 1
goodbye, Anna
open: 0
hello, Bert
goodbye, Bert
hello, Cleo
hello, Dora
leaving with 3 open
goodbye, Dora
goodbye, Cleo
",
    );
}

#[test]
fn one_download_for_all_and_another_after_a_cancellation() {
    prints(
        env!("CARGO_BIN_EXE_cookbook"),
        "single-flight",
        "\
task 1 downloads home
task 1 has home
task 1 shows the page of home
task 2 shows the page of home
task 3 shows the page of home
pages held: 0
task 4 downloads news
task 4 is cancelled
task 5 downloads news
task 5 has news
task 5 shows the page of news
task 6 downloads nowhere
task 6: nowhere does not answer
pages held: 0
",
    );
}
