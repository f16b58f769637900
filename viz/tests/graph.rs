//! The computation graph: what is drawn of it, and that nothing overlaps, whatever the graph.

use autodiff::{SMatrix, Tape, Var};
use nn::problems::{Kind, Problem};
use proptest::prelude::*;
use viz::chart::NARROW;
use viz::figures::graph::{Detail, Diagram, MOST_NODES, Options, Sources, Wire, draw, layout, stacked};
use viz::plot::Rect;
use viz::text::{Weight, width};

mod labels;

const NAMED: Options = Options { detail: Detail::Named, sources: Sources::NearUse, total_by: None };

fn overlap(a: &Rect, b: &Rect) -> bool {
    a.left < b.right - 1e-6 && b.left < a.right - 1e-6 && a.top < b.bottom - 1e-6 && b.top < a.bottom - 1e-6
}

/// Boxes with sizes, and for each the earlier boxes it is computed from, with the size of the label of each line.
fn graphs() -> impl Strategy<Value = (Vec<[f64; 2]>, Vec<Wire>)> {
    (1..40_usize).prop_flat_map(|count| {
        let size = (20.0..200.0, 20.0..150.0).prop_map(|(w, h)| [w, h]);
        let wire = (0..count, 0..count, 5.0..90.0, 14.0..90.0_f64);
        (prop::collection::vec(size, count), prop::collection::vec(wire, 0..60)).prop_map(|(sizes, wires)| {
            let mut kept: Vec<Wire> = Vec::new();
            for (a, b, w, h) in wires {
                let (from, to) = (a.min(b), a.max(b));
                if from < to && !kept.iter().any(|wire| wire.from == from && wire.to == to) {
                    kept.push(Wire { from, to, label: [w, h] });
                }
            }
            (sizes, kept)
        })
    })
}

