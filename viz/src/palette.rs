//! Colours by role, after Okabe and Ito, for light and dark pages.
//!
//! One mechanism serves files and pages. A mark is drawn in a [`Role`]: the SVG carries the light colour as a presentation
//! attribute, which every program understands, and a class. A page puts [`css`] in its style sheet, where each class sets
//! the same property from a custom property; style sheets win over presentation attributes, so the page's scheme rules.

use std::fmt::Write as _;

/// What a mark stands for; this alone decides its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The paper.
    Background,
    /// Text that must be read.
    Ink,
    /// Text that may be read.
    Muted,
    /// Axes and ticks.
    Axis,
    /// Grid lines.
    Grid,
    /// The function the data come from.
    Truth,
    /// What the network computes.
    Prediction,
    /// Data points.
    Data,
    /// Derivatives.
    Gradient,
    /// Training error.
    Train,
    /// Positive values; always with a glyph.
    Positive,
    /// Negative values; always with a glyph.
    Negative,
    /// One of several series of equal rank; used modulo 5, so that a dash or a marker must be the second channel.
    Series(usize),
    /// A hidden unit, by the place of its elbow at initialisation; see [`unit()`].
    Unit(u8),
}

/// Roles that have a custom property: the role, its name, its colour on white and its colour on a dark page.
const TABLE: [(Role, &str, &str, &str); 17] = [
    (Role::Background, "background", "#ffffff", "#15181c"),
    (Role::Ink, "ink", "#1a1a1a", "#e8e8e8"),
    (Role::Muted, "muted", "#5f5f5f", "#b3b3b3"),
    (Role::Axis, "axis", "#888888", "#888888"),
    (Role::Grid, "grid", "#dddddd", "#32373d"),
    (Role::Truth, "truth", "#000000", "#f5f5f5"),
    (Role::Prediction, "prediction", "#0072b2", "#56b4e9"),
    (Role::Data, "data", "#767676", "#9a9a9a"),
    (Role::Train, "train", "#009e73", "#2cc295"),
    (Role::Gradient, "gradient", "#d55e00", "#f0803c"),
    (Role::Positive, "positive", "#0072b2", "#56b4e9"),
    (Role::Negative, "negative", "#d55e00", "#f0803c"),
    (Role::Series(0), "series-0", "#0072b2", "#56b4e9"),
    (Role::Series(1), "series-1", "#d55e00", "#f0803c"),
    (Role::Series(2), "series-2", "#009e73", "#2cc295"),
    (Role::Series(3), "series-3", "#cc79a7", "#e29bc4"),
    (Role::Series(4), "series-4", "#000000", "#f5f5f5"),
];

/// A ramp from violet over magenta to ochre, of nearly even lightness steps (OKLCH 0.535 to 0.655), at least 3:1 on white
/// and on the dark page alike, so it needs no second scheme. Without hue it still runs from blue to yellow, which is what
/// readers with the common colour deficiencies see.
const RAMP: [[u8; 3]; 9] = [
    [0x67, 0x53, 0xd4],
    [0x89, 0x4d, 0xc8],
    [0xa4, 0x49, 0xb4],
    [0xb9, 0x47, 0x9b],
    [0xc9, 0x49, 0x7f],
    [0xd3, 0x50, 0x61],
    [0xd6, 0x5c, 0x42],
    [0xd3, 0x6c, 0x1b],
    [0xc7, 0x7e, 0x00],
];

impl Role {
    /// The colour on white, and in files.
    pub fn light(self) -> String {
        match self {
            Self::Unit(place) => ramp(place),
            role => role.entry().2.to_owned(),
        }
    }

    /// The colour on a dark page.
    pub fn dark(self) -> String {
        match self {
            Self::Unit(place) => ramp(place),
            role => role.entry().3.to_owned(),
        }
    }

