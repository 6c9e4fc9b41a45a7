//! What the demo does and tells, step by step.

use std::fmt::Write;

use crate::grpc::v1;

use super::super::connect::Remote;
use super::super::deliveries::{self, Which};
use super::super::failure::Result;
use super::super::out::{self, Format};
use super::super::token::{self, Issue};
use super::super::{answers, ask, dictionary, form, homes, organisations};
use super::sample;

/// What to try where nothing is left serving.
pub(super) const TRY_NEXT: &str = "\
What to try next
  askonce demo --keep                       the same, left serving: look around as any of them
  askonce init --data ./data                a data folder of your own, and its operator's token
  askonce serve --data ./data               a broker on it
  askonce ask template > fields.csv         a sheet for an ask of your own
  askonce --help                            everything else
";

/// A token of one role.
struct Pass {
    who: String,
    role: &'static str,
    secret: String,
    remote: Remote,
}

/// The demo as it goes along.
pub(super) struct Story {
    address: String,
    operator: Remote,
    operator_secret: String,
    passes: Vec<Pass>,
    period: String,
}

impl Story {
    /// Nothing told yet.
    pub(super) fn new(address: String, operator: Remote, operator_secret: String) -> Self {
        Self {
            address,
            operator,
            operator_secret,
            passes: Vec::new(),
            period: String::new(),
        }
    }

    /// Tells the whole of it.
    pub(super) async fn tell(&mut self) -> Result<()> {
        self.register().await?;
        self.submit_asks().await?;
        self.decide().await?;
        let form = self.show_forms().await?;
        self.answer(&form).await?;
        self.deliver().await
    }

    /// The register, and a token for each.
    async fn register(&mut self) -> Result<()> {
        heading("1. A register of homes and of bodies that ask")?;
        let organisations = sample::organisations()?;
        let report = organisations::import(&self.operator, &organisations).await?;
        report.print(&organisations.name, Format::Table)?;
        let homes = sample::homes()?;
        homes::import(&self.operator, &homes)
            .await?
            .print(&homes.name, Format::Table)?;
        // The council's and the ICB's own areas are theirs to ask in; the others are granted one.
        let mut text = String::new();
        for (body, area, power) in sample::GRANTS {
            let grant = organisations::Grant {
                organisation: body.to_owned(),
                areas: vec![area.to_owned()],
                powers: [power]
                    .iter()
                    .filter(|p| !p.is_empty())
                    .map(ToString::to_string)
                    .collect(),
                ..organisations::Grant::default()
            };
            organisations::grant(&self.operator, &grant).await?;
            let power = if power.is_empty() {
                ""
            } else {
                ", and a statutory power"
            };
            line(&mut text, format_args!("  {body} may ask in {area}{power}"));
        }
        out::data(&text)?;
        for body in sample::BODIES {
            let issue = Issue {
                organisation: body.to_owned(),
                ..pass("requester", body)
            };
            self.issue("requester", issue).await?;
        }
        let issue = Issue {
            homes: vec![sample::HOME.to_owned()],
            ..pass("home", "home manager")
        };
        self.issue("home", issue).await?;
        self.issue("steward", pass("steward", "data lead")).await?;
        self.issue("analyst", pass("analyst", "analyst")).await
    }

    async fn issue(&mut self, role: &'static str, issue: Issue) -> Result<()> {
        let secret = token::issue(&self.operator, &issue).await?.secret;
        let remote = Remote::connect(&self.address, Some(&secret)).await?;
        self.passes.push(Pass {
            who: issue.label,
            role,
            secret,
            remote,
        });
        Ok(())
    }

    fn pass(&self, who: &str) -> &Pass {
        let found = self.passes.iter().find(|pass| pass.who == who);
        found.expect("everybody in the story was issued a token when it began")
    }

    /// Each body asks in its own words.
    async fn submit_asks(&self) -> Result<()> {
        heading("2. Four bodies ask, each in its own words, units and codes")?;
        let mut text = String::new();
        for written in sample::asks()? {
            let remote = &self.pass(&written.raw.organisation).remote;
            let taken = ask::submit(remote, &written, false).await?;
            let taken = taken.ask.unwrap_or_default();
            line(
                &mut text,
                format_args!(
                    "  {:<14} {:<16} {:>2} fields, {}: {}",
                    written.raw.organisation,
                    taken.ask,
                    taken.fields.len(),
                    taken.cadence,
                    taken.purpose
                ),
            );
        }
        out::data(&text)
    }

    /// The data lead says what is the same.
    async fn decide(&self) -> Result<()> {
        heading("3. The data lead decides which of those fields are one question")?;
        let sheet = sample::decisions()?;
        let lead = &self.pass("data lead").remote;
        let decided = dictionary::decide(lead, &sheet, "demo", false).await?;
        out::data(&format!(
            "  {} fields in the sheet, {} decisions recorded, each of which can be undone.\n",
            sheet.rows.len(),
            decided.len(),
        ))
    }

