//! Which runs a page speaks of: all of them in medians, and for each width one to look at closely.

use nn::data::Data;
use nn::settings::Paradigm;
use nn::study::{Run, Study};

use super::figure::named;
use super::words;
use crate::figures::{Figure, paradigm_words, spread};
use crate::findings::{self, Group, final_test};

/// A group in words: "all layers at width 10".
pub fn name(group: &Group) -> String {
    format!("{} at width {}", paradigm_words(group.paradigm), group.width)
}

/// Several groups in a list: "output layer only (widths 10 and 20) and all layers (width 40)".
pub fn names<'g>(groups: impl IntoIterator<Item = &'g Group<'g>>) -> String {
    let groups: Vec<&Group> = groups.into_iter().collect();
    let of = |paradigm: &Paradigm| {
        let widths: Vec<usize> = groups.iter().filter(|g| g.paradigm == *paradigm).map(|g| g.width).collect();
        let noun = if widths.len() == 1 { "width" } else { "widths" };
        (!widths.is_empty()).then(|| format!("{} ({noun} {})", paradigm_words(*paradigm), words::list(widths)))
    };
    words::list(Paradigm::ALL.iter().filter_map(of))
}

/// The median of runs by final test error; of two middle ones the better.
fn middle(mut runs: Vec<&Run>) -> Option<&Run> {
    runs.sort_by(|a, b| final_test(a).total_cmp(&final_test(b)).then(a.seed.cmp(&b.seed)));
    findings::middle(&runs)
}

/// The most widths whose networks a page shows one by one.
const SHOWN_WIDTHS: usize = 6;

/// A study, sorted for reading.
pub struct Overview<'a> {
    /// All there is.
    pub study: &'a Study,
    /// Its data, with names that fit into pictures.
    pub data: Data,
    /// By width, then in the usual order of paradigms.
    pub groups: Vec<Group<'a>>,
    /// All widths, ascending.
    pub widths: Vec<usize>,
    /// The paradigms, in their usual order.
    pub paradigms: Vec<Paradigm>,
    /// The figures, if they are drawn.
    figures: &'a [Figure],
}

impl<'a> Overview<'a> {
    /// Sorts the runs of a study.
    pub fn new(study: &'a Study, figures: &'a [Figure]) -> Self {
        let mut widths: Vec<usize> = study.runs.iter().map(|run| run.width).collect();
        widths.sort_unstable();
        widths.dedup();
        let trained = |paradigm: &&Paradigm| study.runs.iter().any(|run| run.paradigm == **paradigm);
        let paradigms: Vec<Paradigm> = Paradigm::ALL.iter().filter(trained).copied().collect();
        let groups = Group::all(&study.runs);
        let data = words::with_clean_names(&study.data);
        Self { study, data, groups, widths, paradigms, figures }
    }

    /// The name of a figure of one network; it names the seed if there are several.
    pub fn name(&self, idea: &str, width: usize, paradigm: Option<Paradigm>) -> String {
        let mut name = format!("{idea}-width-{width}");
        if let Some(paradigm) = paradigm {
            name = format!("{name}-{paradigm}");
        }
        match self.seed(width) {
            Some(seed) if self.several() => format!("{name}-seed-{seed}"),
            _ => name,
        }
    }

    /// The name of the function view of a run of the other kind.
    pub fn other_name(run: &Run) -> String {
        format!("function-width-{}-{}-seed-{}", run.width, run.paradigm, run.seed)
    }

    /// The figure of that name.
    pub fn figure(&self, name: &str) -> Option<&'a Figure> {
        named(self.figures, name)
    }

    /// The figure of one network.
    pub fn figure_of(&self, idea: &str, width: usize, paradigm: Option<Paradigm>) -> Option<&'a Figure> {
        self.figure(&self.name(idea, width, paradigm))
    }

    /// The runs of a width and paradigm.
    pub fn group(&self, width: usize, paradigm: Paradigm) -> Option<&Group<'a>> {
        self.groups.iter().find(|group| group.width == width && group.paradigm == paradigm)
    }

    /// The groups of a paradigm, by width.
    pub fn of_paradigm(&self, paradigm: Paradigm) -> impl Iterator<Item = &Group<'a>> {
        self.groups.iter().filter(move |group| group.paradigm == paradigm)
    }

    /// Whether there are several networks of each width.
    pub fn several(&self) -> bool {
        self.groups.iter().any(|group| group.runs.len() > 1)
    }

    /// The widths whose networks the page shows: all of them, or some from the smallest to the largest.
    pub fn shown_widths(&self) -> Vec<usize> {
        spread(self.widths.len(), SHOWN_WIDTHS).into_iter().map(|index| self.widths[index]).collect()
    }

    /// The width the page opens with, the middle one.
    pub fn first_width(&self) -> Option<usize> {
        let shown = self.shown_widths();
        shown.get(shown.len() / 2).copied()
    }

    /// The paradigm the page opens with: all layers if they were trained.
    pub fn first_paradigm(&self) -> Option<Paradigm> {
        let all = self.paradigms.iter().find(|&&paradigm| paradigm == Paradigm::All);
        all.or(self.paradigms.first()).copied()
    }

    /// The seed whose networks are shown for a width: the median run by final test error of the first paradigm (of two
    /// middle runs, the better one). All paradigms of a width are shown from the same start.
    pub fn seed(&self, width: usize) -> Option<u64> {
        let group =
            self.group(width, self.first_paradigm()?).or(self.groups.iter().find(|group| group.width == width))?;
        middle(group.runs.clone()).map(|run| run.seed)
    }

    /// A run of the other kind than the shown one, and whether it is stuck: the median of those that are if the shown one is
    /// not, or else of those that are not. None if all are of one kind.
    pub fn other_kind(&self, width: usize, paradigm: Paradigm) -> Option<(&'a Run, bool)> {
        let (group, shown) = (self.group(width, paradigm)?, self.shown(width, paradigm)?);
        let stuck = group.stuck();
        let is_stuck = |run: &Run| stuck.iter().any(|other| other.seed == run.seed);
        let others = group.runs.iter().filter(|run| run.divergence().is_none() && is_stuck(run) != is_stuck(shown));
        middle(others.copied().collect()).map(|run| (run, is_stuck(run)))
    }

    /// The run that is shown for a width and paradigm.
    pub fn shown(&self, width: usize, paradigm: Paradigm) -> Option<&'a Run> {
        let seed = self.seed(width)?;
        let runs = &self.group(width, paradigm)?.runs;
        runs.iter().find(|run| run.seed == seed).or(runs.first()).copied()
    }

    /// The runs by gradient descent that are shown for a width.
    pub fn descents(&self, width: usize) -> Vec<&'a Run> {
        [Paradigm::Output, Paradigm::All].into_iter().filter_map(|paradigm| self.shown(width, paradigm)).collect()
    }

    /// Which network of several is shown, in words; empty if there is only one.
    pub fn which(&self, width: usize) -> String {
        let (Some(seed), Some(paradigm)) = (self.seed(width), self.first_paradigm()) else { return String::new() };
        let runs = self.group(width, paradigm).map_or(0, |group| group.runs.len());
        if runs < 2 {
            return String::new();
        }
        let trained = match paradigm {
            Paradigm::Output => "the output layer trained",
            Paradigm::All => "all layers trained",
            Paradigm::Ridge => "ridge regression",
        };
        format!("Shown: seed {seed}, the median of {runs} networks by final test error with {trained}.")
    }
}
