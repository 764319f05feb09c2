//! `blue`: dialogues at the command line, wherever the configuration says that they lie.

mod command;

use std::io::Write as _;
use std::process::ExitCode;

fn main() -> ExitCode {
    let outcome = command::Invocation::parse(std::env::args().skip(1)).and_then(|invocation| {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        runtime.block_on(invocation.run())
    });
    match outcome {
        // Who reads it may have closed the pipe, which is no matter of ours.
        Ok(text) => match std::io::stdout().write_all(text.as_bytes()) {
            Ok(()) => ExitCode::SUCCESS,
            Err(_) => ExitCode::FAILURE,
        },
        Err(error) => {
            eprintln!("blue: {error}");
            ExitCode::FAILURE
        }
    }
}
