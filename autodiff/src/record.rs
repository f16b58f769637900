//! What a tape holds: nodes in the order of recording, and one arena with all their values.

use crate::arena::{Arena, whole_lines};
use crate::error::ShapeError;
use crate::operation::{Operands, Operation, Output, Slot};
use std::any::Any;
use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tensor::Scalar;

/// A node of a tape by its place in the order of recording, for code that does not know the node's shape. It knows which
/// tape it is of, and how often that tape had been cleared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId {
    index: u32,
    pub(crate) record: RecordId,
}

impl NodeId {
    /// The place in the order of recording, from 0.
    #[inline]
    pub fn index(self) -> usize {
        self.index as usize
    }
}

/// Which record a node is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct RecordId {
    /// How often the tape had been cleared.
    generation: u32,
    /// Tapes are counted as they are made.
    tape: u64,
}

impl RecordId {
    /// That of a new tape.
    fn new() -> Self {
        static TAPES: AtomicU64 = AtomicU64::new(0);
        RecordId { generation: 0, tape: TAPES.fetch_add(1, Ordering::Relaxed) }
    }
    /// The node at this place.
    #[inline]
    pub fn node(self, index: usize) -> NodeId {
        NodeId { index: index as u32, record: self }
    }
    /// The place of a node, if it is of this record.
    #[inline]
    pub fn place(self, node: NodeId) -> Result<usize, ShapeError> {
        if node.record == self { Ok(node.index()) } else { Err(self.refusal(node)) }
    }
    #[cold]
    fn refusal(self, NodeId { index, record }: NodeId) -> ShapeError {
        let node = index as usize;
        if record.tape == self.tape {
            ShapeError::Cleared { node, of: record.generation, to: self.generation }
        } else {
            ShapeError::OtherTape { node, of: record.tape, to: self.tape }
        }
    }
}

/// The nodes with their values.
pub(crate) struct Record<T> {
    pub nodes: Nodes<T>,
    pub values: Arena<T>,
}

impl<T: Scalar> Default for Record<T> {
    fn default() -> Self {
        Record { nodes: Nodes::new(), values: Arena::default() }
    }
}

/// The nodes of a tape or a program. Those that are forgotten stay behind the others, for the same computation recorded
/// anew finds all but its values in them.
#[derive(Clone)]
pub(crate) struct Nodes<T> {
    pub id: RecordId,
    memory: Vec<Node<T>>,
    len: usize,
    /// The operands of all nodes, one after the other: the places of the nodes, and where these lie in the arena.
    operands: Vec<u32>,
    slots: Vec<Slot>,
    /// How many operands the nodes have.
    operands_len: usize,
    /// The names that were given; the memory for their letters outlives them.
    names: Vec<String>,
    names_len: usize,
    /// How many nodes fit together, from the first on: the operands of each, and their places, are among those before it.
    known: usize,
    /// How often a node became one of another kind, shape or place, or with other operands.
    changes: u64,
}

/// A node: 56 bytes, and 20 for each operand.
#[derive(Clone)]
pub(crate) struct Node<T> {
    pub source: Source<T>,
    pub slot: Slot,
    /// Where its operands begin, and how many there are.
    operands: [u32; 2],
    /// The number of its name, from 1; 0 if it has none.
    name: u32,
}

/// Where the value of a node comes from.
#[derive(Clone)]
pub(crate) enum Source<T> {
    Leaf(Leaf),
    Operation(Arc<dyn Operation<T>>),
    /// In a program: it has none, and is part of the operation of that node.
    Fused(u32),
}

/// What a value is that comes from outside.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Leaf {
    Parameter,
    Input,
    Constant,
}

impl<T> Source<T> {
    pub fn is(&self, leaf: Leaf) -> bool {
        matches!(self, Source::Leaf(this) if *this == leaf)
    }
}

