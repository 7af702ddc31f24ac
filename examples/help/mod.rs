//! What `--help` prints: the words at the head of the example, so that there is one text.

use std::io::Write as _;
use std::process::ExitCode;

/// Prints the lines that begin with `//!`.
pub(crate) fn print(source: &str) -> ExitCode {
    let mut out = std::io::stdout().lock();
    for line in source.lines().map_while(|line| line.strip_prefix("//!")) {
        // Whoever reads the output through a pipe and has gone needs no more of it.
        let _ = writeln!(out, "{}", line.strip_prefix(' ').unwrap_or(line));
    }
    ExitCode::SUCCESS
}
