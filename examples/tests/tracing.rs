//! What the example of the events prints, with `…` for what is different each time.

use std::process::Command;

/// The lines, with `…` in place of each address and each time.
fn printed(arguments: &[&str]) -> Vec<String> {
    let output = Command::new(env!("CARGO_BIN_EXE_tracing"))
        .args(arguments)
        .output()
        .expect("it runs");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    assert_eq!(errors, "");
    let text = String::from_utf8(output.stdout).expect("text");
    text.lines().map(normalized).collect()
}

/// On a machine that does something else meanwhile, any death may be slow: only that which is meant to be is told so.
fn normalized(line: &str) -> String {
    let words = line.split_whitespace().map(|word| {
        if let Some(name) = ["id=", "elapsed="]
            .iter()
            .find(|name| word.starts_with(**name))
        {
            return format!("{name}…");
        }
        word.to_owned()
    });
    let line = words.collect::<Vec<_>>().join(" ");
    match line
        .strip_prefix("WARN ")
        .and_then(|rest| rest.strip_suffix(" slow=true"))
    {
        Some(rest) if rest.contains("Thumbnail") => format!("DEBUG {rest}"),
        _ => line,
    }
}

#[test]
fn everything_is_told() {
    let expected = "\
-- two pages are shown, of which one is kept for later
DEBUG weakref_containers: making key=\"u32\" type=\"tracing::Thumbnail\"
TRACE weakref: born id=… type=\"tracing::Thumbnail\"
DEBUG weakref_containers: made id=… key=\"u32\" elapsed=… type=\"tracing::Thumbnail\"
DEBUG weakref_containers: making key=\"u32\" type=\"tracing::Thumbnail\"
TRACE weakref: born id=… type=\"tracing::Thumbnail\"
DEBUG weakref_containers: made id=… key=\"u32\" elapsed=… type=\"tracing::Thumbnail\"
DEBUG weakref_containers: evicted id=… key=\"u32\" type=\"tracing::Thumbnail\"
DEBUG weakref: died id=… type=\"tracing::Thumbnail\" elapsed=…
-- the book is closed
DEBUG weakref: died id=… type=\"tracing::Thumbnail\" elapsed=…
-- somebody listens
TRACE weakref: born id=… type=\"tracing::Thumbnail\"
DEBUG weakref: finalizer ran id=… type=\"tracing::Thumbnail\" by=\"death\" elapsed=…
ERROR weakref: panicked source=callback type=\"tracing::Thumbnail\" panic=\"no such window\"
DEBUG weakref: callback ran id=… type=\"tracing::Thumbnail\" elapsed=…
DEBUG weakref: died id=… type=\"tracing::Thumbnail\" elapsed=…
-- a slow death
TRACE weakref: born id=… type=\"tracing::Scratch\"
WARN weakref: died id=… type=\"tracing::Scratch\" elapsed=… slow=true";
    assert_eq!(printed(&[]).join("\n"), expected);
}

#[test]
fn a_subscriber_that_wants_warnings_gets_what_went_wrong() {
    let expected = [
        "-- two pages are shown, of which one is kept for later",
        "-- the book is closed",
        "-- somebody listens",
        "ERROR weakref: panicked source=callback type=\"tracing::Thumbnail\" panic=\"no such window\"",
        "-- a slow death",
        "WARN weakref: died id=… type=\"tracing::Scratch\" elapsed=… slow=true",
    ];
    let mut lines = printed(&["warn"]);
    lines.retain(|line| !line.starts_with("DEBUG"));
    assert_eq!(lines, expected);
}
