//! The notebook's questions, answered by this run.

use maud::{Markup, html};
use nn::data::TestSet;
use nn::settings::{Paradigm, Target};
use nn::study::Run;

use super::elbows;
use crate::figures::{paradigm_words, plain};
use crate::findings::Group;
use crate::findings::{self, Course, Elbows, final_test, median};
use crate::report::cost::Cost;
use crate::report::runs::{Overview, name, names};
use crate::report::words::{capital, count, error, list, part, time, times};
use crate::text::{short, thousands};

/// Questions and answers.
pub fn section(overview: &Overview) -> Markup {
    if overview.groups.is_empty() {
        return html! {};
    }
    let answers: [(&str, &str, Vec<String>); 5] = [
        ("question-noise", "Why is test error below train error?", below(overview)),
        ("question-width", "What does width do?", width(overview)),
        ("question-hand", "Where would you place the elbows by hand?", by_hand(overview)),
        ("question-efficiency", "Which way of training is more efficient?", efficiency(overview)),
        ("question-elbows", "What happens to the elbows in each?", elbows_of_each(overview)),
    ];
    html! {
        section #questions {
            h2 { "Questions, answered by this run" }
            @for (id, question, answer) in answers {
                h3 id=(id) { (question) }
                @for paragraph in answer.into_iter().filter(|paragraph| !paragraph.is_empty()) { p { (paragraph) } }
            }
        }
    }
}

fn finite<'o>(overview: &'o Overview<'o>) -> Vec<&'o Group<'o>> {
    overview.groups.iter().filter(|group| group.test().is_finite()).collect()
}

fn below(overview: &Overview) -> Vec<String> {
    let groups = finite(overview);
    let is_below = |group: &&Group| group.test() < group.train();
    let (below, above): (Vec<&Group>, Vec<&Group>) = groups.iter().copied().partition(is_below);
    let whether = match (below.len(), above.len()) {
        (0, 0) => return vec!["No run of this study ended with a finite error.".to_owned()],
        (0, _) => "In this study it is not, at the end of any run.".to_owned(),
        (_, 0) if groups.len() < overview.groups.len() => {
            "In this study it is so wherever training did not diverge.".to_owned()
        }
        (_, 0) => "In this study it is so throughout.".to_owned(),
        (few, _) => format!(
            "In this study it is so in {} cases: with {}.",
            part(few, groups.len()),
            names(below.iter().copied())
        ),
    };
    let TestSet::NoiseFree { .. } = overview.data.test else {
        return vec![
            whether,
            "Here the test points are rows held out of the same file. They carry the same noise as the rows trained on, so on \
             average a network does worse on them; with few rows, chance can turn that round."
                .to_owned(),
        ];
    };
    let mut answer = vec![whether];
    match findings::noise(&overview.data) {
        Some(noise) if noise > 0.0 => {
            answer.push(format!(
                "The training values carry noise and the test values do not. On the training points even the true function has \
                 a mean squared error of {}: that is the noise. A network's train error is its distance from the truth plus this \
                 noise, less what it gained by following the noise; its test error is its distance from the truth alone.",
                short(noise)
            ));
            if let Some(best) = groups.iter().min_by(|a, b| a.test().total_cmp(&b.test())) {
                answer.push(format!(
                    "With {}, train MSE is {} and test MSE {}.",
                    name(best),
                    short(best.train()),
                    short(best.test())
                ));
            }
        }
        _ => {
            answer.push("Here the training values carry no noise, so there is no reason for it but chance.".to_owned());
        }
    }
    if !above.is_empty() && !below.is_empty() {
        answer.push(format!(
            "It is not so with {}: there the network is farther from the truth on the test points than on the training points, \
             by more than the noise adds to train error.",
            names(above.iter().copied())
        ));
    }
    answer.push(
        "The inputs of the training points are among the test inputs, so test error says little about inputs far from all \
         training points."
            .to_owned(),
    );
    answer
}

