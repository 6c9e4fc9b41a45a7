//! Who leads homes invites others to them, and to no other home.

use askonce::domain::access::{Grant, Role};
use askonce::grpc::v1;
use prost_types::Timestamp;
use tonic::{Code, Status};

use super::registrar::{Clocked, itself};
use super::world::{Client, HOME, OTHER_HOME, World, paths, reason};

fn invitation(email: &str, homes: &[&str], role: v1::HomeRole) -> v1::InvitePersonRequest {
    v1::InvitePersonRequest {
        display_name: "Ann Archer".into(),
        email: email.into(),
        homes: homes.iter().map(|home| (*home).to_owned()).collect(),
        role: role.into(),
        request_id: String::new(),
    }
}

async fn invite(client: &Client, sent: v1::InvitePersonRequest) -> Result<v1::Person, Status> {
    let response = client.people().invite_person(client.request(sent)).await?;
    Ok(response.into_inner().person.expect("a person comes back"))
}

async fn list(client: &Client, home: &str) -> Result<Vec<v1::Person>, Status> {
    let mut people = Vec::new();
    let mut page_token = String::new();
    loop {
        let request = client.request(v1::ListPeopleRequest {
            parent: format!("homes/{home}"),
            page_size: 1,
            page_token,
        });
        let page = client.people().list_people(request).await?.into_inner();
        people.extend(page.people);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return Ok(people);
        }
    }
}

async fn remove(client: &Client, name: &str, homes: &[&str]) -> Result<(), Status> {
    let request = client.request(v1::RemovePersonRequest {
        name: name.into(),
        homes: homes.iter().map(|home| (*home).to_owned()).collect(),
    });
    client.people().remove_person(request).await?;
    Ok(())
}

fn homes(person: &v1::Person) -> Vec<(&str, v1::HomeRole)> {
    person
        .homes
        .iter()
        .map(|home| (home.home.as_str(), home.role()))
        .collect()
}

async fn lead_of(world: &World, home: &str) -> Client {
    let grant = Grant::parse("home", "", &[home.to_owned()]).unwrap();
    world.granted(grant.leading(true).unwrap()).await
}

#[tokio::test]
async fn a_lead_person_invites_to_her_homes_alone_and_sees_no_other_home_of_anybody() {
    let world = World::new().await;
    let operator = world.operator().await;
    let lead = lead_of(&world, HOME).await;
    let answers = v1::HomeRole::Answers;
    let ann = invite(&lead, invitation("Ann@b.example", &[HOME], answers))
        .await
        .unwrap();
    assert_eq!(homes(&ann), [("homes/1-466088203", answers)]);
    let again = invite(&lead, invitation("ann@B.example", &[HOME], answers))
        .await
        .unwrap();
    assert_eq!(again, ann, "harmless, and one address is one person");
    for home in [OTHER_HOME, "1-999999999"] {
        let refused = invite(&lead, invitation("x@b.example", &[HOME, home], answers)).await;
        assert_eq!(
            refused.unwrap_err().code(),
            Code::PermissionDenied,
            "{home}"
        );
        assert_eq!(
            list(&lead, home).await.unwrap_err().code(),
            Code::PermissionDenied
        );
        assert_eq!(
            remove(&lead, &ann.name, &[home]).await.unwrap_err().code(),
            Code::PermissionDenied
        );
    }
    let both = [HOME, OTHER_HOME];
    let all = invite(
        &operator,
        invitation("ann@b.example", &both, v1::HomeRole::Lead),
    )
    .await;
    let all = all.unwrap();
    assert_eq!((all.name.as_str(), all.homes.len()), (ann.name.as_str(), 2));
    let seen = list(&lead, "-").await.unwrap();
    assert_eq!(homes(&seen[0]), [("homes/1-466088203", v1::HomeRole::Lead)]);
    let other = lead_of(&world, OTHER_HOME).await;
    invite(&other, invitation("bo@b.example", &[OTHER_HOME], answers))
        .await
        .unwrap();
    assert_eq!(list(&lead, "-").await.unwrap().len(), 1);
    assert_eq!(list(&operator, "-").await.unwrap().len(), 2);
    assert_eq!(list(&operator, OTHER_HOME).await.unwrap().len(), 2);
    // Removed from the one home, she keeps the other; removed from both, she is gone.
    remove(&lead, &ann.name, &[]).await.unwrap();
    assert_eq!(
        remove(&lead, &ann.name, &[]).await.unwrap_err().code(),
        Code::NotFound
    );
    let left = list(&operator, OTHER_HOME).await.unwrap();
    assert!(
        left.iter()
            .any(|person| homes(person) == [("homes/1-1938268568", v1::HomeRole::Lead)])
    );
    remove(&operator, &ann.name, &[]).await.unwrap();
    remove(&operator, &ann.name, &[]).await.unwrap();
    assert_eq!(list(&operator, "-").await.unwrap().len(), 1);
    let unknown = remove(&operator, "people/p_none", &[]).await.unwrap_err();
    assert_eq!(
        (unknown.code(), reason(&unknown).as_str()),
        (Code::NotFound, "RESOURCE_NOT_FOUND")
    );
    world.stop().await;
}

