//! A part of a plan: `--shard 3/100`, or as the job array says in which the program runs.

use crate::diagnostic::Failure;
use std::ops::Range;

/// One of so many parts of a plan, each of successive runs, of equal size or one more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// Which one, from 1.
    pub number: u64,
    /// Of how many.
    pub of: u64,
}

impl std::fmt::Display for Shard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.number, self.of)
    }
}

impl std::str::FromStr for Shard {
    type Err = String;

    /// Reads `3/100`.
    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split_once('/').map(|(number, of)| [number, of].map(|part| part.trim().parse::<u64>()));
        let Some([Ok(number), Ok(of)]) = parts else {
            return Err("a shard is one of so many, as 3/100, or auto".to_owned());
        };
        match (number, of) {
            (_, 0) => Err("there must be at least one shard, which is 1/1".to_owned()),
            _ if (1..=of).contains(&number) => Ok(Shard { number, of }),
            _ => Err(format!("there is no shard {number} of {of}: the first is 1/{of}, the last {of}/{of}")),
        }
    }
}

impl Shard {
    /// All of a plan.
    pub const ALL: Shard = Shard { number: 1, of: 1 };

    /// Its part of so many runs.
    pub fn of_runs(self, runs: u64) -> Range<u64> {
        let before = |number: u64| (u128::from(runs) * u128::from(number) / u128::from(self.of)) as u64;
        before(self.number - 1)..before(self.number)
    }
}

/// The shard that `--shard auto` means, and by which variables; `shards` is what `--shards` says.
///
/// Slurm numbers the tasks of an array from any number on, in steps; Kubernetes numbers those of an indexed job from 0, and
/// does not say how many there are.
pub fn auto(variable: &dyn Fn(&str) -> Option<String>, shards: Option<u64>) -> Result<(Shard, String), Failure> {
    let number = |name: &str| -> Result<Option<u64>, Failure> {
        let Some(text) = variable(name) else { return Ok(None) };
        let refuse =
            |_| Failure::input(format!("--shard auto: {name} is {text}, and should be a whole number")).help(SAY);
        text.trim().parse().map(Some).map_err(refuse)
    };
    if let Some(id) = number("SLURM_ARRAY_TASK_ID")? {
        let first = number("SLURM_ARRAY_TASK_MIN")?.unwrap_or(1);
        let step = number("SLURM_ARRAY_TASK_STEP")?.unwrap_or(1).max(1);
        let (place, of, by) = match (shards, number("SLURM_ARRAY_TASK_COUNT")?) {
            // Of an array that was submitted again for some of its tasks, only the number counts.
            (Some(shards), _) => (id.checked_sub(1), shards, format!("SLURM_ARRAY_TASK_ID={id} and --shards {shards}")),
            (None, Some(count)) => {
                let place = id.checked_sub(first).filter(|place| place.is_multiple_of(step)).map(|place| place / step);
                (place, count, format!("SLURM_ARRAY_TASK_ID={id} of {count} tasks from {first}"))
            }
            (None, None) => {
                let what = "--shard auto: SLURM_ARRAY_TASK_ID is there, and SLURM_ARRAY_TASK_COUNT is not";
                return Err(Failure::input(what).help("say how many shards there are with --shards N"));
            }
        };
        return match place {
            Some(place) if place < of => Ok((Shard { number: place + 1, of }, by)),
            _ => Err(Failure::input(format!("--shard auto: {by}: that is none of {of} shards"))
                .help("number the tasks evenly, as in --array=1-N; if only some are submitted, say --shards N")),
        };
    }
    if let Some(index) = number("JOB_COMPLETION_INDEX")? {
        let Some(of) = shards else {
            let what = format!("--shard auto: JOB_COMPLETION_INDEX={index} does not say how many shards there are");
            return Err(Failure::input(what).help("give --shards N with the completions of the job"));
        };
        let by = format!("JOB_COMPLETION_INDEX={index} and --shards {of}");
        return if index < of {
            Ok((Shard { number: index + 1, of }, by))
        } else {
            let what = format!("--shard auto: {by}: indices are from 0 to {}", of.saturating_sub(1));
            Err(Failure::input(what).help("give --shards the completions of the job"))
        };
    }
    let what = "--shard auto: there is neither SLURM_ARRAY_TASK_ID nor JOB_COMPLETION_INDEX in the environment";
    Err(Failure::input(what).help(SAY))
}

