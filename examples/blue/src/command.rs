//! What can be asked of the binary, and what it does then.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::PathBuf;

use blue::dialogue::{DialogueStatus, TensionEvent, TensionStatus};
use blue::id::{DialogueId, EntityId, ExpertSlug};
use blue::{Config, DialogueStore, open_dialogue_store, open_dialogue_store_at};
use keyloom::{ManualClock, Timestamp};

pub(crate) type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

const USAGE: &str = "\
usage: blue [--config FILE] [--at TIME] COMMAND

  import FILE                                   stores the dialogue of a JSON file, and says its id
  list [STATUS]                                 the dialogues, the newest first
  status DIALOGUE                               a dialogue and its tensions
  address DIALOGUE TENSION ROUND EXPERT [WHY]   marks a tension as addressed
  resolve DIALOGUE TENSION ROUND EXPERT [WHY]   marks it as resolved
  reopen DIALOGUE TENSION ROUND EXPERT [WHY]    opens a resolved one again
  export DIALOGUE                               the dialogue as JSON
  delete DIALOGUE                               removes everything of it

FILE is .blue/config.toml where nothing is said. TIME is when it happens, if not now.
";

/// One call of the binary.
#[derive(Debug)]
pub(crate) struct Invocation {
    config: PathBuf,
    at: Option<Timestamp>,
    command: Command,
}

#[derive(Debug)]
enum Command {
    Import(PathBuf),
    List(Option<DialogueStatus>),
    Status(DialogueId),
    Move {
        dialogue: DialogueId,
        tension: EntityId,
        to: TensionStatus,
        round: u16,
        by: String,
        why: Option<String>,
    },
    Export(DialogueId),
    Delete(DialogueId),
}

impl Invocation {
    /// Reads the arguments.
    pub(crate) fn parse(mut arguments: impl Iterator<Item = String>) -> Outcome<Self> {
        let (mut config, mut at) = (PathBuf::from(".blue/config.toml"), None);
        let command = loop {
            match (arguments.next().as_deref(), &mut arguments) {
                (Some("--config"), rest) => config = rest.next().ok_or(USAGE)?.into(),
                (Some("--at"), rest) => at = Some(rest.next().ok_or(USAGE)?.parse()?),
                (Some(command), rest) => break Command::parse(command, &rest.collect::<Vec<_>>())?,
                (None, _) => return Err(USAGE.into()),
            }
        };
        Ok(Self { config, at, command })
    }

    /// Does it; the text to print.
    pub(crate) async fn run(self) -> Outcome<String> {
        let config = Config::read(&self.config)?;
        let store = match self.at {
            Some(at) => open_dialogue_store_at(&config, ManualClock::new(at)).await?,
            None => open_dialogue_store(&config).await?,
        };
        self.command.run(&*store).await
    }
}

impl Command {
    fn parse(command: &str, arguments: &[String]) -> Outcome<Self> {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let to = match command {
            "address" => Some(TensionStatus::Addressed),
            "resolve" => Some(TensionStatus::Resolved),
            "reopen" => Some(TensionStatus::Reopened),
            _ => None,
        };
        Ok(match (command, to, &arguments[..]) {
            ("import", _, [file]) => Self::Import(file.into()),
            ("list", _, []) => Self::List(None),
            ("list", _, [status]) => Self::List(Some(serde_json::from_value((*status).into())?)),
            ("status", _, [id]) => Self::Status(DialogueId::from(*id)),
            ("export", _, [id]) => Self::Export(DialogueId::from(*id)),
            ("delete", _, [id]) => Self::Delete(DialogueId::from(*id)),
            (_, Some(to), [dialogue, tension, round, by, why @ ..]) => Self::Move {
                dialogue: DialogueId::from(*dialogue),
                tension: tension.parse()?,
                to,
                round: round.parse()?,
                by: (*by).to_owned(),
                why: (!why.is_empty()).then(|| why.join(" ")),
            },
            _ => return Err(USAGE.into()),
        })
    }

    async fn run(self, store: &dyn DialogueStore) -> Outcome<String> {
        let mut out = String::new();
        match self {
            Self::Import(file) => {
                let dialogue = serde_json::from_str(&std::fs::read_to_string(file)?)?;
                writeln!(out, "{}", store.import_dialogue(dialogue).await?)?;
            }
            Self::List(status) => {
                for dialogue in store.list_dialogues(status).await? {
                    let (created, id, title) = (dialogue.created, dialogue.id, dialogue.title);
                    writeln!(out, "{created}  {id}  {title}")?;
                }
            }
            Self::Status(id) => {
                let export = store.export_dialogue(&id).await?;
                let dialogue = export.dialogue;
                writeln!(out, "{}: {:?}", dialogue.title, dialogue.status)?;
                for tension in export.tensions {
                    writeln!(out, "{}  {}  {}", tension.id(), tension.status, tension.label)?;
                }
            }
            Self::Move { dialogue, tension, to, round, by, why } => {
                let event = TensionEvent {
                    round,
                    actors: BTreeSet::from([ExpertSlug::from(by)]),
                    reason: why,
                    ..TensionEvent::default()
                };
                store.update_tension_status(&dialogue, tension, to, event).await?;
                writeln!(out, "{tension}  {to}")?;
            }
            Self::Export(id) => {
                let export = store.export_dialogue(&id).await?;
                writeln!(out, "{}", serde_json::to_string_pretty(&export)?)?;
            }
            Self::Delete(id) => {
                writeln!(out, "{} records removed", store.delete_dialogue(&id).await?)?;
            }
        }
        Ok(out)
    }
}
