//! Homes and organisations are found by whatever identifies them, and nothing else is.

use askonce::grpc::v1;
use serde_json::json;
use tonic::Code;

use super::world::{HOME, OTHER_HOME, World, ask, paths};

/// A row of a table of lists: area, service, provider, state, page size, homes found.
type Listed<'a> = (&'a str, &'a str, &'a str, i32, i32, &'a [&'a str]);

fn row(id: &str, ods: &str, uprn: &str, local: &[&str]) -> v1::HomeRow {
    v1::HomeRow {
        cqc_id: id.into(),
        name: format!("Home {id}"),
        services: vec!["Nursing homes".into()],
        provider: "Rowan Care".into(),
        area_code: "E08000014".into(),
        icb_code: "E54000008".into(),
        ods: ods.into(),
        uprn: uprn.into(),
        local: local.iter().map(|id| (*id).to_owned()).collect(),
        ..v1::HomeRow::default()
    }
}

#[tokio::test]
async fn a_home_is_read_and_asked_by_any_identifier() {
    let world = World::new().await;
    let operator = world.operator().await;
    let full = row(HOME, "VLKXX", "100023336956", &["sefton-council:H-17"]);
    assert_eq!(operator.import_homes(vec![full]).await[0].faults, []);
    for identifier in [
        HOME,
        "cqc:1-466088203",
        "ods:vlkxx",
        "uprn:100023336956",
        "local:sefton-council:H-17",
    ] {
        let home = operator.get_home(identifier).await.unwrap();
        assert_eq!(home.name, format!("homes/{HOME}"), "{identifier}");
        assert_eq!(home.areas, ["E08000014", "E54000008", "E92000001"]);
    }
    for (identifier, code) in [
        ("ods:NONE", Code::NotFound),
        ("phone:12", Code::InvalidArgument),
        ("uprn:x", Code::InvalidArgument),
    ] {
        assert_eq!(
            operator.get_home(identifier).await.unwrap_err().code(),
            code,
            "{identifier}"
        );
    }
    let council = world.requester("sefton-council").await;
    let fields = json!([{"name": "B2", "label": "Beds", "type": "count", "timing": "as-at"}]);
    let mut by_code = ask("sefton-council", "daily", fields);
    by_code.targets.homes = vec!["ods:VLKXX".into(), "uprn:5".into(), "phone:1".into()];
    let refused = council.submit_ask(&by_code).await.unwrap_err();
    assert_eq!(
        paths(&refused),
        ["ask.targets.homes[1]", "ask.targets.homes[2]"]
    );
    by_code.targets.homes = vec!["local:sefton-council:H-17".into()];
    let taken = council.submit_ask(&by_code).await.unwrap().ask.unwrap();
    assert_eq!(
        taken.targets.unwrap().homes,
        [format!("homes/{HOME}")],
        "it is named by its id"
    );
    let manager = world.manager(HOME).await;
    assert_eq!(
        manager
            .form(HOME, "2020-06-03")
            .await
            .unwrap()
            .entries
            .len(),
        1
    );
    by_code.targets.homes = vec!["ods:VLKXX".into()];
    let again = council.submit_ask(&by_code).await.unwrap();
    assert_eq!(
        again.outcome(),
        v1::SubmitOutcome::Identical,
        "the same home in other words"
    );
    world.stop().await;
}

#[tokio::test]
async fn an_identifier_is_borne_once_among_the_open() {
    let world = World::new().await;
    let operator = world.operator().await;
    let fault_paths = |response: &v1::ImportHomesResponse| {
        let paths = response.faults.iter().map(|fault| fault.path.clone());
        paths.collect::<Vec<_>>().join(" ")
    };
    let local = ["sefton-council:H-17"];
    let taken = operator
        .import_homes(vec![row(HOME, "VLKXX", "12", &local)])
        .await;
    assert_eq!(fault_paths(&taken[0]), "");
    let rows = vec![
        row(
            OTHER_HOME,
            "vlkxx",
            "0012",
            &["nobody:1", "sefton-council:H-17"],
        ),
        row(OTHER_HOME, "V L", "x", &["nonsense"]),
        row(HOME, "VLKXX", "12", &local),
    ];
    let results = operator.import_homes(rows).await;
    assert_eq!(fault_paths(&results[0]), "ods uprn local[0] local[1]");
    assert_eq!(fault_paths(&results[1]), "uprn local[0]");
    assert_eq!(results[2].outcome(), v1::ImportOutcome::Unchanged);
    // Two rows of one import, which are entered side by side.
    let twins = vec![
        row("1-100000001", "TWIN", "", &[]),
        row("1-100000002", "TWIN", "", &[]),
    ];
    let results = operator.import_homes(twins).await;
    let refused = results.iter().filter(|result| !result.faults.is_empty());
    assert_eq!(refused.count(), 1, "{results:?}");
    // Once the one has ended, the other may bear its code; the open one is found by it.
    operator.succeed_home(HOME, "", "2020-07-01").await.unwrap();
    let moved = operator
        .import_homes(vec![row(OTHER_HOME, "VLKXX", "", &[])])
        .await;
    assert_eq!(fault_paths(&moved[0]), "");
    let found = operator.get_home("ods:VLKXX").await.unwrap();
    assert_eq!(found.name, format!("homes/{OTHER_HOME}"));
    world.stop().await;
}

