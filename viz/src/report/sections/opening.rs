//! What this is, and what came out, in a few sentences.

use maud::{Markup, html};
use nn::data::TestSet;
use nn::settings::{Optimizer, Paradigm, Target};
use nn::table::Reading;

use crate::figures::{counted, plain, test_points};
use crate::findings::{self, Elbows};
use crate::report::runs::{Overview, name};
use crate::report::words::{list, part, part_of, sentence, time, times};
use crate::text::{short, thousands};

/// The head of the page.
pub fn section(overview: &Overview) -> Markup {
    let results = [best(overview), moves(overview), quickest(overview)];
    html! {
        header {
            h1 { "How small ReLU networks learn" }
            p.lead {
                "A network with one input, one output and a single hidden layer of ReLU units computes a bent line. Each \
                 hidden unit contributes one bend, at its "
                em { "elbow" }
                ". This page shows where the elbows go while such networks learn, and what that does to the error."
            }
            p { (task(overview)) }
            @if let Some(reading) = &overview.data.reading { (how_it_was_read(reading)) }
            @if !overview.groups.is_empty() { p { (ways(overview)) } }
            @if let Some(words) = overview.study.unstarted_words() {
                p.warning { strong { "Diverged. " } (words) }
            }
            @if overview.groups.is_empty() {
                p { "There is no network to look at in this study." }
            } @else {
                h2 { "In short" }
                ul.results { @for result in results.into_iter().flatten() { li { (result) } } }
                @for warning in divergence(overview) { p.warning { strong { "Diverged. " } (warning) } }
            }
        }
    }
}

/// How a table was read, and what the reader had better look at.
pub fn how_it_was_read(reading: &Reading) -> Markup {
    html! {
        p { "The table was read so: " (reading) "." }
        @for doubt in &reading.doubts { p.warning { strong { "To check. " } (sentence(doubt)) } }
    }
}

fn task(overview: &Overview) -> String {
    let (data, settings) = (&overview.data, &overview.study.settings);
    let count = thousands(data.x.len());
    let what = match (&settings.target, data.test) {
        (Target::File(_) | Target::StandardInput, _) | (_, TestSet::HeldOut { .. }) => {
            format!("{} as a function of {}, from {count} rows of {}", data.y_name, data.x_name(), data.name)
        }
        (target, _) => {
            let function = match target {
                Target::Sine => "sin(20x)",
                Target::Step => "the step from −1 to 1 at 0.5",
                Target::Abs => "|2x − 1|",
                _ => "a piecewise linear function with ten pieces",
            };
            let noise = match settings.noise {
                0.0 => "without noise".to_owned(),
                noise => format!("with normal noise of standard deviation {} on the values", plain(noise)),
            };
            format!("{function} on [0, 1] from {count} points, {noise}")
        }
    };
    let course = if matches!(settings.target, Target::Piecewise | Target::Sine) {
        " The exercise is that of a course notebook (Berkeley, EECS 189, fall 2020, discussion 7)."
    } else {
        ""
    };
    format!(
        "The task is to learn {what}. An error is the mean of the squared distances between prediction and value (MSE). Test \
         error is measured {}.{course}",
        test_points(data)
    )
}

fn ways(overview: &Overview) -> String {
    let settings = &overview.study.settings;
    let optimizer = match settings.optimizer {
        Optimizer::Sgd => "stochastic gradient descent",
        Optimizer::Momentum => "stochastic gradient descent with momentum",
        Optimizer::Nesterov => "stochastic gradient descent with Nesterov's momentum",
        Optimizer::Adam => "Adam",
        Optimizer::AdamW => "AdamW",
        Optimizer::RmsProp => "RMSprop",
    };
    let way = |paradigm: &Paradigm| match paradigm {
        Paradigm::Output => format!("the output layer only, by {optimizer}"),
        Paradigm::All => format!("all layers, by {optimizer}"),
        Paradigm::Ridge => {
            "the output layer by ridge regression, which solves a linear system in place of taking steps".to_owned()
        }
    };
    let ways: Vec<String> = overview.paradigms.iter().map(way).collect();
    let networks = match settings.seeds {
        0 | 1 => String::new(),
        seeds => format!(", {} networks of each", thousands(seeds)),
    };
    let same = if ways.len() > 1 { " Each way begins from the same networks." } else { "" };
    let steps = if overview.paradigms.iter().any(|&paradigm| paradigm != Paradigm::Ridge) {
        format!(
            " Descent takes {}, each on a minibatch: {} drawn with replacement.",
            counted(settings.steps, "step"),
            counted(settings.batch, "point")
        )
    } else {
        String::new()
    };
    let hidden = if overview.widths == [1] { "unit" } else { "units" };
    let shown = overview.shown_widths();
    let drawn = if shown.len() < overview.widths.len() {
        format!(
            " Networks of {} are drawn one by one, so that this page stays small; all are in tables and errors.",
            list(&shown)
        )
    } else {
        String::new()
    };
    let trained = ways.join("; ");
    format!("Hidden layers have {} {hidden}{networks}. Trained: {trained}.{same}{steps}{drawn}", list(&overview.widths))
}

