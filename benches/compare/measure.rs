//! Systems that do the same work are run in turn, several rounds, so that whatever else the machine does hits all alike.
//! Ratios are taken within a round.

use crate::failure::Failure;
use serde::Serialize;

/// What a run of a system gives.
#[derive(Debug, Default, PartialEq)]
pub struct Output {
    /// Times by column; the whole, which is else put together from them, may be among them.
    pub times: Vec<(String, f64)>,
    /// How it was done, for the table.
    pub note: String,
}

/// One run, of all columns or of some.
pub type Run<'a> = Box<dyn Fn() -> Result<Output, Failure> + 'a>;

/// Something that does the work of a part.
pub struct System<'a> {
    pub name: &'static str,
    /// The runs that make up a round, or why there are none.
    pub runs: Result<Vec<Run<'a>>, Failure>,
}

/// Systems that do the same work; the first is what the others are compared with.
pub struct Part<'a> {
    pub key: &'static str,
    pub title: String,
    pub unit: &'static str,
    /// What is timed, in the order of the table.
    pub columns: Vec<String>,
    /// What the columns are put together to, if anything.
    pub together: Option<Together>,
    pub systems: Vec<System<'a>>,
    /// What a reader must know.
    pub notes: Vec<String>,
}

/// How columns are put together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Together {
    Mean,
    Sum,
}

impl Together {
    pub fn name(self) -> &'static str {
        match self {
            Self::Mean => "mean",
            Self::Sum => "together",
        }
    }

    fn of(self, times: &[f64]) -> f64 {
        let sum: f64 = times.iter().sum();
        match self {
            Self::Mean => sum / times.len() as f64,
            Self::Sum => sum,
        }
    }
}

/// A part, measured.
#[derive(Debug, Serialize)]
pub struct Measured {
    pub key: &'static str,
    pub title: String,
    pub unit: &'static str,
    pub columns: Vec<String>,
    pub systems: Vec<Row>,
    pub notes: Vec<String>,
}

/// What was measured of a system; each list has one entry for each column.
#[derive(Debug, Serialize)]
pub struct Row {
    pub name: &'static str,
    pub note: String,
    /// Why it has no numbers.
    pub failure: Option<String>,
    /// The least time of all rounds; the whole is put together from these.
    pub least: Vec<Option<f64>>,
    /// The median over the rounds of this system's time over the first system's in that round.
    pub ratio: Vec<Option<f64>>,
    /// The quartiles of the same.
    pub quartiles: Vec<Option<[f64; 2]>>,
    /// All times, a list for each round.
    pub rounds: Vec<Vec<Option<f64>>>,
}

/// Runs all systems of a part in turn. `progress` hears of each round and system.
pub fn measure(part: &Part, rounds: usize, progress: &dyn Fn(usize, &str)) -> Measured {
    let mut rows: Vec<Row> = part.systems.iter().map(Row::new).collect();
    let columns: Vec<String> =
        part.columns.iter().cloned().chain(part.together.map(|together| together.name().to_owned())).collect();
    let longest = part.systems.iter().filter_map(|system| Some(system.runs.as_ref().ok()?.len())).max().unwrap_or(0);
    for round in 0..rounds {
        let mut times = vec![vec![None; columns.len()]; rows.len()];
        for index in 0..longest {
            for ((system, row), times) in part.systems.iter().zip(&mut rows).zip(&mut times) {
                let run = system.runs.as_ref().ok().and_then(|runs| runs.get(index));
                let (Some(run), None) = (run, &row.failure) else { continue };
                if index == 0 {
                    progress(round, system.name);
                }
                match run() {
                    Ok(output) => {
                        for (column, time) in output.times {
                            if let Some(place) = columns.iter().position(|known| *known == column) {
                                times[place] = Some(time);
                            }
                        }
                        row.note = output.note;
                    }
                    Err(failure) => row.failure = Some(failure.to_string()),
                }
            }
        }
        for (row, mut times) in rows.iter_mut().zip(times) {
            if let Some((together, (last, all))) = part.together.zip(times.split_last_mut()) {
                let all: Option<Vec<f64>> = all.iter().copied().collect();
                *last = last.or_else(|| Some(together.of(&all?)));
            }
            row.rounds.push(times);
        }
    }
    let reference = rows.first().map(|row| row.rounds.clone()).unwrap_or_default();
    for row in &mut rows {
        row.summarise(columns.len(), part.together, &reference);
    }
    let Part { key, title, unit, notes, .. } = part;
    Measured { key, title: title.clone(), unit, columns, systems: rows, notes: notes.clone() }
}

impl Row {
    fn new(system: &System) -> Self {
        Self {
            name: system.name,
            note: String::new(),
            failure: system.runs.as_ref().err().map(ToString::to_string),
            least: Vec::new(),
            ratio: Vec::new(),
            quartiles: Vec::new(),
            rounds: Vec::new(),
        }
    }