impl<T: Scalar> Source<T> {
    #[inline]
    pub fn operation(&self) -> Option<&dyn Operation<T>> {
        match self {
            Source::Operation(operation) => Some(&**operation),
            _ => None,
        }
    }
    /// Makes it `operation`, in the memory of the one that was there if that was of the same kind and is in no program.
    /// Returns whether it was an operation.
    #[inline]
    pub fn set_operation<O: Operation<T>>(&mut self, operation: O) -> bool {
        let Source::Operation(before) = self else {
            *self = Source::Operation(Arc::new(operation));
            return false;
        };
        match Arc::get_mut(before).and_then(|before| (before as &mut dyn Any).downcast_mut::<O>()) {
            Some(before) => *before = operation,
            None => *before = Arc::new(operation),
        }
        true
    }
}

impl<T> Nodes<T> {
    fn new() -> Self {
        Nodes {
            id: RecordId::new(),
            memory: Vec::new(),
            len: 0,
            operands: Vec::new(),
            slots: Vec::new(),
            operands_len: 0,
            names: Vec::new(),
            names_len: 0,
            known: 0,
            changes: 0,
        }
    }

    /// What the node at this place is applied to.
    #[inline]
    pub fn operands(&self, node: &Node<T>) -> &[u32] {
        let (start, count) = (node.operands[0] as usize, node.operands[1] as usize);
        &self.operands[start..start + count]
    }
    /// Where that lies in the arena.
    #[inline(always)]
    pub fn operand_slots(&self, node: &Node<T>) -> &[Slot] {
        let (start, count) = (node.operands[0] as usize, node.operands[1] as usize);
        &self.slots[start..start + count]
    }
    /// The name of a node, if it was given one.
    pub fn name(&self, node: &Node<T>) -> Option<&str> {
        let number = (node.name as usize).checked_sub(1)?;
        Some(&self.names[number])
    }
    /// The same number as before says that every node is of the kind it was, with the same operands, at the same place.
    /// Its operation may be another of the same size.
    pub fn changes(&self) -> u64 {
        self.changes
    }
    /// Forgets all.
    pub fn clear(&mut self) {
        self.known = self.known.max(self.len);
        self.len = 0;
        self.operands_len = 0;
        self.names_len = 0;
        self.id.generation += 1;
    }

    /// The node to be made the next one by [`add`](Self::add), as it was before. Call
    /// [`change_next`](Self::change_next) before changing more of it than its name, its value and its operation.
    #[inline]
    pub fn next(&mut self) -> &mut Node<T> {
        if self.memory.len() == self.len {
            let source = Source::Leaf(Leaf::Constant);
            self.memory.push(Node { source, slot: Slot::default(), operands: [0; 2], name: 0 });
        }
        &mut self.memory[self.len]
    }
    /// Whether the next node, and all before it, fit together as they are.
    #[inline]
    fn knows_next(&self, is_same: impl FnOnce(&Self, &Node<T>) -> bool) -> bool {
        self.len < self.known && is_same(self, &self.memory[self.len])
    }
    /// The next node becomes another, and those that come after it may have been applied to it.
    pub fn change_next(&mut self) {
        self.known = self.known.min(self.len);
        self.changes += 1;
    }
    /// Adds the next node, and gives its index.
    #[inline]
    fn add(&mut self) -> usize {
        self.operands_len += self.memory[self.len].operands[1] as usize;
        self.len += 1;
        self.len - 1
    }

    /// Gives a node a name.
    #[inline]
    pub fn set_name(&mut self, index: usize, name: &str) {
        if self.memory[index].name == 0 {
            if self.names.len() == self.names_len {
                self.names.push(String::new());
            }
            self.names_len += 1;
            self.memory[index].name = self.names_len as u32;
        }
        let letters = &mut self.names[self.memory[index].name as usize - 1];
        letters.clear();
        letters.push_str(name);
    }

