//! Pictures as files.

use roxmltree::Document;

use crate::common::{Folder, Ran, command, ravine};

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

#[test]
fn a_race_as_a_page_opens_on_the_same_surface_start_and_methods() {
    let folder = Folder::new("page");
    let template = folder.write("template.html", "<head><!-- state --></head>");
    let file = folder.path("out.html");
    let race = |problem: &str, methods: &str| {
        let arguments = ["race", problem, "--start", "-1.2,1", "--methods", methods];
        let mut command = command(&[&arguments[..], &["--html", &file]].concat());
        Ran::from(command.env("RAVINE_PAGE", &template).output().unwrap())
    };
    let ran = race("rosenbrock", "bfgs,gd:step=0.001,sr1:radius.initial=0.5");
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    assert!(ran.stdout.contains(&format!("The page is in {file}.")));
    let page = std::fs::read_to_string(&file).unwrap();
    let opened = page.split_once("\"#arena?v=1&f=rosenbrock&start=-1.2,1&methods=").unwrap().1;
    for method in ["bfgs", "gd:step=0.001", "sr1:radius.initial=0.5"] {
        assert!(opened.contains(method), "{opened}");
    }
    assert!(opened.contains("&by=work&show=gap") && !page.contains("<!-- state -->"));

    assert_eq!(race("(1-x)^2 + 100*(y-x^2)^2", "newton").status, 0);
    let page = std::fs::read_to_string(&file).unwrap();
    let formula = "f=%281-x%29%5E2%20%2B%20100%2A%28y-x%5E2%29%5E2&";
    assert!(page.contains(formula), "{page}");
}

#[test]
fn what_a_page_would_forget_is_refused_before_the_race() {
    let folder = Folder::new("forgotten");
    let template = folder.write("template.html", "<!-- state -->");
    let file = folder.path("out.html");
    for (options, expected) in [
        (&["--bounds", "0..2"][..], "has no --bounds"),
        (&["--max-seconds", "5"], "has no --max-seconds"),
        (&["--x-axis", "seconds"], "has no --x-axis seconds"),
        (
            &["--max-iterations", "100001"],
            "from 1 to 100000 iterations, not --max-iterations 100001",
        ),
        (&["--methods", "bfgs,lbfgsb"], "does not have `lbfgsb`"),
    ] {
        let mut command = command(&[&["race", "beale", "--html", &file], options].concat());
        let ran = Ran::from(command.env("RAVINE_PAGE", &template).output().unwrap());
        assert_eq!((ran.status, ran.stdout.as_str()), (2, ""), "{options:?}");
        assert!(ran.stderr.contains(expected), "{options:?}: {}", ran.stderr);
    }
    let axes = ["race", "beale", "--x-axis", "iterations", "--y-axis", "gradient", "--html", &file];
    let limits = ["--max-iterations", "50", "--max-evaluations", "400", "--tolerance", "1e-3"];
    let mut race = command(&[&axes[..], &limits[..]].concat());
    let ran = Ran::from(race.env("RAVINE_PAGE", &template).output().unwrap());
    assert!(ran.stdout.contains("The page is in"), "{}", ran.stdout);
    let page = std::fs::read_to_string(&file).unwrap();
    assert!(page.contains("&by=iterations&show=gradient&play=1"), "{page}");
    let limits = "&limits=iterations=50,evaluations=400,tolerance=0.001&";
    assert!(page.contains(limits), "{page}");
    // Every method of the table that is not for bounds or large problems.
    let raced = |name: &str| ran.stdout.contains(name);
    for method in ["adam", "lbfgs", "newton", "trust-exact", "sr1"] {
        assert!(raced(method) && page.contains(method), "{method}: {page}");
    }
}

#[test]
fn pages_that_cannot_be_written_say_why() {
    let folder = Folder::new("no-page");
    let template = folder.write("template.html", "<!-- state -->");
    let other = folder.write("other.html", "<html>");
    let (missing, file) = (folder.path("missing.html"), folder.path("out.html"));
    for (problem, page, reason) in [
        ("mgh:14", &template, "--html shows functions of two variables"),
        ("x^2", &template, "--html shows functions of two variables"),
        ("beale", &other, "is not the page of Ravine"),
        ("beale", &missing, "missing.html"),
    ] {
        let mut command = command(&["race", problem, "--methods", "bfgs", "--html", &file]);
        let ran = Ran::from(command.env("RAVINE_PAGE", page).output().unwrap());
        // Before any work.
        assert_eq!((ran.status, ran.stdout.as_str()), (2, ""), "{problem}");
        assert!(ran.stderr.contains(reason), "{}", ran.stderr);
    }
}
