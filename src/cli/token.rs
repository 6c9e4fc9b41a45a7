//! `token`: who may call, as what.

use clap::Subcommand;
use jiff::Timestamp;
use serde_json::Value;

use crate::domain::access::Role;
use crate::domain::calendar::{moment_london, parse_day};
use crate::grpc::v1;

use super::connect::{Remote, ServerArgs};
use super::convert::{coded, word};
use super::failure::{Failure, Result};
use super::out::{self, Format, Listing};
use super::pages::{PAGE_SIZE, all_pages};

/// Tokens, by which systems and people call (operators).
#[derive(Debug, Subcommand)]
pub(crate) enum Tokens {
    /// Issue a token and show its secret, this once
    Issue(Issue),
    /// List tokens by id, revoked and expired ones too
    List {
        /// Only those of this role
        #[arg(long)]
        role: Option<String>,
        /// Only those that open something now
        #[arg(long)]
        live: bool,
    },
    /// Give a token another secret and show it, this once; the one before goes on for a while
    Rotate {
        /// The token's id, such as `t_abc`
        id: String,
        /// Hours for which the secret before goes on, up to 720
        #[arg(long, value_name = "HOURS", default_value_t = 24)]
        overlap_hours: u16,
    },
    /// Revoke a token at once
    Revoke {
        /// The token's id, such as `t_abc`
        id: String,
    },
}

/// A token to issue.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct Issue {
    /// What its bearer may be: requester, home, steward, analyst or operator
    #[arg(long)]
    pub(crate) role: String,
    /// What it is for
    #[arg(long)]
    pub(crate) label: String,
    /// A requester's organisation
    #[arg(long, value_name = "ID", default_value = "")]
    pub(crate) organisation: String,
    /// A home person's home; may be given several times
    #[arg(long = "home", value_name = "ID")]
    pub(crate) homes: Vec<String>,
    /// Let the home person invite others to her homes
    #[arg(long)]
    pub(crate) lead: bool,
    /// Last day on which it opens anything, YYYY-MM-DD
    #[arg(long, value_name = "DAY")]
    pub(crate) until: Option<String>,
}

impl Tokens {
    /// Runs the command.
    pub(crate) async fn run(&self, server: &ServerArgs, format: Format) -> Result<()> {
        let remote = server.connect().await?;
        match self {
            Self::Issue(new) => {
                let issued = issue(&remote, new).await?;
                print_issued(&issued, format)
            }
            Self::List { role, live } => {
                let role = role.as_deref().map(coded_role).transpose()?;
                list(&remote, role.unwrap_or(0), *live).await?.print(format)
            }
            Self::Rotate { id, overlap_hours } => {
                let id = id.strip_prefix("tokens/").unwrap_or(id);
                let request = v1::RotateTokenRequest {
                    name: format!("tokens/{id}"),
                    overlap: Some(prost_types::Duration {
                        seconds: i64::from(*overlap_hours) * 3_600,
                        nanos: 0,
                    }),
                };
                let rotated = remote.tokens().rotate_token(request).await?.into_inner();
                print_rotated(&rotated, format)
            }
            Self::Revoke { id } => {
                let id = id.strip_prefix("tokens/").unwrap_or(id);
                let name = format!("tokens/{id}");
                remote
                    .tokens()
                    .revoke_token(v1::RevokeTokenRequest { name })
                    .await?;
                out::note(format_args!("{id} opens nothing any longer"));
                Ok(())
            }
        }
    }
}

/// Issues a token.
pub(crate) async fn issue(remote: &Remote, new: &Issue) -> Result<v1::IssueTokenResponse> {
    let request = v1::IssueTokenRequest {
        label: new.label.clone(),
        role: coded_role(&new.role)?,
        organisation: new.organisation.clone(),
        homes: new.homes.clone(),
        expires_at: new.until.as_deref().map(end_of_day).transpose()?,
        lead: new.lead,
    };
    Ok(remote.tokens().issue_token(request).await?.into_inner())
}

/// The number of a role's word.
fn coded_role(role: &str) -> Result<i32> {
    if let Err(error) = role.parse::<Role>() {
        return Err(Failure::usage(format!("--role: {error}")));
    }
    Ok(coded(role, "ROLE", v1::Role::from_str_name).unwrap_or(0))
}

