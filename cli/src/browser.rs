//! The person's browser.

use crate::terminal;
use std::io::Write as _;
use std::path::Path;

/// Opens a page in the browser if that is asked for, and does not wait for it. Where it cannot be done, the person is told:
/// all else is done.
pub fn open(is_asked_for: bool, page: &Path) {
    if !is_asked_for {
        return;
    }
    let opened = std::path::absolute(page).and_then(open::that_detached);
    if let Err(error) = opened {
        let page = terminal::path(page);
        let told = format!("{page} could not be opened in a browser ({error}); open it by hand\n");
        // If nobody listens any more, the page is there all the same.
        let _ = std::io::stderr().write_all(terminal::escaped(&told).as_bytes());
    }
}
