//! The gradient-check table: operation × region of the operands × tolerance. Each operation's file holds its own rows.

use crate::check::SplitMix64;
use crate::{NodeId, Tape, Var, check};
use nalgebra::SMatrix;
use std::collections::BTreeSet;
use std::ops::Range;
use std::path::Path;

/// A loss made of one operation at random operands of a region.
pub(super) struct Row {
    /// The source file of the operation: `file!()`.
    file: &'static str,
    /// Where the operands lie, in words.
    region: &'static str,
    /// How far central differences may be off, relative to max(1, |derivative|).
    tolerance: f64,
    /// Whether the operands lie on a kink, so that every central difference straddles it.
    on_kink: bool,
    record: Box<Record>,
}

type Record = dyn for<'t> Fn(&mut Region<'t>) -> Var<'t, f64, 1, 1>;

impl Row {
    pub fn new(
        file: &'static str,
        region: &'static str,
        tolerance: f64,
        record: impl for<'t> Fn(&mut Region<'t>) -> Var<'t, f64, 1, 1> + 'static,
    ) -> Row {
        Row { file, region, tolerance, on_kink: false, record: Box::new(record) }
    }
    /// The same row, for operands on a kink.
    pub fn on_kink(self) -> Row {
        Row { on_kink: true, ..self }
    }
    /// The name of the file without its folder and ending.
    fn operation(&self) -> &str {
        Path::new(self.file).file_stem().and_then(|stem| stem.to_str()).expect("a source file has a name")
    }
}

/// Draws operands on a tape.
pub(super) struct Region<'t> {
    tape: &'t Tape<f64>,
    random: SplitMix64,
    /// Which of the operands are inputs, whose derivatives are not asked for: a bit for each, the lowest for the first.
    inputs: u32,
    drawn: Vec<NodeId>,
}

impl<'t> Region<'t> {
    fn new(tape: &'t Tape<f64>, seed: u64, inputs: u32) -> Self {
        Region { tape, random: SplitMix64(seed), inputs, drawn: Vec::new() }
    }
    /// A parameter whose entries are uniform in `range`, or all the same if the range is empty.
    pub fn draw<const R: usize, const C: usize>(&mut self, name: &str, range: Range<f64>) -> Var<'t, f64, R, C> {
        let value = self.matrix(range);
        let is_input = self.inputs >> self.drawn.len() & 1 == 1;
        let leaf = if is_input { self.tape.input(name, value) } else { self.tape.parameter(name, value) };
        self.drawn.push(leaf.id());
        leaf
    }
    /// A constant whose entries are all `value`.
    pub fn constant<const R: usize, const C: usize>(&self, value: f64) -> Var<'t, f64, R, C> {
        self.tape.constant(SMatrix::repeat(value))
    }
    /// Σᵢⱼ Pᵢⱼ·Yᵢⱼ for a random constant P: a loss in which every entry of Y counts differently.
    pub fn project<const R: usize, const C: usize>(&mut self, y: Var<'t, f64, R, C>) -> Var<'t, f64, 1, 1> {
        let weights = self.matrix(0.5..1.5);
        y.component_mul(self.tape.constant(weights)).sum()
    }
    fn matrix<const R: usize, const C: usize>(&mut self, range: Range<f64>) -> SMatrix<f64, R, C> {
        SMatrix::from_fn(|_, _| range.start + (range.end - range.start) * self.random.uniform())
    }
}

/// All rows. Operations that share a file share their rows.
fn table() -> Vec<Row> {
    let rows = [
        super::add_to_columns::rows(),
        super::component_div::rows(),
        super::component_mul::rows(),
        super::cos::rows(),
        super::cross_entropy::rows(),
        super::dense::rows(),
        super::difference::rows(),
        super::erf::rows(),
        super::exp::rows(),
        super::gelu::rows(),
        super::leaky_relu::rows(),
        super::ln::rows(),
        super::logistic::rows(),
        super::norm_squared::rows(),
        super::powi::rows(),
        super::product::rows(),
        super::relu::rows(),
        super::relu_network::rows(),
        super::relu_network_error::rows(),
        super::scale::rows(),
        super::scale_by::rows(),
        super::sigmoid::rows(),
        super::sin::rows(),
        super::sqrt::rows(),
        super::sum::rows(),
        super::tanh::rows(),
        super::total::rows(),
        super::transpose::rows(),
        super::weighted_square::rows(),
    ];
    rows.into_iter().flatten().collect()
}

/// Records a row on a fresh tape for each of a few seeds; and once more with what rules make of it, as if that had been
/// recorded.
fn each_case(mut test: impl FnMut(&Row, &Tape<f64>, Var<'_, f64, 1, 1>)) {
    for row in table() {
        for seed in 0..5 {
            let tape = Tape::new();
            let loss = (row.record)(&mut Region::new(&tape, seed, 0));
            test(&row, &tape, loss);
            let program = tape.program(loss);
            let made_by_rules = ["dense", "relu_network", "relu_network_error"].contains(&row.operation());
            assert!(!made_by_rules || program.operations().contains(&row.operation()), "{:?}", program.operations());
            let fused = program.into_tape();
            test(&row, &fused, fused.var(loss.handle()));
        }
    }
}

#[test]
fn every_operation_has_a_row() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/ops");
    let files: BTreeSet<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned())
        .filter(|name| !["mod", "elementwise", "table"].contains(&name.as_str()))
        .collect();
    let rows: BTreeSet<String> = table().iter().map(|row| row.operation().to_owned()).collect();
    assert_eq!(files, rows, "each file in src/ops is an operation with rows in the gradient-check table");
}