fn width(overview: &Overview) -> Vec<String> {
    let mut answer = vec![
        "A unit bends the prediction once, so a network of width n is a line of at most n + 1 pieces. More units mean that \
         more bends have an elbow near by."
            .to_owned(),
    ];
    let is_alone = overview.widths.len() < 2;
    if is_alone {
        answer.push(format!(
            "This study has only width {}. Several widths, such as --widths 10,20,40, would show it.",
            list(&overview.widths)
        ));
    }
    let error_words = if overview.several() { "median test MSE" } else { "test MSE" };
    for &paradigm in overview.paradigms.iter().filter(|_| !is_alone) {
        let groups: Vec<&Group> = overview.of_paradigm(paradigm).collect();
        let errors: Vec<f64> = groups.iter().map(|group| group.test()).collect();
        let falls = errors.windows(2).all(|pair| pair[1] < pair[0]);
        let rises = errors.windows(2).all(|pair| pair[1] > pair[0]);
        let best = groups.iter().filter(|g| g.test().is_finite()).min_by(|a, b| a.test().total_cmp(&b.test()));
        if best.is_none() {
            answer.push(format!("{}: every run diverged.", capital(paradigm_words(paradigm))));
            continue;
        }
        let shape = match best {
            _ if groups.len() == 1 => "there is no other".to_owned(),
            _ if falls => "it falls as the width grows".to_owned(),
            _ if rises => "it rises as the width grows".to_owned(),
            Some(best) => format!("it is lowest at width {}", best.width),
            None => String::new(),
        };
        answer.push(format!(
            "{}: {error_words} at widths {} is {}; {shape}.",
            capital(paradigm_words(paradigm)),
            list(groups.iter().map(|group| group.width)),
            list(errors.iter().map(|&e| error(e)))
        ));
        if groups.iter().any(|group| group.runs.len() > 1) {
            let spread = groups.iter().map(|group| {
                let [low, high] = group.ends().unwrap_or([f64::INFINITY; 2]);
                format!("from {} to {} at width {}", error(low), error(high), group.width)
            });
            answer.push(format!("Single networks end {}.", list(spread)));
        }
    }
    answer.extend(overview.of_paradigm(Paradigm::All).filter_map(stuck));
    if !overview.several() {
        answer.push(
            "There is one network of each kind here, and where its elbows happened to start decides much; --seeds 30 shows how \
             much."
                .to_owned(),
        );
    }
    answer
}

/// How many networks of a group are stuck, beside the others.
fn stuck(group: &Group) -> Option<String> {
    let stuck = group.stuck();
    let late = |stuck: bool, runs: &[&Run]| {
        let is_one = |run: &&&Run| runs.iter().any(|other| other.index == run.index) == stuck;
        median(group.runs.iter().filter(is_one).map(|run| Course::of(run).late))
    };
    (!stuck.is_empty()).then(|| {
        format!(
            "Of {} networks with {}, {} stuck: over the last tenth of the steps test MSE is more than ten times the lowest of \
             them all and a tenth of what they began with, in the median {} against {} of the others.",
            group.runs.len(),
            name(group),
            if stuck.len() == 1 { "1 is".to_owned() } else { format!("{} are", stuck.len()) },
            short(late(true, &stuck)),
            short(late(false, &stuck))
        )
    })
}

