//! That the instruments of these tests measure what they say: each finds what is planted for it.

use serde_json::json;

use super::audit;
use super::tab::{LAPTOP, PHONE, Scripts, Tab};

/// A page with nothing wrong, but what is put into it.
fn page(planted: &str) -> String {
    let text = format!(
        "<!DOCTYPE html><html lang='en-GB'><head><meta charset='utf-8'><title>Planted</title>\
         <meta name='viewport' content='width=device-width, initial-scale=1'></head>\
         <body><main><h1>Planted</h1>{planted}</main></body></html>"
    );
    let text = form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    format!("data:text/html;charset=utf-8,{}", text.replace('+', "%20"))
}

#[tokio::test(flavor = "multi_thread")]
async fn every_fault_that_is_planted_is_found() {
    if !audit::is_ready() {
        return;
    }
    let Some(tab) = Tab::open(Scripts::On).await else {
        return;
    };
    tab.resize(PHONE).await;
    tab.go(&page(
        "<p>Nothing is wrong <a href='https://x.example'>with me</a>.</p>",
    ))
    .await;
    assert_eq!(audit::faults(&tab).await, Vec::<String>::new());
    for (planted, found) in [
        ("<img src='data:,'>", "axe: \"image-alt"),
        ("<input id='name'>", "axe: \"label"),
        ("<h4>Deep</h4>", "axe: \"heading-order"),
        ("<div class='errors'>Wrong</div>", "focus: "),
        ("<button>Small</button>", "low: "),
        ("<p><a href='https://x.example'>Alone</a></p>", "low: "),
        (
            "<table><tr><td>Averylongwordthatdoesnotfitontoanysmallscreenatall</table>",
            "wide: ",
        ),
        ("<p onclick='x()'>Scripted</p>", "own script or style: "),
    ] {
        tab.go(&page(planted)).await;
        let faults = audit::faults(&tab).await;
        let is_found = faults.iter().any(|fault| fault.starts_with(found));
        assert!(is_found, "{planted}: {faults:?}");
    }
    tab.go("data:text/html,<title>For a desk</title><h1>For a desk</h1>")
        .await;
    let faults = audit::faults(&tab).await;
    let wide = "wide: laid out for 980 px".to_owned();
    assert!(faults.contains(&wide), "{faults:?}");
    let long = "<p>Long.</p>".repeat(6_000);
    tab.go(&page(&long)).await;
    let faults = audit::faults(&tab).await;
    assert!(
        faults.iter().any(|fault| fault.starts_with("weight: ")),
        "{faults:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn without_scripts_a_page_s_own_do_not_run_and_ours_do() {
    let planted = page("<p id='said'>none</p><script>said.textContent = 'some'</script>");
    for (scripts, said) in [(Scripts::On, "some"), (Scripts::Off, "none")] {
        let Some(tab) = Tab::open(scripts).await else {
            return;
        };
        tab.go(&planted).await;
        let text = tab
            .script("return document.querySelector('p').textContent", &[])
            .await;
        assert_eq!(text, json!(said), "{scripts:?}");
        for width in [PHONE, LAPTOP] {
            tab.resize(width).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_left_of_a_browser_whose_test_broke() {
    let Some(tab) = Tab::open(Scripts::On).await else {
        return;
    };
    let folder = tab.folder().to_owned();
    assert!(processes_with(&folder) > 0, "Chromium was given the folder");
    let broken = tokio::spawn(async move {
        tab.go(&page("")).await;
        tab.find("#absent").await;
    });
    let error = broken.await.expect_err("the test broke");
    assert!(error.is_panic());
    assert_eq!(processes_with(&folder), 0);
    assert!(!folder.exists());
}

/// How many processes were started with a path among their arguments.
fn processes_with(path: &std::path::Path) -> usize {
    let path = path.to_str().unwrap();
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    let arguments = processes.filter_map(|one| std::fs::read(one.path().join("cmdline")).ok());
    arguments
        .filter(|own| String::from_utf8_lossy(own).contains(path))
        .count()
}
