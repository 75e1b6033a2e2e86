//! The `guildhall` program; everything is in the library.

fn main() -> std::process::ExitCode {
    guildhall::cli::main(std::env::args_os())
}