fn by_hand(overview: &Overview) -> Vec<String> {
    let data = &overview.data;
    let Some(network) = findings::placed_by_hand(data) else {
        return vec![match overview.study.settings.target {
            Target::Sine if data.truth.is_some() => {
                "sin(20x) bends everywhere, most at its crests and troughs and not at all where it crosses 0. Elbows belong \
                 where the curve bends, so closest together at the crests and troughs."
                    .to_owned()
            }
            Target::Step if data.truth.is_some() => {
                "The step jumps, and a network of ReLUs is continuous: two elbows close together make a steep piece, the closer \
                 the steeper, and nothing else is needed."
                    .to_owned()
            }
            _ => "The truth is not known here. Elbows belong where the data bend: close together where their slope changes \
                  quickly, and none where they lie on a straight line."
                .to_owned(),
        }];
    };
    let bends = findings::bends(data);
    let test = network.mse(&data.x_test, &data.y_test);
    let off = data.x_test.iter().zip(&data.y_test).filter(|&(&x, &y)| (network.predict(x) - y).abs() > 1e-6).count();
    let left = match off {
        0 => String::new(),
        1 => " What is left of it comes from one test point, at a knot, where the notebook's formula gives 0 instead of the \
              function's limit."
            .to_owned(),
        off => format!(
            " What is left of it comes from {off} test points, at knots, where the notebook's formula gives 0 instead of the \
             function's limit."
        ),
    };
    let mut answer = vec![format!(
        "At the bends of the truth, {} = {}. With one more at the left end that makes {} units, and the network can be the \
         truth: placed so, by hand, it has test MSE {}.{left}",
        data.x_name(),
        list(bends.iter().map(|&bend| plain(bend))),
        network.units().len(),
        short(test)
    )];
    for &width in &overview.widths {
        let mut descents =
            overview.groups.iter().filter(|group| group.width == width && group.paradigm != Paradigm::Ridge);
        let Some(group) = descents.next_back().filter(|group| group.test().is_finite()) else { continue };
        let met = |end: usize| plain(median(group.runs.iter().map(|run| Elbows::of(data, run).met[end] as f64)));
        let (of, bends) = (of_runs(group), bends.len());
        answer.push(format!(
            "Width {width}, {}{of}: an elbow is within a fiftieth of the domain at {} of the {bends} bends at the start, at {} at the \
             end; test MSE ends at {}.",
            paradigm_words(group.paradigm),
            met(0),
            met(1),
            short(group.test())
        ));
    }
    answer
}

/// That numbers are medians, if there are several runs.
fn of_runs(group: &Group) -> String {
    if group.runs.len() > 1 { format!(", medians of {} networks", group.runs.len()) } else { String::new() }
}

fn efficiency(overview: &Overview) -> Vec<String> {
    let mut answer = Vec::new();
    if overview.paradigms.len() < 2 {
        answer.push(
            "This study has one way of training; with --paradigms output,all,ridge they can be compared.".to_owned(),
        );
    }
    let mut both: Vec<&Group> = Vec::new();
    let price = |group: &Group| Cost::of(overview.study, group.longest()).total;
    for &width in &overview.widths {
        let finite = || overview.groups.iter().filter(|group| group.width == width && group.test().is_finite());
        let best = finite().min_by(|a, b| a.test().total_cmp(&b.test()));
        let cheapest = finite().min_by(|a, b| price(a).total_cmp(&price(b)));
        let (Some(best), Some(cheapest)) = (best, cheapest) else {
            answer.push(format!("At width {width} every run diverged."));
            continue;
        };
        if best.paradigm == cheapest.paradigm {
            both.push(best);
            continue;
        }
        let words = |group: &Group| {
            format!(
                "{} (test MSE {}, {} operations, {})",
                paradigm_words(group.paradigm),
                short(group.test()),
                count(price(group)),
                time(group.seconds())
            )
        };
        let ratio = times(price(best), price(cheapest)).unwrap_or_default();
        answer.push(format!(
            "At width {width} the lowest error goes to {}, the fewest operations to {}; the former takes {ratio} as many.",
            words(best),
            words(cheapest)
        ));
    }
    if !both.is_empty() && overview.paradigms.len() > 1 {
        answer.insert(
            0,
            format!("Both the lowest test error of a width and the fewest operations go to {}.", names(both)),
        );
    }
    answer.extend(step_prices(overview));
    answer.extend(overview.widths.iter().filter_map(|&width| overtaking(overview, width)));
    answer
}

