//! From the bytes of a file to text: unpacking, encodings, and what is no text at all.

use super::error::{Fault, TableError};
use flate2::read::MultiGzDecoder;
use std::borrow::Cow;
use std::io::Read as _;

/// The most bytes of a table, and the most that a compressed one is unpacked to.
pub const MOST_BYTES: usize = 1 << 30;

/// A text, and how it was written.
pub struct Decoded<'a> {
    pub text: Cow<'a, str>,
    pub encoding: &'static str,
    pub compressed: bool,
}

/// Unpacks and decodes.
pub fn decode(bytes: &[u8]) -> Result<Decoded<'_>, TableError> {
    if bytes.len() > MOST_BYTES {
        return Err(Fault::TooLarge { limit: MOST_BYTES }.into());
    }
    if bytes.starts_with(&[0x1f, 0x8b]) {
        let unpacked = unpack(bytes)?;
        let Decoded { text, encoding, .. } = text_of(&unpacked)?;
        return Ok(Decoded { text: Cow::Owned(text.into_owned()), encoding, compressed: true });
    }
    text_of(bytes)
}

fn unpack(bytes: &[u8]) -> Result<Vec<u8>, TableError> {
    let mut unpacked = Vec::new();
    let read = MultiGzDecoder::new(bytes).take(MOST_BYTES as u64 + 1).read_to_end(&mut unpacked);
    read.map_err(|error| Fault::Gzip { error: error.to_string() })?;
    if unpacked.len() > MOST_BYTES {
        return Err(Fault::TooLarge { limit: MOST_BYTES }.into());
    }
    Ok(unpacked)
}

fn text_of(bytes: &[u8]) -> Result<Decoded<'_>, TableError> {
    if let Some(fault) = foreign(bytes) {
        return Err(fault.into());
    }
    let (text, encoding) = decoded(bytes);
    if let Some(at) = text.find('\0') {
        return Err(Fault::Nul.at(&text, at));
    }
    match marked_up(&text) {
        Some(fault) => Err(fault.into()),
        None => Ok(Decoded { text, encoding, compressed: false }),
    }
}

/// The text in the encoding that it is marked with, or that its bytes allow.
#[cfg(not(target_arch = "wasm32"))]
fn decoded(bytes: &[u8]) -> (Cow<'_, str>, &'static str) {
    let marked = encoding_rs::Encoding::for_bom(bytes).map(|(encoding, _)| encoding);
    let utf8 = || std::str::from_utf8(bytes).is_ok().then_some(encoding_rs::UTF_8);
    let found = marked.or_else(|| utf16_without_mark(bytes)).or_else(utf8);
    let encoding = found.unwrap_or(encoding_rs::WINDOWS_1252);
    (encoding.decode_with_bom_removal(bytes).0, encoding.name())
}

/// In a page a browser has decoded it before; the tables of other encodings would be a quarter of the module.
#[cfg(target_arch = "wasm32")]
fn decoded(bytes: &[u8]) -> (Cow<'_, str>, &'static str) {
    (String::from_utf8_lossy(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)), "UTF-8")
}

/// UTF-16 without a byte order mark: text of mostly ASCII characters has a zero in every second byte.
#[cfg(not(target_arch = "wasm32"))]
fn utf16_without_mark(bytes: &[u8]) -> Option<&'static encoding_rs::Encoding> {
    let head = &bytes[..bytes.len().min(1000) & !1];
    let zeros = |parity: usize| head.iter().skip(parity).step_by(2).filter(|&&byte| byte == 0).count();
    let (even, odd, pairs) = (zeros(0), zeros(1), head.len() / 2);
    match () {
        () if pairs < 2 => None,
        () if odd * 4 > pairs * 3 && even == 0 => Some(encoding_rs::UTF_16LE),
        () if even * 4 > pairs * 3 && odd == 0 => Some(encoding_rs::UTF_16BE),
        () => None,
    }
}

