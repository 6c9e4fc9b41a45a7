//! Drafts: kept durably, put in the place of the version that was seen, and gone when taken away.

use std::path::PathBuf;

use askonce::domain::check::RawAnswer;
use askonce::domain::draft::{Draft, DraftVersion, Typed, Typing};
use askonce::domain::period::Period;
use askonce::domain::template::EntryId;
use askonce::store::{PutDraft, Store, StoreError};

use crate::backend::{Subject, hold, open};
use crate::fixtures::{at, home_id, question, reference};

/// What is typed, and must be nowhere once it is taken away.
const TYPED: &str = "eleven or so";

fn november() -> Period {
    "2026-11".parse().unwrap()
}

fn entry(label: &str) -> EntryId {
    EntryId::of(&question(label), &reference("at/2026-11-30"))
}

fn typing(label: &str, text: &str) -> Typing {
    let answer = RawAnswer {
        entry: entry(label).to_string(),
        text: Some(text.to_owned()),
        ..RawAnswer::default()
    };
    let typed = Typed {
        answer,
        by: "Jo".to_owned(),
        at: at(3),
        wording: label.to_owned(),
    };
    Typing::from([(entry(label), Some(typed))])
}

fn draft(id: &str, text: &str) -> Draft {
    let mut draft = Draft::new(id.to_owned());
    draft.take(typing("How many beds?", text));
    draft
}

async fn put(
    store: &dyn Store,
    n: usize,
    expected: Option<&DraftVersion>,
    draft: Option<&Draft>,
) -> bool {
    let put = PutDraft {
        home: home_id(n),
        period: november(),
        expected: expected.cloned(),
        draft: draft.cloned(),
    };
    store.put_draft(put).await.unwrap()
}

async fn kept(store: &dyn Store, n: usize) -> Option<Draft> {
    let kept = store.draft(&home_id(n), november()).await.unwrap();
    kept.map(|draft| Draft::clone(&draft))
}

#[test]
fn a_draft_takes_the_place_of_the_version_that_was_seen_and_of_no_other() {
    hold(async |subject| {
        let (first, other) = (draft("f_a", TYPED), draft("f_b", "12"));
        let mut second = first.clone();
        second.take(typing("How many staff?", "7"));
        let store = subject.store();
        assert_eq!(kept(store, 1).await, None);
        assert!(!put(store, 1, Some(&first.version), Some(&first)).await);
        assert!(put(store, 1, None, Some(&first)).await);
        assert!(
            !put(store, 1, None, Some(&other)).await,
            "somebody was first"
        );
        assert!(put(store, 1, Some(&first.version), Some(&second)).await);
        assert!(!put(store, 1, Some(&first.version), Some(&other)).await);
        assert!(!put(store, 1, Some(&first.version), None).await);
        for _ in 0..2 {
            let store = subject.store();
            assert_eq!(kept(store, 1).await.as_ref(), Some(&second));
            assert_eq!(kept(store, 2).await, None);
            let december = "2026-12".parse().unwrap();
            assert_eq!(store.draft(&home_id(1), december).await.unwrap(), None);
            assert_eq!(store.events(0, 9).await.unwrap(), [], "a draft is no event");
            subject.reopen();
        }
        assert!(put(subject.store(), 1, Some(&second.version), None).await);
        for _ in 0..2 {
            assert_eq!(kept(subject.store(), 1).await, None);
            assert!(
                put(subject.store(), 1, None, None).await,
                "there is none to take away"
            );
            subject.reopen();
        }
    });
}

#[test]
fn drafts_of_every_kind_of_period_are_kept_apart() {
    hold(async |subject| {
        let periods = [
            "2026-11-21",
            "2026-W47",
            "2026-W47-wed",
            "2026-11",
            "2026-Q4",
            "2026",
        ];
        let all = [&periods[..], &["FY2026", "2026-11-01..2026-11-20"]].concat();
        for period in &all {
            let put = PutDraft {
                home: home_id(1),
                period: period.parse().unwrap(),
                expected: None,
                draft: Some(draft("f_a", period)),
            };
            assert!(subject.store().put_draft(put).await.unwrap());
        }
        for _ in 0..2 {
            for period in &all {
                let (home, period_of) = (home_id(1), period.parse().unwrap());
                let kept = subject.store().draft(&home, period_of).await.unwrap();
                assert_eq!(*kept.unwrap(), draft("f_a", period));
            }
            subject.reopen();
        }
    });
}

#[test]
fn a_home_has_a_bounded_number_of_drafts() {
    hold(async |subject| {
        let day = |n: i64| {
            let day = jiff::civil::date(2026, 1, 1) + jiff::Span::new().days(n);
            day.to_string().parse::<Period>().unwrap()
        };
        let new = |n: usize, period| PutDraft {
            home: home_id(n),
            period,
            expected: None,
            draft: Some(draft("f_a", TYPED)),
        };
        for n in 0..500 {
            assert!(subject.store().put_draft(new(1, day(n))).await.unwrap());
        }
        let refused = subject.store().put_draft(new(1, day(500))).await;
        assert!(
            matches!(refused, Err(StoreError::Refused(_))),
            "{refused:?}"
        );
        assert!(subject.store().put_draft(new(2, day(500))).await.unwrap());
        let mut again = new(1, day(3));
        again.expected = again.draft.as_ref().map(|draft| draft.version.clone());
        assert!(subject.store().put_draft(again).await.unwrap());
    });
}

