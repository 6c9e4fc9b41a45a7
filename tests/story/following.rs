//! How an element comes to follow from others: proposed with a formula or bands, checked, decided.

use std::io::Write as _;

use askonce::domain::access::Role;
use askonce::grpc::v1;
use askonce::grpc::v1::dictionary_service_client::DictionaryServiceClient;
use tonic::{Code, Status};

use super::main_job::run;
use super::world::{Client, World, paths};

/// A share of beds, by a formula.
fn share(formula: &str) -> v1::NewElement {
    v1::NewElement {
        id: "beds.free_pct".into(),
        label: "What percentage of the beds is free?".into(),
        topic: "beds".into(),
        r#type: v1::FieldType::Percentage.into(),
        timing: "as-at".into(),
        decimals: Some(1),
        formula: formula.into(),
        ..v1::NewElement::default()
    }
}

/// A level of it, by bands.
fn level(of: &str, steps: &[(&str, &str)]) -> v1::NewElement {
    let option = |code: &str| v1::ChoiceOption {
        code: code.into(),
        label: format!("{code} of them"),
    };
    let step = |(option, from): &(&str, &str)| v1::ElementBand {
        option: (*option).into(),
        from: (*from).into(),
    };
    v1::NewElement {
        id: "beds.free_level".into(),
        label: "Are few or many beds free?".into(),
        topic: "beds".into(),
        r#type: v1::FieldType::Choice.into(),
        timing: "as-at".into(),
        options: ["few", "many"].map(option).to_vec(),
        bands: Some(v1::ElementBands {
            of: of.into(),
            steps: steps.iter().map(step).collect(),
        }),
        ..v1::NewElement::default()
    }
}

/// What happened at night, which adds up over time.
fn nights(over_time: v1::OverTime) -> v1::NewElement {
    v1::NewElement {
        id: "nights.disturbed".into(),
        label: "How many nights were disturbed?".into(),
        topic: "falls".into(),
        r#type: v1::FieldType::Count.into(),
        timing: "during".into(),
        over_time: over_time.into(),
        ..v1::NewElement::default()
    }
}

/// A name that the register says.
fn sign(register: v1::RegisterFact) -> v1::NewElement {
    v1::NewElement {
        id: "id.sign".into(),
        label: "What name is over the door?".into(),
        topic: "registration".into(),
        r#type: v1::FieldType::Text.into(),
        timing: "standing".into(),
        register: register.into(),
        ..v1::NewElement::default()
    }
}

impl Client {
    async fn proposed(&self, element: &v1::NewElement) -> Result<v1::NewElement, Status> {
        let message = v1::ProposeElementRequest {
            element: Some(element.clone()),
            ..v1::ProposeElementRequest::default()
        };
        let mut dictionary = DictionaryServiceClient::new(self.channel());
        let answered = dictionary.propose_element(self.request(message)).await?;
        let proposal = answered.into_inner().proposal.unwrap();
        Ok(proposal.element.unwrap())
    }

    async fn approved(&self, id: &str) -> Result<v1::Element, Status> {
        let message = v1::ApproveElementRequest {
            name: format!("elements/{id}"),
            ..v1::ApproveElementRequest::default()
        };
        let mut dictionary = DictionaryServiceClient::new(self.channel());
        let answered = dictionary.approve_element(self.request(message)).await?;
        Ok(answered.into_inner().element.unwrap())
    }

    async fn retired(&self, id: &str) -> Result<(), Status> {
        let message = v1::RetireElementRequest {
            name: format!("elements/{id}"),
            ..v1::RetireElementRequest::default()
        };
        let mut dictionary = DictionaryServiceClient::new(self.channel());
        dictionary.retire_element(self.request(message)).await?;
        Ok(())
    }
}

#[tokio::test]
async fn elements_that_follow_from_others_are_proposed_approved_shown_and_kept() {
    let world = World::new().await;
    let council = world.requester("sefton-council").await;
    let steward = world.of_role(Role::Steward).await;
    let formula = "100 * (beds.max-beds.occupied) / beds.max";
    let refused = council.proposed(&share(formula)).await.unwrap_err();
    assert_eq!(paths(&refused), ["element.formula"]);
    let formula = "100*(beds.max - beds.occupied) / beds.max";
    let bands = level("beds.free_pct", &[("few", ""), ("many", "12.5")]);
    let refused = council.proposed(&bands).await.unwrap_err();
    assert_eq!(
        paths(&refused),
        ["element.bands.of"],
        "what is only proposed is not there yet"
    );
    let proposed = council.proposed(&share(formula)).await.unwrap();
    assert_eq!(proposed, share(formula));
    let element = steward.approved("beds.free_pct").await.unwrap();
    assert_eq!(
        element.formula,
        "100 * (beds.max - beds.occupied) / beds.max"
    );
    for wanted in [
        bands.clone(),
        nights(v1::OverTime::Sum),
        sign(v1::RegisterFact::Name),
    ] {
        assert_eq!(council.proposed(&wanted).await.unwrap(), wanted);
        let element = steward.approved(&wanted.id).await.unwrap();
        assert_eq!(element.bands, wanted.bands);
        assert_eq!(element.over_time(), wanted.over_time());
        assert_eq!(element.register(), wanted.register());
    }
    let refused = steward.retired("beds.free_pct").await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    assert_eq!(paths(&refused), ["name"]);
    assert!(refused.message().contains("beds.free_level"), "{refused}");
    steward.retired("beds.free_level").await.unwrap();
    steward.retired("beds.free_pct").await.unwrap();
    world.stop().await;
}

