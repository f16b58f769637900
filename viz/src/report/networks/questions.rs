//! Questions about networks of several inputs, answered by the run that is shown.

use maud::{Markup, html};
use nn::data::Data;
use nn::study::Run;

use super::{heading, middle, on_plane};
use crate::figures::counted;
use crate::findings::Group;
use crate::findings::plane::{Fold, Gathering, Readout, Sight};
use crate::report::runs::Overview;
use crate::report::words::{capital, list};
use crate::text::{short, significant, thousands};

/// Questions and answers.
pub fn section(overview: &Overview) -> Markup {
    let groups: Vec<&Group> =
        overview.groups.iter().filter(|group| !group.runs[0].architecture.hidden().is_empty()).collect();
    if groups.is_empty() || overview.data.inputs.len() < 2 {
        return html! {};
    }
    let mut answers: [Vec<String>; 3] = Default::default();
    for group in &groups {
        let run = middle(group);
        let plane = on_plane(overview, run);
        let plane = plane.as_ref().map(|(data, run)| (&**data, &**run));
        let data = &overview.data;
        for (answer, mut of_group) in
            answers.iter_mut().zip([sees(data, run, plane), gathered(data, plane), deeper(data, run, plane)])
        {
            if let Some(first) = of_group.first_mut().filter(|_| groups.len() > 1) {
                *first = format!("{}: {first}", capital(&heading(group)));
            }
            answer.append(&mut of_group);
        }
    }
    let [sees, gathered, deeper] = answers;
    let is_deep = groups.iter().any(|group| group.runs[0].architecture.hidden().len() > 1);
    let what =
        if is_deep { "What does a unit of the first layer see, and one of a later?" } else { "What does a unit see?" };
    let questions = [
        ("question-units", what, sees),
        ("question-polygons", "Where did polygons gather?", gathered),
        ("question-layer", "What would one layer more do?", deeper),
    ];
    html! {
        section #questions {
            h2 { "Questions, answered by this run" }
            @for (id, question, answer) in questions.into_iter().filter(|(.., answer)| !answer.is_empty()) {
                h3 id=(id) { (question) }
                @for paragraph in answer { p { (paragraph) } }
            }
        }
    }
}

/// A part in percent, in two digits.
fn percent(part: f64) -> String {
    format!("{} %", short(100.0 * part))
}

/// Of the points in percent, in three digits, as many shares are near to all.
fn share(part: f64) -> String {
    format!("{} %", significant(100.0 * part, 3))
}

/// What the most telling unit of each layer sees.
fn sees(data: &Data, run: &Run, plane: Option<(&Data, &Run)>) -> Vec<String> {
    let folds = plane.and_then(|(data, run)| Fold::all(data, run)).unwrap_or_default();
    let answer = |sight: Sight| {
        let Sight { layer, unit, on, ref of_class, tells } = sight;
        let kind = match layer {
            0 => "A unit of layer 0 sees one direction of its inputs: it turns on along a straight line.".to_owned(),
            _ => format!(
                "A unit of layer {layer} sees what the units of layer {} make of the inputs, so its line may bend, and close.",
                layer - 1
            ),
        };
        let total = |class: usize| data.y.iter().filter(|&&y| y == class as f64).count();
        let at = |class: usize| {
            let (on, of) = (thousands(of_class[class]), thousands(total(class)));
            format!("at {on} of {of} training points of {} {}", data.y_name, data.classes[class])
        };
        let points = match of_class.len() {
            0 => format!("at {} of {} training points", thousands(on), thousands(data.y.len())),
            2 => list([at(1), at(0)]),
            _ => {
                let most = (0..of_class.len()).rev().max_by_key(|&class| of_class[class]).unwrap_or(0);
                format!("at {} of {} training points, and {}", thousands(on), thousands(data.y.len()), at(most))
            }
        };
        let fold = folds.iter().find(|fold| (fold.layer, fold.unit) == (layer, unit));
        let area = fold.map_or_else(String::new, |fold| format!(", on {} of the plane", percent(fold.on[1])));
        let tells = if data.classes.is_empty() {
            format!("explains {} of the variance of {}", percent(tells), data.y_name)
        } else {
            format!("gives {} of the training points their class", percent(tells))
        };
        format!(
            "{kind} Unit {layer}:{unit} tells most: it is on {points}{area}. Whether it is on, and nothing else, {tells}."
        )
    };
    Sight::all(data, &run.end().network).into_iter().map(answer).collect()
}

