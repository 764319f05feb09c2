//! `blue`: dialogues at the command line, wherever the configuration says that they lie.

mod command;

use std::process::ExitCode;

fn main() -> ExitCode {
    let outcome = command::Invocation::parse(std::env::args().skip(1)).and_then(|invocation| {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        runtime.block_on(invocation.run())
    });
    match outcome {
        Ok(text) => {
            print!("{text}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("blue: {error}");
            ExitCode::FAILURE
        }
    }
}