    /// Makes a node another operation of other nodes.
    pub fn replace(&mut self, index: usize, operation: Arc<dyn Operation<T>>, operands: &[usize]) {
        self.memory[index].source = Source::Operation(operation);
        self.memory[index].operands = [self.operands.len() as u32, operands.len() as u32];
        self.operands.extend(operands.iter().map(|&operand| operand as u32));
        self.slots.resize(self.operands.len(), Slot::default());
        self.operands_len = self.operands.len();
    }
    /// Makes a node a leaf, or part of another one.
    pub fn set_source(&mut self, index: usize, source: Source<T>) {
        (self.memory[index].source, self.memory[index].operands) = (source, [0, 0]);
    }
}

impl<T: Scalar> Nodes<T> {
    /// Puts all nodes in places of a new arena, in their order, with the values they had; a node that became part of
    /// another one takes no room.
    pub fn settle(&mut self, values: &Arena<T>) -> Result<Arena<T>, ShapeError> {
        let mut settled = Arena::default();
        for node in &mut self.memory {
            let kept = node.source.operation().map_or(0, Operation::kept);
            let before = node.slot;
            if let Source::Fused(_) = node.source {
                node.slot = Slot::default();
                continue;
            }
            node.slot = place(&mut settled, before.shape(), kept, node.source.operation().is_some())?;
            settled[node.slot.range()].copy_from_slice(&values[before.range()]);
        }
        for (slot, &operand) in self.slots.iter_mut().zip(&self.operands) {
            *slot = self.memory[operand as usize].slot;
        }
        Ok(settled)
    }

    /// As they are now, without what was forgotten.
    pub fn current(&self) -> Self {
        Nodes {
            id: self.id,
            memory: self.memory[..self.len].to_vec(),
            len: self.len,
            operands: self.operands[..self.operands_len].to_vec(),
            slots: self.slots[..self.operands_len].to_vec(),
            operands_len: self.operands_len,
            names: self.names[..self.names_len].to_vec(),
            names_len: self.names_len,
            known: 0,
            changes: self.changes,
        }
    }
}

impl Nodes<f64> {
    /// The same nodes of a tape of dual numbers.
    pub fn lift(&self) -> Nodes<tensor::Dual<f64>> {
        let lift = |node: &Node<f64>| Node {
            source: match &node.source {
                Source::Leaf(leaf) => Source::Leaf(*leaf),
                Source::Operation(operation) => Source::Operation(operation.lift()),
                Source::Fused(into) => Source::Fused(*into),
            },
            slot: node.slot,
            operands: node.operands,
            name: node.name,
        };
        Nodes {
            id: self.id,
            memory: self.iter().map(lift).collect(),
            len: self.len,
            operands: self.operands.clone(),
            slots: self.slots.clone(),
            operands_len: self.operands_len,
            names: self.names.clone(),
            names_len: self.names_len,
            known: 0,
            changes: self.changes,
        }
    }
}

impl<T> Deref for Nodes<T> {
    type Target = [Node<T>];
    #[inline]
    fn deref(&self) -> &[Node<T>] {
        &self.memory[..self.len]
    }
}

/// A place for a new node. It begins a cache line, and what fills up the last line of the value is zero: optimizers and
/// kernels see it. Only the single number of a result lies right behind what came before.
fn place<T: Scalar>(
    values: &mut Arena<T>,
    shape: [usize; 2],
    kept: usize,
    is_result: bool,
) -> Result<Slot, ShapeError> {
    let too_large = ShapeError::TooLarge { shape };
    let fits = |len: &usize| *len < u32::MAX as usize;
    let len = shape[0].checked_mul(shape[1]).filter(fits).ok_or(too_large)?;
    let mut slot = Slot::new(values.len(), shape, kept);
    if !slot.is_alone(is_result) {
        slot = slot.moved_to(whole_lines::<T>(values.len()));
    }
    let end = Some(slot.end::<T>(is_result)).filter(fits).ok_or(too_large)?;
    values.grow_to(end);
    values[slot.offset() + len..end - whole_lines::<T>(kept)].fill(T::zero());
    Ok(slot)
}

