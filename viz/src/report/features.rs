//! Linearised features as figures for files, and as one page that explains them.

use maud::{DOCTYPE, Markup, PreEscaped, html};
use nn::data::Data;
use nn::features::{Decomposition, FeaturesError, Group, Moment, RunFeatures};
use nn::settings::{Optimizer, Paradigm};
use nn::study::{Run, Study};

use super::figure::figure;
use super::page::{head, look};
use super::runs::Overview;
use super::sections::opening::how_it_was_read;
use super::sections::settings;
use super::words::list;
use crate::figures::features::{by_parameter, largest, silent};
use crate::figures::principal_features::{decomposition, first_few, sign_changes};
use crate::figures::singular_values::{over_training, percent, start_and_end};
use crate::figures::{Figure, change_words, counted, paradigm_words, plain, step_words};
use crate::text::{short, thousands};

/// The features of a run, or why there are none.
pub type Outcome = Result<RunFeatures, FeaturesError>;

/// Every figure of some runs; the name of a figure is that of its file, without `.svg`. There is one outcome for each run
/// of the study, in the same order.
pub fn figures(study: &Study, features: &[Outcome]) -> Vec<Figure> {
    let overview = Overview::new(study, &[]);
    let several = several_seeds(study);
    let of = |(run, features)| drawn(&overview.data, run, features, several);
    given(study, features).flat_map(of).collect()
}

/// The page with its figures, as [`figures`] draws them: one HTML file. There is one outcome for each run of the study, in
/// the same order.
pub fn html(study: &Study, features: &[Outcome], figures: &[Figure]) -> String {
    let overview = Overview::new(study, figures);
    let several = several_seeds(study);
    let runs: Vec<(&Run, &RunFeatures)> = given(study, features).collect();
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            (head("Linearised features of small ReLU networks", &look()))
            body {
                main {
                    (opening(&overview.data, runs.first().map(|(_, features)| *features)))
                    @if let Some(words) = study.unstarted_words() {
                        p.warning { strong { "Diverged. " } (words) }
                    }
                    @for (run, outcome) in study.runs.iter().zip(features) {
                        @if let Err(error) = outcome {
                            p.warning { strong { (run_words(run, several)) ": " } (no_features(run, *error)) }
                        }
                    }
                    @if runs.len() > 1 {
                        nav aria-label="Contents" {
                            @for (run, _) in &runs { a href=(format!("#{}", key(run, several))) { (run_words(run, several)) } }
                            a href="#notes" { "Notes" }
                        }
                    }
                    @for (run, features) in &runs {
                        (section(&overview, run, features, several))
                    }
                    (notes(&overview.data))
                    (settings::section(&overview))
                }
                footer { p { "Made by Elbow " (env!("CARGO_PKG_VERSION")) "." } }
                script { (PreEscaped(include_str!("page.js"))) }
            }
        }
    };
    page.into_string()
}

/// The runs that have features.
fn given<'a>(study: &'a Study, features: &'a [Outcome]) -> impl Iterator<Item = (&'a Run, &'a RunFeatures)> {
    study.runs.iter().zip(features).filter_map(|(run, outcome)| Some((run, outcome.as_ref().ok()?)))
}

fn several_seeds(study: &Study) -> bool {
    study.runs.iter().any(|run| run.seed != study.runs[0].seed)
}

/// The run in names of files and places in the page: `width-20-all`.
fn key(run: &Run, several: bool) -> String {
    let key = format!("width-{}-{}", run.width, run.paradigm);
    if several { format!("{key}-seed-{}", run.seed) } else { key }
}

/// "Width 20, all layers".
fn run_words(run: &Run, several: bool) -> String {
    let words = format!("Width {}, {}", run.width, paradigm_words(run.paradigm));
    if several { format!("{words}, seed {}", run.seed) } else { words }
}

/// The figures of one run; there is none over training for ridge regression, which has no steps.
fn drawn(data: &Data, run: &Run, features: &RunFeatures, several: bool) -> Vec<Figure> {
    let name = |idea: &str| format!("{idea}-{}", key(run, several));
    let path = (run.steps() > 0).then(|| over_training(&name("singular-values-over-training"), run, features));
    let values = start_and_end(&name("singular-values"), run, features);
    let first = [by_parameter(&name("features"), data, run, features), values];
    first.into_iter().chain(path).chain([first_few(&name("principal-features"), data, run, features)]).collect()
}

