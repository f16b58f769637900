//! The hand-written C: compiled for one width at a time, so that every loop has a constant length.

use crate::failure::Failure;
use crate::lines;
use crate::measure::Run;
use crate::process;
use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A C compiler, and where to put what it makes.
pub struct C {
    compiler: String,
    source: PathBuf,
    scratch: PathBuf,
}

const HELP: &str = "install gcc, or name a C compiler in CC";

impl C {
    /// Finds a compiler: `CC`, gcc or cc.
    pub fn find(source: &Path, scratch: &Path) -> Result<Self, Failure> {
        let named = env::var("CC").ok();
        let candidates = named.map_or_else(|| vec!["gcc".to_owned(), "cc".to_owned()], |cc| vec![cc]);
        let works = |compiler: &&String| Command::new(compiler).arg("--version").output().is_ok();
        let compiler = candidates.iter().find(works).cloned();
        let compiler = compiler.ok_or(Failure::Missing { program: candidates.join(" or "), help: HELP })?;
        Ok(Self { compiler, source: source.to_owned(), scratch: scratch.to_owned() })
    }

    /// The first line of the compiler's version.
    pub fn version(&self) -> Option<String> {
        let text = process::output(Command::new(&self.compiler).arg("--version"), HELP).ok()?;
        text.lines().next().map(str::to_owned)
    }

    /// Compiles `program`.c for a width; the run makes `arguments` with the files of `data`.
    pub fn run(
        &self,
        program: &str,
        width: usize,
        flags: &[&str],
        data: &Path,
        arguments: &[String],
    ) -> Result<Run<'_>, Failure> {
        let made = self.scratch.join(format!("{program}-{width}{}", flags.concat()));
        let mut compile = Command::new(&self.compiler);
        compile.args(["-O3", "-march=native"]).arg(format!("-DW={width}")).args(flags);
        compile.arg(self.source.join(program).with_extension("c")).arg("-o").arg(&made).arg("-lm");
        process::output(&mut compile, HELP)?;
        let (program, data, arguments) = (program.to_owned(), data.to_owned(), arguments.to_vec());
        Ok(Box::new(move || {
            let text = process::output(Command::new(&made).arg(&data).args(&arguments), HELP)?;
            lines::read(&program, &text)
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data;

    #[test]
    fn the_programs_compile_and_train() {
        let scratch = tempfile::tempdir().expect("a directory");
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("compare/c");
        let Ok(c) = C::find(&source, scratch.path()) else {
            eprintln!("no C compiler: nothing tested");
            return;
        };
        data::write(scratch.path(), &[5, 17, 100]).expect("files");
        let steps = ["2000".to_owned()];
        for (width, flags) in [(5, vec![]), (17, vec!["-DF64"]), (100, vec!["-DPLAIN"])] {
            let run = c.run("limit", width, &flags, scratch.path(), &steps).expect("it compiles");
            let output = run().expect("it runs");
            let columns: Vec<&str> = output.times.iter().map(|(column, _)| column.as_str()).collect();
            assert_eq!(columns, [format!("output {width}"), format!("all {width}")]);
            assert!(output.times.iter().all(|(_, us)| *us > 0.0), "{output:?}");
        }
        match c.run("limit_lanes", 5, &[], scratch.path(), &steps) {
            Ok(run) => assert_eq!(run().expect("it runs").times.len(), 2),
            Err(failure) => assert!(failure.to_string().contains("needs AVX-512"), "{failure}"),
        }
        let missing = c.run("limit", 7, &[], scratch.path(), &steps).expect("it compiles");
        assert!(missing().expect_err("no network of width 7").to_string().contains("networks-7.bin"));
    }
}
