//! The guide on leaks: its code is compiled here, and prints what stands there.

use std::fmt::Write;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};

use super::child;

const GUIDE: &str = include_str!("../../weakref/src/guide/debugging_leaks.md");

const THIS: &str = include_str!("guide.rs");

/// The tests read what is written to stderr.
macro_rules! println {
    ($($print:tt)*) => { std::eprintln!($($print)*) };
}

// As the guide has them: line for line, indented.

#[rustfmt::skip]
fn button() {
    use std::cell::RefCell;
    use weakref::{Strong, WeakReferenceable};

    #[derive(WeakReferenceable)]
    #[weakref(local)]
    struct Button {
        on_click: RefCell<Option<Box<dyn Fn()>>>,
    }

    let button = Strong::new(Button { on_click: RefCell::default() });
    let captured = button.clone();
    *button.on_click.borrow_mut() = Some(Box::new(move || captured.on_click.replace(None).map_or((), drop)));
    println!("{}", Strong::holders(&button));

    let leaks = AssertUnwindSafe(|| weakref::assert_dies!(button));
    let hook = take_hook();
    set_hook(Box::new(|_| ()));
    let panic = catch_unwind(leaks).expect_err("it is alive");
    set_hook(hook);
    println!("{}", panic.downcast::<String>().expect("a message"));
}

#[rustfmt::skip]
fn nodes() {
    use std::sync::Mutex;
    use weakref::{Strong, WeakReferenceable};

    #[derive(WeakReferenceable)]
    struct Node {
        parent: Mutex<Option<Strong<Node>>>, // should be a `WeakRef`
        children: Mutex<Vec<Strong<Node>>>,
    }

    let [root, child] = [0; 2].map(|_| Strong::new(Node { parent: Mutex::default(), children: Mutex::default() }));
    *child.parent.lock().unwrap() = Some(root.clone());
    root.children.lock().unwrap().push(child);

    let weak = Strong::downgrade(&root);
    drop(root);
    println!("{}", weak.holders());
    println!("{}", weak.holders().graphviz());
}

#[rustfmt::skip]
fn scheduler() {
    use std::sync::Mutex;
    use weakref::{Strong, WeakReferenceable};

    #[derive(WeakReferenceable)]
    struct Session;

    #[derive(WeakReferenceable)]
    struct Scheduler {
        jobs: Mutex<Vec<Box<dyn Fn() + Send>>>,
    }

    let scheduler = Strong::new(Scheduler { jobs: Mutex::default() });
    let session = Strong::new(Session);
    let captured = session.clone();
    scheduler.jobs.lock().unwrap().push(Box::new(move || drop(captured.clone())));
    println!("{}", Strong::holders(&session));
}

const INDENT: &str = "    ";

/// The guide's blocks that begin with the line, as a reader sees them: code that asks for a report, or what is printed.
fn blocks(fence: &str) -> Vec<Vec<&'static str>> {
    let mut blocks = Vec::new();
    let mut lines = GUIDE.lines();
    while let Some(line) = lines.next() {
        if !line.starts_with("```") {
            continue;
        }
        let block = lines.by_ref().take_while(|line| *line != "```");
        let block: Vec<_> = block
            .filter(|line| *line != "#" && !line.starts_with("# "))
            .collect();
        if line == fence {
            blocks.push(block);
        }
    }
    blocks
}

/// The line of this file before the first of the function that has the code.
fn line_before(code: &[&str]) -> usize {
    let ours: Vec<_> = THIS.lines().collect();
    let is_it = |ours: &[&str]| {
        let mut both = ours.iter().zip(code);
        both.all(|(ours, guide)| ours.strip_prefix(INDENT).unwrap_or(ours) == *guide)
    };
    let at = ours.windows(code.len()).position(is_it);
    at.unwrap_or_else(|| panic!("not in this file: {code:#?}"))
}

/// With the places that they have if the guide's code is all of `src/main.rs`.
fn as_in_guide(printed: &str, before: usize) -> String {
    let mut text = String::new();
    let mut rest = printed;
    while let Some(at) = rest.find("guide.rs:") {
        let (path, place) = rest.split_at(at);
        let begin = path.rfind([' ', '"']).expect("it stands after a word") + 1;
        let mut numbers = place["guide.rs:".len()..].splitn(2, ':');
        let line: usize = numbers.next().expect("one").parse().expect("a number");
        let column = numbers.next().expect("two");
        let end = column.find(|c: char| !c.is_ascii_digit());
        let (column, after) = column.split_at(end.unwrap_or(column.len()));
        let column = column.parse::<usize>().expect("a number") - INDENT.len();
        let line = line - before;
        write!(text, "{}src/main.rs:{line}:{column}", &path[..begin]).expect("a string");
        rest = after;
    }
    text + rest
}

/// Compares what `code` prints with the guide's blocks of text from `first` on.
#[track_caller]
fn assert_printed(test: &str, code: fn(), which: usize, texts: std::ops::Range<usize>) {
    let Some(outcome) = child::run(test, "guide", code) else {
        return;
    };
    outcome.succeeded();
    let stderr = outcome.text();
    let (_, printed) = stderr.split_once("[begun]\n").expect("it has begun");
    let (printed, _) = printed.split_once("[ended]\n").expect("it has ended");
    let code = blocks("```")
        .into_iter()
        .filter(|block| block.iter().any(|line| line.starts_with("println!")))
        .nth(which);
    let before = line_before(&code.expect("the guide has it"));
    let printed = as_in_guide(printed, before);
    let printed: Vec<_> = printed.lines().filter(|line| !line.is_empty()).collect();
    let expected = blocks("```text")[texts].concat();
    assert_eq!(printed, expected, "{}", printed.join("\n"));
}

#[test]
fn the_button_prints_what_the_guide_says() {
    let test = child::test_path!(the_button_prints_what_the_guide_says);
    assert_printed(test, button, 0, 0..2);
}

#[test]
fn the_nodes_print_what_the_guide_says() {
    let test = child::test_path!(the_nodes_print_what_the_guide_says);
    assert_printed(test, nodes, 1, 2..4);
}

#[test]
fn the_scheduler_prints_what_the_guide_says() {
    let test = child::test_path!(the_scheduler_prints_what_the_guide_says);
    assert_printed(test, scheduler, 2, 4..5);
}