/// The folder of drafts of an embedded store with one draft.
async fn with_one() -> (Subject, PathBuf) {
    let subject = Subject::embedded();
    assert!(put(subject.store(), 1, None, Some(&draft("f_a", TYPED))).await);
    let Subject::Embedded(_, dir) = &subject else {
        panic!("it is the embedded one");
    };
    let drafts = dir.path().join("drafts");
    (subject, drafts)
}

fn files(dir: &std::path::Path) -> Vec<String> {
    let listed = std::fs::read_dir(dir).unwrap();
    let name =
        |file: std::io::Result<std::fs::DirEntry>| file.unwrap().file_name().into_string().unwrap();
    let mut names: Vec<String> = listed.map(name).collect();
    names.sort();
    names
}

const FILE: &str = "1-100000001_2026-11.draft";

#[tokio::test]
async fn what_was_typed_is_in_one_file_alone_and_gone_when_it_is_taken_away() {
    let (subject, drafts) = with_one().await;
    assert_eq!(files(&drafts), [FILE]);
    let is_in = |path: PathBuf| {
        let bytes = std::fs::read(path).unwrap_or_default();
        bytes
            .windows(TYPED.len())
            .any(|window| window == TYPED.as_bytes())
    };
    assert!(is_in(drafts.join(FILE)));
    assert!(put(subject.store(), 1, Some(&draft("f_a", TYPED).version), None).await);
    let mut folders = vec![drafts.parent().unwrap().to_path_buf()];
    while let Some(folder) = folders.pop() {
        for file in std::fs::read_dir(folder).unwrap() {
            let path = file.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                assert!(!is_in(path.clone()), "{}", path.display());
            }
        }
    }
    assert_eq!(files(&drafts), [""; 0]);
}

#[tokio::test]
async fn a_file_left_half_written_by_a_crash_is_removed_and_the_whole_one_stays() {
    let (mut subject, drafts) = with_one().await;
    std::fs::write(drafts.join(format!("{FILE}.new")), "askonce-draft 1 00").unwrap();
    subject.reopen();
    assert_eq!(files(&drafts), [FILE]);
    assert_eq!(kept(subject.store(), 1).await, Some(draft("f_a", TYPED)));
}

#[tokio::test]
async fn a_damaged_file_is_set_aside_and_named_and_the_store_goes_on() {
    let whole = {
        let (_subject, drafts) = with_one().await;
        std::fs::read(drafts.join(FILE)).unwrap()
    };
    let mut damages: Vec<Vec<u8>> = (0..whole.len())
        .step_by(7)
        .map(|n| whole[..n].to_vec())
        .collect();
    damages.extend((0..whole.len()).step_by(11).map(|n| {
        let mut flipped = whole.clone();
        flipped[n] ^= 0x20;
        flipped
    }));
    let (mut subject, drafts) = with_one().await;
    for (round, damaged) in damages.into_iter().enumerate() {
        let file = drafts.join(FILE);
        std::fs::write(&file, damaged).unwrap();
        if round % 8 == 0 {
            subject.reopen();
        }
        let error = subject
            .store()
            .draft(&home_id(1), november())
            .await
            .unwrap_err();
        let said = error.to_string();
        assert!(matches!(error, StoreError::Damaged(_)), "{said}");
        assert!(said.contains(FILE) && said.contains("damaged-1"), "{said}");
        assert!(!said.contains("eleven"), "an error quotes what was typed");
        assert_eq!(kept(subject.store(), 1).await, None, "it is told once");
        assert_eq!(files(&drafts), [format!("{FILE}.damaged-1")]);
        std::fs::remove_file(drafts.join(format!("{FILE}.damaged-1"))).unwrap();
        assert!(put(subject.store(), 1, None, Some(&draft("f_a", TYPED))).await);
    }
}

#[tokio::test]
async fn a_file_under_anothers_name_is_no_draft_of_theirs() {
    let (mut subject, drafts) = with_one().await;
    std::fs::copy(drafts.join(FILE), drafts.join("1-100000002_2026-11.draft")).unwrap();
    std::fs::write(drafts.join("notes.txt"), "left by somebody").unwrap();
    subject.reopen();
    assert!(
        subject
            .store()
            .draft(&home_id(2), november())
            .await
            .is_err()
    );
    assert_eq!(kept(subject.store(), 1).await, Some(draft("f_a", TYPED)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_who_save_at_once_each_version_has_one_successor() {
    let dir = tempfile::tempdir().unwrap();
    let store = std::sync::Arc::new(open(dir.path()));
    assert!(put(store.as_ref(), 1, None, Some(&draft("f_a", TYPED))).await);
    let mut savers = tokio::task::JoinSet::new();
    for saver in 0..8 {
        let store = std::sync::Arc::clone(&store);
        savers.spawn(async move {
            let mut won = 0;
            for n in 0..20 {
                let known = kept(store.as_ref(), 1).await.unwrap();
                let mut next = known.clone();
                next.take(typing("How many beds?", &format!("{saver} {n}")));
                let is_mine = put(store.as_ref(), 1, Some(&known.version), Some(&next)).await;
                won += u64::from(is_mine);
            }
            won
        });
    }
    let won: u64 = savers.join_all().await.into_iter().sum();
    let last = kept(store.as_ref(), 1).await.unwrap();
    assert_eq!(last.version.number, 1 + won);
    drop(store);
    assert_eq!(kept(&open(dir.path()), 1).await, Some(last));
}
