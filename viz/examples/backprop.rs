//! Draws the computation graphs of the problems into a directory: `cargo run -p viz --example backprop -- /tmp/graphs`.

use nn::problems::{Kind, Problem};
use std::path::PathBuf;
use viz::figures::graph::{Detail, Options, Sources, draw};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let directory = PathBuf::from(std::env::args().nth(1).unwrap_or_else(|| "backprop".into()));
    std::fs::create_dir_all(&directory)?;
    let kinds = [
        ("chain", Kind::Chain, Sources::First),
        ("two-layer", Kind::TwoLayer { size: 3 }, Sources::NearUse),
        ("two-layer-16", Kind::TwoLayer { size: 16 }, Sources::NearUse),
        ("neurons", Kind::NeuronSum { neurons: 3, size: 2 }, Sources::First),
        ("numbers", Kind::NeuronSumInNumbers { neurons: 2, size: 2 }, Sources::First),
        ("collapsed", Kind::NeuronSumInNumbers { neurons: 8, size: 8 }, Sources::First),
    ];
    for (name, kind, sources) in kinds {
        let problem = Problem::random(kind, 1)?;
        let figure =
            draw(name, kind.expression(), &problem.graph(), Options { detail: Detail::Named, sources, total_by: None });
        std::fs::write(directory.join(format!("{name}.svg")), figure.svg())?;
    }
    Ok(())
}