#[tokio::test]
async fn each_kind_of_fault_is_refused_with_its_path_when_it_is_proposed() {
    let world = World::new().await;
    let council = world.requester("sefton-council").await;
    let quantity = |formula: &str| v1::NewElement {
        r#type: v1::FieldType::Quantity.into(),
        unit: "h".into(),
        ..share(formula)
    };
    let beside_bands = v1::NewElement {
        bands: level("beds.max", &[("few", ""), ("many", "9")]).bands,
        ..share("beds.max")
    };
    let low_high = [("few", ""), ("many", "9")];
    for (element, expected) in [
        (share("100 * beds.max /"), &["formula"][..]),
        (share("beds.max + beds.nowhere"), &["formula"]),
        (share("beds.free_pct / 2"), &["formula"]),
        (share("beds.max + cqc.rating"), &["formula"]),
        (share("beds.max + falls.all"), &["formula"]),
        (share("beds.max[job_role=nurse]"), &["formula"]),
        (share("beds.max[bed_type=sofa]"), &["formula"]),
        (share("beds.max / (beds.max - beds.max)"), &["formula"]),
        (share("beds.max + falls.all + cqc.rating"), &["formula"; 2]),
        (quantity("beds.max"), &["formula"]),
        (quantity("beds.max + staff.direct_wte"), &["formula"]),
        (beside_bands, &["bands", "bands"]),
        (level("cqc.rating", &low_high), &["bands.of"]),
        (
            level("beds.max", &[("some", ""), ("many", "9")]),
            &["bands.steps[0].option"],
        ),
        (
            level("beds.max", &[("few", "9"), ("many", "9")]),
            &["bands.steps[1].from"],
        ),
        (
            level("beds.max", &[("few", ""), ("many", "ten")]),
            &["bands.steps[1].from"],
        ),
        (level("beds.max", &[("few", "")]), &["bands.steps"]),
        (sign(v1::RegisterFact::Beds), &["register"]),
        (
            v1::NewElement {
                over_time: v1::OverTime::Sum.into(),
                ..sign(v1::RegisterFact::Name)
            },
            &["over_time", "over_time"],
        ),
        (
            v1::NewElement {
                register: 99,
                over_time: 99,
                ..nights(v1::OverTime::Sum)
            },
            &["register", "over_time"],
        ),
    ] {
        let refused = council.proposed(&element).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument, "{element:?}");
        let expected: Vec<String> = expected.iter().map(|it| format!("element.{it}")).collect();
        assert_eq!(paths(&refused), expected, "{element:?}: {refused}");
    }
    world.stop().await;
}

#[tokio::test]
async fn a_circle_is_refused_where_it_would_close() {
    let world = World::new().await;
    let council = world.requester("sefton-council").await;
    let steward = world.of_role(Role::Steward).await;
    let of = |id: &str, formula: &str| v1::NewElement {
        id: id.into(),
        ..share(formula)
    };
    for (id, formula) in [("x.a", ""), ("x.b", "x.a / 2"), ("x.c", "x.b * 3")] {
        council.proposed(&of(id, formula)).await.unwrap();
        steward.approved(id).await.unwrap();
    }
    let refused = council.proposed(&of("x.a", "100 - x.c")).await.unwrap_err();
    assert_eq!(paths(&refused), ["element.formula"]);
    assert!(
        refused.message().contains("x.a → x.c → x.b → x.a"),
        "{refused}"
    );
    world.stop().await;
}

#[tokio::test]
async fn the_shell_shows_in_plain_words_how_an_element_is_known() {
    let world = World::new().await;
    let steward = world.of_role(Role::Steward).await;
    let mut file = tempfile::Builder::new().suffix(".json").tempfile().unwrap();
    let element = r#"{"id": "beds.free_pct", "label": "What percentage of the beds is free?",
        "type": "percentage", "decimals": 1, "timing": "as-at", "topic": "beds",
        "formula": "100 * (beds.max - beds.occupied) / beds.max"}"#;
    file.write_all(element.as_bytes()).unwrap();
    let path = file.path().to_str().unwrap();
    for arguments in [
        &["dictionary", "propose", path][..],
        &["dictionary", "approve", "beds.free_pct"],
    ] {
        let done = run(&world, &steward, arguments).await;
        assert_eq!(done.code, 0, "{}", done.stderr);
    }
    let show = ["dictionary", "show", "beds.free_pct", "--output", "json"];
    let shown = run(&world, &steward, &show).await;
    assert_eq!(shown.code, 0, "{}", shown.stderr);
    let rows: serde_json::Value = serde_json::from_str(&shown.stdout).unwrap();
    let says = |about: &str| {
        let mut rows = rows.as_array().unwrap().iter();
        let row = rows.find(|row| row["about"] == about);
        row.map(|row| row["says"].as_str().unwrap().to_owned())
    };
    assert_eq!(
        says("worked out as").unwrap(),
        "100 × (“How many beds can the home run?” − “How many beds are occupied?”) ÷ “How many \
         beds can the home run?”"
    );
    assert_eq!(says("over time"), None);
    let list = ["dictionary", "list", "--output", "json"];
    let listed = run(&world, &steward, &list).await;
    let rows: serde_json::Value = serde_json::from_str(&listed.stdout).unwrap();
    let mut rows = rows.as_array().unwrap().iter();
    let row = rows.find(|row| row["element"] == "beds.free_pct").unwrap();
    assert_eq!(
        row["follows"],
        "100 * (beds.max - beds.occupied) / beds.max"
    );
    world.stop().await;
}
