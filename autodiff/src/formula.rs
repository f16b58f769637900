//! Symbolic matrix expressions: what a derivative looks like on paper, and still its value.

mod print;

use nalgebra::DMatrix;
use std::ops::{Add, Mul, Neg, Sub};
use std::sync::Arc;

/// A matrix expression in symbols that know their values, so that it can be printed, has a shape, and can be
/// evaluated from its own parts.
///
/// Expressions are simplified as they are put together, modestly: numbers and other 1×1 factors move to the front of a
/// product, equal terms of a sum are counted, a transpose of a product is the product of the transposes.
///
/// ```
/// use autodiff::Formula;
/// use nalgebra::DMatrix;
///
/// let x = Formula::symbol("x4", DMatrix::from_row_slice(2, 1, &[1.0, 2.0]));
/// let w = Formula::symbol("W2", DMatrix::from_row_slice(2, 2, &[3.0, 0.0, 0.0, 4.0]));
/// let row = (&x.transpose() * &w).scale(0.5);
/// assert_eq!(row.to_string(), "½·x4ᵀ·W2");
/// assert_eq!(row.shape(), [1, 2]);
/// assert_eq!(row.shapes(), "(1×2)·(2×2)");
/// assert_eq!(row.evaluate(), DMatrix::from_row_slice(1, 2, &[1.5, 4.0]));
/// assert_eq!((&row + &row).to_string(), "x4ᵀ·W2");
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Formula(Kind);

#[derive(Clone, Debug)]
enum Kind {
    Symbol {
        name: Arc<str>,
        value: Arc<DMatrix<f64>>,
    },
    /// All ones; not 1×1.
    Ones([usize; 2]),
    Product(Product),
    /// At least two terms of one shape, none a sum.
    Sum(Vec<Formula>),
    /// Entry by entry; at least two factors of one shape, none 1×1.
    Hadamard(Vec<Formula>),
    /// Entry by entry.
    Quotient(Arc<Formula>, Arc<Formula>),
    Transpose(Arc<Formula>),
    /// The square matrix with a column, not 1×1, on its diagonal.
    Diagonal(Arc<Formula>),
    /// Entry by entry.
    Power(Arc<Formula>, u32),
    /// A function of every entry.
    Map(Function, Arc<Formula>),
    Reduction(Reduction, Arc<Formula>),
}

/// c·s1·s2⋯·M1·M2⋯: a number, 1×1 factors, and a chain of matrices that are not 1×1. A number is a product without
/// factors.
#[derive(Clone, Debug, PartialEq)]
struct Product {
    coefficient: f64,
    scalars: Vec<Formula>,
    matrices: Vec<Formula>,
}

/// A function of one number; of two functions with one name only one is meant.
#[derive(Clone, Copy, Debug)]
struct Function {
    name: &'static str,
    /// Whether it is the slope of the function of that name.
    is_slope: bool,
    value: fn(f64) -> f64,
}

/// What makes one number of a matrix.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Reduction {
    NormSquared,
    Total,
    Trace,
}

impl PartialEq for Kind {
    fn eq(&self, other: &Kind) -> bool {
        match (self, other) {
            (Kind::Symbol { name, value }, Kind::Symbol { name: other, value: other_value }) => {
                name == other && (Arc::ptr_eq(value, other_value) || value == other_value)
            }
            (Kind::Ones(a), Kind::Ones(b)) => a == b,
            (Kind::Product(a), Kind::Product(b)) => a == b,
            (Kind::Sum(a), Kind::Sum(b)) | (Kind::Hadamard(a), Kind::Hadamard(b)) => a == b,
            (Kind::Quotient(a, b), Kind::Quotient(c, d)) => a == c && b == d,
            (Kind::Transpose(a), Kind::Transpose(b)) | (Kind::Diagonal(a), Kind::Diagonal(b)) => a == b,
            (Kind::Power(a, m), Kind::Power(b, n)) => m == n && a == b,
            (Kind::Map(f, a), Kind::Map(g, b)) => f.name == g.name && f.is_slope == g.is_slope && a == b,
            (Kind::Reduction(f, a), Kind::Reduction(g, b)) => f == g && a == b,
            _ => false,
        }
    }
}

