//! `people`: who answers for homes.

use clap::Subcommand;

use crate::domain::person::HomeRole;
use crate::grpc::v1;

use super::connect::{Remote, ServerArgs};
use super::convert::{coded, word};
use super::failure::{Failure, Result};
use super::out::{self, Format, Listing};
use super::pages::{PAGE_SIZE, all_pages};
use super::token::moment;

/// The people who answer for homes (operators, and who leads the homes).
#[derive(Debug, Subcommand)]
pub(crate) enum People {
    /// Invite a person, who is known by her e-mail address, to homes
    Invite {
        /// Her name
        #[arg(long)]
        name: String,
        /// Her e-mail address
        #[arg(long)]
        email: String,
        /// A home, by CQC location id; may be given several times
        #[arg(long = "home", value_name = "ID", required = true)]
        homes: Vec<String>,
        /// What she may do there: answers, or lead, who invites others too
        #[arg(long, default_value = "answers")]
        role: String,
    },
    /// List people by id
    List {
        /// Only those of this home, by CQC location id
        #[arg(long, value_name = "ID", default_value = "-")]
        home: String,
    },
    /// Remove a person from homes, or from all that you lead
    Remove {
        /// The person's id, such as `p_abc`
        id: String,
        /// A home, by CQC location id; may be given several times
        #[arg(long = "home", value_name = "ID")]
        homes: Vec<String>,
    },
}

impl People {
    /// Runs the command.
    pub(crate) async fn run(&self, server: &ServerArgs, format: Format) -> Result<()> {
        match self {
            Self::Invite {
                name,
                email,
                homes,
                role,
            } => {
                if let Err(error) = role.parse::<HomeRole>() {
                    return Err(Failure::usage(format!("--role: {error}")));
                }
                let request = v1::InvitePersonRequest {
                    display_name: name.clone(),
                    email: email.clone(),
                    homes: homes.clone(),
                    role: coded(role, "HOME_ROLE", v1::HomeRole::from_str_name).unwrap_or(0),
                    request_id: String::new(),
                };
                let remote = server.connect().await?;
                let response = remote.people().invite_person(request).await?.into_inner();
                listing(response.person).print(format)
            }
            Self::List { home } => {
                let people = list(&server.connect().await?, home).await?;
                listing(people).print(format)
            }
            Self::Remove { id, homes } => {
                let id = id.strip_prefix("people/").unwrap_or(id);
                let request = v1::RemovePersonRequest {
                    name: format!("people/{id}"),
                    homes: homes.clone(),
                };
                let remote = server.connect().await?;
                remote.people().remove_person(request).await?;
                match homes.as_slice() {
                    [] => out::note(format_args!("{id} answers for no home of yours any longer")),
                    homes => out::note(format_args!(
                        "{id} does not answer for {} any longer",
                        homes.join(", ")
                    )),
                }
                Ok(())
            }
        }
    }
}

async fn list(remote: &Remote, home: &str) -> Result<Vec<v1::Person>> {
    let parent = format!("homes/{}", home.strip_prefix("homes/").unwrap_or(home));
    all_pages(async |page_token| {
        let request = v1::ListPeopleRequest {
            parent: parent.clone(),
            page_size: PAGE_SIZE,
            page_token,
        };
        let page = remote.people().list_people(request).await?.into_inner();
        Ok((page.people, page.next_page_token))
    })
    .await
}

fn listing(people: impl IntoIterator<Item = v1::Person>) -> Listing {
    let columns = [
        "person",
        "name",
        "email",
        "leads",
        "answers_for",
        "invited_at",
    ];
    let mut listing = Listing::new(columns).hiding(["invited_at"]);
    let bare = |name: &str| name.rsplit('/').next().unwrap_or_default().to_owned();
    for person in people {
        let of = |role: &str| {
            let homes = person.homes.iter();
            let homes = homes.filter(|home| word(home.role().as_str_name(), "HOME_ROLE") == role);
            out::texts(homes.map(|home| bare(&home.home)))
        };
        let (leads, answers) = (of("lead"), of("answers"));
        listing.add([
            out::text(bare(&person.name)),
            out::text(person.display_name.as_str()),
            out::text(person.email.as_str()),
            leads,
            answers,
            out::text(moment(person.invited_at.as_ref())),
        ]);
    }
    listing
}