#[test]
fn every_gradient_agrees_with_dual_numbers_and_central_differences() {
    let mut failures = Vec::new();
    each_case(|row, tape, loss| {
        for comparison in check(tape, loss, 1e-5).comparisons {
            let entries = tape.record.borrow().nodes[comparison.node.index()].slot.len();
            let straddling = if row.on_kink { entries } else { 0 };
            let good = comparison.dual_error <= 1e-13
                && comparison.difference_error <= row.tolerance
                && comparison.straddling.len() == straddling;
            if !good {
                failures.push(format!("{} {}: {comparison:?}", row.operation(), row.region));
            }
        }
    });
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn every_formula_has_the_shape_and_the_value_of_the_derivative() {
    each_case(|row, tape, loss| {
        let leaves = check(tape, loss, 1e-5).comparisons;
        assert!(!leaves.is_empty());
        for leaf in leaves {
            let explanation = tape.explain(loss, leaf.node).expect("the loss depends on the leaves that are compared");
            let slot = tape.record.borrow().nodes[leaf.node.index()].slot;
            let case = format!("{} {}: {explanation}", row.operation(), row.region);
            assert_eq!(explanation.gradient_shape(), slot.shape(), "{case}");
            let deviation = (explanation.formula.evaluate() - &explanation.value).amax();
            assert!(deviation <= 1e-12 * explanation.value.amax().max(1.0), "{case} is off by {deviation}");
            for step in &explanation.steps {
                let deviation = (step.local.evaluate() - &step.value).amax();
                assert!(deviation <= 1e-12 * step.value.amax().max(1.0), "{case}: {step} is off by {deviation}");
                for (operation, _) in &step.through {
                    let has_none = step.local.to_string().contains(&format!("{operation}(∂"));
                    assert!(!has_none, "{operation} has no formula for its derivative: {step}");
                }
            }
        }
    });
}

#[test]
fn every_definition_has_the_value_of_its_node() {
    each_case(|row, tape, _| {
        let (id, count) = (tape.record.borrow().nodes.id, tape.record.borrow().nodes.len());
        for node in (0..count).map(|place| id.node(place)) {
            let is_result = tape.record.borrow().nodes[node.index()].source.operation().is_some();
            let definition = tape.definition(node);
            let case = format!("{} {}, node {}", row.operation(), row.region, node.index());
            assert_eq!(definition.is_some(), is_result, "{case}");
            if let Some(definition) = definition {
                let value = tape.dyn_var(node).expect("of this tape").value();
                let deviation = (definition.evaluate() - &value).amax();
                assert!(deviation <= 1e-12 * value.amax().max(1.0), "{case}: {definition} is off by {deviation}");
            }
        }
    });
}

#[test]
fn a_derivative_is_the_same_whichever_others_are_wanted() {
    for row in table() {
        let tape = Tape::new();
        let mut region = Region::new(&tape, 0, 0);
        let loss = (row.record)(&mut region);
        let mut all = tape.program(loss);
        all.forward_and_backward();
        let operands = region.drawn;
        for inputs in 1..(1 << operands.len()) - 1 {
            let tape = Tape::new();
            let mut region = Region::new(&tape, 0, inputs);
            let loss = (row.record)(&mut region);
            for mut program in [tape.program(loss), tape.program_by_parts(loss)] {
                program.forward_and_backward();
                for (place, (&operand, &of_all)) in region.drawn.iter().zip(&operands).enumerate() {
                    let (found, expected) = (program.derivative_entries(operand), all.derivative_entries(of_all));
                    if inputs >> place & 1 == 1 {
                        assert_eq!(found, None, "nobody asks for it");
                        continue;
                    }
                    let (found, expected) = (found.expect("computed"), expected.expect("computed"));
                    let near = |(a, b): (&f64, &f64)| (a - b).abs() <= 1e-13 * b.abs().max(1.0);
                    let case = format!("{} {}, inputs {inputs:b}", row.operation(), row.region);
                    assert!(found.iter().zip(expected).all(near), "{case}: {found:?} and {expected:?}");
                }
            }
        }
    }
}

#[test]
fn a_program_agrees_with_its_parts() {
    each_case(|row, tape, loss| {
        let (mut fused, mut parts) = (tape.program(loss), tape.program_by_parts(loss));
        let [a, b] = [fused.forward_and_backward(), parts.forward_and_backward()];
        let near = |a: f64, b: f64| (a - b).abs() <= 1e-13 * b.abs().max(1.0);
        assert!(near(a, b), "{} {}: {a} and {b}", row.operation(), row.region);
        for leaf in check(tape, loss, 1e-5).comparisons {
            let [a, b] = [&fused, &parts].map(|program| program.derivative_entries(leaf.node).expect("computed"));
            assert!(a.iter().zip(b).all(|(&a, &b)| near(a, b)), "{} {}: {a:?}, {b:?}", row.operation(), row.region);
        }
    });
}
