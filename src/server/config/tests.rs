//! Configuration as tables of data.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::*;
use crate::server::{Data, DatabaseTerms, Mail, MailEncryption, Options};

/// What layers come to: the faults.
fn faults(layers: &Layers) -> Vec<String> {
    match Settings::load(layers).served() {
        Ok(_) => Vec::new(),
        Err(faults) => faults.iter().map(ToString::to_string).collect(),
    }
}

/// A data folder with a configuration file in it.
fn configured(text: &str) -> (tempfile::TempDir, Layers) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("format"), "x").unwrap();
    let file = folder.path().join("askonce.toml");
    let data = format!("data = {:?}\n", folder.path().to_str().unwrap());
    std::fs::write(&file, data + text).unwrap();
    let layers = Layers {
        file: Some(file),
        ..Layers::default()
    };
    (folder, layers)
}

fn variable(name: &str, text: &str) -> (String, String) {
    (name.into(), text.into())
}

#[test]
fn the_later_layer_wins_and_each_value_knows_its_source() {
    let (_folder, mut layers) =
        configured("log = \"warn\"\n[limits]\ncalls_max = 7\ndrain_deadline = \"1s\"\n");
    layers.environment = vec![
        variable("ASKONCE_LIMITS_CALLS_MAX", "8"),
        variable("ASKONCE_LOG", "debug"),
        variable("ASKONCE_LISTEN", ""),
        variable("ASKONCE_TOKEN", "x"),
        variable("ASKONCE_PORT_7410_TCP", "tcp://10.0.0.1:7410"),
        variable("ASKONCE_PORTAL_SERVICE_HOST", "10.0.0.1"),
        variable("PATH", "/bin"),
    ];
    layers.flags = vec![Flag {
        flag: "--set".into(),
        key: "log".into(),
        text: "trace".into(),
    }];
    let settings = Settings::load(&layers);
    let row = |name: &str| {
        let row = settings
            .rows()
            .iter()
            .find(|row| row.key.name == name)
            .unwrap();
        (row.shown().to_owned(), row.source.to_string())
    };
    assert_eq!(row("log"), ("trace".into(), "flag --set".into()));
    let variable = "environment ASKONCE_LIMITS_CALLS_MAX";
    assert_eq!(row("limits.calls_max"), ("8".into(), variable.into()));
    assert_eq!(
        row("limits.drain_deadline"),
        ("1s".into(), "file, line 5".into())
    );
    assert_eq!(row("listen"), ("127.0.0.1:7410".into(), "default".into()));
    let served = settings.served().unwrap();
    assert_eq!((served.options.calls_max, &*served.log), (8, "trace"));
}

#[test]
fn every_fault_is_named_at_once_with_what_was_probably_meant() {
    let (_folder, mut layers) = configured(
        "lisen = \"x\"\nlisten = \"nowhere\"\nsecret = \"hunter2\"\n[limits]\ncalls_max = 0\n\
         call_deadline = 30\n[tls]\ncertificate = \"/nowhere.pem\"\n[[certificates]]\nsan_uri = \"x\"\n\
         rolle = \"requester\"\n",
    );
    layers.environment = vec![variable("ASKONCE_LISTN", "x")];
    let faults = faults(&layers);
    let expected = [
        ("lisen", "did you mean listen?"),
        ("listen", "nowhere is no address"),
        ("secret", "is not known (file, line 4)"),
        ("limits.calls_max", "whole number from 1"),
        ("limits.call_deadline", "30 is no time"),
        ("ASKONCE_LISTN", "did you mean ASKONCE_LISTEN?"),
        ("tls.key", "is missing"),
        ("certificates[0].rolle", "did you mean role?"),
        ("certificates[0].san_uri", "expected a URI"),
        ("certificates[0].role", "is not a role"),
    ];
    for (path, message) in expected {
        let is_named = faults
            .iter()
            .any(|fault| fault.starts_with(&format!("{path}: ")) && fault.contains(message));
        assert!(is_named, "{path}: {message}: {faults:#?}");
    }
    assert_eq!(faults.len(), expected.len(), "{faults:#?}");
    assert!(faults.iter().all(|fault| !fault.contains("hunter2")));
}