/// Building expressions.
impl Formula {
    /// A name for a value.
    pub fn symbol(name: impl Into<String>, value: DMatrix<f64>) -> Formula {
        Formula(Kind::Symbol { name: Arc::from(name.into()), value: Arc::new(value) })
    }
    /// A 1×1 number.
    pub fn number(value: f64) -> Formula {
        Product { coefficient: value, scalars: Vec::new(), matrices: Vec::new() }.join()
    }
    /// A matrix of ones, 𝟏.
    pub fn ones(rows: usize, columns: usize) -> Formula {
        if [rows, columns] == [1, 1] { Formula::number(1.0) } else { Formula(Kind::Ones([rows, columns])) }
    }

    /// The sum of at least one term. Of very many, equal ones are not counted: to find them takes the square of their number.
    pub(crate) fn sum(terms: &[Formula]) -> Formula {
        if let [first, others @ ..] = terms
            && terms.len() <= 100
        {
            return others.iter().fold(first.clone(), |sum, term| &sum + term);
        }
        let flat = |term: &Formula| match &term.0 {
            Kind::Sum(parts) => parts.clone(),
            _ => vec![term.clone()],
        };
        Formula(Kind::Sum(terms.iter().flat_map(flat).collect()))
    }
    /// c·A for a number c.
    #[must_use]
    pub fn scale(&self, factor: f64) -> Formula {
        let mut product = self.split();
        product.coefficient *= factor;
        product.join()
    }
    /// Aᵀ.
    #[must_use]
    pub fn transpose(&self) -> Formula {
        let product = self.split();
        let matrices = product.matrices.iter().rev().map(Formula::transpose_factor).collect();
        Product { matrices, ..product }.join()
    }
    fn transpose_factor(&self) -> Formula {
        match &self.0 {
            Kind::Transpose(a) => (**a).clone(),
            Kind::Diagonal(_) => self.clone(),
            Kind::Ones([rows, columns]) => Formula(Kind::Ones([*columns, *rows])),
            _ => Formula(Kind::Transpose(Arc::new(self.clone()))),
        }
    }
    /// The square matrix that has this column on its diagonal.
    ///
    /// # Panics
    /// If it is not a column.
    #[must_use]
    pub fn diagonal(&self) -> Formula {
        assert!(self.shape()[1] == 1, "{self} is not a column");
        self.beneath_factors(|rest| Formula(Kind::Diagonal(Arc::new(rest))))
    }
    /// A∘B, the product entry by entry.
    ///
    /// # Panics
    /// If the shapes differ.
    #[must_use]
    pub fn component_mul(&self, other: &Formula) -> Formula {
        assert!(self.shape() == other.shape(), "the shapes of {self} and {other} differ");
        if self.shape() == [1, 1] {
            return self * other;
        }
        let (mut a, mut b) = (self.split(), other.split());
        let mut factors = Vec::new();
        for part in [&mut a, &mut b] {
            let matrices = std::mem::take(&mut part.matrices);
            match Formula::chain(matrices).0 {
                Kind::Hadamard(more) => factors.extend(more),
                Kind::Ones(_) => {}
                other => factors.push(Formula(other)),
            }
        }
        let [rows, columns] = self.shape();
        let matrix = match factors.len() {
            0 => Formula::ones(rows, columns),
            1 => factors.remove(0),
            _ => Formula(Kind::Hadamard(factors)),
        };
        let matrix = matrix.split();
        Product {
            coefficient: a.coefficient * b.coefficient,
            scalars: merge_powers(a.scalars.into_iter().chain(b.scalars)),
            matrices: matrix.matrices,
        }
        .join()
    }
    /// A⊘B, the quotient entry by entry.
    ///
    /// # Panics
    /// If the shapes differ.
    #[must_use]
    pub fn component_div(&self, other: &Formula) -> Formula {
        assert!(self.shape() == other.shape(), "the shapes of {self} and {other} differ");
        if let Some(number) = other.as_number() {
            return self.scale(1.0 / number);
        }
        let (a, b) = (self.split(), other.split());
        let coefficient = a.coefficient / b.coefficient;
        let [a, b] = [a, b].map(|part| Arc::new(Product { coefficient: 1.0, ..part }.join()));
        Formula(Kind::Quotient(a, b)).scale(coefficient)
    }
    /// Aⁿ, entry by entry.
    #[must_use]
    pub fn power(&self, n: u32) -> Formula {
        let [rows, columns] = self.shape();
        match (n, &self.0) {
            (0, _) => Formula::ones(rows, columns),
            (1, _) => self.clone(),
            (_, Kind::Power(base, m)) => Formula(Kind::Power(base.clone(), m * n)),
            _ => Formula(Kind::Power(Arc::new(self.clone()), n)),
        }
    }
    /// f(A), entry by entry, for the function f of that name.
    #[must_use]
    pub fn map(&self, name: &'static str, f: fn(f64) -> f64) -> Formula {
        Formula(Kind::Map(Function { name, is_slope: false, value: f }, Arc::new(self.clone())))
    }
    /// f′(A), entry by entry, where `slope` is the derivative of the function f of that name.
    #[must_use]
    pub fn map_slope(&self, name: &'static str, slope: fn(f64) -> f64) -> Formula {
        Formula(Kind::Map(Function { name, is_slope: true, value: slope }, Arc::new(self.clone())))
    }
    /// ‖A‖² = Σᵢⱼ Aᵢⱼ².
    #[must_use]
    pub fn norm_squared(&self) -> Formula {
        if self.shape() == [1, 1] { self.power(2) } else { self.reduce(Reduction::NormSquared) }
    }
    /// Σᵢⱼ Aᵢⱼ.
    #[must_use]
    pub fn total(&self) -> Formula {
        self.reduce(Reduction::Total)
    }
    /// tr A = Σᵢ Aᵢᵢ.
    ///
    /// # Panics
    /// If A is not square.
    #[must_use]
    pub fn trace(&self) -> Formula {
        assert!(self.shape()[0] == self.shape()[1], "{self} is not square");
        self.reduce(Reduction::Trace)
    }
    fn reduce(&self, reduction: Reduction) -> Formula {
        if self.shape() == [1, 1] {
            return self.clone();
        }
        Formula(Kind::Reduction(reduction, Arc::new(self.clone())))
    }