/// Where polygons are at the start and at the end.
fn gathered(data: &Data, plane: Option<(&Data, &Run)>) -> Vec<String> {
    let Some((shown, run)) = plane else { return Vec::new() };
    let [start, end] = [run.start(), run.end()].map(|state| Gathering::of(shown, &state.network));
    let (Some(start), Some(end)) = (start, end) else { return Vec::new() };
    let mut answer = Vec::new();
    // The points of a slice do not lie on it.
    if data.inputs.len() == 2 && start.at_points.is_finite() {
        let sizes = |now: &Gathering| {
            format!(
                "half of the training points lie in one of {} of the plane or less, and half of the plane is made of polygons of {} \
                 or less",
                percent(now.at_points),
                percent(now.at_places)
            )
        };
        let conclusion = if end.is_since(&start) {
            "So they gathered where the points are."
        } else if end.ratio() > 1.0 {
            "They are smaller where the points are, but hardly, or not more so than at the start."
        } else {
            "So they did not gather where the points are."
        };
        answer.push(format!(
            "At the start there are {}: {}. At the end there are {}: {}. {conclusion}",
            counted(start.polygons, "polygon"),
            sizes(&start),
            counted(end.polygons, "polygon"),
            sizes(&end)
        ));
    } else {
        answer.push(format!(
            "At the start there are {}, at the end {}. Half of the plane is made of polygons of {} of it or less at the start, of \
             {} at the end.",
            counted(start.polygons, "polygon"),
            thousands(end.polygons),
            percent(start.at_places),
            percent(end.at_places)
        ));
    }
    if let (Some((first, _)), Some((last, area))) = (start.crossed, end.crossed) {
        answer.push(format!(
            "The boundary between classes passes through {} at the start, and through {} at the end; these make {} of the plane. In each \
             it is straight; the others are of one class throughout.",
            counted(first, "polygon"),
            counted(last, "polygon"),
            percent(area)
        ));
    }
    answer
}

/// What each layer made easier, and what is left for one more.
fn deeper(data: &Data, run: &Run, plane: Option<(&Data, &Run)>) -> Vec<String> {
    let network = &run.end().network;
    let readouts = Readout::all(data, network, plane.map(|(data, run)| (data, &run.end().network)));
    let [.., before, last] = &readouts[..] else { return Vec::new() };
    let has_classes = !data.classes.is_empty();
    let told = |readout: &Readout| if has_classes { share(readout.test) } else { short(readout.test) };
    let of = |readout: &Readout| match readout.layers {
        0 => format!("{} from the {} inputs themselves", told(readout), thousands(readout.values)),
        layers => format!("{} from the {} of layer {}", told(readout), counted(readout.values, "unit"), layers - 1),
    };
    let measure = if has_classes {
        "so many of the test points are given their class:"
    } else {
        "the mean squared error on the test points is"
    };
    let mut answer = vec![format!(
        "See how much easier each layer makes the task. If a linear function of its values alone decides, fitted by least squares \
         to the training points, {measure} {}.",
        list(readouts.iter().map(of))
    )];
    let cuts: Vec<String> = readouts
        .iter()
        .skip(1)
        .filter_map(|readout| {
            let cuts = if readout.layers == 1 { "cuts the plane into" } else { "cuts these into" };
            Some(format!("layer {} {cuts} {}", readout.layers - 1, counted(readout.polygons?, "polygon")))
        })
        .collect();
    if !cuts.is_empty() {
        answer.push(format!("{}. One layer more would cut them again.", capital(&list(cuts))));
    }
    let hidden = run.architecture.hidden();
    let mut layers: Vec<String> = hidden.iter().map(|layer| layer.units.to_string()).collect();
    layers.extend(layers.last().cloned());
    let end = &run.end().test;
    let left = match end.accuracy {
        Some(right) => {
            let gain = 100.0 * (last.test - before.test);
            let change = if gain > 0.0 { format!("gained {} %", short(gain)) } else { "gained nothing".to_owned() };
            let rest = match 1.0 - right {
                left if left > 0.0 => format!("the {} that are left", percent(left)),
                _ => "nothing".to_owned(),
            };
            format!(
                "By this measure the last layer {change}. The whole network gives {} of the test points their class, so one layer \
                 more can gain {rest} on them.",
                share(right)
            )
        }
        None => format!(
            "By this measure the last layer took it from {} to {}. The whole network has a test loss of {}; one layer more can \
             take away no more than that.",
            short(before.test),
            short(last.test),
            short(end.loss)
        ),
    };
    answer.push(format!("{left} To see what it does, train with --layers {}.", layers.join(",")));
    answer
}