impl<T: Scalar> Record<T> {
    /// Records a leaf, of zeros if it is given no value.
    pub fn push_leaf(
        &mut self,
        name: Option<&str>,
        leaf: Leaf,
        value: Option<&[T]>,
        shape: [usize; 2],
    ) -> Result<usize, ShapeError> {
        let Record { nodes, values } = self;
        let is_known = nodes.knows_next(|_, node| node.source.is(leaf) && node.slot.is_of(shape, 0));
        if is_known {
            let slot = nodes.next().slot;
            values.grow_to(slot.end::<T>(false));
        } else {
            let slot = place(values, shape, 0, false)?;
            nodes.change_next();
            let node = nodes.next();
            (node.source, node.slot, node.operands) = (Source::Leaf(leaf), slot, [0, 0]);
        }
        let node = nodes.next();
        node.name = 0;
        let entries = &mut values[node.slot.range()];
        match value {
            Some(value) => entries.copy_from_slice(value),
            None => entries.fill(T::zero()),
        }
        let index = nodes.add();
        if let Some(name) = name {
            nodes.set_name(index, name);
        }
        Ok(index)
    }

    /// Adds the next node, whose operation is set, and evaluates it.
    pub fn push_result(&mut self, operands: &[usize], shape: [usize; 2]) -> Result<usize, ShapeError> {
        let Record { nodes, values } = self;
        let is_known = nodes.knows_next(|nodes, node| {
            let kept = node.source.operation().map(Operation::kept);
            kept.is_some_and(|kept| node.slot.is_of(shape, kept))
                && nodes.operands(node).iter().map(|&operand| operand as usize).eq(operands.iter().copied())
        });
        if is_known {
            let slot = nodes.next().slot;
            values.grow_to(slot.end::<T>(true));
        } else {
            nodes.change_next();
            let kept = nodes.next().source.operation().map_or(0, Operation::kept);
            let slot = place(values, shape, kept, true)?;
            nodes.operands.truncate(nodes.operands_len);
            nodes.slots.truncate(nodes.operands_len);
            for &operand in operands {
                nodes.operands.push(operand as u32);
                nodes.slots.push(nodes.memory[operand].slot);
            }
            let begin = nodes.operands_len as u32;
            let node = nodes.next();
            (node.slot, node.operands) = (slot, [begin, operands.len() as u32]);
        }
        nodes.next().name = 0;
        let node = &nodes.memory[nodes.len];
        let (below, above) = values.split_at_mut(node.slot.offset());
        let operands = Operands { values: below, slots: nodes.operand_slots(node) };
        node.source.operation().expect("it is set").forward(operands, Output::at(&node.slot, above));
        Ok(nodes.add())
    }

    /// The name of a node, or its operation with its number; where two nodes have the same name, each has its number
    /// behind it.
    pub fn labels(&self) -> Vec<String> {
        let mut count = std::collections::HashMap::new();
        for name in self.nodes.iter().filter_map(|node| self.nodes.name(node)) {
            *count.entry(name).or_insert(0_usize) += 1;
        }
        let label = |(i, node): (usize, &Node<T>)| match self.nodes.name(node) {
            Some(name) if count[name] > 1 => format!("{name}#{i}"),
            _ => self.label(i),
        };
        self.nodes.iter().enumerate().map(label).collect()
    }

    /// The name of a node, or its operation with its number.
    pub fn label(&self, index: usize) -> String {
        let node = &self.nodes[index];
        match (self.nodes.name(node), node.source.operation()) {
            (Some(name), _) => name.to_owned(),
            (None, Some(operation)) => format!("{}#{index}", operation.name()),
            (None, None) => format!("constant#{index}"),
        }
    }
}