    /// The derivative by A, where this is the derivative by Y = f(A) and `slope` = f′(A), entry by entry; rows and
    /// columns of a derivative are those of the transpose of what is differentiated by.
    ///
    /// For a column A the local Jacobian is the square matrix diag f′(A); for any other shape it has four indices, and
    /// the product is written entry by entry.
    ///
    /// # Panics
    /// If `slope` has not the shape of the transpose.
    #[must_use]
    pub fn through_entries(&self, slope: &Formula) -> Formula {
        match slope.shape() {
            [1, 1] => self * slope,
            [_, 1] => self * &slope.diagonal(),
            _ => self.component_mul(&slope.transpose()),
        }
    }

    /// The number, if it is one.
    pub(crate) fn as_number(&self) -> Option<f64> {
        match &self.0 {
            Kind::Product(Product { coefficient, scalars, matrices }) if scalars.is_empty() && matrices.is_empty() => {
                Some(*coefficient)
            }
            _ => None,
        }
    }

    /// As a product; of one factor, if need be.
    fn split(&self) -> Product {
        match &self.0 {
            Kind::Product(product) => product.clone(),
            _ if self.shape() == [1, 1] => {
                Product { coefficient: 1.0, scalars: vec![self.clone()], matrices: Vec::new() }
            }
            _ => Product { coefficient: 1.0, scalars: Vec::new(), matrices: vec![self.clone()] },
        }
    }
    fn chain(matrices: Vec<Formula>) -> Formula {
        Product { coefficient: 1.0, scalars: Vec::new(), matrices }.join()
    }
    /// `wrap` around the matrices, numbers and other 1×1 factors in front of it.
    fn beneath_factors(&self, wrap: impl FnOnce(Formula) -> Formula) -> Formula {
        let mut product = self.split();
        if !product.matrices.is_empty() {
            product.matrices = vec![wrap(Formula::chain(product.matrices))];
        }
        product.join()
    }
}

impl Product {
    /// As a formula: a single factor stands for itself.
    fn join(mut self) -> Formula {
        if self.coefficient == 1.0 && self.scalars.len() + self.matrices.len() == 1 {
            return self.scalars.pop().or(self.matrices.pop()).expect("there is one factor");
        }
        Formula(Kind::Product(self))
    }
    /// If the chain of matrices is 1×1, it becomes one of the 1×1 factors.
    fn close(mut self) -> Product {
        if !self.matrices.is_empty() && Formula::chain(self.matrices.clone()).shape() == [1, 1] {
            self.scalars.push(Formula::chain(std::mem::take(&mut self.matrices)));
        }
        self
    }
}

