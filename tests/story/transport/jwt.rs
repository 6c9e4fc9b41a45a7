//! Callers known by a JWT.

use askonce::server::{Algorithm, JWT_LEEWAY, Options};
use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};
use tonic::Code;
use tonic::transport::Channel;

use super::issuer::{LIFETIME_S, Signer, claims, now, taken, unsigned};
use super::{Site, outcome, submitted};

/// A site that takes JWTs of an issuer with three keys.
pub(super) struct Issued {
    pub(super) site: Site,
    pub(super) channel: Channel,
    folder: tempfile::TempDir,
    rsa: Signer,
    point: Signer,
    edwards: Signer,
}

impl Issued {
    pub(super) async fn new(change: impl FnOnce(&mut Options)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let keys = folder.path().join("jwks.json");
        let (rsa, point, edwards) = (Signer::rsa(), Signer::point(), Signer::edwards());
        let set = json!({"keys": [rsa.public("r"), point.public("p"), edwards.public("e")]});
        std::fs::write(&keys, set.to_string()).unwrap();
        let site = Site::new(|options| {
            options.access.jwt = Some(taken(keys));
            // So many wrong ones come from here that they must not lock each other out.
            options.failures.failures_max = 10_000;
            change(options);
        })
        .await;
        let channel = site.plain().await;
        site.fill(&channel).await;
        Self {
            site,
            channel,
            folder,
            rsa,
            point,
            edwards,
        }
    }

    /// A JWT of a requester of the council that expires then, in seconds since 1970.
    pub(super) fn until(&self, expiry: i64) -> String {
        let mut claims = claims();
        claims["iat"] = json!(expiry - 300);
        claims["nbf"] = claims["iat"].clone();
        claims["exp"] = json!(expiry);
        self.edwards.sign(&header("EdDSA", "e"), &claims)
    }

    /// A JWT of a requester of an organisation that holds now.
    pub(super) fn of(&self, organisation: &str, subject: &str) -> String {
        let mut claims = claims();
        claims["askonce_organisation"] = json!(organisation);
        claims["sub"] = json!(subject);
        self.edwards.sign(&header("EdDSA", "e"), &claims)
    }

    async fn outcome(&self, jwt: &str) -> Code {
        outcome(&self.channel, jwt).await
    }

    /// What becomes of a JWT whose claims or header are not as they should be.
    async fn changed(&self, change: impl FnOnce(&mut Value, &mut Value)) -> Code {
        let (mut header, mut claims) = (header("EdDSA", "e"), claims());
        change(&mut header, &mut claims);
        self.outcome(&self.edwards.sign(&header, &claims)).await
    }
}

fn header(algorithm: &str, key: &str) -> Value {
    json!({"typ": "JWT", "alg": algorithm, "kid": key})
}

#[tokio::test]
async fn a_jwt_is_taken_by_every_algorithm_and_says_what_its_bearer_may() {
    let issued = Issued::new(|_| {}).await;
    for (signer, algorithm, key) in [
        (&issued.rsa, "RS256", "r"),
        (&issued.rsa, "PS256", "r"),
        (&issued.point, "ES256", "p"),
        (&issued.edwards, "EdDSA", "e"),
    ] {
        let jwt = signer.sign(&header(algorithm, key), &claims());
        assert_eq!(issued.outcome(&jwt).await, Code::Ok, "{algorithm}");
        assert_eq!(submitted(&issued.channel, &jwt, "council").await, Code::Ok);
        let other = submitted(&issued.channel, &jwt, "icb").await;
        assert_eq!(other, Code::PermissionDenied, "{algorithm}");
        // One bit of the signature is another.
        let (message, signed) = jwt.rsplit_once('.').unwrap();
        let mut signed = BASE64URL_NOPAD.decode(signed.as_bytes()).unwrap();
        signed[20] ^= 1;
        let forged = format!("{message}.{}", BASE64URL_NOPAD.encode(&signed));
        assert_eq!(
            issued.outcome(&forged).await,
            Code::Unauthenticated,
            "{algorithm}"
        );
        // The claims are another's.
        let mut promoted = claims();
        promoted["askonce_role"] = json!("operator");
        let (_, signed) = jwt.rsplit_once('.').unwrap();
        let forged = format!("{}.{signed}", unsigned(&header(algorithm, key), &promoted));
        assert_eq!(
            issued.outcome(&forged).await,
            Code::Unauthenticated,
            "{algorithm}"
        );
    }
    let several = issued
        .changed(|_, claims| claims["aud"] = json!(["x", "askonce-tests"]))
        .await;
    assert_eq!(several, Code::Ok);
}