fn layers(count: usize, wires: &[Wire]) -> Vec<usize> {
    let mut layers = vec![0; count];
    for to in 0..count {
        for wire in wires.iter().filter(|wire| wire.to == to) {
            layers[to] = layers[to].max(layers[wire.from] + 1);
        }
    }
    layers
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn nothing_overlaps_and_nothing_leaves_the_canvas((sizes, wires) in graphs()) {
        let placed = layout(&sizes, &layers(sizes.len(), &wires), &wires);
        let all: Vec<Rect> = placed.boxes.iter().chain(&placed.labels).copied().collect();
        for (index, rect) in all.iter().enumerate() {
            prop_assert!(rect.left >= -1e-6 && rect.top >= -1e-6);
            prop_assert!(rect.right <= placed.size[0] + 1e-6 && rect.bottom <= placed.size[1] + 1e-6);
            for other in &all[..index] {
                prop_assert!(!overlap(rect, other), "{rect:?} and {other:?}");
            }
        }
        for (rect, size) in placed.boxes.iter().zip(&sizes) {
            prop_assert!(rect.width() >= size[0] - 1e-6 && rect.height() >= size[1] - 1e-6);
        }
        // Lines run straight inside columns; there they touch no box but their own, and no label of another line.
        for (index, (wire, route)) in wires.iter().zip(&placed.routes).enumerate() {
            prop_assert_eq!(route[0][0], placed.boxes[wire.from].right);
            prop_assert_eq!(route[route.len() - 1][0], placed.boxes[wire.to].left);
            prop_assert!(route.windows(2).all(|pair| pair[0][0] <= pair[1][0] + 1e-6), "lines run to the right");
            for pair in route[1..route.len() - 1].chunks(2) {
                let line = Rect::new(pair[0][0], pair[0][1] - 2.0, pair[1][0], pair[0][1] + 2.0);
                prop_assert!(!placed.boxes.iter().any(|rect| overlap(rect, &line)));
                let others = placed.labels.iter().enumerate().filter(|(label, _)| *label != index);
                prop_assert!(!others.map(|(_, rect)| rect).any(|rect| overlap(rect, &line)));
            }
        }
    }

    #[test]
    fn below_each_other_nothing_overlaps_either_and_lines_run_down((sizes, wires) in graphs()) {
        let heads: Vec<f64> = sizes.iter().map(|size| size[1] / 4.0).collect();
        let placed = stacked(&sizes, &heads, &wires);
        let all: Vec<Rect> = placed.boxes.iter().chain(&placed.labels).copied().collect();
        for (index, rect) in all.iter().enumerate() {
            prop_assert!(rect.left >= 0.0 && rect.top >= 0.0);
            prop_assert!(rect.right <= placed.size[0] && rect.bottom <= placed.size[1] + 1e-6);
            prop_assert!(!all[..index].iter().any(|other| overlap(rect, other)));
        }
        for (rect, size) in placed.boxes.iter().zip(&sizes) {
            prop_assert!(rect.width() >= size[0] && rect.height() >= size[1] - 1e-6);
        }
        let mut lanes: Vec<Rect> = Vec::new();
        for (index, (wire, route)) in wires.iter().zip(&placed.routes).enumerate() {
            let (from, to) = (placed.boxes[wire.from], placed.boxes[wire.to]);
            prop_assert!(from.bottom < to.top);
            let [start, turn, corner, end] = route[..] else { panic!("{route:?}") };
            prop_assert!(start[0] == from.right && start[1] > from.top && start[1] < from.bottom);
            prop_assert!(end[0] == to.right && end[1] >= to.top + heads[wire.to] && end[1] < to.bottom);
            for [[left, y], [right, _]] in [[start, turn], [end, corner]] {
                let line = Rect::new(left, y - 2.0, right, y + 2.0);
                let others = placed.labels.iter().enumerate().filter(|(label, _)| *label != index);
                prop_assert!(!others.map(|(_, rect)| rect).any(|rect| overlap(rect, &line)));
            }
            let lane = Rect::new(turn[0] - 4.0, turn[1], turn[0] + 4.0, corner[1]);
            prop_assert!(!all.iter().chain(&lanes).any(|other| overlap(other, &lane)));
            lanes.push(lane);
        }
    }

    #[test]
    fn any_tape_is_drawn_inside_its_canvas(
        choices in prop::collection::vec((0..6_u8, 0..100_usize, 0..100_usize, "\\PC{0,60}"), 1..80),
        value in prop::num::f64::ANY,
    ) {
        let tape = Tape::new();
        let mut nodes: Vec<Var<'_, f64, 2, 2>> = vec![tape.parameter("A", SMatrix::repeat(value))];
        for (operation, a, b, name) in choices {
            let (a, b) = (nodes[a % nodes.len()], nodes[b % nodes.len()]);
            let next = match operation {
                0 => a + b,
                1 => a - b,
                2 => a * b,
                3 => a.relu(),
                4 => tape.input(&name, SMatrix::repeat(1e-9)),
                _ => a.component_mul(b),
            };
            nodes.push(if name.len() % 3 == 0 { next } else { next.named(&name) });
        }
        let loss = nodes[nodes.len() - 1].sum();
        let figure = draw("any", "Any", &tape.graph().with_derivatives(&tape.backward(loss)), NAMED);
        let (wide, high) = figure.document.size();
        let svg = figure.svg();
        let document = roxmltree::Document::parse(&svg).unwrap();
        for text in document.descendants().filter(|node| node.has_tag_name("text")) {
            let number = |name: &str| text.attribute(name).unwrap().parse::<f64>().unwrap();
            let words: String =
                text.descendants().filter(roxmltree::Node::is_text).filter_map(|node| node.text()).collect();
            let is_bold = text.ancestors().any(|node| node.attribute("font-weight") == Some("bold"));
            let weight = if is_bold { Weight::Bold } else { Weight::Regular };
            let length = width(&words, number("font-size"), weight);
            let anchor = text.ancestors().find_map(|node| node.attribute("text-anchor")).unwrap_or("start");
            let left = number("x") - match anchor { "middle" => length / 2.0, "end" => length, _ => 0.0 };
            prop_assert!(left >= 0.0 && left + length <= wide + 1.0, "{words} at {left}");
            prop_assert!(number("y") > 0.0 && number("y") < high);
        }
    }
}

#[test]
fn the_chain_is_drawn() {
    let problem = Problem::chain(1.5).unwrap();
    let options = Options { total_by: Some("x"), ..NAMED };
    let figure = draw("chain", problem.kind().expression(), &problem.graph(), options);
    insta::assert_snapshot!(figure.svg());
    insta::assert_snapshot!(figure.table.csv());
}

#[test]
fn on_a_phone_graphs_stand_upright_and_fit() {
    let kinds = [
        Kind::NeuronSum { neurons: 2, size: 2 },
        Kind::NeuronSumInNumbers { neurons: 2, size: 2 },
        Kind::TwoLayer { size: 3 },
        Kind::TwoLayer { size: 8 },
    ];
    for kind in kinds {
        let problem = Problem::random(kind, 9).unwrap();
        let figure = draw("upright", kind.expression(), &problem.graph(), NAMED);
        labels::check_labels(&figure);
        let narrow = figure.narrow.unwrap();
        assert_eq!(narrow.size().0, NARROW);
        let nodes = |svg: &str| svg.matches("data-node=").count();
        assert_eq!(nodes(&narrow.to_string()), nodes(&figure.document.to_string()));
    }
}

