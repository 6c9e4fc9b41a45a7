//! The page of one form's sheet: to download it, and to upload it filled in.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;

use crate::broker::FormView;
use crate::domain::calendar::civil_london;
use crate::domain::id::HomeId;
use crate::domain::period::Period;

use super::super::page::{Chrome, html_with};
use super::super::posted::Uploaded;
use super::super::session::SignedIn;
use super::super::words;
use super::super::{Portal, PortalError};
use super::save::{Filed, save, told};
use super::sheet::{self, Against, Sheet};
use super::{CSV, XLSX, download, shown_faults, unwritten, upload as uploads};

#[derive(Template)]
#[template(config = "src/portal/askama.toml", path = "offline_form.html")]
struct SheetPage {
    chrome: Chrome,
    csrf: String,
    /// Where the form is, without a slash at its end.
    path: String,
    /// Where the sheet is uploaded to.
    action: String,
    /// Whose form it is, and which.
    caption: String,
    /// What is wrong with the file that was uploaded.
    faults: Vec<String>,
}

/// A form of hers.
struct Form {
    home: HomeId,
    period: Period,
    name: String,
    view: FormView,
}

impl Form {
    async fn load(
        portal: &Portal,
        who: &SignedIn,
        (home, period): &(String, String),
    ) -> Result<Self, PortalError> {
        let home = who.home(home)?;
        let period: Period = period.parse().map_err(|_| PortalError::NotFound)?;
        let view = portal.broker.get_form(&home, period).await?;
        if view.form.entries.is_empty() {
            return Err(PortalError::NotFound);
        }
        let name = portal.broker.home_view(&home).await?.home.row.name.clone();
        Ok(Self {
            home,
            period,
            name,
            view,
        })
    }

    fn title(&self) -> String {
        words::offline::title(&self.name, &self.period.label())
    }

    async fn page(&self, who: &SignedIn, faults: Vec<String>) -> Result<Response, PortalError> {
        let chrome = who.chrome(words::offline::TITLE).await?;
        let status = match faults.as_slice() {
            [] => StatusCode::OK,
            _ => StatusCode::UNPROCESSABLE_ENTITY,
        };
        let path = format!("/homes/{}/forms/{}", self.home, self.period);
        let page = SheetPage {
            csrf: who.csrf().to_owned(),
            chrome: chrome.with_errors(!faults.is_empty()),
            action: format!("{path}/sheet"),
            path,
            caption: self.title(),
            faults: shown_faults(faults),
        };
        Ok(html_with(status, &page))
    }

    fn file_name(&self, extension: &str) -> String {
        format!("answers-{}-{}.{extension}", self.home, self.period)
    }
}

/// Shows the page.
pub(super) async fn show(
    State(portal): State<Arc<Portal>>,
    who: SignedIn,
    Path(path): Path<(String, String)>,
) -> Result<Response, PortalError> {
    let form = Form::load(&portal, &who, &path).await?;
    form.page(&who, Vec::new()).await
}

/// The sheet as CSV.
pub(super) async fn csv(
    State(portal): State<Arc<Portal>>,
    who: SignedIn,
    Path(path): Path<(String, String)>,
) -> Result<Response, PortalError> {
    let form = Form::load(&portal, &who, &path).await?;
    let bytes = sheet::csv(&Sheet::of(&form.view)).map_err(unwritten)?;
    Ok(download(&form.file_name("csv"), CSV, bytes))
}

/// The sheet as a workbook.
pub(super) async fn xlsx(
    State(portal): State<Arc<Portal>>,
    who: SignedIn,
    Path(path): Path<(String, String)>,
) -> Result<Response, PortalError> {
    let form = Form::load(&portal, &who, &path).await?;
    let bytes = sheet::xlsx(&Sheet::of(&form.view), &form.title()).map_err(unwritten)?;
    Ok(download(&form.file_name("xlsx"), XLSX, bytes))
}

/// Takes a sheet that was filled in.
pub(super) async fn upload(
    State(portal): State<Arc<Portal>>,
    Path(path): Path<(String, String)>,
    uploaded: Uploaded,
) -> Result<Response, PortalError> {
    let Uploaded { who, file, .. } = uploaded;
    let form = Form::load(&portal, &who, &path).await?;
    let grid = uploads::read(file, words::offline::sheet::ANSWERS).await?;
    let against = Against {
        view: &form.view,
        today: civil_london(portal.now()).date(),
    };
    let read = grid.and_then(|grid| sheet::answers(&grid, &against));
    let answers = match read {
        Ok(answers) => answers,
        Err(faults) => return form.page(&who, faults).await,
    };
    let filed = Filed {
        home: form.home.clone(),
        period: form.period,
        etag: answers.etag,
        answers: answers.answers,
    };
    let outcome = save(&portal, &who, filed).await?;
    told(&who, vec![outcome]).await
}