#[tokio::test]
async fn an_algorithm_that_is_not_allowed_opens_nothing() {
    let issued = Issued::new(|_| {}).await;
    let none = format!("{}.", unsigned(&header("none", "e"), &claims()));
    assert_eq!(issued.outcome(&none).await, Code::Unauthenticated);
    let bare = format!("{}.", unsigned(&header("EdDSA", "e"), &claims()));
    assert_eq!(issued.outcome(&bare).await, Code::Unauthenticated);
    // What is public is no secret to sign with.
    let set = std::fs::read_to_string(issued.folder.path().join("jwks.json")).unwrap();
    for (key, text) in [
        ("e", &issued.edwards),
        ("p", &issued.point),
        ("r", &issued.rsa),
    ] {
        let public = text.public(key);
        let member = if key == "r" { "n" } else { "x" };
        let bytes = BASE64URL_NOPAD
            .decode(public[member].as_str().unwrap().as_bytes())
            .unwrap();
        for secret in [
            bytes.as_slice(),
            public.to_string().as_bytes(),
            set.as_bytes(),
        ] {
            let message = unsigned(&header("HS256", key), &claims());
            let hmac = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, secret);
            let signed = ring::hmac::sign(&hmac, message.as_bytes());
            let jwt = format!("{message}.{}", BASE64URL_NOPAD.encode(signed.as_ref()));
            assert_eq!(issued.outcome(&jwt).await, Code::Unauthenticated, "{key}");
        }
    }
    // A key is for its own algorithm; one that is not on the list is not taken at all.
    let crossed = issued.edwards.sign(&header("ES256", "e"), &claims());
    assert_eq!(issued.outcome(&crossed).await, Code::Unauthenticated);
    let only = |options: &mut Options| {
        let jwt = options.access.jwt.as_mut().expect("JWTs are taken");
        jwt.terms.algorithms = vec![Algorithm::ES256];
    };
    let strict = Issued::new(only).await;
    let edwards = strict.edwards.sign(&header("EdDSA", "e"), &claims());
    assert_eq!(strict.outcome(&edwards).await, Code::Unauthenticated);
    let point = strict.point.sign(&header("ES256", "p"), &claims());
    assert_eq!(strict.outcome(&point).await, Code::Ok);
}

#[tokio::test]
async fn a_jwt_that_is_not_for_here_and_now_opens_nothing() {
    let issued = Issued::new(|_| {}).await;
    let leeway = i64::try_from(JWT_LEEWAY.as_secs()).unwrap();
    let now = now();
    let claims: [(&str, Value); 12] = [
        ("iss", json!("https://id.example.com")),
        ("iss", Value::Null),
        ("aud", json!("other")),
        ("aud", json!([])),
        ("sub", json!("")),
        ("sub", json!("x".repeat(500))),
        ("exp", json!(now - leeway - 5)),
        ("exp", json!("soon")),
        ("exp", json!(now + LIFETIME_S + 60)),
        ("iat", json!(now + leeway + 60)),
        ("iat", json!(now - LIFETIME_S)),
        ("nbf", json!(now + leeway + 60)),
    ];
    for (claim, value) in claims {
        let shown = value.clone();
        let code = issued.changed(|_, claims| claims[claim] = value).await;
        assert_eq!(code, Code::Unauthenticated, "{claim}: {shown}");
    }
    for claim in [
        "iss",
        "aud",
        "sub",
        "exp",
        "iat",
        "askonce_role",
        "askonce_organisation",
    ] {
        let without = |_: &mut Value, claims: &mut Value| {
            claims.as_object_mut().unwrap().remove(claim);
        };
        assert_eq!(
            issued.changed(without).await,
            Code::Unauthenticated,
            "{claim}"
        );
    }
    // Clocks may differ a little.
    let late = issued.changed(|_, claims| {
        claims["iat"] = json!(now - 300);
        claims["exp"] = json!(now - 5);
    });
    let late = late.await;
    assert_eq!(late, Code::Ok);
    let early = issued
        .changed(|_, claims| claims["nbf"] = json!(now + 10))
        .await;
    assert_eq!(early, Code::Ok);
}