/// Factors with equal bases as powers.
fn merge_powers(factors: impl Iterator<Item = Formula>) -> Vec<Formula> {
    let mut powers: Vec<(Formula, u32)> = Vec::new();
    for factor in factors {
        let (base, n) = match factor.0 {
            Kind::Power(base, n) => (Arc::unwrap_or_clone(base), n),
            other => (Formula(other), 1),
        };
        match powers.iter_mut().find(|(other, _)| *other == base) {
            Some((_, m)) => *m += n,
            None => powers.push((base, n)),
        }
    }
    powers.into_iter().map(|(base, n)| base.power(n)).collect()
}

impl Mul for &Formula {
    type Output = Formula;
    /// A·B; a 1×1 factor multiplies every entry of the other.
    ///
    /// # Panics
    /// If the shapes do not fit.
    fn mul(self, other: &Formula) -> Formula {
        let ([rows, inner], [other_inner, columns]) = (self.shape(), other.shape());
        let scales = [rows, inner] == [1, 1] || [other_inner, columns] == [1, 1];
        assert!(scales || inner == other_inner, "{rows}×{inner} times {other_inner}×{columns} does not fit");
        let (mut a, mut b) = (self.split(), other.split());
        if !a.matrices.is_empty() && !b.matrices.is_empty() {
            (a, b) = (a.close(), b.close());
        }
        let mut matrices = a.matrices;
        match (matrices.last().map(|last| &last.0), b.matrices.first().map(|first| &first.0)) {
            // 𝟏ᵀ·diag(v) = vᵀ; the Jacobian of a named function stays one.
            (Some(Kind::Ones([1, _])), Some(Kind::Diagonal(v))) if b.matrices[0].as_jacobian().is_none() => {
                *matrices.last_mut().expect("there is a last one") = v.transpose();
                matrices.extend_from_slice(&b.matrices[1..]);
            }
            _ => matrices.extend(b.matrices),
        }
        Product {
            coefficient: a.coefficient * b.coefficient,
            scalars: merge_powers(a.scalars.into_iter().chain(b.scalars)),
            matrices,
        }
        .join()
    }
}

impl Add for &Formula {
    type Output = Formula;
    /// A + B.
    ///
    /// # Panics
    /// If the shapes differ.
    fn add(self, other: &Formula) -> Formula {
        assert!(self.shape() == other.shape(), "the shapes of {self} and {other} differ");
        let mut terms: Vec<Product> = Vec::new();
        for part in [self, other] {
            let of_part = match &part.0 {
                Kind::Sum(terms) => terms.iter().map(Formula::split).collect(),
                _ => vec![part.split()],
            };
            for term in of_part {
                let same = |t: &&mut Product| t.scalars == term.scalars && t.matrices == term.matrices;
                match terms.iter_mut().find(same) {
                    Some(equal) => equal.coefficient += term.coefficient,
                    None => terms.push(term),
                }
            }
        }
        if terms.len() > 1 {
            let zeros = terms.iter().filter(|term| term.coefficient == 0.0).count();
            if zeros < terms.len() {
                terms.retain(|term| term.coefficient != 0.0);
            } else {
                terms.truncate(1);
            }
        }
        let mut terms: Vec<Formula> = terms.into_iter().map(Product::join).collect();
        if terms.len() == 1 { terms.remove(0) } else { Formula(Kind::Sum(terms)) }
    }
}

impl Sub for &Formula {
    type Output = Formula;
    /// A − B.
    ///
    /// # Panics
    /// If the shapes differ.
    fn sub(self, other: &Formula) -> Formula {
        self + &-other
    }
}

impl Neg for &Formula {
    type Output = Formula;
    /// −A.
    fn neg(self) -> Formula {
        match &self.0 {
            Kind::Sum(terms) => Formula(Kind::Sum(terms.iter().map(|term| term.scale(-1.0)).collect())),
            _ => self.scale(-1.0),
        }
    }
}