fn opening(data: &Data, features: Option<&RunFeatures>) -> Markup {
    html! {
        header {
            h1 { "Linearised features of small ReLU networks" }
            p.lead {
                "How does the prediction change when one parameter is nudged? That is the derivative ∂ŷ(x)/∂θ, a function of x \
                 for each parameter θ. Near where its parameters are, a network is a linear model with these functions as \
                 features: ŷ(x) moves by Σ δ·∂ŷ(x)/∂θ when each parameter moves by its small δ."
            }
            p {
                "A ReLU network of one hidden layer is ŷ(x) = b₂ + Σ w₂·Φ(w₁·x + b₁), a sum over its hidden units. The \
                 derivatives shown here are computed by the program that trains the networks, by automatic differentiation."
                @if let Some(features) = features {
                    " Their values at " (thousands(features.x.len())) " training inputs make a matrix with a row for each input \
                     and a column for each parameter; its singular values tell how strongly the parameters move the prediction \
                     in which directions."
                    @if features.x.len() < data.x.len() {
                        " There are " (thousands(data.x.len())) " training inputs; these are spread evenly among them."
                    }
                }
            }
            @if let Some(reading) = &data.reading { (how_it_was_read(reading)) }
        }
    }
}

fn section(overview: &Overview, run: &Run, features: &RunFeatures, several: bool) -> Markup {
    let key = key(run, several);
    let drawn = |idea: &str, explanation: &Markup| {
        overview.figure(&format!("{idea}-{key}")).map(|drawn| figure(drawn, explanation)).unwrap_or_default()
    };
    html! {
        section id=(key) {
            h2 { (run_words(run, several)) }
            p { (ending(run)) }
            h3 { "One feature for each parameter" }
            p { "A feature tells by how much the prediction at x changes when one parameter is changed a little." }
            (drawn("features", &html! { p { (shape(run, features)) } p { (growth(run, features)) } }))
            h3 { "Singular values" }
            p {
                "All parameters together move the prediction easily along some curves and hardly along others. Singular values \
                 tell how easily, a number for each curve, the easiest first."
            }
            (drawn("singular-values", &html! { p { (rank(run, features)) } p { (speed(overview, run, features)) } }))
            @if run.steps() > 0 {
                h3 { "Over training" }
                p { "While the hidden layer is trained, these numbers change; each line follows one of them over the steps." }
                (drawn("singular-values-over-training", &html! { p { (course(run, features)) } }))
            }
            h3 { "Principal features" }
            p { "These are the curves themselves: the one along which the prediction moves most easily, and those that come next." }
            (drawn("principal-features", &html! { p { (directions(features)) } p { (wiggles(features)) } }))
        }
    }
}

/// How the run went.
fn ending(run: &Run) -> String {
    let (start, end) = (run.start(), run.end());
    let error = change_words(start.test.loss, end.test.loss);
    match (run.divergence(), run.paradigm) {
        (Some(divergence), _) => format!(
            "The run diverged at {}. What is called its end here is the last saved state before, {}.",
            step_words(divergence.step),
            step_words(end.step)
        ),
        (None, Paradigm::Ridge) if run.states.len() < 2 => {
            "The equations of ridge regression could not be solved; start and end are the same.".to_owned()
        }
        (None, Paradigm::Ridge) => format!("The output layer is solved for in one go; test MSE {error}."),
        (None, _) => format!("Test MSE {error} in {}.", counted(end.step, "step")),
    }
}

/// What the lines of the first figure are.
fn shape(run: &Run, features: &RunFeatures) -> String {
    let moment = &features.end;
    let which = match silent(moment) {
        0 => format!("At the end each of the {} is on at some training input.", counted(run.width, "unit")),
        silent => format!(
            "At the end {} of {} off at every training input: the features there are 0, and descent cannot move such a unit.",
            silent,
            if run.width == 1 { "1 unit is".to_owned() } else { format!("{} units are", run.width) }
        ),
    };
    format!(
        "Where a unit is on, its features are w₂·x for w₁, w₂ for b₁, and w₁·x + b₁ for w₂; where it is off, all three are \
         0. So the first two jump at its elbow and the third bends there. The feature of b₂ is 1 everywhere. {which}"
    )
}