/// The midnight in London that ends a day.
fn end_of_day(text: &str) -> Result<prost_types::Timestamp> {
    let day = parse_day(text).map_err(|error| Failure::usage(format!("--until: {error}")))?;
    let next = day
        .tomorrow()
        .map_err(|error| Failure::usage(format!("--until: {error}")))?;
    let moment = moment_london(next.at(0, 0, 0, 0));
    Ok(prost_types::Timestamp {
        seconds: moment.as_second(),
        nanos: 0,
    })
}

fn print_issued(issued: &v1::IssueTokenResponse, format: Format) -> Result<()> {
    let token = issued.token.clone().unwrap_or_default();
    if format == Format::Table {
        out::note(format_args!(
            "{} is issued. This is its secret; it cannot be shown again:",
            token.name
        ));
        return out::data(&format!("{}\n", issued.secret));
    }
    let mut listing = Listing::new(["token", "role", "secret"]);
    let role = word(token.role().as_str_name(), "ROLE");
    listing.add([token.name, role, issued.secret.clone()].map(out::text));
    listing.print(format)
}

fn print_rotated(rotated: &v1::RotateTokenResponse, format: Format) -> Result<()> {
    let name = rotated.token.clone().unwrap_or_default().name;
    let ends = moment(rotated.former_ends_at.as_ref());
    if format == Format::Table {
        out::note(format_args!(
            "{name} has another secret; it cannot be shown again. The one before goes on until \
             {ends}:"
        ));
        return out::data(&format!("{}\n", rotated.secret));
    }
    let mut listing = Listing::new(["token", "secret", "former_ends_at"]);
    listing.add([name, rotated.secret.clone(), ends].map(out::text));
    listing.print(format)
}

async fn list(remote: &Remote, role: i32, live: bool) -> Result<Listing> {
    let tokens = all_pages(async |page_token| {
        let request = v1::ListTokensRequest {
            page_size: PAGE_SIZE,
            page_token,
            role,
            live,
        };
        let page = remote.tokens().list_tokens(request).await?.into_inner();
        Ok((page.tokens, page.next_page_token))
    });
    let columns = [
        "token",
        "label",
        "role",
        "organisation",
        "homes",
        "lead",
        "issued_at",
        "expires_at",
        "revoked_at",
        "former_end_at",
    ];
    let mut listing = Listing::new(columns).hiding(["issued_at"]);
    for token in tokens.await? {
        let role = word(token.role().as_str_name(), "ROLE");
        let bare = |name: &str| name.rsplit('/').next().unwrap_or_default().to_owned();
        listing.add([
            out::text(bare(&token.name)),
            out::text(token.label.clone()),
            out::text(role),
            out::text(bare(&token.organisation)),
            out::texts(token.homes.iter().map(|home| bare(home))),
            if token.lead {
                Value::Bool(true)
            } else {
                Value::Null
            },
            out::text(moment(token.issued_at.as_ref())),
            out::text(moment(token.expires_at.as_ref())),
            out::text(moment(token.revoked_at.as_ref())),
            former(&token),
        ]);
    }
    Ok(listing)
}

/// When former secrets end; nothing where there are none.
fn former(token: &v1::Token) -> Value {
    if token.former_end_at.is_empty() {
        return Value::Null;
    }
    out::texts(token.former_end_at.iter().map(|at| moment(Some(at))))
}

/// A moment as text: to the minute for people, to the second for programs; empty for none.
pub(crate) fn minute(at: Option<&prost_types::Timestamp>, format: Format) -> String {
    let text = moment(at);
    match text.get(..16).filter(|_| format == Format::Table) {
        Some(minute) => format!("{}Z", minute.replace('T', " ")),
        None => text,
    }
}

/// A moment as text, to the second; empty for none.
pub(crate) fn moment(at: Option<&prost_types::Timestamp>) -> String {
    let moment = at.and_then(|at| Timestamp::from_second(at.seconds).ok());
    moment.map_or_else(String::new, |moment| moment.to_string())
}
