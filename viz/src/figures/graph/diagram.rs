//! What is drawn of a computation graph: its named nodes, with unnamed steps folded into them, or matrices in place of
//! their entries.

use std::collections::BTreeMap;

use autodiff::{Graph, NodeKind};
use nalgebra::DMatrix;

/// How much of a graph is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// Every recorded operation.
    Operations,
    /// Nodes with a name; a step without one is part of the node it goes into.
    Named,
}

/// Above this number of nodes a graph is drawn at the level of matrices.
pub const MOST_NODES: usize = 60;

/// Nodes and links, so that a link never points back.
#[derive(Clone, Debug, PartialEq)]
pub struct Diagram {
    /// The nodes, in the order of recording.
    pub nodes: Vec<Node>,
    /// The links; two nodes are joined by one at most.
    pub links: Vec<Link>,
    /// Whether numbers were put together to matrices because there were too many.
    pub is_collapsed: bool,
}

/// A node of a [`Diagram`].
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Its name on the tape.
    pub name: String,
    /// Where its value comes from.
    pub kind: NodeKind,
    /// What it is computed as; empty for what is given.
    pub definition: String,
    /// Its number of rows.
    pub rows: usize,
    /// Its number of columns.
    pub columns: usize,
    /// Its entries, column by column.
    pub value: Vec<f64>,
    /// The derivative of the loss by each entry; None where it was not computed.
    pub derivative: Option<Vec<f64>>,
    /// Whether everything computed depends on it, so that derivatives by it are total.
    pub is_total: bool,
    is_named: bool,
}

/// A link from an operand to a result.
#[derive(Clone, Debug, PartialEq)]
pub struct Link {
    /// The place of the operand among the nodes.
    pub from: usize,
    /// The place of the result among the nodes.
    pub to: usize,
    /// Entries of the result × entries of the operand.
    pub shape: [usize; 2],
    /// The local Jacobian, unless it is too large.
    pub jacobian: Option<DMatrix<f64>>,
}

impl Diagram {
    /// A graph in the given detail; one of more than [`MOST_NODES`] nodes at the level of matrices.
    ///
    /// ```
    /// use autodiff::{SMatrix, Tape};
    /// use viz::figures::graph::{Detail, Diagram};
    ///
    /// let tape = Tape::new();
    /// let (w, x) = (tape.parameter("w", SMatrix::<f64, 1, 1>::new(2.0)), tape.input("x", SMatrix::<f64, 1, 1>::new(3.0)));
    /// let y = (w * x + x).named("y"); // w·x has no name
    /// let diagram = Diagram::new(&tape.graph(), Detail::Named);
    /// let names: Vec<&str> = diagram.nodes.iter().map(|node| node.name.as_str()).collect();
    /// assert_eq!((names, &*diagram.nodes[2].definition), (vec!["w", "x", "y"], "w·x + x"));
    /// let by_x = diagram.links.iter().find(|link| link.from == 1).unwrap();
    /// assert_eq!(by_x.jacobian.as_ref().unwrap()[0], 2.0 + 1.0); // over both paths
    /// ```
    pub fn new(graph: &Graph, detail: Detail) -> Diagram {
        let mut diagram = Diagram::whole(graph);
        let too_large = diagram.nodes.len() > MOST_NODES;
        if detail == Detail::Named || too_large {
            diagram.fold();
        }
        if diagram.nodes.len() > MOST_NODES {
            diagram.collapse();
        }
        diagram
    }

    fn whole(graph: &Graph) -> Diagram {
        let node = |node: &autodiff::GraphNode| Node {
            name: node.name.clone(),
            kind: node.kind,
            definition: node.definition.clone(),
            rows: node.rows,
            columns: node.columns,
            value: node.value.clone(),
            derivative: node.derivative.clone(),
            is_total: false,
            is_named: node.is_named,
        };
        let mut diagram =
            Diagram { nodes: graph.nodes.iter().map(node).collect(), links: Vec::new(), is_collapsed: false };
        for edge in &graph.edges {
            let jacobian = edge.jacobian.clone();
            diagram.join(Link { from: edge.from.index(), to: edge.to.index(), shape: edge.jacobian_shape, jacobian });
        }
        diagram
    }

