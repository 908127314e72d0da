//! The Rust code of the guide and the README as documentation tests, so that none of it can go
//! stale.

macro_rules! chapters {
    ($($module:ident $file:literal)*) => {
        $(
            #[cfg(doctest)]
            #[doc = include_str!($file)]
            mod $module {}
        )*

        #[cfg(test)]
        const CHAPTERS: &[&str] = &[$($file),*];
    };
}

chapters! {
    readme "../README.md"
    introduction "src/introduction.md"
    getting_started "src/getting-started.md"
    objectives "src/objectives.md"
    methods "src/methods.md"
    operators "src/operators.md"
    krylov "src/krylov.md"
    spectrum "src/spectrum.md"
    density "src/density.md"
    diagnose "src/diagnose.md"
    command "src/command.md"
    python "src/python.md"
    models "src/models.md"
    fitting "src/fitting.md"
    sketched "src/sketched.md"
    sums "src/sums.md"
    networks "src/networks.md"
    statuses "src/statuses.md"
    mgh "src/mgh.md"
    compositions "src/compositions.md"
    nist "src/nist.md"
    scalings "src/scalings.md"
    single "src/single.md"
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::CHAPTERS;

    #[test]
    fn every_chapter_is_tested_and_in_the_summary() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let summary = fs::read_to_string(folder.join("SUMMARY.md")).unwrap();
        for entry in fs::read_dir(&folder).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            if name.ends_with(".md") && name != "SUMMARY.md" {
                let file = format!("src/{name}");
                assert!(CHAPTERS.contains(&file.as_str()), "{name} is not in chapters.rs");
                assert!(summary.contains(&format!("({name})")), "{name} is not in SUMMARY.md");
            }
        }
    }

    #[test]
    fn links_between_chapters_lead_somewhere() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
        for chapter in CHAPTERS.iter().copied().chain(["src/SUMMARY.md"]) {
            let file = folder.join(chapter);
            let text = fs::read_to_string(&file).unwrap();
            for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
                let target = link.split('#').next().unwrap_or_default();
                if !target.is_empty() && !target.contains("://") {
                    let path = file.parent().unwrap().join(target);
                    assert!(path.exists(), "{chapter}: the link to {target} leads nowhere");
                }
            }
        }
    }
}