/// Where some kinds of files say what they are: the place, the bytes there, the kind, and what to do.
const MARKS: &[(usize, &[u8], &str, &str)] = {
    const SPREADSHEET: &str = "open it in a spreadsheet and save the sheet as CSV";
    const PACKED: &str = "unpack it and give the table itself";
    const PICTURE: &str = "give the table of numbers that it was made from";
    const PROGRAM: &str = "write the columns as CSV with the program or library that made it";
    &[
        (0, b"PK\x05\x06", "an empty zip archive", PACKED),
        (0, b"\xd0\xcf\x11\xe0", "a spreadsheet (.xls) or another file of Microsoft Office", SPREADSHEET),
        (0, b"BZh", "a file compressed by bzip2", PACKED),
        (0, b"\xfd7zXZ\0", "a file compressed by xz", PACKED),
        (0, b"\x28\xb5\x2f\xfd", "a file compressed by zstd", PACKED),
        (0, b"7z\xbc\xaf\x27\x1c", "a 7z archive", PACKED),
        (0, b"Rar!\x1a", "a rar archive", PACKED),
        (257, b"ustar", "a tar archive", PACKED),
        (0, b"\x89PNG", "a PNG picture", PICTURE),
        (0, b"\xff\xd8\xff", "a JPEG picture", PICTURE),
        (0, b"GIF8", "a GIF picture", PICTURE),
        (0, b"%PDF-", "a PDF document", "copy the table out of it and save it as CSV"),
        (0, b"PAR1", "a Parquet file", PROGRAM),
        (0, b"ARROW1", "an Arrow or Feather file", PROGRAM),
        (0, b"\x89HDF", "an HDF5 file", PROGRAM),
        (0, b"CDF\x01", "a NetCDF file", PROGRAM),
        (0, b"CDF\x02", "a NetCDF file", PROGRAM),
        (0, b"\x93NUMPY", "a NumPy file (.npy)", "write it with numpy.savetxt"),
        (0, b"MATLAB 5.0 MAT-file", "a Matlab file (.mat)", "write the columns with Matlab's writematrix"),
        (0, b"SQLite format 3", "an SQLite database", PROGRAM),
        (0, b"RDX2\n", "a file of R data", "write it with R's write.csv"),
        (0, b"RDX3\n", "a file of R data", "write it with R's write.csv"),
        (0, b"X\n\0\0\0", "a file of R data (.rds)", "write it with R's write.csv"),
        (0, b"<stata_dta>", "a Stata file", PROGRAM),
    ]
};

/// The kind of a file that is known by its first bytes.
fn foreign(bytes: &[u8]) -> Option<Fault> {
    if bytes.starts_with(b"PK\x03\x04") {
        let head = &bytes[..bytes.len().min(4096)];
        let holds = |name: &[u8]| head.windows(name.len()).any(|window| window == name);
        let spreadsheet = holds(b"[Content_Types].xml") || holds(b"xl/") || holds(b"opendocument.spreadsheet");
        return Some(if spreadsheet {
            Fault::Foreign {
                what: "a spreadsheet (.xlsx or .ods)",
                way_out: "open it in a spreadsheet and save the sheet as CSV",
            }
        } else {
            Fault::Foreign { what: "a zip archive", way_out: "unpack it and give the table itself" }
        });
    }
    let marked =
        |&&(at, mark, ..): &&(usize, &[u8], &str, &str)| bytes.get(at..).is_some_and(|rest| rest.starts_with(mark));
    MARKS.iter().find(marked).map(|&(_, _, what, way_out)| Fault::Foreign { what, way_out })
}

/// Text that is no table, known by how it begins.
fn marked_up(text: &str) -> Option<Fault> {
    let head: String = text.trim_start().chars().take(60).collect::<String>().to_ascii_lowercase();
    let next = || head.chars().skip(1).find(|c| !c.is_whitespace());
    if ["<!doctype html", "<html", "<head", "<body", "<table", "<script"].iter().any(|tag| head.starts_with(tag)) {
        let way_out = "a download that needs a login, or a wrong address, gives a page in place of the table: open it in a \
                       browser and save the table itself as CSV";
        return Some(Fault::Foreign { what: "a web page (HTML)", way_out });
    }
    if head.starts_with("<?xml") || head.starts_with("<!--") {
        return Some(Fault::Foreign { what: "XML", way_out: "save the table as CSV" });
    }
    let json = match head.chars().next() {
        Some('{') => matches!(next(), Some('"' | '}')),
        Some('[') => {
            matches!(next(), Some('{' | '[' | '"' | ']'))
                || text.trim_end().ends_with(']') && !text.trim().contains('\n')
        }
        _ => false,
    };
    json.then_some(Fault::Foreign { what: "JSON", way_out: "save the table as CSV, a row a line" })
}