/// What a step of all layers costs beside one of the output layer.
fn step_prices(overview: &Overview) -> Option<String> {
    let step = |width: usize, paradigm: Paradigm| Cost::of(overview.study, overview.shown(width, paradigm)?).step;
    let ratio = |&width: &usize| times(step(width, Paradigm::All)?, step(width, Paradigm::Output)?);
    let ratios: Option<Vec<String>> = overview.widths.iter().map(ratio).collect();
    let mut ratios = ratios?;
    let place = match &overview.widths[..] {
        [_] => String::new(),
        widths => format!(" at widths {}", list(widths)),
    };
    ratios.dedup();
    Some(format!(
        "A step of all layers takes {} the operations of a step of the output layer alone{place}.",
        list(ratios)
    ))
}

/// When training all layers passed the end of training the output layer alone: runs of a seed begin as the same network.
fn overtaking(overview: &Overview, width: usize) -> Option<String> {
    let (all, output) = (overview.group(width, Paradigm::All)?, overview.group(width, Paradigm::Output)?);
    let pair = |run: &&Run| {
        let goal = final_test(output.runs.iter().find(|other| other.seed == run.seed)?);
        let passed = run.states.iter().find(|state| state.test.loss <= goal).map(|state| state.step);
        goal.is_finite().then_some((goal, passed))
    };
    let pairs: Vec<(f64, Option<u64>)> = all.runs.iter().filter_map(pair).collect();
    let passed: Vec<f64> = pairs.iter().filter_map(|pair| pair.1).map(|step| step as f64).collect();
    let step = |steps: &[f64]| thousands(median(steps.iter().copied()).round() as u64);
    Some(match (&pairs[..], &passed[..]) {
        ([], _) => return None,
        ([(goal, _)], []) => format!(
            "At width {width} training all layers has no saved state as good as the end of the output layer alone, test MSE {}.",
            short(*goal)
        ),
        ([(goal, _)], passed) => format!(
            "At width {width} training all layers first has a saved state as good as the end of the output layer alone (test MSE {}) \
             at {}.",
            short(*goal),
            match passed {
                [0.0, ..] => "the start".to_owned(),
                passed => format!("step {} of {}", step(passed), thousands(all.longest().end().step)),
            }
        ),
        (pairs, passed) => format!(
            "At width {width} training all layers has a saved state as good as the end of the output layer alone from the same start \
             with {} seeds{}.",
            part(passed.len(), pairs.len()),
            if passed.is_empty() {
                String::new()
            } else {
                format!(", first at step {}{}", step(passed), if passed.len() > 1 { " in their median" } else { "" })
            }
        ),
    })
}

fn elbows_of_each(overview: &Overview) -> Vec<String> {
    let mut answer = Vec::new();
    let frozen: Vec<&str> = [(Paradigm::Output, "descent on the output layer"), (Paradigm::Ridge, "ridge regression")]
        .into_iter()
        .filter(|(paradigm, _)| overview.paradigms.contains(paradigm))
        .map(|(_, words)| words)
        .collect();
    if !frozen.is_empty() {
        let runs =
            || overview.groups.iter().filter(|group| group.paradigm != Paradigm::All).flat_map(|group| &group.runs);
        let moved = runs().filter(|run| Elbows::of(&overview.data, run).farthest > 0.0).count();
        if moved == 0 {
            answer.push(format!(
                "{} leaves every elbow where it was, to the last bit: in {} no elbow moved.",
                capital(&list(frozen)),
                if runs().count() == 1 { "1 run".to_owned() } else { format!("{} runs", thousands(runs().count())) }
            ));
        }
    }
    for group in overview.of_paradigm(Paradigm::All) {
        answer.push(match group.runs[..] {
            [run] => elbows::words(overview, run),
            _ => elbows::of_group(overview, group),
        });
    }
    answer
}