    /// Adds a link; the Jacobians of two links between the same nodes add up.
    fn join(&mut self, link: Link) {
        match self.links.iter_mut().find(|other| other.from == link.from && other.to == link.to) {
            Some(other) => {
                other.jacobian = other.jacobian.take().zip(link.jacobian).map(|(a, b)| a + b);
            }
            None => self.links.push(link),
        }
    }

    /// Makes every step without a name that goes into one node only, and every constant number without a name, part of
    /// the node it goes into.
    fn fold(&mut self) {
        for place in 0..self.nodes.len() {
            let node = &self.nodes[place];
            let is_step = matches!(node.kind, NodeKind::Operation(_));
            let is_number = node.kind == NodeKind::Constant && node.value.len() == 1;
            let out: Vec<Link> = self.links.iter().filter(|link| link.from == place).cloned().collect();
            let [out] = &out[..] else { continue };
            if node.is_named || !(is_step || is_number) {
                continue;
            }
            let into: Vec<Link> = self.links.iter().filter(|link| link.to == place).cloned().collect();
            self.links.retain(|link| link.from != place && link.to != place);
            for link in into {
                let jacobian = out.jacobian.as_ref().zip(link.jacobian.as_ref()).map(|(outer, inner)| outer * inner);
                self.join(Link { from: link.from, to: out.to, shape: [out.shape[0], link.shape[1]], jacobian });
            }
            self.nodes[place].definition.clear();
            self.nodes[place].value.clear(); // marks what is to be left out
        }
        let kept: Vec<bool> = self.nodes.iter().map(|node| !node.value.is_empty()).collect();
        self.renumber(
            &kept
                .iter()
                .scan(0, |next, &kept| {
                    *next += usize::from(kept);
                    Some(kept.then(|| *next - 1))
                })
                .collect::<Vec<_>>(),
        );
    }

    /// Keeps the nodes that have a new place, in the order of their places.
    fn renumber(&mut self, places: &[Option<usize>]) {
        let mut kept = places.iter();
        self.nodes.retain(|_| kept.next().is_some_and(Option::is_some));
        for link in &mut self.links {
            if let (Some(from), Some(to)) = (places[link.from], places[link.to]) {
                (link.from, link.to) = (from, to);
            }
        }
        self.links.sort_by_key(|link| (link.to, link.from));
    }

