//! Formulas as plain text and as MathML, and the shapes of their parts.

use super::{Formula, Kind, Product, Reduction};
use std::fmt;

/// How tightly a part is bound. A part that binds less than its place asks for is put in parentheses.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
enum Bond {
    Sum,
    Product,
    /// What a transpose or a power is made of.
    Factor,
    Atom,
}

/// Writes the parts of a formula; parts that are given are written already.
trait Style {
    fn symbol(&self, name: &str) -> String;
    fn number(&self, value: f64) -> String;
    /// ∂ in front of a name.
    fn partial(&self, of: &str) -> String;
    /// The sign of a negative product.
    fn minus(&self) -> String;
    fn operator(&self, sign: &str) -> String;
    /// Between the factors of a product.
    fn times(&self) -> String;
    fn parentheses(&self, inner: &str) -> String;
    fn fraction(&self, above: &str, below: &str) -> String;
    fn superscript(&self, base: &str, exponent: &str) -> String;
    fn call(&self, function: &str, argument: &str) -> String;
    /// ‖A‖².
    fn norm_squared(&self, argument: &str) -> String;
}

struct Text;
struct MathMl;

impl Style for Text {
    fn symbol(&self, name: &str) -> String {
        name.to_owned()
    }
    fn number(&self, value: f64) -> String {
        number(value)
    }
    fn partial(&self, of: &str) -> String {
        format!("∂{of}")
    }
    fn minus(&self) -> String {
        "−".to_owned()
    }
    fn operator(&self, sign: &str) -> String {
        format!(" {sign} ")
    }
    fn times(&self) -> String {
        "·".to_owned()
    }
    fn parentheses(&self, inner: &str) -> String {
        format!("({inner})")
    }
    fn fraction(&self, above: &str, below: &str) -> String {
        format!("{above}/{below}")
    }
    fn superscript(&self, base: &str, exponent: &str) -> String {
        let raised = |c: char| match c {
            '0'..='9' => "⁰¹²³⁴⁵⁶⁷⁸⁹".chars().nth(c as usize - '0' as usize).expect("a digit"),
            'T' => 'ᵀ',
            other => other,
        };
        base.chars().chain(exponent.chars().map(raised)).collect()
    }
    fn call(&self, function: &str, argument: &str) -> String {
        format!("{function}({argument})")
    }
    fn norm_squared(&self, argument: &str) -> String {
        format!("‖{argument}‖²")
    }
}

impl Style for MathMl {
    fn symbol(&self, name: &str) -> String {
        if let Some((above, below)) = name.split_once('/')
            && above.starts_with('∂')
            && below.starts_with('∂')
        {
            let partial = |of: &str| self.partial(&self.symbol(&of['∂'.len_utf8()..]));
            return self.fraction(&partial(above), &partial(below));
        }
        if name == "𝟏" {
            return format!("<mn>{name}</mn>");
        }
        // The places of an entry, W[1,2], are lowered; x1[2] keeps its brackets, or it could be read as x12.
        if let Some((array, places)) = name.strip_suffix(']').and_then(|name| name.split_once('['))
            && !array.is_empty()
        {
            let numbers: Vec<&str> = places.split(',').collect();
            let is_place = |place: &&str| !place.is_empty() && place.bytes().all(|byte| byte.is_ascii_digit());
            if numbers.iter().all(is_place) && array.chars().all(char::is_alphabetic) {
                let are_short = numbers.iter().all(|place| place.len() == 1);
                let places = numbers.join(if are_short { "" } else { "," });
                return format!("<msub><mi>{}</mi><mn>{places}</mn></msub>", escape(array));
            }
            if numbers.iter().all(is_place) {
                return format!("<mrow>{}<mtext>[{places}]</mtext></mrow>", self.symbol(array));
            }
        }
        let letters = name.trim_end_matches(|c: char| c.is_ascii_digit());
        let digits = &name[letters.len()..];
        let escaped = escape(letters);
        if letters.is_empty() || !letters.chars().all(char::is_alphabetic) {
            format!("<mtext>{}</mtext>", escape(name))
        } else if digits.is_empty() {
            format!("<mi>{escaped}</mi>")
        } else {
            format!("<msub><mi>{escaped}</mi><mn>{digits}</mn></msub>")
        }
    }
    fn number(&self, value: f64) -> String {
        format!("<mn>{}</mn>", number(value))
    }
    fn partial(&self, of: &str) -> String {
        format!("<mo>∂</mo>{of}")
    }
    fn minus(&self) -> String {
        "<mo>−</mo>".to_owned()
    }
    fn operator(&self, sign: &str) -> String {
        format!("<mo>{sign}</mo>")
    }
    fn times(&self) -> String {
        "<mo>&#x2062;</mo>".to_owned() // the invisible times
    }
    fn parentheses(&self, inner: &str) -> String {
        format!("<mrow><mo>(</mo>{inner}<mo>)</mo></mrow>")
    }
    fn fraction(&self, above: &str, below: &str) -> String {
        format!("<mfrac><mrow>{above}</mrow><mrow>{below}</mrow></mfrac>")
    }
    fn superscript(&self, base: &str, exponent: &str) -> String {
        let exponent = match exponent.strip_prefix('∘') {
            Some(n) => format!("<mrow><mo>∘</mo><mn>{n}</mn></mrow>"),
            None if exponent == "T" => "<mi mathvariant=\"normal\">T</mi>".to_owned(),
            None => format!("<mn>{exponent}</mn>"),
        };
        format!("<msup><mrow>{base}</mrow>{exponent}</msup>")
    }
    fn call(&self, function: &str, argument: &str) -> String {
        if function == "√" {
            return format!("<msqrt>{argument}</msqrt>");
        }
        format!("<mrow><mi>{function}</mi><mo>&#x2061;</mo>{}</mrow>", self.parentheses(argument))
    }
    fn norm_squared(&self, argument: &str) -> String {
        format!("<msup><mrow><mo>‖</mo>{argument}<mo>‖</mo></mrow><mn>2</mn></msup>")
    }
}

