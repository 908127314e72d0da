//! LIBSVM files: what is read, and where errors point.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use ravine_data::{IndexBase, LibsvmSettings, read_libsvm, read_libsvm_file, read_libsvm_with};

fn error(text: &str, settings: &LibsvmSettings) -> String {
    read_libsvm_with(text.as_bytes(), "a.svm", settings).unwrap_err().to_string()
}

#[test]
fn indices_begin_with_one_or_with_zero() {
    let zero = LibsvmSettings { base: IndexBase::Zero, ..LibsvmSettings::default() };
    let text = "1 0:1 2:3\n0 1:2\n";
    let (x, y) = read_libsvm_with(text.as_bytes(), "a.svm", &zero).unwrap();
    assert_eq!((x.rows(), x.columns(), y), (2, 3, vec![1.0, 0.0]));
    assert_eq!(x.row(0), (&[0, 2][..], &[1.0, 3.0][..]));
    let one = LibsvmSettings::default();
    let said = "a.svm:1: column `entry 1`: the index `0` is not a whole number from 1";
    assert_eq!(error(text, &one), said);
    let said = "a.svm:2: column `entry 2`: the index 1 comes after 1; indices must ascend";
    assert!(error("1 0:1\n1 1:2 1:3\n", &zero).starts_with(said));
    let said = "the index 16777216 is above 16777215";
    assert!(error("1 16777216:1\n", &zero).ends_with(said));
}

#[test]
fn mistakes_are_named_with_line_and_entry() {
    let one = LibsvmSettings::default();
    for (text, said) in [
        ("", "a.svm: is empty"),
        ("# only a comment\n", "a.svm: is empty"),
        ("1\n2\n", "a.svm: has labels but no `index:value`"),
        ("1 1:1\n\nx 1:1\n", "a.svm:3: column `label`: `x` is not a number"),
        ("inf 1:1\n", "a.svm:1: column `label`: `inf` is not a finite number"),
        ("1 1:1 2\n", "a.svm:1: column `entry 2`: `2` is not of the form `index:value`"),
        (
            "1 1:1 ++2:3\n",
            "a.svm:1: column `entry 2`: the index `++2` is not a whole number from 1",
        ),
        (
            "1 99999999999999999999:1\n",
            "a.svm:1: column `entry 1`: the index `99999999999999999999`",
        ),
        ("1 1:x\n", "a.svm:1: column `entry 1`: the value of index 1: `x` is not a number"),
        ("1 1:1e999\n", "a.svm:1: column `entry 1`: the value of index 1: `1e999` is not a finite"),
    ] {
        let message = error(text, &one);
        assert!(message.starts_with(said), "{text:?}: {message}");
    }
    let message = read_libsvm(b"1 1:\xff\n".as_slice(), "a.svm").unwrap_err().to_string();
    assert_eq!(message, "a.svm:1: column `entry 1`: is not UTF-8 text");
}

#[test]
fn files_may_be_compressed() {
    let folder = std::env::temp_dir().join(format!("ravine-libsvm-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("a.svm.gz");
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(b"1 qid:3 1:0.5 # first\n-1 2:1\n").unwrap();
    std::fs::write(&path, encoder.finish().unwrap()).unwrap();
    let (x, y) = read_libsvm_file(&path, &LibsvmSettings::default()).unwrap();
    assert_eq!((x.stored(), y), (2, vec![1.0, -1.0]));
    std::fs::remove_dir_all(&folder).unwrap();
}