/// How large features become, and why.
fn growth(run: &Run, features: &RunFeatures) -> String {
    let [start, end] = features.moments();
    let change = |group: Group| change_words(largest(start, group), largest(end, group));
    let [w1, b1, w2] = [Group::W1, Group::B1, Group::W2].map(change);
    let reason = match run.paradigm {
        Paradigm::All => {
            "Features are not fixed here: the hidden layer moves, and with it what the network can easily do next."
        }
        Paradigm::Output | Paradigm::Ridge => {
            "The features of w₂ and b₂ do not depend on the output layer, so training it alone leaves them as they are; \
             those of w₁ and b₁ change, but their parameters are not trained."
        }
    };
    format!("The largest feature of w₁ {w1}, that of b₁ {b1} and that of w₂ {w2}. {reason}")
}

/// How many directions there are.
fn rank(run: &Run, features: &RunFeatures) -> String {
    let [start, end] = features.moments();
    let (p, most) = (3 * run.width + 1, 2 * run.width + 1);
    let ranks = |pick: fn(&Moment) -> &Decomposition| {
        let [start, end] = [start, end].map(|moment| pick(moment).spectrum.rank());
        if start == end {
            format!("{start} at the start and at the end")
        } else {
            format!("{start} at the start and {end} at the end")
        }
    };
    format!(
        "The features of all {p} parameters span at most {most} directions, 2·width + 1, because those of a unit depend on \
         each other: w₁·∂ŷ/∂w₁ + b₁·∂ŷ/∂b₁ = w₂·∂ŷ/∂w₂, as twice w₁ and b₁ do what twice w₂ does. Elbows between the \
         same two training inputs, or beyond all of them, take directions away: here the rank is {}. The output layer alone \
         has {} parameters and a rank of {}.",
        ranks(|moment| &moment.all),
        run.width + 1,
        ranks(|moment| &moment.output)
    )
}

/// How fast directions are learned.
fn speed(overview: &Overview, run: &Run, features: &RunFeatures) -> String {
    let (data, settings) = (&overview.data, &overview.study.settings);
    let n = features.x.len() as f64;
    let spectrum = &decomposition(&features.start, features.trained).spectrum;
    let last = [20, 10, 5, 3, 2, 1].into_iter().find(|&k| k <= spectrum.rank()).unwrap_or(1);
    let ends = if last == 1 { vec![1] } else { vec![1, last] };
    if run.paradigm == Paradigm::Ridge {
        let lambda = settings.ridge;
        let general = "Ridge regression keeps the share σ²/(σ² + λ) of the data along a principal feature with singular \
                       value σ.";
        // With some of the inputs alone the numbers would be others, and without a solution there are none.
        if run.states.len() < 2 || features.x.len() < data.x.len() {
            return general.to_owned();
        }
        let parts = ends.iter().map(|&k| {
            let square = spectrum.values[k - 1].powi(2);
            format!("{} % along the {}", percent(square / (square + lambda)), ordinal(k))
        });
        return format!("{general} With λ = {} that is {}.", plain(lambda), list(parts));
    }
    let rate = settings.rate(run.paradigm);
    let general = format!(
        "In each step, gradient descent on the linearised model multiplies the error along a principal feature by \
         1 − 2·η·σ²/n, with n = {} inputs: what belongs to large singular values is learned first.",
        thousands(features.x.len())
    );
    if settings.optimizer != Optimizer::Sgd {
        return general + " Momentum and Adam change the pace of each direction, but not these directions.";
    }
    let steps = |k: usize| {
        let factor = 1.0 - 2.0 * rate * spectrum.values[k - 1].powi(2) / n;
        let words = match factor.abs() {
            // One step is enough, or the error changes sides and grows.
            size if size >= 1.0 && factor < 0.0 => "does not shrink, as the rate is too large for it".to_owned(),
            size if size <= libm::exp(-1.0) => "falls to 1/e or less in a single step".to_owned(),
            size => format!("takes {} steps to fall to 1/e", count((-1.0 / libm::log(size)).ceil())),
        };
        format!("along the {} the error {words}", ordinal(k))
    };
    format!(
        "{general} With the learning rate η = {} and the features of the start, {}.",
        plain(rate),
        list(ends.into_iter().map(steps))
    )
}

