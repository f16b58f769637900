//! The two doors record the same nodes; what does not fit is an error at the second one that names both sides.

use autodiff::{DMatrix, DynVar, SMatrix, ShapeError, Tape, Var};

fn wave(rows: usize, columns: usize, phase: f64) -> DMatrix<f64> {
    DMatrix::from_fn(rows, columns, |i, j| ((3 * i + 5 * j) as f64 * 0.37 + phase).sin())
}

fn typed(tape: &Tape<f64>) -> Var<'_, f64, 1, 1> {
    let matrix = |phase| SMatrix::<f64, 2, 3>::from_fn(|i, j| wave(2, 3, phase)[(i, j)]);
    let (a, b) = (tape.parameter("A", matrix(0.1)), tape.parameter("B", matrix(0.2)));
    let m = tape.input("M", SMatrix::<f64, 3, 4>::from_fn(|i, j| wave(3, 4, 0.3)[(i, j)]));
    let (s, c) =
        (tape.parameter("s", SMatrix::<f64, 1, 1>::new(0.7)), tape.constant(SMatrix::<f64, 2, 1>::new(0.5, -0.5)));
    let layer = (a * m).add_to_columns(c).tanh().named("layer");
    let entries = (a + b - a * 0.5).component_mul(-b).component_div(b.exp()).scale_by(s);
    let functions = entries.sin() + entries.cos() + entries.sigmoid() + entries.relu() + entries.powi(3);
    let roots = (entries.norm_squared() + (s * s)).sqrt().ln();
    let row = tape.input("t", SMatrix::<f64, 1, 4>::from_fn(|i, j| wave(1, 4, 0.4)[(i, j)]));
    let error = (tape.constant(SMatrix::<f64, 1, 2>::new(1.0, 2.0)) * layer).weighted_square(row, row.exp());
    let error = error + row.logistic(row.sigmoid(), row.exp()) + m.cross_entropy(m.sigmoid(), row.exp());
    functions.sum() + roots + error + layer.transpose().sum() + 2.0 * s
}

fn dynamic(tape: &Tape<f64>) -> Result<DynVar<'_, f64>, ShapeError> {
    let (a, b) = (tape.dyn_parameter("A", &wave(2, 3, 0.1))?, tape.dyn_parameter("B", &wave(2, 3, 0.2))?);
    let m = tape.dyn_input("M", &wave(3, 4, 0.3))?;
    let s = tape.dyn_parameter("s", &DMatrix::from_element(1, 1, 0.7))?;
    let c = tape.dyn_constant(&DMatrix::from_column_slice(2, 1, &[0.5, -0.5]))?;
    let layer = (a * m)?.add_to_columns(c)?.tanh()?.named("layer");
    let entries = ((a + b)? - (a * 0.5)?)?.component_mul((-b)?)?.component_div(b.exp()?)?.scale_by(s)?;
    let functions =
        ((((entries.sin()? + entries.cos()?)? + entries.sigmoid()?)? + entries.relu()?)? + entries.powi(3)?)?;
    let roots = (entries.norm_squared()? + (s * s)?)?.sqrt()?.ln()?;
    let row = tape.dyn_input("t", &wave(1, 4, 0.4))?;
    let weights = tape.dyn_constant(&DMatrix::from_row_slice(1, 2, &[1.0, 2.0]))?;
    let error = weights.product(layer)?.weighted_square(row, row.exp()?)?;
    let odds = row.logistic(row.sigmoid()?, row.exp()?)?;
    let error = ((error + odds)? + m.cross_entropy(m.sigmoid()?, row.exp()?)?)?;
    let sum = ((functions.sum()? + roots)? + error)?;
    (sum + layer.transpose()?.sum()?)? + (2.0 * s)?
}

