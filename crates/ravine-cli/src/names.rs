//! Help with misspelt names.

/// The candidate that a reader would take `name` for, if there is one.
pub fn nearest<'a>(name: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let name = name.to_lowercase();
    candidates
        .map(|candidate| {
            let distance = strsim::damerau_levenshtein(&name, &candidate.to_lowercase());
            (distance, candidate)
        })
        .min()
        .filter(|&(distance, candidate)| {
            distance <= 1 + candidate.len().min(name.len()) / 4
                || (name.len() >= 4 && candidate.to_lowercase().contains(&name))
        })
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn near_names_only() {
        let names = ["rosenbrock", "beale", "booth"];
        assert_eq!(nearest("rosenbrok", names.into_iter()), Some("rosenbrock"));
        assert_eq!(nearest("Beal", names.into_iter()), Some("beale"));
        assert_eq!(nearest("simplex", names.into_iter()), None);
    }
}