const SAY: &str = "say which shard it is, as in --shard 3/100";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_cover_all_runs_once() {
        for runs in [0, 1, 7, 100, 1_000_000_000_000] {
            for of in [1, 3, 100] {
                let shards: Vec<Range<u64>> = (1..=of).map(|number| Shard { number, of }.of_runs(runs)).collect();
                assert_eq!((shards[0].start, shards[shards.len() - 1].end), (0, runs));
                assert!(shards.windows(2).all(|pair| pair[0].end == pair[1].start));
                let sizes = shards.iter().map(|shard| shard.end - shard.start);
                assert!(sizes.clone().max().unwrap() - sizes.min().unwrap() <= 1);
            }
        }
    }

    #[test]
    fn a_shard_that_does_not_exist_is_refused() {
        for (text, wanted) in [
            ("5/3", "there is no shard 5 of 3: the first is 1/3, the last 3/3"),
            ("0/3", "there is no shard 0 of 3: the first is 1/3, the last 3/3"),
            ("0/0", "there must be at least one shard, which is 1/1"),
            ("3", "a shard is one of so many, as 3/100, or auto"),
            ("-1/3", "a shard is one of so many, as 3/100, or auto"),
            ("1/2/3", "a shard is one of so many, as 3/100, or auto"),
        ] {
            assert_eq!(text.parse::<Shard>().unwrap_err(), wanted, "{text}");
        }
        assert_eq!("3/100".parse(), Ok(Shard { number: 3, of: 100 }));
    }

    #[test]
    fn job_arrays_say_which_shard_it_is() {
        let slurm = |id, count, min, step| {
            [("TASK_ID", id), ("TASK_COUNT", count), ("TASK_MIN", min), ("TASK_STEP", step)]
                .map(|(name, value)| (format!("SLURM_ARRAY_{name}"), value))
                .to_vec()
        };
        let index = |index| vec![("JOB_COMPLETION_INDEX".to_owned(), index)];
        for (variables, shards, wanted) in [
            (slurm("1", "8", "1", "1"), None, Ok("1/8")),
            (slurm("8", "8", "1", "1"), None, Ok("8/8")),
            (slurm("0", "8", "0", "1"), None, Ok("1/8")),
            (slurm("24", "8", "10", "2"), None, Ok("8/8")),
            (slurm("7", "1", "7", "1"), Some(8), Ok("7/8")),
            (slurm("9", "3", "1", "1"), None, Err("none of 3 shards")),
            (slurm("11", "8", "10", "2"), None, Err("none of 8 shards")),
            (slurm("0", "1", "0", "1"), Some(8), Err("none of 8 shards")),
            (slurm("x", "8", "1", "1"), None, Err("SLURM_ARRAY_TASK_ID is x")),
            (slurm("1", "", "1", "1"), None, Err("SLURM_ARRAY_TASK_COUNT is not")),
            (index("0"), Some(3), Ok("1/3")),
            (index("2"), Some(3), Ok("3/3")),
            (index("3"), Some(3), Err("indices are from 0 to 2")),
            (index("3"), None, Err("does not say how many")),
            (Vec::new(), Some(3), Err("neither SLURM_ARRAY_TASK_ID nor JOB_COMPLETION_INDEX")),
        ] {
            let variable = |name: &str| {
                let found = variables.iter().find(|(known, value)| known == name && !value.is_empty());
                found.map(|(_, value)| (*value).to_owned())
            };
            match (auto(&variable, shards), wanted) {
                (Ok((shard, _)), Ok(wanted)) => assert_eq!(shard.to_string(), wanted),
                (Err(failure), Err(wanted)) => assert!(failure.to_string().contains(wanted), "{failure}"),
                (found, wanted) => panic!("{variables:?} {found:?}, not {wanted:?}"),
            }
        }
    }
}
