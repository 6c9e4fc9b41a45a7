//! The home's pages in the demo: a person who may sign in, and her letters shown here.

use jiff::SignedDuration;
use tokio::sync::mpsc;

use crate::domain::person::Email;
use crate::grpc::v1;
use crate::server::{Letter, Mail, PortalOptions, Server};

use super::super::connect::Remote;
use super::super::failure::{Failure, Result};
use super::super::out;
use super::super::serve::failed;
use super::sample;

/// Most letters that wait to be shown.
const LETTERS_MAX: usize = 16;

/// How long the link works that is shown at the end: for whoever comes back to it in the afternoon.
const LINK_VALID_FOR: SignedDuration = SignedDuration::from_hours(24);

/// Pages on a free port of this machine, whose letters are shown on standard error.
pub(super) fn options() -> PortalOptions {
    let (sender, mut letters) = mpsc::channel::<Letter>(LETTERS_MAX);
    tokio::spawn(async move {
        while let Some(letter) = letters.recv().await {
            let Letter {
                to, subject, text, ..
            } = letter;
            out::note(format_args!(
                "\nA letter to {}: {subject}\n\n{text}",
                to.as_str()
            ));
        }
    });
    PortalOptions::new(([127, 0, 0, 1], 0).into(), Mail::Handed(sender))
}

/// Invites a person to the demo's home; a link that signs her in.
pub(super) async fn invite(server: &Server, operator: &Remote) -> Result<String> {
    let request = v1::InvitePersonRequest {
        display_name: sample::ANSWERED_BY.to_owned(),
        email: sample::EMAIL.to_owned(),
        homes: vec![format!("homes/{}", sample::HOME)],
        role: v1::HomeRole::Lead.into(),
        request_id: String::new(),
    };
    operator.people().invite_person(request).await?;
    let email: Email = sample::EMAIL
        .parse()
        .expect("the sample's address is an address");
    let link = server.sign_in_link(&email, LINK_VALID_FOR).await;
    let link = link.map_err(failed)?;
    link.ok_or_else(|| Failure::refused("the home's pages are not served"))
}