    fn summarise(&mut self, columns: usize, together: Option<Together>, reference: &[Vec<Option<f64>>]) {
        for column in 0..columns {
            let times = self.rounds.iter().filter_map(|round| round[column]);
            self.least.push(times.min_by(f64::total_cmp));
            let pairs = self.rounds.iter().zip(reference);
            let mut ratios: Vec<f64> =
                pairs.filter_map(|(round, reference)| Some(round[column]? / reference[column]?)).collect();
            ratios.sort_by(f64::total_cmp);
            self.ratio.push(quantile(&ratios, 0.5));
            self.quartiles.push(quantile(&ratios, 0.25).zip(quantile(&ratios, 0.75)).map(|(low, high)| [low, high]));
        }
        // No round is quiet throughout: the least of a whole is put together from the least of its columns.
        if let Some((together, (last, all))) = together.zip(self.least.split_last_mut()) {
            let all: Option<Vec<f64>> = all.iter().copied().collect();
            *last = all.map(|all| together.of(&all)).or(*last);
        }
    }
}

/// A quantile of sorted numbers, by linear interpolation; None of none.
fn quantile(sorted: &[f64], q: f64) -> Option<f64> {
    let place = q * sorted.len().checked_sub(1)? as f64;
    let (below, above) = (sorted[place.floor() as usize], sorted[place.ceil() as usize]);
    Some(below + (above - below) * place.fract())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    /// Runs that take the times of one round after the other.
    fn scripted(column: &'static str, times: &'static [f64]) -> Run<'static> {
        let round = Cell::new(0);
        Box::new(move || {
            let time = times[round.get()];
            round.set(round.get() + 1);
            Ok(Output { times: vec![(column.to_owned(), time)], note: "scripted".to_owned() })
        })
    }

    fn part(systems: Vec<System<'static>>, together: Option<Together>) -> Part<'static> {
        let columns = vec!["a".to_owned(), "b".to_owned()];
        Part { key: "test", title: "Test".to_owned(), unit: "µs", columns, together, systems, notes: Vec::new() }
    }

    #[test]
    fn ratios_are_taken_within_a_round() {
        // The machine is twice as slow in the second round and three times in the third.
        let one = vec![scripted("a", &[1.0, 2.0, 3.0]), scripted("b", &[2.0, 4.0, 6.0])];
        let other = vec![scripted("a", &[4.0, 8.0, 15.0]), scripted("b", &[1.5, 2.0, 1.0])];
        let systems = vec![System { name: "one", runs: Ok(one) }, System { name: "other", runs: Ok(other) }];
        let measured = measure(&part(systems, Some(Together::Mean)), 3, &|_, _| {});
        let [one, other] = &measured.systems[..] else { panic!("two systems") };
        assert_eq!(measured.columns, ["a", "b", "mean"]);
        assert_eq!(one.ratio, [Some(1.0); 3]);
        assert_eq!(other.ratio[..2], [Some(4.0), Some(0.5)]);
        assert_eq!(other.quartiles[0], Some([4.0, 4.5]));
        assert_eq!(other.least, [Some(4.0), Some(1.0), Some(2.5)]);
        assert_eq!(other.rounds[2], [Some(15.0), Some(1.0), Some(8.0)]);
        assert_eq!(other.note, "scripted");
    }

    #[test]
    fn what_fails_has_a_reason_and_no_numbers() {
        let missing = || Failure::Missing { program: "gcc".to_owned(), help: "install it" };
        let fails: Run = Box::new(move || Err(missing()));
        let systems = vec![
            System { name: "one", runs: Ok(vec![scripted("a", &[1.0, 2.0])]) },
            System { name: "absent", runs: Err(missing()) },
            System { name: "broken", runs: Ok(vec![fails]) },
        ];
        let measured = measure(&part(systems, Some(Together::Sum)), 2, &|_, _| {});
        assert_eq!(measured.systems[0].least, [Some(1.0), None, None]);
        for row in &measured.systems[1..] {
            assert_eq!(row.failure.as_deref(), Some("not installed: gcc was not found; install it"));
            assert_eq!(row.ratio, [None; 3]);
        }
    }

    #[test]
    fn progress_hears_of_every_system_in_turn() {
        let runs = || Ok(vec![scripted("a", &[1.0, 1.0]), scripted("b", &[1.0, 1.0])]);
        let systems = vec![System { name: "one", runs: runs() }, System { name: "other", runs: runs() }];
        let heard = std::cell::RefCell::new(Vec::new());
        measure(&part(systems, None), 2, &|round, name| heard.borrow_mut().push(format!("{round} {name}")));
        assert_eq!(heard.into_inner(), ["0 one", "0 other", "1 one", "1 other"]);
    }

    #[test]
    fn quantiles_interpolate() {
        assert_eq!(quantile(&[1.0, 2.0, 4.0, 8.0], 0.5), Some(3.0));
        assert_eq!(quantile(&[5.0], 0.25), Some(5.0));
        assert_eq!(quantile(&[], 0.5), None);
    }
}