#[tokio::test]
async fn who_guesses_an_address_learns_nothing_of_whom_another_home_knows_by_it() {
    let world = World::new().await;
    let answers = v1::HomeRole::Answers;
    let (hers, guessing) = (
        lead_of(&world, HOME).await,
        lead_of(&world, OTHER_HOME).await,
    );
    let ann = invite(&hers, invitation("Ann.Archer@B.example", &[HOME], answers));
    let ann = ann.await.unwrap();
    let known = list(&hers, "-").await.unwrap();
    let named = |email: &str, name: &str| v1::InvitePersonRequest {
        display_name: name.into(),
        request_id: "123e4567-e89b-42d3-a456-426614174000".into(),
        ..invitation(email, &[OTHER_HOME], answers)
    };
    let guess = named("ann.archer@b.example", "A Guess");
    let of_nobody = v1::InvitePersonRequest {
        request_id: String::new(),
        ..named("nobody@b.example", "A Guess")
    };
    let of_nobody = invite(&guessing, of_nobody).await.unwrap();
    let said = invite(&guessing, guess.clone()).await.unwrap();
    // But for what was sent, the one looks like the other.
    assert_eq!(said.display_name, "A Guess");
    assert_eq!(said.email, "ann.archer@b.example");
    assert_eq!(homes(&said), homes(&of_nobody));
    let second = |at: Option<Timestamp>| at.unwrap().seconds;
    assert!(second(said.invited_at) >= second(of_nobody.invited_at));
    assert_eq!(
        invite(&guessing, guess).await.unwrap(),
        said,
        "nor when asked again"
    );
    let again = v1::InvitePersonRequest {
        request_id: String::new(),
        ..named("ANN.archer@b.example", "Another Guess")
    };
    assert_eq!(invite(&guessing, again).await.unwrap(), said);
    let listed = list(&guessing, "-").await.unwrap();
    assert!(listed.contains(&said) && listed.contains(&of_nobody) && listed.len() == 2);
    // Nor is anything changed of whom it guessed.
    assert_eq!(list(&hers, "-").await.unwrap(), known);
    assert_eq!(known.as_slice(), std::slice::from_ref(&ann));
    // An operator sees one person of both homes, by her own name.
    let operator = world.operator().await;
    let all = list(&operator, HOME).await.unwrap();
    assert_eq!(
        (all.len(), all[0].display_name.as_str(), all[0].homes.len()),
        (1, "Ann Archer", 2)
    );
    // Removed and invited again, she is new to that home, and the other home's own to the end.
    remove(&guessing, &said.name, &[]).await.unwrap();
    assert_eq!(list(&hers, "-").await.unwrap(), known);
    remove(&hers, &ann.name, &[]).await.unwrap();
    world.stop().await;
}

#[tokio::test]
async fn who_does_not_lead_invites_nobody() {
    let world = World::new().await;
    let answers = v1::HomeRole::Answers;
    let mut callers = vec![
        world.manager(HOME).await,
        world.requester("sefton-council").await,
    ];
    for role in [Role::Steward, Role::Analyst] {
        callers.push(world.of_role(role).await);
    }
    for caller in callers {
        let refused = [
            invite(&caller, invitation("a@b.example", &[HOME], answers))
                .await
                .map(|_| ()),
            list(&caller, HOME).await.map(|_| ()),
            remove(&caller, "people/p_x", &[]).await,
        ];
        for refused in refused {
            assert_eq!(refused.unwrap_err().code(), Code::PermissionDenied);
        }
    }
    let grant = Grant::unbound(Role::Steward).leading(true);
    assert!(grant.is_err(), "only a home person leads");
    world.stop().await;
}

#[tokio::test]
async fn faults_of_an_invitation_are_all_named_and_none_says_the_address() {
    let world = World::new().await;
    let operator = world.operator().await;
    let mut bad = invitation(
        "secret at b.example",
        &["1-999999999", "x"],
        v1::HomeRole::Unspecified,
    );
    bad.display_name = String::new();
    let refused = invite(&operator, bad).await.unwrap_err();
    assert_eq!(
        paths(&refused),
        ["display_name", "email", "role", "homes[1]"]
    );
    assert!(!format!("{refused:?}").contains("secret"));
    let unknown = invitation("secret@b.example", &["1-999999999"], v1::HomeRole::Lead);
    let refused = invite(&operator, unknown).await.unwrap_err();
    assert_eq!(paths(&refused), ["homes"]);
    assert!(!format!("{refused:?}").contains("secret"));
    let id = "123e4567-e89b-42d3-a456-426614174000";
    let mut sent = invitation("ann@b.example", &[HOME], v1::HomeRole::Lead);
    sent.request_id = id.into();
    let one = invite(&operator, sent.clone()).await.unwrap();
    assert_eq!(invite(&operator, sent.clone()).await.unwrap(), one);
    sent.email = "bo@b.example".into();
    assert_eq!(
        invite(&operator, sent).await.unwrap_err().code(),
        Code::AlreadyExists
    );
    world.stop().await;
}

#[tokio::test]
async fn a_person_is_known_by_her_address_for_signing_in() {
    let clocked = Clocked::at("2026-11-21T12:00:00Z");
    let row = askonce::domain::home::RawHome {
        cqc_id: HOME.into(),
        name: "Rowan House".into(),
        area_code: "E08000014".into(),
        ..Default::default()
    };
    let caller = itself();
    clocked.broker.import_home(&caller, row).await.unwrap();
    let homes = [HOME.to_owned()];
    let invitation =
        askonce::domain::person::Invitation::parse("Ann", "Ann@b.example", &homes, "lead").unwrap();
    clocked
        .broker
        .invite_person(&caller, None, invitation, "")
        .await
        .unwrap();
    let found = clocked
        .broker
        .person_by_email(&"aNN@B.example".parse().unwrap())
        .await
        .unwrap();
    assert_eq!(found.unwrap().name, "Ann");
    let nobody = clocked
        .broker
        .person_by_email(&"bo@b.example".parse().unwrap())
        .await
        .unwrap();
    assert_eq!(nobody, None);
}
