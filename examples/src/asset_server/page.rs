//! The page for a browser: the images as thumbnails, and what `/stats` says, asked again and again.

use std::fmt::Write;

use super::url;

const PAGE: &str = include_str!("page.html");

/// Where the images go.
const IMAGES: &str = "<!-- images -->\n";

/// The page with these images. It asks this server for all that it shows, and nobody else.
pub fn page(names: &[&str]) -> String {
    let mut images = String::new();
    for name in names {
        let (path, name) = (url::encode(name), escaped(name));
        writeln!(
            images,
            "<figure><img src=\"/thumbnails/{path}\" alt=\"{name}\"><figcaption>{name}</figcaption></figure>"
        )
        .expect("a string takes all");
    }
    PAGE.replace(IMAGES, &images)
}

/// Text as HTML has it, in an attribute too.
fn escaped(text: &str) -> String {
    let mut html = String::new();
    for letter in text.chars() {
        match letter {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            _ => html.push(letter),
        }
    }
    html
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_escaped() {
        let page = page(&["a\"><script>&.png", "ö"]);
        let name = "a&quot;&gt;&lt;script&gt;&amp;.png";
        let path = "a%22%3E%3Cscript%3E%26.png";
        assert!(page.contains(&format!(
            "<figure><img src=\"/thumbnails/{path}\" alt=\"{name}\"><figcaption>{name}</figcaption></figure>\n"
        )));
        assert!(page.contains("<img src=\"/thumbnails/%C3%B6\" alt=\"ö\">"));
        assert!(!page.contains(IMAGES));
    }
}
