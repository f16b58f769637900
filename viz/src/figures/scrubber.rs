//! One saved state of one run, with a strip of its errors below: two pictures on which a script can show any saved state of
//! several runs. Both have axes that fit all those runs, so that nothing jumps when another state or run is shown.

use nn::data::Data;
use nn::study::Run;

use super::errors::{self, Kind, Panel};
use super::{Figure, Table, cell, function_view, paradigm_words, spread, unit_ranks, unit_roles};
use crate::findings::Units;
use crate::palette::{self, Role};
use crate::plot::{self, Axis, Frame, Rect};
use crate::scale::Scale;
use crate::svg::{Document, Element, number};

/// Where the frames of both pictures begin and end, so that their axes are of one length; right of the strip there is room
/// for the names of its curves.
const LEFT: f64 = 56.0;
const RIGHT: f64 = 640.0 - 58.0;

/// The two pictures, and what a script needs to show another state in them.
///
/// In the view, the group of class `network` holds what depends on the state. In the strip, each run has a group with
/// its key in `data-run`, displayed or not, and the group of class `cursor` marks the state: it is translated to the
/// state's x, and the circles of class `cursor-train` and `cursor-test` stand at the heights of its errors.
#[derive(Clone, Debug)]
pub struct Scrubber {
    /// The function view, on a canvas of 640 × 400.
    pub view: Figure,
    /// The errors, on a canvas of 640 × 160.
    pub strip: Figure,
    /// The frame of the function view.
    pub frame: Frame,
    /// One for each run.
    pub tracks: Vec<Track>,
}

/// What a script needs to know of a run.
#[derive(Clone, Debug)]
pub struct Track {
    /// Names the run in the page: `20-all`.
    pub key: String,
    /// The colour of each unit.
    pub colours: Vec<String>,
    /// The dash pattern of each unit; empty for a solid line.
    pub dashes: Vec<&'static str>,
    /// For each saved state, the pixels of its step, its train and its test error in the strip.
    pub cursor: Vec<[f64; 3]>,
    /// "Width 20, all layers", with which the title of the view begins.
    pub name: String,
    /// For each saved state, how many units are in which state: the line below the title.
    pub counts: Vec<String>,
    /// The title and the description of the strip.
    pub strip_words: [String; 2],
}

impl Scrubber {
    /// The end of the run number `shown`, ready to show the other states and runs.
    ///
    /// # Panics
    /// If there is no run of that number, or one without a state.
    pub fn new(data: &Data, runs: &[&Run], shown: usize) -> Self {
        let run = runs[shown];
        let state = run.end();
        let counts = Units::of(data, &state.network);
        let mut view = Document::new("scrubber", 640.0, 400.0)
            .titled(function_view::title(run, state))
            .described(function_view::description(&counts));
        let top = plot::heading(&mut view, &function_view::units_words(&counts));
        let top = plot::key(&mut view, top, &function_view::key_entries(data));
        let rect = Rect::new(LEFT, top + 24.0, RIGHT, 400.0 - 48.0);
        let frame = function_view::frame(rect, data, runs);
        view.push(frame.axes(&Axis::titled(data.x_name.as_str()), &Axis::titled(format!("{} ↑", data.y_name))));
        view.push(function_view::backdrop(&frame, data, 3.0));
        view.push(function_view::network(&frame, data, run, state, 3.0).class("network"));

        let panels: Vec<Panel> = runs.iter().map(|run| panel(run)).collect();
        let one = std::slice::from_ref(&panels[shown]);
        let mut strip = Document::new("scrubber strip", 640.0, 160.0)
            .titled(errors::title(one))
            .described(errors::description(data, one));
        let rect = Rect::new(LEFT, 26.0, RIGHT, 160.0 - 42.0);
        let (last, domain) = errors::domains(&panels, None);
        let strip_frame = Frame::new(rect, |range| Scale::time(1.0, last, range), |range| Scale::log(domain, range));
        strip.push(strip_frame.axes(&Axis::titled("step →"), &Axis::titled("MSE ↑")));
        let tracks: Vec<Track> =
            runs.iter().zip(&panels).map(|(run, panel)| track(data, &strip_frame, run, panel)).collect();
        for (index, (panel, track)) in panels.iter().zip(&tracks).enumerate() {
            let group = Element::group()
                .set("data-run", track.key.as_str())
                .with_all(errors::curves(panel).iter().filter_map(|mark| mark.draw(&strip_frame)))
                .with(end_labels(&strip_frame, panel));
            strip.push(if index == shown { group } else { group.set("display", "none") });
        }
        strip.push(cursor(&strip_frame, tracks[shown].cursor[run.states.len() - 1]));
        Self {
            view: Figure {
                document: view,
                narrow: None,
                table: function_view::table(data, run, &[run.states.len() - 1]),
            },
            strip: Figure { document: strip, narrow: None, table: strip_table(run) },
            frame,
            tracks,
        }
    }
}

fn panel(run: &Run) -> Panel<'_> {
    Panel { heading: format!("width {}, {}", run.width, paradigm_words(run.paradigm)), runs: vec![run], ridge: None }
}

/// At most 40 steps of the run.
fn strip_table(run: &Run) -> Table {
    let mut table = Table::new(["step", "train MSE", "test MSE"]);
    for index in spread(run.states.len(), 40) {
        let state = &run.states[index];
        table.push([state.step.to_string(), cell(state.train_mse), cell(state.test_mse)]);
    }
    table
}

/// The names of the curves at their ends.
fn end_labels(frame: &Frame, panel: &Panel) -> Element {
    let end = panel.runs[0].states.len() - 1;
    let label = |kind: Kind| (frame.y.at(kind.of(panel.runs[0], end)), kind.name().to_owned(), kind.role());
    frame.direct_labels(&Kind::BOTH.map(label))
}

fn track(data: &Data, frame: &Frame, run: &Run, panel: &Panel) -> Track {
    let one = std::slice::from_ref(panel);
    let height = |error: f64| frame.y.at(error).clamp(frame.rect.top, frame.rect.bottom);
    let cursor = |index: usize| {
        let [train, test] = Kind::BOTH.map(|kind| height(kind.of(run, index)));
        [frame.x.at(run.states[index].step as f64), train, test]
    };
    Track {
        key: format!("{}-{}", run.width, run.paradigm),
        colours: unit_roles(run, data.domain).into_iter().map(Role::light).collect(),
        dashes: unit_ranks(run).into_iter().map(|rank| palette::dash(rank).unwrap_or_default()).collect(),
        cursor: (0..run.states.len()).map(cursor).collect(),
        name: format!("Width {}, {}", run.width, paradigm_words(run.paradigm)),
        counts: run.states.iter().map(|state| function_view::units_words(&Units::of(data, &state.network))).collect(),
        strip_words: [errors::title(one), errors::description(data, one)],
    }
}

fn cursor(frame: &Frame, [x, train, test]: [f64; 3]) -> Element {
    let rule = Element::line([0.0, frame.rect.top], [0.0, frame.rect.bottom]).stroke(Role::Ink, plot::THIN);
    let dots = Kind::BOTH.into_iter().zip([train, test]).map(|(kind, y)| {
        let dot = Element::circle([0.0, y], 4.0).fill(kind.role()).stroke(Role::Background, plot::THIN);
        dot.class(format!("cursor-{}", kind.name()))
    });
    Element::group().class("cursor").set("transform", format!("translate({},0)", number(x))).with(rule).with_all(dots)
}