#[test]
fn what_belongs_together_is_given_together() {
    let (_folder, mut layers) =
        configured("listen = \"0.0.0.0:7410\"\n[jwt]\nissuer = \"https://id.example\"\n");
    let said = faults(&layers);
    let paths: Vec<_> = said
        .iter()
        .filter_map(|fault| fault.split(": ").next())
        .collect();
    assert_eq!(paths, ["jwt.audience", "jwt.keys", "listen"], "{said:#?}");
    layers.file = Some(PathBuf::from("/nowhere/askonce.toml"));
    let said = faults(&layers);
    assert!(
        said[0].starts_with("/nowhere/askonce.toml: cannot be read"),
        "{said:#?}"
    );
    assert!(said[1].starts_with("data: is missing"), "{said:#?}");
    let (_folder, layers) = configured("tls = [");
    assert!(
        faults(&layers)[0].contains("line 2: is not TOML"),
        "{:?}",
        faults(&layers)
    );
}

#[test]
fn the_sample_lists_every_key_with_its_default_and_parses() {
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/askonce.toml");
    let text = std::fs::read_to_string(&sample).unwrap();
    // What is commented out with `#` and no space is a setting.
    let uncommented: String = text
        .lines()
        .map(|line| match line.strip_prefix('#') {
            Some(rest) if !rest.is_empty() && !rest.starts_with(' ') => format!("{rest}\n"),
            _ => format!("{line}\n"),
        })
        .collect();
    let read = file::read(&uncommented).unwrap();
    let named: BTreeSet<&str> = read.rows.iter().map(|row| row.name.as_str()).collect();
    let keys: BTreeSet<&str> = KEYS.iter().map(|key| key.name).collect();
    assert_eq!(named, keys, "every key, and no other");
    for row in &read.rows {
        let key = Key::named(&row.name).unwrap();
        let said = row.text.as_deref().unwrap();
        assert_eq!(value::check(key.kind, said), Ok(()), "{}", key.name);
        if !key.default.is_empty() {
            assert_eq!(said, key.default, "{}", key.name);
        }
        assert!(
            text.contains(&format!("# {}", capital(key.about))),
            "{}: {}",
            key.name,
            key.about
        );
    }
    let mut faults = crate::domain::fault::Faults::new();
    let table = certificates::read(&read.certificates, &mut faults);
    assert_eq!((table.len(), faults.to_string()), (3, String::new()));
    // As it is delivered it says what the defaults say, but for the folder.
    let delivered = file::read(&text).unwrap();
    assert_eq!(delivered.rows.len(), 1, "{:?}", delivered.rows);
}

#[test]
fn the_samples_of_brokers_on_a_database_lack_nothing_but_their_files() {
    for sample in [
        "deploy/askonce-postgres.toml",
        "deploy/kubernetes/base/askonce.toml",
    ] {
        let layers = Layers {
            file: Some(Path::new(env!("CARGO_MANIFEST_DIR")).join(sample)),
            ..Layers::default()
        };
        let said = faults(&layers);
        let (files, others): (Vec<_>, Vec<_>) = said
            .iter()
            .partition(|fault| fault.contains(": /run/secrets/"));
        assert!(others.is_empty(), "{sample}: {others:#?}");
        for key in ["postgres.password_file", "mail.password_file"] {
            let is_missing = files.iter().any(|fault| fault.starts_with(key));
            assert!(is_missing, "{sample}: {key} is not read: {files:#?}");
        }
    }
}