/// A number with the usual fractions and a true minus sign.
fn number(value: f64) -> String {
    let fractions = [(0.5, "½"), (0.25, "¼"), (0.75, "¾")];
    match fractions.iter().find(|(fraction, _)| *fraction == value.abs()) {
        Some((_, text)) if value < 0.0 => format!("−{text}"),
        Some((_, text)) => (*text).to_owned(),
        None => value.to_string().replace('-', "−"),
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

impl Formula {
    /// As a `<math>` element, to be put into an HTML page.
    pub fn mathml(&self) -> String {
        format!("<math><mrow>{}</mrow></math>", self.written(&MathMl, Bond::Sum))
    }

    /// The shapes of the factors and terms, written as the formula is: why they fit. Numbers are left out.
    pub fn shapes(&self) -> String {
        let alone = || {
            let [rows, columns] = self.shape();
            format!("({rows}×{columns})")
        };
        let joined = |parts: &[Formula], sign: &str| {
            let inner = |part: &Formula| match part.0 {
                _ if parts.len() == 1 => part.shapes(),
                Kind::Sum(_) | Kind::Hadamard(_) => format!("({})", part.shapes()),
                Kind::Product(_) if sign == " ∘ " => format!("({})", part.shapes()),
                _ => part.shapes(),
            };
            parts.iter().map(inner).collect::<Vec<_>>().join(sign)
        };
        match &self.0 {
            Kind::Product(Product { scalars, matrices, .. }) if !(scalars.is_empty() && matrices.is_empty()) => {
                let scalars = scalars.iter().map(|s| match s.0 {
                    Kind::Product(_) => format!("({})", s.shapes()),
                    _ => s.shapes(),
                });
                let matrices = (!matrices.is_empty()).then(|| joined(matrices, "·"));
                scalars.chain(matrices).collect::<Vec<_>>().join("·")
            }
            Kind::Sum(parts) => joined(parts, " + "),
            Kind::Hadamard(parts) => joined(parts, " ∘ "),
            _ => alone(),
        }
    }

    /// Whether ∂ in front of it would be read as ∂ of its first part only.
    pub(crate) fn is_compound(&self) -> bool {
        self.bond() < Bond::Atom
    }

    /// What it is bound by as a whole.
    fn bond(&self) -> Bond {
        match &self.0 {
            Kind::Symbol { name, .. } if name.contains(['/', ' ', '·']) => Bond::Factor,
            Kind::Sum(_) => Bond::Sum,
            Kind::Product(_) if self.as_number().is_some_and(|number| number >= 0.0) => Bond::Atom,
            Kind::Product(_) | Kind::Hadamard(_) | Kind::Quotient(..) => Bond::Product,
            Kind::Transpose(_) | Kind::Power(..) => Bond::Factor,
            _ if self.as_jacobian().is_some() => Bond::Factor,
            _ => Bond::Atom,
        }
    }

    fn written(&self, style: &dyn Style, least: Bond) -> String {
        let inner = self.bare(style);
        if self.bond() < least { style.parentheses(&inner) } else { inner }
    }

    /// Without parentheses around it.
    fn bare(&self, style: &dyn Style) -> String {
        if let Some((function, x)) = self.as_jacobian() {
            return style.fraction(&style.partial(&style.symbol(function)), &style.partial(&style.symbol(x)));
        }
        match &self.0 {
            Kind::Symbol { name, .. } => style.symbol(name),
            Kind::Ones([_, 1]) => style.symbol("𝟏"),
            Kind::Ones([1, _]) => style.superscript(&style.symbol("𝟏"), "T"),
            Kind::Ones(_) => {
                let one = style.symbol("𝟏");
                [one.clone(), style.times(), style.superscript(&one, "T")].concat()
            }
            Kind::Product(product) => product.bare(style),
            Kind::Sum(terms) => {
                let mut text = terms[0].written(style, Bond::Product);
                for term in &terms[1..] {
                    let term = term.split();
                    let sign = if term.coefficient < 0.0 { "−" } else { "+" };
                    text += &style.operator(sign);
                    let coefficient = term.coefficient.abs();
                    text += &Product { coefficient, ..term }.join().written(style, Bond::Product);
                }
                text
            }
            Kind::Hadamard(factors) => {
                let factors: Vec<String> = factors.iter().map(|factor| factor.written(style, Bond::Factor)).collect();
                factors.join(&style.operator("∘"))
            }
            Kind::Quotient(a, b) if self.shape() == [1, 1] => {
                style.fraction(&a.written(style, Bond::Factor), &b.written(style, Bond::Factor))
            }
            Kind::Quotient(a, b) => {
                let above = match a.0 {
                    Kind::Ones(_) => style.number(1.0),
                    _ => a.written(style, Bond::Factor),
                };
                [above, style.operator("⊘"), b.written(style, Bond::Factor)].concat()
            }
            Kind::Transpose(a) => style.superscript(&a.written(style, Bond::Atom), "T"),
            Kind::Power(a, n) => {
                let exponent = if self.shape() == [1, 1] { n.to_string() } else { format!("∘{n}") };
                style.superscript(&a.written(style, Bond::Atom), &exponent)
            }
            Kind::Diagonal(a) => style.call("diag", &a.written(style, Bond::Sum)),
            Kind::Map(f, argument) => {
                let name = if f.is_slope { format!("{}′", f.name) } else { f.name.to_owned() };
                style.call(&name, &argument.written(style, Bond::Sum))
            }
            Kind::Reduction(reduction, a) => {
                let a = a.written(style, Bond::Sum);
                match reduction {
                    Reduction::NormSquared => style.norm_squared(&a),
                    Reduction::Total => style.call("Σ", &a),
                    Reduction::Trace => style.call("tr", &a),
                }
            }
        }
    }

    /// The names of f and x, if it is f′(x) as the Jacobian of a column or a number x: then it is written ∂f/∂x.
    pub(super) fn as_jacobian(&self) -> Option<(&str, &str)> {
        let map = match &self.0 {
            Kind::Diagonal(a) => a,
            Kind::Map(..) if self.shape() == [1, 1] => self,
            _ => return None,
        };
        match &map.0 {
            Kind::Map(function, x) if function.is_slope => match &x.0 {
                Kind::Symbol { name, .. } => Some((function.name, name)),
                _ => None,
            },
            _ => None,
        }
    }
}

impl Product {
    fn bare(&self, style: &dyn Style) -> String {
        let mut factors = Vec::new();
        if self.coefficient.abs() != 1.0 || (self.scalars.is_empty() && self.matrices.is_empty()) {
            factors.push(style.number(self.coefficient.abs()));
        }
        let parts: Vec<&Formula> = self.scalars.iter().chain(&self.matrices).collect();
        for (i, part) in parts.iter().enumerate() {
            let text = part.written(style, Bond::Factor);
            let is_last = i + 1 == parts.len();
            factors.push(if part.as_jacobian().is_some() && !is_last { style.parentheses(&text) } else { text });
        }
        let sign = if self.coefficient < 0.0 { style.minus() } else { String::new() };
        sign + &factors.join(&style.times())
    }
}

impl fmt::Display for Formula {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written(&Text, Bond::Sum))
    }
}