    /// The home's forms of today and of this month.
    async fn show_forms(&mut self) -> Result<v1::Form> {
        let manager = self.pass("home manager").remote.clone();
        let request = v1::ListFormsRequest {
            parent: format!("homes/{}", sample::HOME),
            ..v1::ListFormsRequest::default()
        };
        let forms = manager
            .forms()
            .list_forms(request)
            .await?
            .into_inner()
            .forms;
        // The asks begin today: the first day of each rhythm is the current one.
        let first = |length: usize| {
            let mut ids = forms.iter().map(|form| form.period.as_str());
            ids.find(|id| id.len() == length && !id.contains('W'))
                .unwrap_or_default()
        };
        let (day, month) = (first("2026-11-21".len()), first("2026-11".len()));
        heading("4. The home gets one form for the day: who asks what")?;
        let form = form::read(&manager, sample::HOME, day).await?;
        out::data(&form::as_text(&form))?;
        heading("   and one for the month")?;
        let monthly = form::read(&manager, sample::HOME, month).await?;
        out::data(&form::as_text(&monthly))?;
        day.clone_into(&mut self.period);
        Ok(form)
    }

    /// The home answers each question once.
    async fn answer(&self, form: &v1::Form) -> Result<()> {
        heading("5. The home answers each question once")?;
        let given = sample::answers(form)?;
        let manager = &self.pass("home manager").remote;
        let sending = answers::Sending {
            by: sample::ANSWERED_BY.to_owned(),
            ..answers::Sending::default()
        };
        let response = answers::submit(manager, form, &given, &sending).await?;
        let mut text = format!("  {}.\n", answers::summary(&response, false));
        for warning in &response.warnings {
            let entry = form.entries.iter().find(|entry| entry.id == warning.entry);
            let wording = entry.map_or("", |entry| entry.wording.as_str());
            line(&mut text, format_args!("  Please check: {wording}"));
            line(
                &mut text,
                format_args!("    {}; kept and sent all the same", warning.message),
            );
        }
        out::data(&text)
    }

    /// What each body receives.
    async fn deliver(&self) -> Result<()> {
        heading("6. Each body receives its own fields, in its own names, units and codes")?;
        let daily = [
            ("council", "daily-return"),
            ("icb", "sitrep"),
            ("tracker", "capacity-daily"),
            ("public-health", "outbreak-watch"),
        ];
        for (body, id) in daily {
            let name = format!("{body}/{id}");
            let remote = &self.pass(body).remote;
            let received = deliveries::read(remote, &Which::all_of(&name)).await?;
            let ask = ask::read(remote, &deliveries::full_name(&name)?).await?;
            let table = deliveries::as_received(&ask, &received).render(Format::Table)?;
            out::data(&format!(
                "{name}: {} of {} fields answered\n{table}\n",
                received.len(),
                ask.fields.len()
            ))?;
        }
        Ok(())
    }

    /// The operator, who may do everything.
    pub(super) fn operator(&self) -> &Remote {
        &self.operator
    }

    /// How to look around in what goes on serving; the link signs the home's manager in.
    pub(super) fn ways_on(&self, link: &str) -> String {
        let mut text = String::from("It goes on serving until you press Ctrl-C.\n\n");
        line(&mut text, format_args!("Open in a browser: {link}\n"));
        line(&mut text, format_args!("In another terminal:\n"));
        line(
            &mut text,
            format_args!("  export ASKONCE_SERVER={}", self.address),
        );
        line(&mut text, format_args!("\nTokens"));
        let operator = ("operator", "operator", &self.operator_secret);
        let others = self
            .passes
            .iter()
            .map(|pass| (pass.who.as_str(), pass.role, &pass.secret));
        for (who, role, secret) in std::iter::once(operator).chain(others) {
            line(&mut text, format_args!("  {who:<14} {role:<10} {secret}"));
        }
        let (home, period) = (sample::HOME, &self.period);
        let ways = [
            ("home manager", format!("form show {home} {period}")),
            (
                "home manager",
                format!("answers template {home} {period} --all"),
            ),
            (
                "council",
                "deliveries export council/daily-return --flags".to_owned(),
            ),
            ("analyst", "demands find --element beds.occupied".to_owned()),
            ("data lead", "dictionary list --decisions".to_owned()),
            ("operator", "token list".to_owned()),
        ];
        line(&mut text, format_args!("\nWhat to try"));
        for (who, command) in ways {
            let secret = match who {
                "operator" => &self.operator_secret,
                who => &self.pass(who).secret,
            };
            line(
                &mut text,
                format_args!("  ASKONCE_TOKEN={secret} \\\n    askonce {command}"),
            );
        }
        text
    }
}

fn pass(role: &str, label: &str) -> Issue {
    Issue {
        role: role.to_owned(),
        label: label.to_owned(),
        ..Issue::default()
    }
}

fn heading(text: &str) -> Result<()> {
    out::data(&format!("\n{text}\n\n"))
}

fn line(text: &mut String, line: std::fmt::Arguments<'_>) {
    writeln!(text, "{line}").expect("a text in memory takes whatever is written to it");
}