/// A text with a capital letter.
fn capital(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

#[test]
fn defaults_here_and_in_the_code_are_the_same() {
    let (_folder, layers) = configured("");
    let served = Settings::load(&layers).served().unwrap().options;
    let Data::Embedded(_) = &served.data else {
        panic!("{served:?}")
    };
    let usual = Options::new(served.data.clone());
    assert_eq!(format!("{served:?}"), format!("{usual:?}"));
}

/// Settings of pages with which nothing is wrong.
const PAGES: [(&str, &str); 5] = [
    ("portal.listen", "127.0.0.1:7443"),
    ("portal.url", "https://forms.example/"),
    ("portal.trusted_proxy", "192.0.2.1"),
    ("mail.host", "smtp.example"),
    ("mail.from", "AskOnce <forms@council.example>"),
];

/// The faults of those settings with others in their place.
fn faults_with(changed: &[(&str, &str)]) -> Vec<String> {
    let (_folder, mut layers) = configured("");
    for (key, text) in PAGES.iter().chain(changed) {
        layers.flags.retain(|flag| flag.key != *key);
        layers.flags.push(Flag {
            flag: "--set".into(),
            key: (*key).into(),
            text: (*text).into(),
        });
    }
    // What is set to nothing is not set.
    layers.flags.retain(|flag| !flag.text.is_empty());
    faults(&layers)
}

#[test]
fn pages_and_their_letters_are_served_as_configured_or_not_at_all() {
    assert_eq!(faults_with(&[]), [""; 0]);
    let table = [
        (
            &[("portal.listen", "")][..],
            "portal.url: says nothing without",
        ),
        (
            &[("portal.listen", "0.0.0.0:7443")],
            "portal.listen: 0.0.0.0:7443 is beyond this machine",
        ),
        (&[("portal.url", "")], "portal.url: is missing"),
        (
            &[("portal.url", "http://forms.example")],
            "portal.url: must begin with https://",
        ),
        (
            &[("portal.url", "https://forms.example/x")],
            "portal.url: expected such as",
        ),
        (
            &[("portal.url", "forms.example")],
            "portal.url: expected such as",
        ),
        (
            &[("portal.trusted_proxy", "proxy")],
            "portal.trusted_proxy: is no IP address",
        ),
        (
            &[("portal.tls_key", "/nowhere.key")],
            "portal.tls_certificate: is missing",
        ),
        (
            &[("mail.host", ""), ("mail.from", "")],
            "mail.host: is missing",
        ),
        (&[("mail.from", "")], "mail.from: is missing"),
        (&[("mail.from", "nobody")], "mail.from: is not from whom"),
        (&[("mail.port", "65536")], "mail.port: is no port"),
        (
            &[("mail.encryption", "none")],
            "mail.encryption: may be none only",
        ),
        (
            &[("mail.user", "askonce")],
            "mail.password_file: is missing",
        ),
        (
            &[("mail.authority", "/nowhere.pem")],
            "mail.authority: /nowhere.pem cannot be read",
        ),
    ];
    for (changed, expected) in table {
        let said = faults_with(changed);
        assert!(
            said.iter().any(|fault| fault.starts_with(expected)),
            "{changed:?}: {said:#?}"
        );
    }
    for good in [
        &[
            ("portal.listen", "0.0.0.0:7443"),
            ("portal.allow_plaintext", "yes"),
        ][..],
        &[("portal.url", "http://127.0.0.1:7443")],
        &[("portal.url", "http://localhost")],
        &[("portal.url", "http://[::1]:7443")],
        &[("mail.host", "localhost"), ("mail.encryption", "none")],
    ] {
        assert_eq!(faults_with(good), [""; 0], "{good:?}");
    }
}

#[test]
fn a_password_is_read_from_its_file_and_shown_nowhere() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("password");
    std::fs::write(&file, "open sesame\n").unwrap();
    let (_folder, mut layers) = configured("");
    let path = file.to_str().unwrap();
    for (key, text) in PAGES
        .iter()
        .chain(&[("mail.user", "askonce"), ("mail.password_file", path)])
    {
        layers.flags.push(Flag {
            flag: "--set".into(),
            key: (*key).into(),
            text: (*text).into(),
        });
    }
    let served = Settings::load(&layers).served().unwrap().options;
    assert!(!format!("{served:?}").contains("sesame"));
    let Some(Mail::Smtp(terms)) = served.portal.map(|portal| portal.mail) else {
        panic!("letters go by SMTP");
    };
    assert_eq!(terms.login, Some(("askonce".into(), "open sesame".into())));
    assert_eq!(
        (terms.port, terms.encryption),
        (587, MailEncryption::StartTls)
    );
    std::fs::write(&file, "\n").unwrap();
    assert_eq!(faults(&layers), ["mail.password_file: holds no password"]);
}

