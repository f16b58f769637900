//! One saved state of one run, with its errors below: a picture on which a script can show any saved state of several
//! runs. Its axes fit all those runs, so that nothing jumps when another state or run is shown.

use nn::data::Data;
use nn::study::Run;

use super::errors::{self, Kind, Panel};
use super::{Figure, function_view, paradigm_words, unit_ranks, unit_roles};
use crate::chart::{self, Axis, Chart, Mark};
use crate::findings::Units;
use crate::palette::{self, Role};
use crate::plot::{self, Frame};
use crate::svg::{Element, number};

/// The width of the canvas on a desktop.
const WIDTH: f64 = 640.0;
/// The heights of the function view and of the errors.
const HEIGHTS: [f64; 2] = [240.0, 80.0];

/// The picture for a desktop and for a phone, and what a script needs to show another state in them.
///
/// The group of class `network` holds what depends on the state. Below it each run has an element with its key in
/// `data-run`, displayed or not, and the group of class `cursor` marks the state: it is translated to the state's x, and
/// the circles of class `cursor-train` and `cursor-test` stand at the heights of its errors.
#[derive(Clone, Debug)]
pub struct Scrubber {
    /// The function view, and below it the errors.
    pub figure: Figure,
    /// The frames of the function view and of the errors, on a desktop and on a phone.
    pub frames: [[Frame; 2]; 2],
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
    /// For each saved state, where its step, its train and its test error stand, as parts of the frame of the errors from
    /// its left and its top.
    pub cursor: Vec<[f64; 3]>,
    /// "Width 20, all layers", with which the title begins.
    pub name: String,
    /// For each saved state, how many units are in which state: the line below the title.
    pub counts: Vec<String>,
}

impl Scrubber {
    /// The end of the run number `shown`, ready to show the other states and runs.
    ///
    /// # Panics
    /// If there is no run of that number, or one without a state.
    pub fn new(data: &Data, runs: &[&Run], shown: usize) -> Self {
        let run = runs[shown];
        let (state, end) = (run.end(), run.states.len() - 1);
        let counts = Units::of(data, &state.network);
        let panels: Vec<Panel> = runs.iter().map(|run| panel(run)).collect();
        let (last, errors) = errors::domains(&panels, None);
        let [x, y] = function_view::axes(data, runs);
        let sample = |kind: Kind| (kind.mark(Vec::new()), format!("{} error", kind.name()));
        let function = chart::Panel::new("", x, y, function_view::backdrop(data));
        let below = chart::Panel::new("", Axis::steps(last), Axis::log("MSE", errors), Vec::new());
        let wide = Chart {
            note: function_view::units_words(&counts),
            description: function_view::description(&counts),
            key: function_view::key(data, function_view::SHARE).into_iter().chain(Kind::BOTH.map(sample)).collect(),
            panels: vec![
                chart::Panel { height: Some(HEIGHTS[0]), ..function },
                chart::Panel { height: Some(HEIGHTS[1]), ..below },
            ],
            columns: 1,
            width: WIDTH,
            ..Chart::new("scrubber", function_view::title(run, state))
        };
        // A title that changed with the state would take now one line, now two.
        let narrow = Chart {
            note: String::new(),
            claim: "The network in a saved state, and the errors of its run".to_owned(),
            ..wide.clone()
        };
        let (mut document, frames) = wide.place(WIDTH, &[]);
        let (mut on_phone, phone_frames) = narrow.place(chart::NARROW, &frames);
        let frames = [[frames[0], frames[1]], [phone_frames[0], phone_frames[1]]];
        let tracks: Vec<Track> = runs.iter().map(|run| track(data, &frames[0][1], run)).collect();
        let draw = |marks: &[Mark], frame: &Frame| Element::group().with_all(Mark::draw_all(marks, frame));
        for (document, [view, below]) in [&mut document, &mut on_phone].into_iter().zip(&frames) {
            document.push(draw(&function_view::network(data, run, state), view).class("network"));
            for (index, (panel, track)) in panels.iter().zip(&tracks).enumerate() {
                let id = format!("scrubber-errors-{}", track.key);
                let curves = if *below == frames[0][1] {
                    draw(&errors::curves(panel), below).set("id", id)
                } else {
                    squeezed(&id, &frames[0][1], below)
                };
                let curves = curves.set("data-run", track.key.as_str());
                document.push(if index == shown { curves } else { curves.set("display", "none") });
            }
            document.push(cursor(below, tracks[shown].cursor[end]));
        }
        let table = function_view::table(data, run, &[end]);
        Self { figure: Figure { document, narrow: Some(on_phone), table }, frames, tracks }
    }
}

fn panel(run: &Run) -> Panel<'_> {
    Panel { heading: String::new(), runs: vec![run], ridge: None }
}

/// What was drawn in one frame, in another of the same height.
fn squeezed(id: &str, from: &Frame, to: &Frame) -> Element {
    let factor = to.rect.width() / from.rect.width();
    let shift = [to.rect.left - factor * from.rect.left, to.rect.top - from.rect.top].map(number);
    let transform = format!("translate({},{}) scale({factor:.5},1)", shift[0], shift[1]);
    Element::new("use").set("href", format!("#{id}")).set("transform", transform)
}

fn track(data: &Data, frame: &Frame, run: &Run) -> Track {
    let rect = frame.rect;
    let height = |error: f64| ((frame.y.at(error) - rect.top) / rect.height()).clamp(0.0, 1.0);
    let cursor = |index: usize| {
        let [train, test] = Kind::BOTH.map(|kind| height(kind.of(run, index)));
        [(frame.x.at(run.states[index].step as f64) - rect.left) / rect.width(), train, test]
    };
    Track {
        key: format!("{}-{}", run.width, run.paradigm),
        colours: unit_roles(run, data.domain()).into_iter().map(Role::light).collect(),
        dashes: unit_ranks(run).into_iter().map(|rank| palette::dash(rank).unwrap_or_default()).collect(),
        cursor: (0..run.states.len()).map(cursor).collect(),
        name: format!("Width {}, {}", run.width, paradigm_words(run.paradigm)),
        counts: run.states.iter().map(|state| function_view::units_words(&Units::of(data, &state.network))).collect(),
    }
}

fn cursor(frame: &Frame, [x, train, test]: [f64; 3]) -> Element {
    let rect = frame.rect;
    let rule = Element::line([0.0, rect.top], [0.0, rect.bottom]).stroke(Role::Ink, plot::THIN);
    let dots = Kind::BOTH.into_iter().zip([train, test]).map(|(kind, y)| {
        let dot = Element::circle([0.0, rect.top + y * rect.height()], 4.0).fill(kind.role());
        dot.stroke(Role::Background, plot::THIN).class(format!("cursor-{}", kind.name()))
    });
    let place = format!("translate({},0)", number(rect.left + x * rect.width()));
    Element::group().class("cursor").set("transform", place).with(rule).with_all(dots)
}