/// A number of steps; infinite if a direction is not learned at all.
fn count(steps: f64) -> String {
    if steps < 1e6 { thousands(steps as u64) } else { short(steps) }
}

/// `first`, `second`, `10th`.
fn ordinal(k: usize) -> String {
    match k {
        1 => "first".to_owned(),
        2 => "second".to_owned(),
        3 => "third".to_owned(),
        _ => format!("{k}th"),
    }
}

/// How singular values move.
fn course(run: &Run, features: &RunFeatures) -> String {
    let rank = |moment: &Moment| decomposition(moment, features.trained).spectrum.effective_rank();
    let change = change_words(rank(&features.start), rank(&features.end));
    let meaning = "The effective rank counts directions by how much they matter: it is r if r singular values are equal and \
                   all others 0.";
    if run.paradigm == Paradigm::All {
        let half = run.end().step / 2;
        let middle = features.path.iter().min_by_key(|point| point.step.abs_diff(half)).unwrap_or(&features.path[0]);
        format!(
            "{meaning} That of all parameters {change}; at {} it is {}.",
            step_words(middle.step),
            short(middle.all.effective_rank())
        )
    } else {
        format!(
            "{meaning} That of the output layer {change}: its features depend on the hidden layer, which is frozen. The \
             features of all parameters are those of a network that could still move its elbows; they change with W2."
        )
    }
}

/// What principal features are.
fn directions(features: &RunFeatures) -> String {
    let spectrum = &decomposition(&features.start, features.trained).spectrum;
    let whose = if features.trained == Paradigm::All { "all parameters" } else { "the output layer" };
    format!(
        "Principal features are combinations of the features of {whose}, orthogonal over the training inputs and sorted by \
         their singular values. At the start the first holds {} % of the sum of all squared features. Moving \
         parameters adds such functions to the prediction; the larger the singular value, the quicker that goes.",
        percent(spectrum.share(1))
    )
}

/// How often they change their sign.
fn wiggles(features: &RunFeatures) -> String {
    let [start, end] = features.moments().map(|moment| sign_changes(decomposition(moment, features.trained)));
    let words = |changes: &[usize]| list(changes);
    let together = if start == end {
        format!("{} times at the start, and as often at the end", words(&start))
    } else {
        format!("{} times at the start, and {} times at the end", words(&start), words(&end))
    };
    let corners = match features.trained {
        Paradigm::All => "They jump and bend at elbows, for the prediction changes so when elbows move.",
        Paradigm::Output | Paradigm::Ridge => {
            "They bend at elbows but do not jump: the output layer cannot move an elbow."
        }
    };
    format!("From left to right over the training inputs, those that are shown change their sign {together}. {corners}")
}

fn no_features(run: &Run, error: FeaturesError) -> String {
    match run.divergence() {
        Some(divergence) => format!("no features, as the run diverged at {}: {error}.", step_words(divergence.step)),
        None => format!("no features: {error}."),
    }
}

fn notes(data: &Data) -> Markup {
    html! {
        section #notes {
            h2 { "How the numbers are made" }
            ul {
                li { "The feature matrix has the entries ∂ŷ(xᵢ)/∂θⱼ. Its singular value decomposition is U·diag(σ)·Vᵀ; a principal feature is a column of U times the square root of the number of inputs, continued between them by the same combination of features." }
                li { "Singular vectors have no sign of their own: each is turned so that its value of largest modulus is positive. Where singular values are nearly equal, the functions that belong to them may mix." }
                li { "A singular value counts as 0 if it is below 2.2×10⁻¹⁶ times the larger side of the matrix times the largest singular value, as with NumPy's matrix_rank." }
                li { "The effective rank is exp(−Σ p·ln p) with p = σ/Σσ (Roy and Vetterli, 2007)." }
                li { "Features are straight between elbows, so they are drawn exactly, not sampled. At its elbow a ReLU's derivative is taken as 0." }
                @if let nn::data::TestSet::HeldOut { .. } = data.test {
                    li { "Features are those of the network in the units it is trained in: inputs scaled to 0…1, values to standard deviation 1. Only the axis of " (data.x_name()) " is in the units of the file." }
                }
                li { "Colours tell units apart by where their elbows began; line patterns repeat them for those who cannot tell the colours." }
                li { "Every feature at every training input is in features.csv beside this page." }
            }
        }
    }
}
