//! Text files that a user gives.

use crate::diagnostic::Failure;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

/// The largest file that is read.
const LARGEST: u64 = 1 << 30;

/// The text of a file in UTF-8, without a byte order mark. `what` it is begins the message if it cannot be read.
///
/// # Errors
/// If it cannot be read, is larger than 1 GiB, or is not in UTF-8; then with the line and the likely encoding.
pub fn read(what: &str, path: &Path) -> Result<String, Failure> {
    let shown = path.display();
    let mut bytes = Vec::new();
    // Some files have no end, such as /dev/zero.
    let read = File::open(path).and_then(|file| file.take(LARGEST + 1).read_to_end(&mut bytes));
    read.map_err(|error| Failure::input(format!("{what} {shown} cannot be read: {error}")))?;
    if bytes.len() as u64 > LARGEST {
        return Err(Failure::input(format!("{what} {shown} cannot be read: it is larger than 1 GiB")));
    }
    decode(&bytes).map_err(|wrong| {
        let text = String::from_utf8_lossy(&bytes);
        let failure = Failure::input(format!("{what} {shown} cannot be read: {}", wrong.cause)).help(wrong.help);
        match wrong.place {
            Some([line, column]) => failure.at(shown, &text, line, column),
            None => failure,
        }
    })
}

/// Why bytes are not text in UTF-8.
#[derive(Debug, PartialEq)]
struct NotText {
    cause: String,
    help: &'static str,
    /// Line and character, counted from 1, of the first byte that does not belong.
    place: Option<[usize; 2]>,
}

const SAVE: &str = "save it in UTF-8";

/// The text in some bytes, without a byte order mark.
fn decode(bytes: &[u8]) -> Result<String, NotText> {
    let whole = |cause: &str, help| Err(NotText { cause: cause.to_owned(), help, place: None });
    match bytes {
        [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] => return whole("it is text in UTF-32", SAVE),
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => return whole("it is text in UTF-16", SAVE),
        // Without a mark, a character such as { has a zero beside it.
        &[first, second, ..] if (first == 0) != (second == 0) => return whole("it is text in UTF-16", SAVE),
        [0x1f, 0x8b, ..] => return whole("it is compressed", "unpack it with gunzip"),
        _ => {}
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let error = match std::str::from_utf8(bytes) {
        Ok(text) => return Ok(text.to_owned()),
        Err(error) => error,
    };
    let (good, rest) = bytes.split_at(error.valid_up_to());
    let line = good.split(|&byte| byte == b'\n').count();
    let start = good.iter().rposition(|&byte| byte == b'\n').map_or(0, |newline| newline + 1);
    let column = 1 + String::from_utf8_lossy(&good[start..]).chars().count();
    let byte = rest[0];
    let cause = match byte {
        0xa0.. => format!("it is not text in UTF-8; the byte {byte:#04x} would be {} in Latin-1", char::from(byte)),
        _ => format!("it is not text in UTF-8, as the byte {byte:#04x} shows"),
    };
    Err(NotText { cause, help: SAVE, place: Some([line, column]) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_order_mark_is_no_part_of_the_text() {
        assert_eq!(decode(b"\xef\xbb\xbf{}").unwrap(), "{}");
        assert_eq!(decode(b"").unwrap(), "");
        assert_eq!(decode(b"\xef\xbb\xbf").unwrap(), "");
        assert_eq!(decode("x = 'é'".as_bytes()).unwrap(), "x = 'é'");
    }

    #[test]
    fn another_encoding_is_refused_with_line_and_cause() {
        let utf16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
        for bytes in [utf16("\u{feff}{}"), utf16("{}"), vec![0xfe, 0xff, 0, b'{'], vec![0, b'{', 0, b'}']] {
            assert_eq!(decode(&bytes).unwrap_err().cause, "it is text in UTF-16", "{bytes:?}");
        }
        assert_eq!(decode(&[0xff, 0xfe, 0, 0, b'{', 0, 0, 0]).unwrap_err().cause, "it is text in UTF-32");
        assert_eq!(decode(&[0x1f, 0x8b, 8]).unwrap_err().help, "unpack it with gunzip");
        let latin =
            decode("a = 1\né = 2\nb = \"caf".as_bytes()).map(|text| [text.as_bytes(), b"\xe9\""].concat()).unwrap();
        let wrong = decode(&latin).unwrap_err();
        assert_eq!(wrong.cause, "it is not text in UTF-8; the byte 0xe9 would be é in Latin-1");
        assert_eq!(wrong.place, Some([3, 9]));
        assert_eq!(decode(b"a\x80").unwrap_err().place, Some([1, 2]));
    }
}