/// What flags alone come to.
fn flagged(said: &[(&str, &str)]) -> Settings {
    let flag = |(key, text): &(&str, &str)| Flag {
        flag: "--set".into(),
        key: (*key).into(),
        text: (*text).into(),
    };
    Settings::load(&Layers {
        flags: said.iter().map(flag).collect(),
        ..Layers::default()
    })
}

#[test]
fn data_is_kept_in_a_database_as_configured_or_it_is_said_why_not() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let (password, none) = (file("password", "open sesame\n"), file("none", "\n"));
    let url = "postgresql://askonce@db1,db2/askonce?target_session_attrs=read-write";
    let local = "postgresql://askonce@localhost/askonce";
    let base = [("store", "postgres"), ("postgres.url", url)];
    let with = |more: &[(&str, &str)]| flagged(&[&base[..], more].concat());

    let good = with(&[
        ("postgres.password_file", &password),
        ("postgres.pool", "3"),
    ]);
    let served = good.served().unwrap().options;
    assert_eq!(good.kept().unwrap(), served.data);
    assert!(!format!("{served:?}").contains("sesame"));
    let terms = DatabaseTerms {
        password_file: Some(password.into()),
        pool: 3,
        ..DatabaseTerms::new(url.into())
    };
    assert_eq!(served.data, Data::Postgres(terms));
    let plain = with(&[("postgres.url", local), ("postgres.tls", "none")]);
    assert!(plain.served().is_ok());
    let none = none.as_str();
    for (more, expected) in database_faults(none) {
        let settings = with(&more);
        let faults = settings.served().unwrap_err();
        let said: Vec<_> = faults.iter().map(ToString::to_string).collect();
        let is_said = said.iter().any(|fault| fault.starts_with(expected));
        assert!(is_said, "{more:?}: {said:#?}");
        let shown: Vec<_> = settings.rows().iter().map(Setting::shown).collect();
        let told = format!("{said:?} {shown:?}");
        assert!(!told.contains("hunter2"), "{more:?}");
    }
}

/// What may be said wrong of a database, and what is then told; `none` is an empty file.
fn database_faults(none: &str) -> [(Vec<(&'static str, &str)>, &'static str); 13] {
    [
        (vec![("postgres.url", "")], "postgres.url: is missing"),
        (vec![("data", "/srv")], "data: is given together with"),
        (
            vec![("postgres.tls", "none")],
            "postgres.url: leads to another machine",
        ),
        (
            vec![("postgres.tls", "maybe")],
            "postgres.tls: maybe is not one of",
        ),
        (
            vec![("postgres.url", "db1")],
            "postgres.url: expected such as",
        ),
        (
            vec![("postgres.url", "postgresql://a:hunter2@b/c")],
            "postgres.url: holds a password",
        ),
        (
            vec![("postgres.direct_url", "postgresql://db/c")],
            "postgres.direct_url: does not say who",
        ),
        (
            vec![("postgres.password_file", "/nowhere")],
            "postgres.password_file: /nowhere cannot",
        ),
        (
            vec![("postgres.password_file", none)],
            "postgres.password_file: does not hold",
        ),
        (
            vec![("postgres.ca_cert", none)],
            "postgres.ca_cert: holds no certificate",
        ),
        (vec![("postgres.pool", "0")], "postgres.pool: 0 is no count"),
        (vec![("store", "")], "postgres.url: says nothing without"),
        (vec![("store", "oracle")], "store: oracle is not one of"),
    ]
}

#[test]
fn a_key_that_is_called_like_what_kubernetes_sets_is_still_a_key() {
    let (_folder, mut layers) = configured("");
    let port = |text: &str| vec![variable("ASKONCE_MAIL_PORT", text)];
    let shown = |layers: &Layers| {
        let settings = Settings::load(layers);
        let row = settings
            .rows()
            .iter()
            .find(|row| row.key.name == "mail.port");
        row.unwrap().shown().to_owned()
    };
    layers.environment = port("2525");
    assert_eq!(shown(&layers), "2525");
    layers.environment = port("tcp://10.0.0.1:25");
    assert_eq!(
        (shown(&layers), faults(&layers).len()),
        ("587".to_owned(), 0)
    );
}
