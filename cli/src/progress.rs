//! The progress bar.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A bar of `steps` on stderr: steps per second and time left. It is silent if asked to be, or if stderr is not a
/// terminal.
pub fn bar(steps: u64, quiet: bool) -> ProgressBar {
    let target = if quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
    let style = ProgressStyle::with_template(
        "training [{bar:30}] {percent:>3} %  {human_pos} of {human_len} steps  {per_sec}  {eta} left",
    )
    .unwrap_or_else(|_| ProgressStyle::default_bar())
    .progress_chars("=> ");
    ProgressBar::with_draw_target(Some(steps), target).with_style(style)
}