#[tokio::test]
async fn organisations_are_found_by_their_codes_and_some_have_none() {
    let world = World::new().await;
    let operator = world.operator().await;
    let request = |id: &str, gss: &str| v1::ImportOrganisationsRequest {
        index: 1,
        row: Some(v1::OrganisationRow {
            id: id.into(),
            name: "Tees Valley".into(),
            kind: v1::OrganisationKind::Ccg as i32,
            ods: "16C".into(),
            gss: gss.into(),
        }),
    };
    let rows = vec![request("ccg-16c", "E38000247"), request("ccg-other", "")];
    let rows = operator.request(tokio_stream::iter(rows));
    let mut results = operator
        .registry()
        .import_organisations(rows)
        .await
        .unwrap()
        .into_inner();
    let mut refused = 0;
    while let Some(result) = results.message().await.unwrap() {
        refused += usize::from(result.faults.iter().any(|fault| fault.path == "ods"));
    }
    assert_eq!(refused, 1, "one of both bears the code");
    let found = operator.get_organisation("ods:16c").await.unwrap();
    let same = operator
        .get_organisation(found.name.trim_start_matches("organisations/"))
        .await;
    assert_eq!(same.unwrap(), found);
    let none = operator
        .get_organisation("gss:E99999999")
        .await
        .unwrap_err();
    assert_eq!(none.code(), Code::NotFound);
    world.stop().await;
}

#[tokio::test]
async fn homes_are_listed_by_area_service_provider_and_state_in_bounded_pages() {
    let world = World::new().await;
    let operator = world.operator().await;
    operator
        .import_homes(vec![
            row("1-100000001", "", "", &[]),
            row("1-100000002", "", "", &[]),
        ])
        .await;
    operator.register_homes(&["1-100000003"], "E08000009").await;
    operator
        .succeed_home("1-100000002", "", "2020-07-01")
        .await
        .unwrap();
    // Area | service | provider | state | page size | homes found.
    let (one, two, three) = ("1-100000001", "1-100000002", "1-100000003");
    let cases: [Listed<'_>; 7] = [
        ("E08000009", "", "", 0, 0, &[three]),
        ("E54000008", "", "", 0, 0, &[one, two]),
        ("", "nursing HOMES", "", 0, 1, &[one, two]),
        ("", "", "rowan care", 1, 0, &[one]),
        ("", "", "", 2, 0, &[two]),
        (
            "E92000001",
            "",
            "",
            0,
            2,
            &[one, two, three, OTHER_HOME, HOME],
        ),
        ("", "", "nobody", 0, 0, &[]),
    ];
    let wanted =
        |area: &str, service: &str, provider: &str, state, page_size| v1::ListHomesRequest {
            area: area.into(),
            service: service.into(),
            provider: provider.into(),
            state,
            page_size,
            ..v1::ListHomesRequest::default()
        };
    for (area, service, provider, state, size, expected) in cases {
        let wanted = wanted(area, service, provider, state, size);
        assert_eq!(
            operator.list_homes(wanted.clone()).await.unwrap(),
            expected,
            "{wanted:?}"
        );
    }
    for wrong in [wanted("Trafford", "", "", 0, 0), wanted("", "", "", 9, 0)] {
        let refused = operator.list_homes(wrong).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument);
    }
    world.stop().await;
}

#[tokio::test]
async fn the_register_says_how_many_beds_a_home_is_registered_for() {
    let world = World::new().await;
    let operator = world.operator().await;
    let with = |id: &str, beds: &str| v1::HomeRow {
        beds: beds.into(),
        ..row(id, "", "", &[])
    };
    let fresh = "1-100000003";
    // A row takes the place of the entry as a whole: without beds, they are not known any more.
    for (beds, outcome) in [
        ("42", v1::ImportOutcome::Added),
        ("42", v1::ImportOutcome::Unchanged),
        ("43", v1::ImportOutcome::Replaced),
        ("", v1::ImportOutcome::Replaced),
    ] {
        let results = operator.import_homes(vec![with(fresh, beds)]).await;
        assert_eq!(results[0].outcome(), outcome, "{beds}");
        let home = operator.get_home(fresh).await.unwrap();
        assert_eq!(home.row.unwrap().beds, beds);
    }
    let rows = vec![with("1-100000001", "many"), with("1-100000002", "12")];
    let results = operator.import_homes(rows).await;
    let faults = results.iter().map(|result| result.faults.clone());
    let paths: Vec<String> = faults.flatten().map(|fault| fault.path).collect();
    assert_eq!(paths, ["beds"], "a faulty row does not stop the others");
    assert!(operator.get_home("1-100000001").await.is_err());
    assert!(operator.get_home("1-100000002").await.is_ok());
    world.stop().await;
}
