//! Pictures as files.

use roxmltree::Document;

use crate::common::{Folder, ravine};

/// The texts of a picture, and how many paths it has.
fn read(path: &str) -> (Vec<String>, usize) {
    let text = std::fs::read_to_string(path).unwrap();
    let document = Document::parse(&text).unwrap();
    let root = document.root_element();
    assert_eq!(root.tag_name().name(), "svg");
    let number = |name: &str| root.attribute(name).unwrap().parse::<f64>().unwrap();
    let (width, height) = (number("width"), number("height"));
    let texts: Vec<_> = document.descendants().filter(|n| n.has_tag_name("text")).collect();
    for node in &texts {
        let at = |name: &str| node.attribute(name).unwrap().parse::<f64>().unwrap();
        assert!((0.0..=width).contains(&at("x")) && (0.0..=height).contains(&at("y")));
    }
    for node in document.descendants() {
        for attribute in node.attributes() {
            assert!(!attribute.value().contains("NaN") && !attribute.value().contains("inf"));
        }
    }
    let texts = texts.iter().map(|n| n.text().unwrap_or_default().to_owned()).collect();
    (texts, document.descendants().filter(|n| n.has_tag_name("path")).count())
}

#[test]
fn a_race_in_the_plane_has_a_map_and_curves() {
    let folder = Folder::new("map");
    let file = folder.path("a.svg");
    let formula = "100*(y-x^2)^2+(1-x)^2 + 0*(x<3)";
    let plain = "100*(y-x^2)^2+(1-x)^2";
    // A title that XML would not take as it is.
    assert_eq!(ravine(&["race", formula, "--start", "-1.2,1", "--svg", &file]).status, 2);
    let ran = ravine(&["race", plain, "--start", "-1.2,1", "--svg", &file]);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    assert!(ran.stdout.contains(&file));
    let (texts, paths) = read(&file);
    let has = |text: &str| texts.iter().any(|t| t == text);
    assert!(has("x") && has("y") && has("value above the lowest") && has("newton"), "{texts:?}");
    assert!(texts[0].contains("start (-1.2, 1)"));
    // At least two paths for each of eight methods, and the contours.
    assert!(paths >= 30, "{paths}");
}

#[test]
fn other_dimensions_have_curves_alone() {
    let folder = Folder::new("curves");
    for (k, axis) in ["iterations", "evaluations", "seconds"].into_iter().enumerate() {
        let file = folder.path(&format!("{k}.svg"));
        let ran = ravine(&[
            "race",
            "quadratic:n=20",
            "--x-axis",
            axis,
            "--y-axis",
            "gradient",
            "--svg",
            &file,
            "--json",
        ]);
        assert_eq!(ran.status, 0, "{}", ran.stderr);
        assert!(!ran.stdout.contains(".svg"));
        let (texts, paths) = read(&file);
        assert!(texts.iter().any(|t| t.starts_with(axis)), "{texts:?}");
        assert!(texts.iter().any(|t| t == "|gradient|"));
        assert!(paths >= 16);
    }
}

#[test]
fn the_tour_minimize_and_profiles_draw_too() {
    let folder = Folder::new("other");
    let draw = |name: &str, arguments: &[&str]| {
        let file = folder.path(name);
        let ran = ravine(&[arguments, &["--svg", &file, "--json"]].concat());
        assert_eq!(ran.status, 0, "{}", ran.stderr);
        read(&file).0
    };
    assert!(draw("tour.svg", &["race"])[0].starts_with("Rosenbrock"));
    assert!(draw("one.svg", &["minimize", "x^4 + x*y + y^2"]).iter().any(|t| t == "iterations"));
    let profile = ["race", "--profile", "mgh", "--methods", "lm,lm-newton"];
    let texts = draw("profile.svg", &profile);
    assert!(texts.iter().any(|t| t == "share solved"), "{texts:?}");
}