#[test]
fn two_layers_are_drawn() {
    let problem = Problem::random(Kind::TwoLayer { size: 2 }, 9).unwrap();
    let figure = draw("two-layer", problem.kind().expression(), &problem.graph(), NAMED);
    insta::assert_snapshot!(figure.svg());
}

#[test]
fn unnamed_steps_are_folded_with_their_jacobians() {
    let problem = Problem::random(Kind::TwoLayer { size: 3 }, 9).unwrap();
    let diagram = Diagram::new(&problem.graph(), Detail::Named);
    let names: Vec<&str> = diagram.nodes.iter().map(|node| node.name.as_str()).collect();
    assert_eq!(names, ["W1", "b", "W2", "x", "y", "x1", "x2", "x3", "x4", "ℓ"]);
    assert_eq!(diagram.nodes[5].definition, "W1·x + b");
    let link = |from: &str, to: &str| {
        let is = |place: usize, name: &str| diagram.nodes[place].name == name;
        diagram.links.iter().find(|link| is(link.from, from) && is(link.to, to)).unwrap().jacobian.clone().unwrap()
    };
    assert_eq!(&link("x", "x1"), problem.inputs().get("W1").unwrap());
    assert_eq!(link("W1", "x1").shape(), (3, 9));
    // ∂ℓ/∂x4 = x4ᵀ through the square and the half.
    assert_eq!(link("x4", "ℓ").as_slice(), diagram.nodes[8].value);
    assert_eq!(Diagram::new(&problem.graph(), Detail::Operations).nodes.len(), problem.tape().len());
}

#[test]
fn many_numbers_become_matrices() {
    let matrices = Problem::random(Kind::NeuronSum { neurons: 8, size: 6 }, 1).unwrap();
    let kind = Kind::NeuronSumInNumbers { neurons: 8, size: 6 };
    let numbers = Problem::new(kind, matrices.inputs().clone()).unwrap();
    assert!(numbers.tape().len() > MOST_NODES);
    let [collapsed, direct] = [&numbers, &matrices].map(|problem| Diagram::new(&problem.graph(), Detail::Operations));
    assert!(collapsed.is_collapsed && !direct.is_collapsed);
    let direct = Diagram::new(&matrices.graph(), Detail::Named);
    for node in &direct.nodes {
        let same = collapsed.nodes.iter().find(|other| other.name == node.name).unwrap();
        assert_eq!((same.rows, same.columns), (node.rows, node.columns), "{}", node.name);
        let near = |a: &[f64], b: &[f64]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-12);
        assert!(near(&same.value, &node.value), "{}", node.name);
        assert!(near(same.derivative.as_ref().unwrap(), node.derivative.as_ref().unwrap()), "{}", node.name);
    }
    for link in &direct.links {
        let name = |diagram: &Diagram, place: usize| diagram.nodes[place].name.clone();
        let (from, to) = (name(&direct, link.from), name(&direct, link.to));
        let same = collapsed.links.iter().find(|l| name(&collapsed, l.from) == from && name(&collapsed, l.to) == to);
        let (a, b) = (same.unwrap().jacobian.as_ref().unwrap(), link.jacobian.as_ref().unwrap());
        assert!((a - b).amax() < 1e-12, "∂{to}/∂{from}");
    }
}

#[test]
fn what_was_not_computed_is_a_dash() {
    let tape = Tape::new();
    let x = tape.input("x", SMatrix::<f64, 1, 1>::new(3.0));
    let y = (x * 2.0).named("y");
    let svg = draw("bare", "Bare", &tape.graph(), NAMED).svg();
    assert_eq!(svg.matches(">–</text>").count(), 2);
    let _other = (x + y).named("other");
    let figure = draw("part", "Part", &tape.graph().with_derivatives(&tape.backward(y)), NAMED);
    assert_eq!(figure.svg().matches(">–</text>").count(), 1);
    assert_eq!(figure.table.rows[2][4], "–");
}

#[test]
fn clipped_and_missing_entries_are_marked() {
    let tape = Tape::new();
    let mut entries = SMatrix::<f64, 5, 5>::repeat(0.1);
    entries[(0, 0)] = 50.0;
    entries[(1, 1)] = f64::NAN;
    entries[(2, 2)] = f64::INFINITY;
    entries[(3, 3)] = -0.1;
    let a = tape.parameter("A", entries);
    let svg = draw("marks", "Marks", &tape.graph(), NAMED).svg();
    // A framed cell, a cross of two lines, a full cell, and the sign of the negative one.
    let paths: Vec<&str> = svg.lines().filter(|line| line.contains("<path")).collect();
    assert_eq!(paths.len(), 3, "{paths:#?}");
    assert_eq!(a.value()[(0, 0)], 50.0);
}
