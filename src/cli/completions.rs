//! `completions`: what a shell needs to complete commands and options.

use clap::CommandFactory;
use clap_complete::{Shell, generate};

use super::Cli;
use super::failure::Result;
use super::out;

/// Write what a shell needs to complete commands and options.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "bash:  askonce completions bash > ~/.local/share/bash-completion/completions/askonce\n\
fish:  askonce completions fish > ~/.config/fish/completions/askonce.fish\n\
zsh:   askonce completions zsh > _askonce, in a folder of $fpath\n\
PowerShell:  askonce completions powershell >> $PROFILE"
)]
pub(crate) struct Completions {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

impl Completions {
    /// Runs the command.
    pub(crate) fn run(&self) -> Result<()> {
        out::data(&self.script())
    }

    fn script(&self) -> String {
        let mut script = Vec::new();
        generate(self.shell, &mut Cli::command(), "askonce", &mut script);
        String::from_utf8_lossy(&script).into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shell_learns_every_command() {
        for shell in [
            Shell::Bash,
            Shell::Elvish,
            Shell::Fish,
            Shell::PowerShell,
            Shell::Zsh,
        ] {
            let script = Completions { shell }.script();
            for command in Cli::command().get_subcommands() {
                let name = command.get_name();
                assert!(script.contains(name), "{shell}: {name}");
            }
            assert!(script.contains("token-file"), "{shell}");
        }
    }
}