    /// Puts numbers with names such as `W[1,2]` together to matrices, where none is computed from another of them.
    fn collapse(&mut self) {
        let mut groups: BTreeMap<(String, usize), Vec<(usize, [usize; 2])>> = BTreeMap::new();
        let layers = self.layers();
        for (place, node) in self.nodes.iter().enumerate() {
            if let (Some((base, entry)), [1, 1]) = (indexed(&node.name), [node.rows, node.columns]) {
                groups.entry((base.to_owned(), layers[place])).or_default().push((place, entry));
            }
        }
        // Where each node goes: a group of its own, if it is in none. Layers keep their order, so that no link points back.
        let mut members: Vec<(usize, usize, Vec<(usize, [usize; 2])>)> = Vec::new();
        let mut is_grouped = vec![false; self.nodes.len()];
        for ((_, layer), group) in groups {
            let rows = group.iter().map(|(_, [i, _])| i + 1).max().unwrap_or(0);
            let columns = group.iter().map(|(_, [_, j])| j + 1).max().unwrap_or(0);
            if group.len() > 1 && group.len() == rows * columns {
                group.iter().for_each(|(place, _)| is_grouped[*place] = true);
                members.push((layer, group[0].0, group));
            }
        }
        let single = |place: usize| (layers[place], place, vec![(place, [0, 0])]);
        members.extend((0..self.nodes.len()).filter(|&place| !is_grouped[place]).map(single));
        members.sort_by_key(|(layer, first, _)| (*layer, *first));

        let mut home = vec![(0, 0); self.nodes.len()];
        let mut nodes = Vec::new();
        for (_, first, group) in &members {
            let mut node = self.nodes[*first].clone();
            if group.len() > 1 {
                let [rows, columns] = [0, 1].map(|k| group.iter().map(|(_, entry)| entry[k] + 1).max().unwrap_or(0));
                let mut gather = |read: &dyn Fn(&Node) -> f64| {
                    let mut entries = vec![0.0; rows * columns];
                    for (place, [i, j]) in group {
                        entries[i + j * rows] = read(&self.nodes[*place]);
                        home[*place] = (nodes.len(), i + j * rows);
                    }
                    entries
                };
                node.value = gather(&|node| node.value[0]);
                let is_known = group.iter().all(|(place, _)| self.nodes[*place].derivative.is_some());
                node.derivative = is_known.then(|| gather(&|node| node.derivative.as_ref().map_or(0.0, |d| d[0])));
                (node.rows, node.columns) = (rows, columns);
                node.definition = without_places(&node.definition);
                node.name = indexed(&node.name).map_or_else(String::new, |(base, _)| base.to_owned());
            } else {
                home[*first] = (nodes.len(), 0);
            }
            nodes.push(node);
        }
        let mut links: BTreeMap<(usize, usize), DMatrix<f64>> = BTreeMap::new();
        let mut unknown = Vec::new();
        for link in &self.links {
            let ((to, row), (from, column)) = (home[link.to], home[link.from]);
            let shape = (nodes[to].value.len(), nodes[from].value.len());
            let whole = links.entry((to, from)).or_insert_with(|| DMatrix::zeros(shape.0, shape.1));
            match &link.jacobian {
                Some(part) => {
                    let mut view = whole.view_mut((row, column), part.shape());
                    view += part;
                }
                None => unknown.push((to, from)),
            }
        }
        let link = |((to, from), jacobian): ((usize, usize), DMatrix<f64>)| Link {
            from,
            to,
            shape: [jacobian.nrows(), jacobian.ncols()],
            jacobian: (!unknown.contains(&(to, from))).then_some(jacobian),
        };
        *self = Diagram { nodes, links: links.into_iter().map(link).collect(), is_collapsed: true };
    }

    /// The length of the longest way from anything given to each node.
    pub fn layers(&self) -> Vec<usize> {
        let mut layers = vec![0; self.nodes.len()];
        let mut links: Vec<&Link> = self.links.iter().collect();
        links.sort_by_key(|link| link.to);
        for link in links {
            layers[link.to] = layers[link.to].max(layers[link.from] + 1);
        }
        layers
    }
}

/// The definition of one entry as that of all: Φ(z) for Φ(z\[1\]). One of several entries stays as it is.
fn without_places(definition: &str) -> String {
    match (definition.split_once('['), definition.matches('[').count()) {
        (Some((before, rest)), 1) => match rest.split_once(']') {
            Some((_, after)) => format!("{before}{after}"),
            None => definition.to_owned(),
        },
        _ => definition.to_owned(),
    }
}

/// The base and the row and column, from 0, of a name such as `W[1,2]` or `b[3]`.
fn indexed(name: &str) -> Option<(&str, [usize; 2])> {
    let (base, rest) = name.split_once('[')?;
    let numbers: Option<Vec<usize>> =
        rest.strip_suffix(']')?.split(',').map(|n| n.parse::<usize>().ok()?.checked_sub(1)).collect();
    match numbers?[..] {
        [i] => Some((base, [i, 0])),
        [i, j] => Some((base, [i, j])),
        _ => None,
    }
}