    /// The name of the role's custom property, without the two hyphens; units have none, their colours serve both schemes.
    pub fn property(self) -> Option<&'static str> {
        match self {
            Self::Unit(_) => None,
            role => Some(role.entry().1),
        }
    }

    /// The class that sets the fill.
    pub(crate) fn fill_class(self) -> Option<String> {
        self.property().map(|name| format!("f-{name}"))
    }

    /// The class that sets the colour of a gradient's stop.
    pub(crate) fn stop_class(self) -> Option<String> {
        self.property().map(|name| format!("c-{name}"))
    }

    /// The class that sets the stroke.
    pub(crate) fn stroke_class(self) -> Option<String> {
        self.property().map(|name| format!("s-{name}"))
    }

    fn entry(self) -> &'static (Role, &'static str, &'static str, &'static str) {
        let wanted = match self {
            Self::Series(index) => Self::Series(index % 5),
            role => role,
        };
        TABLE.iter().find(|(role, ..)| *role == wanted).unwrap_or(&TABLE[1])
    }
}

/// The role of a hidden unit whose elbow stood at `elbow` at initialisation, in a domain. Elbows outside the domain, and
/// units without an elbow, take the colour of the nearer end or of the middle.
pub fn unit(elbow: f64, domain: [f64; 2]) -> Role {
    let place = (elbow - domain[0]) / (domain[1] - domain[0]);
    let place = if place.is_finite() { place.clamp(0.0, 1.0) } else { 0.5 };
    Role::Unit((place * 255.0).round() as u8)
}

/// The dash pattern of a series or unit, the second channel beside colour: solid, dashed, dotted, dash-dot, in turn.
pub fn dash(index: usize) -> Option<&'static str> {
    [None, Some("7 4"), Some("1.5 4"), Some("8 4 1.5 4")][index % 4]
}

fn ramp(place: u8) -> String {
    let position = f64::from(place) / 255.0 * (RAMP.len() - 1) as f64;
    let left = (position as usize).min(RAMP.len() - 2);
    let part = position - left as f64;
    let mix = |channel: usize| {
        let (a, b) = (f64::from(RAMP[left][channel]), f64::from(RAMP[left + 1][channel]));
        (a + (b - a) * part).round() as u8
    };
    format!("#{:02x}{:02x}{:02x}", mix(0), mix(1), mix(2))
}

/// The page's part of the mechanism: custom properties for both schemes, and the classes that use them. On paper the light
/// scheme is used. A page may force a scheme with `data-scheme="light"` or `"dark"` on its root element.
pub fn css() -> String {
    let properties = |dark: bool, indent: &str| {
        let mut text = String::new();
        for (_, name, on_white, on_dark) in &TABLE {
            let _ = writeln!(text, "{indent}--{name}: {};", if dark { on_dark } else { on_white });
        }
        // Thin lines need more ink on a dark page.
        let _ = writeln!(text, "{indent}--faint: {};", if dark { 0.9 } else { crate::plot::FAINT });
        text
    };
    let mut text = String::from(".figure { width: 100%; height: auto; }\n");
    let _ = writeln!(text, ":root {{\n  color-scheme: light dark;\n{}}}\n", properties(false, "  "));
    let _ = writeln!(
        text,
        "@media screen and (prefers-color-scheme: dark) {{\n  :root:not([data-scheme=\"light\"]) {{\n{}  }}\n}}",
        properties(true, "    ")
    );
    let _ = writeln!(text, "@media screen {{\n  :root[data-scheme=\"dark\"] {{\n{}  }}\n}}", properties(true, "    "));
    text.push_str(".faint { opacity: var(--faint); }\n");
    for (_, name, ..) in &TABLE {
        let _ = writeln!(text, ".f-{name} {{ fill: var(--{name}); }}");
        let _ = writeln!(text, ".s-{name} {{ stroke: var(--{name}); }}");
        let _ = writeln!(text, ".c-{name} {{ stop-color: var(--{name}); }}");
    }
    text
}