/// What an expression is.
impl Formula {
    /// Rows and columns.
    pub fn shape(&self) -> [usize; 2] {
        match &self.0 {
            Kind::Symbol { value, .. } => [value.nrows(), value.ncols()],
            Kind::Ones(shape) => *shape,
            Kind::Product(Product { matrices, .. }) => match (matrices.first(), matrices.last()) {
                (Some(first), Some(last)) => [first.shape()[0], last.shape()[1]],
                _ => [1, 1],
            },
            Kind::Sum(parts) | Kind::Hadamard(parts) => parts[0].shape(),
            Kind::Quotient(part, _) | Kind::Power(part, _) | Kind::Map(_, part) => part.shape(),
            Kind::Transpose(part) => {
                let [rows, columns] = part.shape();
                [columns, rows]
            }
            Kind::Diagonal(part) => [part.shape()[0]; 2],
            Kind::Reduction(..) => [1, 1],
        }
    }

    /// How deeply functions, sums and products are nested in it; 1 for a symbol.
    pub fn depth(&self) -> usize {
        let deepest = |parts: &[Formula]| parts.iter().map(Formula::depth).max().unwrap_or(0);
        1 + match &self.0 {
            Kind::Symbol { .. } | Kind::Ones(_) => 0,
            Kind::Product(Product { scalars, matrices, .. }) => deepest(scalars).max(deepest(matrices)),
            Kind::Sum(parts) | Kind::Hadamard(parts) => deepest(parts),
            Kind::Quotient(a, b) => a.depth().max(b.depth()),
            Kind::Transpose(part)
            | Kind::Diagonal(part)
            | Kind::Map(_, part)
            | Kind::Reduction(_, part)
            | Kind::Power(part, _) => part.depth(),
        }
    }

    /// How many symbols and numbers are written in it.
    pub fn size(&self) -> usize {
        let all = |parts: &[Formula]| parts.iter().map(Formula::size).sum::<usize>();
        match &self.0 {
            Kind::Symbol { .. } | Kind::Ones(_) => 1,
            Kind::Product(Product { coefficient, scalars, matrices }) => {
                usize::from(coefficient.abs() != 1.0) + all(scalars) + all(matrices)
            }
            Kind::Sum(parts) | Kind::Hadamard(parts) => all(parts),
            Kind::Quotient(a, b) => a.size() + b.size(),
            Kind::Transpose(part) | Kind::Diagonal(part) | Kind::Map(_, part) | Kind::Reduction(_, part) => part.size(),
            Kind::Power(part, _) => 1 + part.size(),
        }
    }

    /// The value, computed from the values of its symbols by the operations that are written.
    pub fn evaluate(&self) -> DMatrix<f64> {
        match &self.0 {
            Kind::Symbol { value, .. } => (**value).clone(),
            Kind::Ones([rows, columns]) => DMatrix::from_element(*rows, *columns, 1.0),
            Kind::Product(Product { coefficient, scalars, matrices }) => {
                let factor = scalars.iter().fold(*coefficient, |product, s| product * s.evaluate()[(0, 0)]);
                let chain = matrices.iter().map(Formula::evaluate).reduce(|a, b| a * b);
                chain.unwrap_or_else(|| DMatrix::from_element(1, 1, 1.0)) * factor
            }
            Kind::Sum(parts) => parts[1..].iter().fold(parts[0].evaluate(), |sum, part| sum + part.evaluate()),
            Kind::Hadamard(parts) => {
                parts[1..].iter().fold(parts[0].evaluate(), |product, part| product.component_mul(&part.evaluate()))
            }
            Kind::Quotient(a, b) => a.evaluate().component_div(&b.evaluate()),
            Kind::Transpose(a) => a.evaluate().transpose(),
            Kind::Diagonal(a) => DMatrix::from_diagonal(&a.evaluate().column(0).into_owned()),
            Kind::Power(a, n) => a.evaluate().map(|x| crate::ops::powi::power(x, *n)),
            Kind::Map(f, a) => a.evaluate().map(f.value),
            Kind::Reduction(reduction, a) => {
                let a = a.evaluate();
                let value = match reduction {
                    Reduction::NormSquared => a.norm_squared(),
                    Reduction::Total => a.sum(),
                    Reduction::Trace => a.trace(),
                };
                DMatrix::from_element(1, 1, value)
            }
        }
    }
}
