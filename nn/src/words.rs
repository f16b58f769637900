//! Words as people type them.

/// The word that was most likely meant by `word`, if one is near enough; of equally near ones the first.
///
/// Near is a word that one change, or changes of a third of its letters, turn into `word`, where a swap of neighbours is
/// one change (optimal string alignment, Boytsov 2011); a word that begins with the two or more letters given; or one that
/// is similar all the same (Jaro–Winkler above 0.8). Capitals do not count.
pub(crate) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // Comparing takes time that grows with the product of the lengths.
    if word.chars().nth(LONGEST).is_some() {
        return None;
    }
    let word = word.trim().to_lowercase();
    let near = |known: &'a str| {
        let lower = known.to_lowercase();
        let changes = strsim::osa_distance(&word, &lower);
        let begins = word.chars().nth(1).is_some() && lower.starts_with(&word);
        let length = word.chars().count().max(lower.chars().count());
        let is_near = begins || changes <= (length / 3).max(1) || strsim::jaro_winkler(&word, &lower) > 0.8;
        // A name of one letter is not near to every other letter.
        let is_near = is_near && changes < length;
        is_near.then_some((changes, word.chars().count().abs_diff(lower.chars().count()), known))
    };
    known.into_iter().filter_map(near).min_by_key(|&(changes, lengths, _)| (changes, lengths)).map(|(.., known)| known)
}

/// The longest word that is compared, in characters.
const LONGEST: usize = 100;

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_slip_of_the_fingers_finds_the_word_meant() {
        let optimizers = ["sgd", "momentum", "adam"];
        for (typed, meant) in [
            ("sdg", "sgd"),
            ("sg", "sgd"),
            ("SGD", "sgd"),
            ("sgdd", "sgd"),
            ("adma", "adam"),
            ("Adam", "adam"),
            ("dam", "adam"),
            ("mom", "momentum"),
            ("momentun", "momentum"),
            ("nesterov-momentum", ""),
            ("rmsprop", ""),
            ("", ""),
            ("x", ""),
        ] {
            assert_eq!(nearest(typed, optimizers).unwrap_or_default(), meant, "{typed}");
        }
        assert_eq!(nearest("lr_all", ["lr-output", "lr-all"]), Some("lr-all"));
        assert_eq!(nearest("f46", ["f32", "f64"]), Some("f64"));
        assert_eq!(nearest("numpychoice", ["fast", "numpy-choice"]), Some("numpy-choice"));
        assert_eq!(nearest(&"s".repeat(100_000), optimizers), None);
    }
}
