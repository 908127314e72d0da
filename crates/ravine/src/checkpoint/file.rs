//! The file of a checkpoint: its format, and how it takes the place of the one before.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::error::Error;
use super::subject::Subject;

/// How the first line begins; the version of the format follows.
const MAGIC: &[u8] = b"ravine checkpoint ";

/// Of the format.
const VERSION: &str = "1";

/// Of the library: states are read by the version that wrote them.
const LIBRARY: &str = env!("CARGO_PKG_VERSION");

/// Bytes of length and checksum at the end.
const SEAL: usize = 12;

/// What the second line says.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Head {
    ravine: String,
    pub iterations: u64,
    #[serde(flatten)]
    pub subject: Subject,
}

/// A file that was read.
pub(super) struct Parts {
    pub head: Head,
    bytes: Vec<u8>,
    state: std::ops::Range<usize>,
}

impl Parts {
    /// The state of the run.
    pub fn state(&self) -> &[u8] {
        &self.bytes[self.state.clone()]
    }
}

/// Writes a checkpoint, with the state as `write` does, in the place of what is at `path`.
///
/// # Errors
///
/// Where a file cannot be written; nothing is then changed.
pub(super) fn save(
    path: &Path,
    subject: &Subject,
    iterations: u64,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), Error> {
    let head = Head { ravine: LIBRARY.to_owned(), iterations, subject: subject.clone() };
    let saved = replace(path, |file| {
        let mut out = Summing { out: file, bytes: 0, sum: crc32fast::Hasher::new() };
        out.write_all(&[MAGIC, VERSION.as_bytes(), b"\n"].concat())?;
        let head = serde_json::to_string(&head).map_err(io::Error::other)?;
        out.write_all(format!("{head}\n").as_bytes())?;
        write(&mut out)?;
        let Summing { out, bytes, sum } = out;
        out.write_all(&bytes.to_le_bytes())?;
        out.write_all(&sum.finalize().to_le_bytes())
    });
    saved.map_err(|error| Error::Write { path: path.to_owned(), error })
}

/// Reads a checkpoint.
///
/// # Errors
///
/// A file that cannot be read, is no checkpoint, or not whole, or of another version.
pub(super) fn load(path: &Path) -> Result<Parts, Error> {
    let bytes = fs::read(path).map_err(|error| Error::Read { path: path.to_owned(), error })?;
    let refuse = |why: String| Err(Error::refused(path, why));
    let Some(after) = bytes.strip_prefix(MAGIC) else {
        return refuse("is not a checkpoint".to_owned());
    };
    let damaged = || refuse("is damaged: it was cut short or changed".to_owned());
    // No version is longer.
    let line = after.iter().take(20).position(|&byte| byte == b'\n');
    let Some(version) = line.and_then(|end| std::str::from_utf8(&after[..end]).ok()) else {
        return damaged();
    };
    if version != VERSION {
        return refuse(format!(
            "is a checkpoint in version {version} of the format; this is ravine {LIBRARY}, which \
             reads version {VERSION}"
        ));
    }
    let begin = MAGIC.len() + VERSION.len() + 1;
    let Some((content, seal)) = bytes.split_last_chunk::<SEAL>() else { return damaged() };
    let (length, sum) = seal.split_at(8);
    if length != (content.len() as u64).to_le_bytes()
        || sum != crc32fast::hash(content).to_le_bytes()
    {
        return damaged();
    }
    let Some(length) = content.get(begin..).and_then(|c| c.iter().position(|&b| b == b'\n')) else {
        return damaged();
    };
    let text = &content[begin..begin + length];
    // The version of the library first: another may say other things of what it is of.
    let library = serde_json::from_slice::<serde_json::Value>(text).ok();
    let library = library.as_ref().and_then(|head| head["ravine"].as_str());
    if let Some(other) = library.filter(|&version| version != LIBRARY) {
        return refuse(format!(
            "is a checkpoint of ravine {other}, but this is ravine {LIBRARY}: go on with the \
             version that began"
        ));
    }
    let Ok(head) = serde_json::from_slice::<Head>(text) else { return damaged() };
    let state = begin + length + 1..content.len();
    Ok(Parts { head, bytes, state })
}

/// Writes a file next to `path`, and moves it there once it is complete and on the disk: what was there
/// before stays until then, and where `write` fails.
///
/// ```
/// use ravine::checkpoint::replace;
/// use std::io::{Error, Write};
///
/// let path = std::env::temp_dir().join(format!("replaced-{}", std::process::id()));
/// replace(&path, |file| file.write_all(b"old"))?;
/// assert!(replace(&path, |file| file.write_all(b"ne").and(Err(Error::other("full")))).is_err());
/// assert_eq!(std::fs::read(&path)?, b"old");
/// # std::fs::remove_file(&path)?;
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// # Errors
///
/// Those of `write`, and a file that cannot be written.
pub fn replace(path: &Path, write: impl FnOnce(&mut File) -> io::Result<()>) -> io::Result<()> {
    // What a link points to is replaced, not the link.
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let Some(name) = path.file_name() else {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it has no name of a file"));
    };
    // Always the same name: what a killed run has left is written over by the next.
    let mut partial = OsString::from(name);
    partial.push(".partial");
    let partial = path.with_file_name(partial);
    let written = File::create(&partial).and_then(|mut file| {
        write(&mut file)?;
        file.sync_all()?;
        fs::rename(&partial, &path)
    });
    if written.is_err() {
        // The first error counts; there may be no such file.
        let _ = fs::remove_file(&partial);
        return written;
    }
    sync_folder(&path)
}

/// Brings the new name to the disk, too.
#[cfg(unix)]
fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = File::open(folder.unwrap_or(Path::new(".")))?;
    match folder.sync_all() {
        // Some file systems do not know this of folders.
        Err(error) if error.kind() == io::ErrorKind::InvalidInput => Ok(()),
        synced => synced,
    }
}

/// Elsewhere folders cannot be opened.
#[cfg(not(unix))]
fn sync_folder(_path: &Path) -> io::Result<()> {
    Ok(())
}

/// A writer that counts and sums what goes through.
struct Summing<'f> {
    out: &'f mut File,
    bytes: u64,
    sum: crc32fast::Hasher,
}

impl Write for Summing<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.bytes += written as u64;
        self.sum.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// The CRC-32 of some bytes, by which a change of them is seen.
///
/// ```
/// assert_eq!(ravine::checkpoint::checksum(b"123456789"), 0xcbf4_3926);
/// ```
pub fn checksum(bytes: &[u8]) -> u32 {
    crc32fast::hash(bytes)
}

/// A few words that tell the contents of a file from others: its size and its CRC-32. For the name
/// of a problem that is read from the file.
///
/// ```
/// let path = std::env::temp_dir().join(format!("cases-{}.csv", std::process::id()));
/// std::fs::write(&path, "x,y\n1,2\n")?;
/// assert_eq!(ravine::checkpoint::fingerprint(&path)?, "8 bytes, CRC-32 0072df23");
/// # std::fs::remove_file(&path)?;
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// # Errors
///
/// If the file cannot be read.
pub fn fingerprint(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let (mut sum, mut size, mut buffer) = (crc32fast::Hasher::new(), 0u64, vec![0; 1 << 16]);
    loop {
        let read = match file.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        sum.update(&buffer[..read]);
        size += read as u64;
    }
    Ok(format!("{size} bytes, CRC-32 {:08x}", sum.finalize()))
}