#[test]
fn both_doors_record_the_same_nodes_and_make_the_same_program() {
    let (one, other) = (Tape::new(), Tape::new());
    let (typed, dynamic) = (typed(&one), dynamic(&other).unwrap());
    assert_eq!(one.graph().json(), other.graph().json());
    let (mut one_program, mut other_program) = (one.program(typed), dynamic.program().unwrap());
    assert_eq!(one_program.operations(), other_program.operations());
    assert!(one_program.operations().contains(&"dense"));
    assert_eq!(one_program.forward_and_backward().to_bits(), other_program.forward_and_backward().to_bits());
    let (d, e) = (one.backward(typed), dynamic.backward().unwrap());
    for (node, same) in one.graph().nodes.iter().zip(other.graph().nodes) {
        assert_eq!(d.slice(node.id), e.slice(same.id), "{}", node.name);
        if let (Ok(a), Ok(b)) = (one_program.matrix(node.id), other_program.matrix(same.id)) {
            assert_eq!(a, b, "{}", node.name);
            assert_eq!(one_program.derivative_matrix(node.id), other_program.derivative_matrix(same.id));
        }
    }
}

#[test]
fn a_node_goes_through_both_doors() {
    let tape = Tape::new();
    let w = tape.parameter("w", SMatrix::<f64, 2, 1>::new(1.0, 2.0));
    let again: Var<'_, f64, 2, 1> = DynVar::from(w).typed().unwrap();
    assert_eq!((again.id(), again.value()), (w.id(), w.value()));
    let wrong: Result<Var<'_, f64, 1, 2>, _> = w.dynamic().try_into();
    assert_eq!(wrong.unwrap_err().to_string(), "the matrix must be 1×2, and is 2×1");
    assert_eq!(w.dynamic().shape(), [2, 1]);
    assert_eq!(w.dynamic().entry(1, 0), Ok(2.0));
    assert_eq!(w.dynamic().entry(2, 0).unwrap_err(), ShapeError::Entry { index: 2, len: 2 });
    assert_eq!(w.dynamic().entry(0, 1).unwrap_err().to_string(), "there is no entry 1 in 1: it counts from 0");
}

/// Every operation of two matrices, and what it says of shapes that do not fit.
#[test]
fn shapes_that_do_not_fit_are_named() {
    let tape = Tape::new();
    let matrix = |rows, columns| tape.dyn_input("m", &DMatrix::zeros(rows, columns)).unwrap();
    let (a, b) = (matrix(16, 2), matrix(3, 32));
    let says = |result: Result<DynVar<'_, f64>, ShapeError>| result.unwrap_err().to_string();
    let nodes = tape.len();
    assert_eq!(says(a * b), "cannot multiply 16×2 by 3×32");
    assert_eq!(says(a + b), "cannot add 16×2 and 3×32");
    assert_eq!(says(b - a), "cannot subtract 3×32 and 16×2");
    assert_eq!(says(a.component_mul(b)), "cannot multiply entry by entry 16×2 by 3×32");
    assert_eq!(says(a.component_div(b)), "cannot divide entry by entry 16×2 by 3×32");
    assert_eq!(says(a.add_to_columns(b)), "what is added to every column must be 16×1, and is 3×32");
    assert_eq!(says(a.scale_by(b)), "the factor must be 1×1, and is 3×32");
    assert_eq!(says(a.weighted_square(b, b)), "the target must be 16×2, and is 3×32");
    assert_eq!(says(a.weighted_square(a, b)), "the weight must be 1×2, and is 3×32");
    assert_eq!(says(a.logistic(b, b)), "the row of log odds must be 1×2, and is 16×2");
    assert_eq!(says(a.cross_entropy(b, b)), "the target must be 16×2, and is 3×32");
    assert_eq!(says(a.cross_entropy(a, b)), "the weight must be 1×2, and is 3×32");
    assert_eq!(says(a.powi(0)), "the power 0 is a constant: a power is at least 1");
    assert_eq!(a.backward().unwrap_err().to_string(), "the loss must be 1×1, and is 16×2");
    assert!(a.program().is_err() && a.explain(b).is_err());
    assert_eq!(tape.len(), nodes, "nothing was recorded");
    let (row, short) = (matrix(1, 3), matrix(1, 2));
    assert_eq!(says(row.weighted_square(short, row)), "the target must be 1×3, and is 1×2");
    assert_eq!(says(row.weighted_square(row, short)), "the weight must be 1×3, and is 1×2");
    assert_eq!(says(row.logistic(short, row)), "the target must be 1×3, and is 1×2");
    assert_eq!(says(row.logistic(row, short)), "the weight must be 1×3, and is 1×2");
}