fn best(overview: &Overview) -> Option<String> {
    let finite = overview.groups.iter().filter(|group| group.test().is_finite());
    let best = finite.min_by(|a, b| a.test().total_cmp(&b.test()))?;
    let median = if overview.several() { "median " } else { "" };
    let constant = findings::constant(&overview.data);
    let compared = match times(constant, best.test()) {
        Some(ratio) if constant > 1.05 * best.test() => {
            format!("a constant, the mean of the training values, has {ratio} that")
        }
        _ => format!("a constant, the mean of the training values, has {}", short(constant)),
    };
    Some(format!("The lowest {median}test error is {}, with {}; {compared}.", short(best.test()), name(best)))
}

fn moves(overview: &Overview) -> Option<String> {
    let count = |paradigm: Paradigm| {
        let runs = overview.of_paradigm(paradigm).flat_map(|group| &group.runs);
        let runs: Vec<_> = runs.filter(|run| run.divergence().is_none()).collect();
        let moved: usize = runs.iter().map(|run| Elbows::of(&overview.data, run).moved).sum();
        let elbows: usize = runs.iter().map(|run| run.width).sum();
        (elbows > 0).then_some((moved, elbows))
    };
    let clause = |paradigm: Paradigm, words: &str| {
        count(paradigm).map(|(moved, elbows)| format!("{words} moved {}", part_of(moved, elbows, "elbow")))
    };
    let clauses: Vec<String> =
        [clause(Paradigm::Output, "training the output layer alone"), clause(Paradigm::All, "training all layers")]
            .into_iter()
            .flatten()
            .collect();
    let far = "by more than a hundredth of the domain";
    (!clauses.is_empty()).then(|| sentence(&format!("{} {far}", clauses.join("; "))))
}

fn quickest(overview: &Overview) -> Option<String> {
    let groups = || overview.groups.iter().filter(|group| group.diverged() == 0);
    let slowest = groups().max_by(|a, b| a.seconds().total_cmp(&b.seconds()))?;
    let fastest = groups().min_by(|a, b| a.seconds().total_cmp(&b.seconds()))?;
    if groups().count() < 2 {
        return Some(format!("The run with {} took {}.", name(fastest), time(fastest.seconds())));
    }
    Some(format!(
        "The fastest runs are those with {}, in {}; the slowest those with {}, in {}.",
        name(fastest),
        time(fastest.seconds()),
        name(slowest),
        time(slowest.seconds())
    ))
}

/// One sentence for each group with runs that diverged.
fn divergence(overview: &Overview) -> Vec<String> {
    let groups = overview.groups.iter().filter(|group| group.diverged() > 0);
    let words = groups.filter_map(|group| {
        let first = group.runs.iter().filter_map(|run| run.divergence()).min_by_key(|divergence| divergence.step)?;
        let bound = first.bound.map_or_else(String::new, |bound| {
            format!(
                " At the start, plain gradient descent on all points is stable up to a rate of 2/λmax = {}.",
                short(bound)
            )
        });
        let who = match group.runs.len() {
            1 => format!("{} diverged at step {}", name(group), thousands(first.step)),
            runs => format!(
                "{}: {} runs diverged, the first at step {}",
                name(group),
                part(group.diverged(), runs),
                thousands(first.step)
            ),
        };
        Some(format!("{} The learning rate was {}.{bound}", sentence(&who), plain(first.rate)))
    });
    words.collect()
}
