//! Names in paths: what is not plain ASCII is written as `%` and two hexadecimal digits a byte.

use std::fmt::Write;

/// Writes a name so that it is one segment of a path.
pub fn encode(name: &str) -> String {
    let mut text = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            write!(text, "%{byte:02X}").expect("a string takes all");
        }
    }
    text
}

/// Reads a name that was written by [`encode`], or less carefully; `None` if it is no text.
pub fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        if byte == b'%' {
            let [high, low, tail @ ..] = tail else {
                return None;
            };
            let digit = |byte: u8| char::from(byte).to_digit(16);
            bytes.push(u8::try_from(digit(*high)? * 16 + digit(*low)?).ok()?);
            rest = tail;
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_back() {
        for name in ["photo-001.jpg", "Löwe \"1\" 100%.png", "a/b?c#d+e", ""] {
            assert_eq!(decode(&encode(name)).as_deref(), Some(name));
        }
        assert_eq!(encode("a/ö"), "a%2F%C3%B6");
    }

    #[test]
    fn what_is_no_name_is_refused() {
        for text in ["%", "%4", "%GG", "%FF", "%+1"] {
            assert_eq!(decode(text), None, "{text}");
        }
        assert_eq!(decode("a b").as_deref(), Some("a b"));
    }
}