#[tokio::test]
async fn a_header_chooses_among_known_keys_and_brings_none() {
    let issued = Issued::new(|_| {}).await;
    let own = Signer::edwards();
    let embedded = |header: &mut Value| header["jwk"] = own.public("e");
    let mut bringing = header("EdDSA", "e");
    embedded(&mut bringing);
    let code = issued.outcome(&own.sign(&bringing, &claims())).await;
    assert_eq!(code, Code::Unauthenticated);
    for kid in [
        json!("x"),
        json!(""),
        Value::Null,
        json!("../e"),
        json!("r"),
    ] {
        let code = issued
            .changed(|header, _| header["kid"] = kid.clone())
            .await;
        assert_eq!(code, Code::Unauthenticated, "{kid}");
    }
    let code = issued
        .changed(|header, _| header["crit"] = json!(["exp"]))
        .await;
    assert_eq!(code, Code::Unauthenticated);
    for text in ["a.b.c", "..", "", &"a".repeat(9_000)] {
        assert_eq!(issued.outcome(text).await, Code::Unauthenticated);
    }
}

#[tokio::test]
async fn claims_that_make_no_role_open_nothing() {
    let issued = Issued::new(|_| {}).await;
    for (role, organisation, homes) in [
        ("boss", json!("council"), Value::Null),
        ("", json!("council"), Value::Null),
        ("requester", json!(["council", "icb"]), Value::Null),
        ("operator", json!("council"), Value::Null),
        ("home", Value::Null, Value::Null),
        ("home", Value::Null, json!("1-466088203")),
        ("home", Value::Null, json!([7])),
        ("requester", json!("council"), json!(["1-466088203"])),
    ] {
        let code = issued.changed(|_, claims| {
            claims["askonce_role"] = json!(role);
            claims["askonce_organisation"] = organisation.clone();
            claims["askonce_homes"] = homes.clone();
        });
        assert_eq!(
            code.await,
            Code::Unauthenticated,
            "{role} {organisation} {homes}"
        );
    }
    let home = issued.changed(|_, claims| {
        claims["askonce_role"] = json!("home");
        claims
            .as_object_mut()
            .unwrap()
            .remove("askonce_organisation");
        claims["askonce_homes"] = json!(["1-466088203"]);
    });
    assert_eq!(home.await, Code::Ok);
}

#[tokio::test]
async fn a_key_that_is_rotated_out_of_the_file_opens_nothing_more() {
    let issued = Issued::new(|_| {}).await;
    let file = issued.folder.path().join("jwks.json");
    let old = issued.edwards.sign(&header("EdDSA", "e"), &claims());
    let next = Signer::edwards();
    let new = next.sign(&header("EdDSA", "n"), &claims());
    assert_eq!(issued.outcome(&old).await, Code::Ok);
    assert_eq!(issued.outcome(&new).await, Code::Unauthenticated);
    // Both, then the new one alone.
    let both = json!({"keys": [issued.edwards.public("e"), next.public("n")]});
    std::fs::write(&file, both.to_string()).unwrap();
    assert_eq!(issued.site.server.reload().unwrap(), ["keys of the issuer"]);
    assert_eq!(issued.outcome(&old).await, Code::Ok);
    assert_eq!(issued.outcome(&new).await, Code::Ok);
    std::fs::write(&file, json!({"keys": [next.public("n")]}).to_string()).unwrap();
    issued.site.server.reload().unwrap();
    assert_eq!(issued.outcome(&old).await, Code::Unauthenticated);
    assert_eq!(issued.outcome(&new).await, Code::Ok);
    // A file that is broken changes nothing.
    std::fs::write(&file, "{").unwrap();
    assert!(issued.site.server.reload().is_err());
    assert_eq!(issued.outcome(&new).await, Code::Ok);
}

#[tokio::test]
async fn where_no_issuer_is_configured_no_jwt_is_taken() {
    let site = Site::new(|_| {}).await;
    let channel = site.plain().await;
    let jwt = Signer::edwards().sign(&header("EdDSA", "e"), &claims());
    assert_eq!(outcome(&channel, &jwt).await, Code::Unauthenticated);
}
