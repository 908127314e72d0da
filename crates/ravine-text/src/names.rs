//! Help with misspelt names.

/// `; did you mean ...?` where a candidate is near, else nothing.
///
/// ```
/// let names = ["rosenbrock", "beale"];
/// assert_eq!(ravine_text::did_you_mean("rosenbrok", names), "; did you mean `rosenbrock`?");
/// assert_eq!(ravine_text::did_you_mean("simplex", names), "");
/// ```
pub fn did_you_mean<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> String {
    nearest(word, candidates).map_or(String::new(), |near| format!("; did you mean `{near}`?"))
}

/// The candidate that is near, where one is.
///
/// ```
/// assert_eq!(ravine_text::nearest("--jsn", ["--json", "--svg"]), Some("--json"));
/// ```
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_ascii_lowercase();
    candidates
        .into_iter()
        .map(|candidate| (distance(&word, candidate), candidate))
        .min_by_key(|&(distance, _)| distance)
        // A third of the letters wrong is another word.
        .filter(|(distance, candidate)| 3 * distance <= candidate.len().max(3))
        .map(|(_, candidate)| candidate)
}

/// The number of insertions, deletions, replacements and swaps of neighbours between two words.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let replaced = last[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            row[j] = replaced.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(before[j - 2] + 1);
            }
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

/// Names with settings, separated by commas; a part with `=` but no `:` goes on with the settings of the name
/// before it.
///
/// ```
/// let texts = ravine_text::split_list("adam:step=1e-2,beta1=0.5, newton");
/// assert_eq!(texts, ["adam:step=1e-2,beta1=0.5", "newton"]);
/// ```
pub fn split_list(text: &str) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
        match parts.last_mut() {
            Some(last) if part.contains('=') && !part.contains(':') => {
                last.push(',');
                last.push_str(part);
            }
            _ => parts.push(part.to_owned()),
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::{did_you_mean, distance};

    #[test]
    fn distances() {
        for (a, b, expected) in [
            ("", "abc", 3),
            ("kitten", "sitting", 3),
            ("rosenbrock", "rosenbrock", 0),
            ("beael", "beale", 1),
            ("abc", "", 3),
        ] {
            assert_eq!(distance(a, b), expected, "{a} {b}");
            assert_eq!(distance(b, a), expected, "{b} {a}");
        }
    }

    #[test]
    fn suggestions_are_near_or_absent() {
        let names = ["rosenbrock", "himmelblau", "n"];
        assert_eq!(did_you_mean("Rosenbrok", names), "; did you mean `rosenbrock`?");
        assert_eq!(did_you_mean("himelblau", names), "; did you mean `himmelblau`?");
        assert_eq!(did_you_mean("something", names), "");
        assert_eq!(did_you_mean("something", []), "");
    }
}

/// Names separated by commas, which within brackets and quotes are parts of a name.
///
/// ```
/// let names = ravine_text::split_names("x, bs(z, df=4),C(g, levels=[\"a,b\"])");
/// assert_eq!(names, ["x", "bs(z, df=4)", "C(g, levels=[\"a,b\"])"]);
/// ```
pub fn split_names(text: &str) -> Vec<&str> {
    let mut names = Vec::new();
    let (mut depth, mut quote, mut start) = (0_usize, None, 0);
    for (at, c) in text.char_indices() {
        match c {
            c if quote == Some(c) => quote = None,
            _ if quote.is_some() => {}
            '"' | '\'' => quote = Some(c),
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                names.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    names.push(&text[start..]);
    names.into_iter().map(str::trim).filter(|name| !name.is_empty()).collect()
}
