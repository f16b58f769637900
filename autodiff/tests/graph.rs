//! The computation graph as data.

use autodiff::{Graph, NodeKind, SMatrix, Tape};
use nalgebra::DMatrix;

/// Names that need care, a shared node, an unnamed one, a constant.
fn record(tape: &Tape<f64>) -> Graph {
    let w = tape.parameter("W", SMatrix::<f64, 2, 3>::new(1.0, 2.0, 3.0, 4.0, 5.0, 6.0));
    let x = tape.input("x \"quoted\"", SMatrix::<f64, 3, 1>::new(1.0, 0.0, -1.0));
    let y = (w * x).named("y");
    let z = y.component_mul(y) + tape.constant(SMatrix::<f64, 2, 1>::repeat(0.5));
    tape.graph().with_derivatives(&tape.backward(z.sum()))
}

#[test]
fn nodes_and_edges() {
    let graph = record(&Tape::new());
    let names: Vec<&str> = graph.nodes.iter().map(|node| node.name.as_str()).collect();
    assert_eq!(names, ["W", "x \"quoted\"", "y", "component_mul#3", "constant#4", "sum#5"]);
    let kinds: Vec<NodeKind> = graph.nodes.iter().map(|node| node.kind).collect();
    let op = NodeKind::Operation;
    assert_eq!(
        kinds,
        [NodeKind::Parameter, NodeKind::Input, op("product"), op("component_mul"), NodeKind::Constant, op("sum")]
    );
    let named: Vec<bool> = graph.nodes.iter().map(|node| node.is_named).collect();
    assert_eq!(named, [true, true, true, false, false, false]);
    assert_eq!((graph.nodes[0].rows, graph.nodes[0].columns), (2, 3));
    assert_eq!(graph.nodes[0].value, [1.0, 4.0, 2.0, 5.0, 3.0, 6.0]);
    assert_eq!(graph.nodes[2].value, [-2.0, -2.0]);
    assert_eq!(graph.nodes[5].definition, "y ∘ y + constant#4");
    for (i, node) in graph.nodes.iter().enumerate() {
        assert_eq!(node.id.index(), i);
    }
    for edge in &graph.edges {
        assert!(edge.from < edge.to, "the order of recording is topological");
    }
    let ends: Vec<[usize; 3]> = graph.edges.iter().map(|e| [e.from.index(), e.to.index(), e.place]).collect();
    assert_eq!(ends, [[0, 2, 0], [1, 2, 1], [2, 3, 0], [2, 3, 1], [3, 5, 0], [4, 5, 1]]);
}

#[test]
fn derivatives_are_there_where_they_were_computed() {
    let tape = Tape::new();
    let x = tape.input("x", SMatrix::<f64, 1, 1>::new(2.0));
    let y = x * x;
    let graph = tape.graph();
    assert!(graph.nodes.iter().all(|node| node.derivative.is_none()));
    let graph = graph.with_derivatives(&tape.backward(y));
    assert_eq!(graph.nodes[0].derivative, Some(vec![4.0]));
    // The derivatives of another loss take the place of those of the first, also where they are absent.
    let z = x * 3.0;
    let graph = tape.graph().with_derivatives(&tape.backward(y)).with_derivatives(&tape.backward(z));
    let derivatives: Vec<Option<f64>> = graph.nodes.iter().map(|n| n.derivative.as_ref().map(|d| d[0])).collect();
    assert_eq!(derivatives, [Some(3.0), None, Some(1.0)]);
}

#[test]
fn local_jacobians_multiply_to_the_derivative() {
    let graph = record(&Tape::new());
    let jacobian = |edge: usize| graph.edges[edge].jacobian.clone().unwrap();
    // ∂y/∂W of y = W·x: row i holds x at the entries of row i of W.
    assert_eq!(jacobian(0), DMatrix::from_row_slice(2, 6, &[1., 0., 0., 0., -1., 0., 0., 1., 0., 0., 0., -1.]));
    assert_eq!(jacobian(1), DMatrix::from_row_slice(2, 3, &[1., 2., 3., 4., 5., 6.]));
    // Each of the two places of y∘y has a Jacobian of its own.
    assert_eq!(jacobian(2), DMatrix::from_diagonal_element(2, 2, -2.0));
    assert_eq!(jacobian(2), jacobian(3));
    // Backpropagation is a sum of products over the edges out of a node.
    for node in &graph.nodes {
        let out: Vec<_> = graph.edges.iter().filter(|edge| edge.from == node.id).collect();
        if node.derivative.is_none() || out.is_empty() {
            continue;
        }
        let mut sum = DMatrix::zeros(1, node.value.len());
        for edge in out {
            let upstream = graph.nodes[edge.to.index()].derivative.clone().unwrap();
            sum += DMatrix::from_row_slice(1, upstream.len(), &upstream) * edge.jacobian.clone().unwrap();
        }
        assert_eq!(sum.as_slice(), node.derivative.as_deref().unwrap(), "{}", node.name);
    }
}

#[test]
fn a_large_jacobian_has_a_shape_only() {
    let tape = Tape::new();
    let w = tape.parameter("W", SMatrix::<f64, 20, 30>::zeros());
    let x = tape.input("x", SMatrix::<f64, 30, 1>::zeros());
    let _ = w * x;
    let graph = tape.graph();
    assert_eq!(graph.edges[0].jacobian_shape, [20, 600]);
    assert!(graph.edges[0].jacobian.is_none());
    assert_eq!(graph.edges[1].jacobian.as_ref().unwrap().shape(), (20, 30));
    assert!(graph.json()["edges"][0]["jacobian"]["value"].is_null());
}

#[test]
fn printed() {
    let graph = record(&Tape::new());
    let text = "\
W: 2×3 parameter = [1 2 3; 4 5 6], derivative [-4 0 4; -4 0 4]
x \"quoted\": 3×1 input = [1; 0; -1], derivative [-20; -28; -36]
y: 2×1 = product(W, x \"quoted\") = W·x \"quoted\" = [-2; -2], derivative [-4; -4]
component_mul#3: 2×1 = component_mul(y, y) = y ∘ y = [4; 4], derivative [1; 1]
constant#4: 2×1 constant = [0.5; 0.5]
sum#5: 2×1 = sum(component_mul#3, constant#4) = y ∘ y + constant#4 = [4.5; 4.5], derivative [1; 1]
";
    assert_eq!(graph.to_string(), text);
    assert!(graph.dot().contains(r#"n1 [label = "x \"quoted\"\n3×1", style = rounded];"#), "{}", graph.dot());
    assert!(graph.dot().contains("n2 -> n3;\n  n2 -> n3;"));
}

#[test]
fn json() {
    let tape = Tape::new();
    let json = record(&tape).json();
    assert_eq!(json["nodes"][1]["name"], "x \"quoted\"");
    assert_eq!(json["nodes"][0]["value"].to_string(), "[[1.0,2.0,3.0],[4.0,5.0,6.0]]");
    assert_eq!(json["nodes"][0]["shape"].to_string(), "[2,3]");
    assert_eq!(json["nodes"][0]["kind"], "parameter");
    assert!(json["nodes"][0]["operation"].is_null());
    assert!(json["nodes"][4]["derivative"].is_null());
    assert_eq!(json["edges"][1]["jacobian"]["shape"].to_string(), "[2,3]");
    let tape = Tape::new();
    tape.input("x", SMatrix::<f64, 1, 1>::new(f64::NAN));
    assert_eq!(tape.graph().json()["nodes"][0]["value"].to_string(), "[[null]]");
}
