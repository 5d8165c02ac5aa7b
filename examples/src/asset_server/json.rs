//! JSON, as much as the answers need.

use std::fmt::Write;

/// One value.
#[derive(Clone, Copy, Debug)]
pub enum Json<'a> {
    /// A number.
    Number(u64),
    /// A text.
    Text(&'a str),
}

/// An object with these members, and a line break.
pub fn object(members: &[(&str, Json<'_>)]) -> String {
    let members: Vec<String> = members
        .iter()
        .map(|(name, value)| match value {
            Json::Number(number) => format!("{}: {number}", quoted(name)),
            Json::Text(text) => format!("{}: {}", quoted(name), quoted(text)),
        })
        .collect();
    format!("{{{}}}\n", members.join(", "))
}

/// An array of texts, and a line break.
pub fn array(texts: &[&str]) -> String {
    let texts: Vec<String> = texts.iter().copied().map(quoted).collect();
    format!("[{}]\n", texts.join(", "))
}

fn quoted(text: &str) -> String {
    let mut json = String::from('"');
    for letter in text.chars() {
        match letter {
            '"' | '\\' => json.extend(['\\', letter]),
            '\0'..='\x1f' => {
                write!(json, "\\u{:04x}", u32::from(letter)).expect("a string takes all");
            }
            _ => json.push(letter),
        }
    }
    json.push('"');
    json
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_escaped() {
        let members = [("a", Json::Number(7)), ("b", Json::Text("ö \"\\\n"))];
        assert_eq!(
            object(&members),
            "{\"a\": 7, \"b\": \"ö \\\"\\\\\\u000a\"}\n"
        );
        assert_eq!(array(&["x", "y"]), "[\"x\", \"y\"]\n");
        assert_eq!(array(&[]), "[]\n");
    }
}
