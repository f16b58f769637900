//! The progress bar.

use indicatif::{HumanCount, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use std::fmt::Write;

/// A bar of `steps` on stderr: steps per second and time left. It is silent if asked to be, or if stderr is not a
/// terminal.
pub fn bar(steps: u64, quiet: bool) -> ProgressBar {
    let target = if quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
    let style = ProgressStyle::with_template(
        "training [{bar:30}] {percent:>3} %  {human_pos} of {human_len} steps  {rate} a second  {eta} left",
    )
    .unwrap_or_else(|_| ProgressStyle::default_bar())
    .with_key("rate", |state: &ProgressState, out: &mut dyn Write| {
        // It is drawn again in a moment, should this fail.
        let _ = write!(out, "{}", HumanCount(state.per_sec() as u64));
    })
    .progress_chars("=> ");
    ProgressBar::with_draw_target(Some(steps), target).with_style(style)
}
