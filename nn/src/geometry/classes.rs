//! Where each of several outputs is the largest: the areas of classes, and the boundaries between them.

/// A corner of a polygon with the outputs there, which are linear on the polygon.
#[derive(Clone, Debug)]
pub(super) struct Corner {
    pub point: [f64; 2],
    pub values: Vec<f64>,
}

/// The areas on which each output is the largest, as convex polygons, and the lines between them.
#[derive(Clone, Debug, PartialEq)]
pub struct Classes {
    /// For each output its polygons.
    pub areas: Vec<Vec<Vec<[f64; 2]>>>,
    /// Straight pieces of the boundaries.
    pub boundaries: Vec<Vec<[f64; 2]>>,
}

/// Of convex polygons on which the outputs are linear.
pub(super) fn classes(polygons: impl Iterator<Item = Vec<Corner>>) -> Classes {
    let mut found = Classes { areas: Vec::new(), boundaries: Vec::new() };
    for polygon in polygons {
        let outputs = polygon[0].values.len();
        found.areas.resize(outputs, Vec::new());
        for class in 0..outputs {
            let mut area = polygon.clone();
            for other in (0..outputs).filter(|&other| other != class) {
                area = clipped(&area, class, other);
            }
            if area.len() < 3 {
                continue;
            }
            for (i, from) in area.iter().enumerate() {
                let to = &area[(i + 1) % area.len()];
                // Each boundary once: from the area of the class with the larger number.
                let equal =
                    |other: &usize| [from, to].iter().all(|c| c.values[class].to_bits() == c.values[*other].to_bits());
                if (0..class).any(|other| equal(&other)) {
                    found.boundaries.push(vec![from.point, to.point]);
                }
            }
            found.areas[class].push(area.into_iter().map(|corner| corner.point).collect());
        }
    }
    found
}

/// The part of a convex polygon on which output `class` is at least output `other`
/// (I. Sutherland and G. Hodgman, "Reentrant polygon clipping", 1974). At new corners both are equal, bit for bit.
fn clipped(polygon: &[Corner], class: usize, other: usize) -> Vec<Corner> {
    let ahead = |corner: &Corner| corner.values[class] - corner.values[other];
    let mut kept = Vec::new();
    for (i, from) in polygon.iter().enumerate() {
        let to = &polygon[(i + 1) % polygon.len()];
        let [p, q] = [ahead(from), ahead(to)];
        if p >= 0.0 {
            kept.push(from.clone());
        }
        if (p > 0.0 && q < 0.0) || (p < 0.0 && q > 0.0) {
            let t = p / (p - q);
            let mix = |a: f64, b: f64| a + t * (b - a);
            let mut values: Vec<f64> = from.values.iter().zip(&to.values).map(|(&a, &b)| mix(a, b)).collect();
            values[other] = values[class];
            kept.push(Corner { point: [0, 1].map(|k| mix(from.point[k], to.point[k])), values });
        }
    }
    kept
}
