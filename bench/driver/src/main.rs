//! Runs the libraries side by side: `bench-driver ROUNDS SECONDS DIRECTORY RESULTS NAME=PROGRAM…`,
//! or prints the tables of an earlier run: `bench-driver report RESULTS`.
//!
//! Each round starts every library as a process and has all of them do the same workload, one after
//! the other, before the next workload begins. So the two sides of a ratio are measured within a
//! second of each other, and whatever else the machine does in that second touches both.

mod report;

use std::env;
use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use bench_core::{NOTHING, Result, Workload};

fn main() -> Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match &arguments[..] {
        [command, results] if command == "report" => {
            print!("{}", report::tables(&fs::read_to_string(results)?)?);
            Ok(())
        }
        [rounds, seconds, directory, results, libraries @ ..] if !libraries.is_empty() => {
            let directory = Path::new(directory);
            let mut file = File::create(results)?;
            for round in 0..rounds.parse()? {
                measure(round, seconds, directory, libraries, &mut file)?;
                measure_memory(round, seconds, directory, libraries, &mut file)?;
                eprintln!("round {} of {rounds} done", round + 1);
            }
            print!("{}", report::tables(&fs::read_to_string(results)?)?);
            Ok(())
        }
        _ => Err("usage: ROUNDS SECONDS DIRECTORY RESULTS NAME=PROGRAM… | report RESULTS".into()),
    }
}

/// One round: every workload in every library.
fn measure(
    round: usize,
    seconds: &str,
    directory: &Path,
    libraries: &[String],
    results: &mut File,
) -> Result<()> {
    let mut running = libraries
        .iter()
        .map(|library| Running::start(library, seconds, directory, &[]))
        .collect::<Result<Vec<_>>>()?;
    // Nobody is always the one behind a slow neighbour.
    running.rotate_left(round % libraries.len());
    for workload in Workload::ROUND {
        for library in &mut running {
            let cost = library.measure(workload)?;
            if cost != NOTHING {
                writeln!(results, "{round}\t{}\t{workload}\t{cost}", library.name)?;
            }
        }
    }
    running.into_iter().try_for_each(Running::stop)
}

/// The memory of each library, in a process of its own on the data that the round has left.
fn measure_memory(
    round: usize,
    seconds: &str,
    directory: &Path,
    libraries: &[String],
    results: &mut File,
) -> Result<()> {
    // What was freed goes back to the system at once, whichever thread freed it, so that it is not
    // there to be used again when the peak is measured.
    let environment = [("MALLOC_ARENA_MAX", "1"), ("MALLOC_TRIM_THRESHOLD_", "131072")];
    for library in libraries {
        let mut running = Running::start(library, seconds, directory, &environment)?;
        let workload = Workload::ScanMemory;
        let cost = running.measure(workload)?;
        writeln!(results, "{round}\t{}\t{workload}\t{cost}", running.name)?;
        running.stop()?;
    }
    Ok(())
}

/// A library's process.
struct Running {
    name: String,
    process: Child,
    requests: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Running {
    fn start(
        library: &str,
        seconds: &str,
        directory: &Path,
        environment: &[(&str, &str)],
    ) -> Result<Self> {
        let (name, program) = library.split_once('=').ok_or("a library is NAME=PROGRAM")?;
        let mut process = Command::new(program)
            .arg(directory.join(name))
            .arg(seconds)
            .envs(environment.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("{program}: {error}"))?;
        let requests = process.stdin.take().ok_or("no standard input")?;
        let answers = BufReader::new(process.stdout.take().ok_or("no standard output")?);
        Ok(Self { name: name.to_owned(), process, requests, answers })
    }

    /// The cost as the library tells it: tab-separated, or [`NOTHING`].
    fn measure(&mut self, workload: Workload) -> Result<String> {
        writeln!(self.requests, "{workload}")?;
        let mut answer = String::new();
        self.answers.read_line(&mut answer)?;
        if answer.is_empty() {
            return Err(format!("{} ended in {workload}", self.name).into());
        }
        Ok(answer.trim_end().to_owned())
    }

    fn stop(self) -> Result<()> {
        let Self { name, mut process, requests, answers: _ } = self;
        drop(requests);
        let status = process.wait()?;
        if status.success() { Ok(()) } else { Err(format!("{name}: {status}").into()) }
    }
}