#[test]
fn nodes_of_another_tape_or_from_before_clear_are_refused() {
    let (mut tape, other) = (Tape::new(), Tape::new());
    let w = tape.parameter("w", SMatrix::<f64, 1, 1>::new(3.0));
    let foreign = other.parameter("w", SMatrix::<f64, 1, 1>::new(3.0));
    let error = (w.dynamic() * foreign.dynamic()).unwrap_err();
    assert!(matches!(error, ShapeError::OtherTape { node: 0, .. }), "{error}");
    assert!(error.to_string().ends_with("nodes of two tapes cannot meet"));
    assert!(w.dynamic().weighted_square(w.dynamic(), foreign.dynamic()).is_err());
    assert!(tape.dyn_var(foreign).is_err());
    assert!(w.dynamic().explain(foreign).is_err());
    let (derivatives, mut program) = (tape.backward(w * w), tape.program(w * w));
    assert!(derivatives.matrix(foreign).is_err());
    assert!(program.matrix(foreign).is_err() && program.derivative_matrix(foreign).is_err());
    assert!(program.set_matrix(foreign, &DMatrix::zeros(1, 1)).is_err());
    let later = (w * w).id();
    assert_eq!(program.matrix(later), Err(ShapeError::Later { node: 3, len: 3 }));
    let result = program.set_matrix(tape.dyn_var(later).unwrap(), &DMatrix::zeros(1, 1));
    assert!(result.is_err());

    let old = w.handle();
    tape.clear();
    let new = tape.parameter("w", SMatrix::<f64, 1, 1>::new(5.0));
    assert_eq!(tape.dyn_var(old).unwrap_err(), ShapeError::Cleared { node: 0, of: 0, to: 1 });
    assert_eq!(
        tape.dyn_var(old).unwrap_err().to_string(),
        "node 0 is of record 0 of its tape, which was cleared since and holds record 1: record it anew"
    );
    // The program and the derivatives are of the old record, and know its handles only.
    assert!(program.matrix(old).is_ok() && program.matrix(new).is_err());
    assert!(derivatives.matrix(old).is_ok() && derivatives.matrix(new).is_err());
    assert!(tape.dyn_apply(Nothing, &[old.into()], [1, 1]).is_err());
}

/// y = 0.
#[derive(Debug)]
struct Nothing;

impl autodiff::Operation<f64> for Nothing {
    fn name(&self) -> &'static str {
        "nothing"
    }
    fn forward(&self, _operands: autodiff::Operands<'_, f64>, mut result: autodiff::Output<'_, f64>) {
        result.fill(0.0);
    }
    fn backward(&self, _pass: &mut autodiff::Pullback<'_, f64>) {}
    fn cost(&self, _wanted: &[bool]) -> autodiff::Cost {
        autodiff::Cost::default()
    }
    fn lift(&self) -> std::sync::Arc<dyn autodiff::Operation<tensor::Dual<f64>>> {
        unimplemented!("not lifted here")
    }
}

#[test]
#[should_panic(expected = "which was cleared since")]
fn a_handle_from_before_clear_panics_at_the_first_door() {
    let mut tape = Tape::new();
    let old = tape.parameter("w", SMatrix::<f64, 1, 1>::new(3.0)).handle();
    tape.clear();
    let _ = tape.parameter("w", SMatrix::<f64, 1, 1>::new(3.0));
    let _ = tape.var(old);
}

#[test]
#[should_panic(expected = "nodes of two tapes cannot meet")]
fn a_program_of_another_tape_panics_at_the_first_door() {
    let (tape, other) = (Tape::new(), Tape::new());
    let w = tape.parameter("w", SMatrix::<f64, 1, 1>::new(3.0));
    let foreign = other.parameter("w", SMatrix::<f64, 1, 1>::new(3.0));
    let _ = tape.program(w * w).value(foreign.handle());
}

