//! A text as the words it consists of.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::Path;
use std::str;

use weakref::{Object, Strong};
use weakref_containers::shared::Interner;

/// Where words are looked up.
pub type Words = Interner<str>;

/// A word: two of equal letters from the same [`Words`] are handles of one object.
pub type Word = Strong<Object<str>>;

/// The words of one file, in their order.
#[derive(Debug)]
pub struct Text {
    words: Vec<Word>,
}

impl Text {
    /// Reads the file at `path`, and has `words` find or make each of its words.
    ///
    /// # Errors
    ///
    /// When the file cannot be read or is not UTF-8.
    pub fn read(path: &Path, words: &Words) -> io::Result<Self> {
        let bytes = fs::read(path)?;
        let text = str::from_utf8(&bytes)
            .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
        Ok(Self::new(text, words))
    }

    /// The words of `text`.
    pub fn new(text: &str, words: &Words) -> Self {
        let words = split(text).map(|word| words.intern(word)).collect();
        Self { words }
    }

    /// The words, in their order.
    pub fn words(&self) -> &[Word] {
        &self.words
    }
}

/// The words in `text`: its longest runs of letters, digits and underscores.
fn split(text: &str) -> impl Iterator<Item = &str> {
    let words = text.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
    words.filter(|word| !word.is_empty())
}

/// What the words of some texts come to, told by their letters alone.
///
/// It asks neither the interner nor any handle, so that it would notice if they told lies.
#[derive(Debug, Default)]
pub struct Survey {
    /// All words.
    pub words: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Different words.
    pub distinct: u64,
    /// Their bytes.
    pub distinct_bytes: u64,
    /// For each text, how many different words it is the last to contain.
    pub ends: Vec<u64>,
}

impl Survey {
    /// Counts the words of `texts`.
    pub fn of(texts: &[Text]) -> Self {
        let mut survey = Self::default();
        let mut last: HashMap<&str, usize> = HashMap::new();
        for (index, text) in texts.iter().enumerate() {
            for word in text.words() {
                survey.words += 1;
                survey.bytes += word.len() as u64;
                last.insert(word, index);
            }
        }
        survey.ends = vec![0; texts.len()];
        for (word, index) in last {
            survey.distinct += 1;
            survey.distinct_bytes += word.len() as u64;
            survey.ends[index] += 1;
        }
        survey
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    fn texts(words: &Words) -> Vec<Text> {
        ["a rose is a rose", "let is_a = x2;", "", "Rosé; a\nrose"]
            .map(|text| Text::new(text, words))
            .into()
    }

    #[test]
    fn words_are_runs_of_letters_digits_and_underscores() {
        let words: Vec<&str> = split("let is_a = x2; // Rosé\n").collect();
        assert_eq!(words, ["let", "is_a", "x2", "Rosé"]);
        assert_eq!(split(" \n.;").count(), 0);
    }

    #[test]
    fn a_survey_counts_by_letters() {
        let words = Words::new();
        let survey = Survey::of(&texts(&words));
        assert_eq!((survey.words, survey.bytes), (11, 31));
        // a, rose, is, let, is_a, x2, Rosé
        assert_eq!((survey.distinct, survey.distinct_bytes), (7, 21));
        assert_eq!(survey.ends, [1, 3, 0, 3]);
    }

    #[test]
    fn equal_words_are_one_object_whichever_thread_reads_them() {
        let words = Words::new();
        let read = || Text::new("a rose is a rose", &words);
        let (one, two) = thread::scope(|scope| {
            (
                scope.spawn(read).join().unwrap(),
                scope.spawn(read).join().unwrap(),
            )
        });
        assert!(Strong::ptr_eq(&one.words()[1], &one.words()[4]));
        for (one, two) in one.words().iter().zip(two.words()) {
            assert!(Strong::ptr_eq(one, two));
        }
        assert_eq!(words.len(), 3);
    }

    #[test]
    fn words_go_with_the_last_text_that_has_them() {
        let words = Words::new();
        let mut texts = texts(&words);
        let survey = Survey::of(&texts);
        let mut live = survey.distinct;
        assert_eq!(words.len() as u64, live);
        for ends in survey.ends {
            drop(texts.remove(0));
            live -= ends;
            assert_eq!(words.len() as u64, live);
        }
        assert!(words.is_empty());
    }
}
