//! Tests that need a process of their own: the test binary runs one of its own tests again.
//!
//! The other process is a test marked `#[ignore]`, which does nothing where [`argument`] finds
//! nothing.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// A command that runs the ignored test `name` of this binary alone.
pub(crate) fn command(name: &str, arguments: &[(&str, &str)]) -> Command {
    let binary = std::env::current_exe().expect("the test binary has a path");
    let mut command = Command::new(binary);
    command.args(["--exact", name, "--ignored", "--nocapture", "--test-threads=1"]);
    command.envs(arguments.iter().map(|(name, value)| (variable(name), value)));
    command
}

/// What the parent gave under this name; `None` in a process without such a parent.
pub(crate) fn argument(name: &str) -> Option<String> {
    std::env::var(variable(name)).ok()
}

fn variable(name: &str) -> String {
    format!("KEYLOOM_TEST_{}", name.to_uppercase())
}

/// Runs a child to its end.
///
/// # Panics
///
/// If it fails, with all that it printed.
#[track_caller]
pub(crate) fn run(name: &str, arguments: &[(&str, &str)]) -> String {
    let output = command(name, arguments).output().expect("the child starts");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{name} failed:\n{text}\n{errors}");
    assert!(text.contains("1 passed"), "{name} ran no test:\n{text}");
    text
}

/// A child that talks with its parent line by line.
pub(crate) struct Talk {
    child: Child,
    input: Option<ChildStdin>,
    lines: std::io::Lines<BufReader<ChildStdout>>,
}

impl Talk {
    /// Starts the ignored test `name`.
    pub(crate) fn start(name: &str, arguments: &[(&str, &str)]) -> Self {
        let mut child = command(name, arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the child starts");
        let input = child.stdin.take();
        let output = child.stdout.take().expect("its output is a pipe");
        Self { child, input, lines: BufReader::new(output).lines() }
    }

    /// Says a word to it.
    pub(crate) fn say(&mut self, word: &str) {
        let input = self.input.as_mut().expect("it listens until `end`");
        writeln!(input, "{word}").expect("the child lives");
    }

    /// The next line that it printed through [`tell`], or `None` at its end.
    pub(crate) fn hear(&mut self) -> Option<String> {
        loop {
            let line = self.lines.next()?.expect("its output is text");
            // A line that a kill cut off has no end mark.
            if let Some(line) = line.strip_prefix("> ").and_then(|line| line.strip_suffix(" .")) {
                return Some(line.to_owned());
            }
        }
    }

    /// Kills it as `kill -9` does.
    pub(crate) fn kill(&mut self) {
        self.child.kill().expect("it can be killed");
        self.child.wait().expect("it was started here");
    }

    /// Ends its input and waits; what it printed meanwhile.
    #[track_caller]
    pub(crate) fn end(mut self) -> Vec<String> {
        self.input = None;
        let heard = std::iter::from_fn(|| self.hear()).collect();
        let status = self.child.wait().expect("it was started here");
        assert!(status.success(), "the child failed: {status}");
        heard
    }
}

impl Drop for Talk {
    fn drop(&mut self) {
        // Where a test failed half-way. A child that has ended is no error.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// In the child: prints a line for the parent, at once and in one piece.
pub(crate) fn tell(line: &str) {
    let mut output = std::io::stdout().lock();
    // The parent may be gone. The line break before it ends what the test harness began to print.
    let _ = output.write_all(format!("\n> {line} .\n").as_bytes());
    let _ = output.flush();
}

/// In the child: the parent's next word, or `None` when it says no more.
pub(crate) fn listen() -> Option<String> {
    let mut line = String::new();
    match std::io::stdin().read_line(&mut line) {
        Ok(1..) => Some(line.trim().to_owned()),
        _ => None,
    }
}