/// Every operation on matrices without entries, forward and backward.
#[test]
fn empty_matrices_are_matrices() {
    let tape = Tape::new();
    let matrix = |name: &str, rows, columns| tape.dyn_parameter(name, &DMatrix::zeros(rows, columns)).unwrap();
    for [rows, columns] in [[0, 0], [0, 3], [3, 0]] {
        let a = matrix("A", rows, columns);
        let sums = || -> Result<DynVar<'_, f64>, ShapeError> {
            let inner = (a.transpose()? * a)?; // of zeros, where nothing is added up
            let outer = a.product(a.transpose()?)?;
            let bias = matrix("b", rows, 1);
            let layer = a.product(matrix("x", columns, 2))?.add_to_columns(bias)?.tanh()?;
            let entries = (a + a)?.component_mul(a)?.component_div(a)?.scale_by(matrix("s", 1, 1))?;
            let all = (inner.sum()? + outer.norm_squared()?)?;
            (all + layer.sum()?)? + (entries.sum()? + (a * 2.0)?.add_to_columns(bias)?.exp()?.sum()?)?
        };
        let loss = sums().unwrap();
        assert_eq!(loss.value()[(0, 0)], 0.0);
        let mut program = loss.program().unwrap();
        assert_eq!(program.forward_and_backward(), 0.0);
        assert_eq!(program.derivative_matrix(a).unwrap().unwrap(), DMatrix::zeros(rows, columns));
        assert_eq!(loss.backward().unwrap().matrix(a).unwrap().unwrap().shape(), (rows, columns));
        let (row, weight) = (matrix("p", 1, 0), matrix("m", 1, columns));
        let losses = [row.logistic(row, row), a.weighted_square(a, weight), a.cross_entropy(a, weight)];
        for loss in losses.map(Result::unwrap) {
            assert_eq!(loss.program().unwrap().forward_and_backward(), 0.0);
            assert!(loss.backward().unwrap().matrix(weight).unwrap().is_none_or(|d| d.amax() == 0.0));
        }
    }
    // At the first door, too.
    let tape = Tape::new();
    let (a, b) =
        (tape.parameter("A", SMatrix::<f64, 2, 0>::zeros()), tape.parameter("B", SMatrix::<f64, 0, 3>::zeros()));
    assert_eq!((a * b).value(), SMatrix::<f64, 2, 3>::zeros());
}

/// What is singular has a value and a derivative that are infinite or not numbers, as the rules give them.
#[test]
fn singular_operands_have_infinite_values_and_derivatives() {
    let tape = Tape::new();
    let number = |name: &str, value: f64| tape.parameter(name, SMatrix::<f64, 1, 1>::new(value));
    let (zero, one) = (number("zero", 0.0), number("one", 1.0));
    let by_zero = |loss: Var<'_, f64, 1, 1>| (loss.scalar(), tape.backward(loss).of(zero)[0]);
    assert_eq!(by_zero(one.component_div(zero)), (f64::INFINITY, f64::NEG_INFINITY)); // −1/0²
    assert_eq!(by_zero(zero.ln()), (f64::NEG_INFINITY, f64::INFINITY)); // 1/0
    assert_eq!(by_zero(zero.sqrt()), (0.0, f64::INFINITY)); // 1/(2√0)
    let (value, slope) = by_zero(zero.component_div(zero));
    assert!(value.is_nan() && slope.is_nan());
    let negative = number("negative", -1.0);
    assert!(negative.ln().scalar().is_nan() && negative.sqrt().scalar().is_nan());
}

#[test]
fn two_nodes_of_one_name_are_told_apart() {
    let tape = Tape::new();
    let one = tape.parameter("w", SMatrix::<f64, 1, 1>::new(3.0));
    let other = tape.parameter("w", SMatrix::<f64, 1, 1>::new(3.0));
    let loss = one * other;
    assert_eq!(tape.explain(loss, one).unwrap().to_string(), "∂ℓ/∂w#0 = w#1");
    assert_eq!(tape.graph().nodes[1].name, "w#1");
    assert_eq!(autodiff::check(&tape, loss, 1e-5).comparisons[1].name, "w#1");
    let sum = one + other;
    assert_eq!(tape.definition(sum).unwrap().to_string(), "w#0 + w#1");
}

/// A matrix so large that its entries cannot be counted is refused before any memory is asked for.
#[test]
fn a_result_that_fits_nowhere_is_refused() {
    let tape = Tape::<f32>::new();
    let column = tape.dyn_input("column", &DMatrix::zeros(70_000, 1)).unwrap();
    let error = column.product(column.transpose().unwrap()).unwrap_err();
    assert_eq!(error.to_string(), "no room for 70000×70000: a tape holds fewer than 2³² numbers");
    assert!(column.sum().is_ok());
}
