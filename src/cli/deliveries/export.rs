//! Deliveries as a sheet: one row per home per period, the requester's fields as columns.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::grpc::v1;
use crate::grpc::v1::delivered_value::Said;

use super::super::out::{self, Listing};
use super::super::value;
use super::book::Typed;

/// A column of the sheet.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Column {
    /// The value of a field, or the whole of one that is broken down.
    Value(String),
    /// One box of a field's breakdown, by its codes.
    Box(String, String),
    /// How the value of a field came about.
    Flags(String),
    /// From which answers it was worked out.
    From(String),
}

impl Column {
    fn heading(&self) -> String {
        match self {
            Self::Value(field) => field.clone(),
            Self::Box(field, code) => format!("{field}[{code}]"),
            Self::Flags(field) => format!("{field}:flags"),
            Self::From(field) => format!("{field}:worked out from"),
        }
    }

    /// The cell of a row, given its field's delivery.
    fn cell(&self, delivery: &v1::Delivery) -> Typed {
        let said = delivery.value.as_ref();
        let grid = said.and_then(grid);
        match self {
            Self::Value(_) if grid.is_some() => Typed::Nothing,
            Self::Value(_) => said.map_or(Typed::Nothing, Typed::of),
            Self::Flags(_) => Typed::Text(value::flags(delivery).join("; ")),
            Self::From(_) => match super::worked_out_from(delivery) {
                from if from.is_empty() => Typed::Nothing,
                from => Typed::Text(from),
            },
            Self::Box(_, code) => {
                let mut cells = grid.into_iter().flat_map(|grid| &grid.cells);
                let found = cells.find(|cell| cell.codes.join("/") == *code);
                found.map_or(Typed::Nothing, |cell| Typed::Number(cell.value.clone()))
            }
        }
    }

    fn field(&self) -> &str {
        match self {
            Self::Value(field) | Self::Box(field, _) | Self::Flags(field) | Self::From(field) => {
                field
            }
        }
    }
}

/// Deliveries under the columns of their ask.
pub(super) struct Table<'a> {
    columns: Vec<Column>,
    rows: BTreeMap<(&'a str, &'a str), BTreeMap<&'a str, &'a v1::Delivery>>,
}

/// One home's period.
pub(super) struct Row<'a> {
    /// The home's id.
    pub(super) home: &'a str,
    /// The period.
    pub(super) period: &'a str,
    /// A cell for each column of the ask.
    pub(super) cells: Vec<Typed>,
}

impl<'a> Table<'a> {
    /// The table of an ask's deliveries.
    pub(super) fn of(ask: &v1::Ask, deliveries: &'a [v1::Delivery], has_flags: bool) -> Self {
        let mut rows: BTreeMap<(&str, &str), BTreeMap<&str, &v1::Delivery>> = BTreeMap::new();
        for delivery in deliveries {
            let row = rows.entry((&delivery.home, &delivery.period)).or_default();
            row.insert(&delivery.field, delivery);
        }
        let columns = (ask.fields.iter())
            .flat_map(|field| columns_of(field, deliveries, has_flags))
            .collect();
        Self { columns, rows }
    }

    /// The headings: home, period and the ask's own.
    pub(super) fn headings(&self) -> Vec<String> {
        let fixed = ["home", "period"].map(str::to_owned).into_iter();
        fixed
            .chain(self.columns.iter().map(Column::heading))
            .collect()
    }

    /// The rows, by home and period.
    pub(super) fn rows(&self) -> impl Iterator<Item = Row<'a>> {
        self.rows.iter().map(|((home, period), row)| Row {
            home: home.strip_prefix("homes/").unwrap_or(home),
            period,
            cells: (self.columns.iter())
                .map(|column| match row.get(column.field()) {
                    Some(delivery) => column.cell(delivery),
                    None => Typed::Nothing,
                })
                .collect(),
        })
    }
}

/// The sheet of an ask.
pub(super) fn listing(ask: &v1::Ask, deliveries: &[v1::Delivery], has_flags: bool) -> Listing {
    let table = Table::of(ask, deliveries, has_flags);
    let mut listing = Listing::new(table.headings());
    for row in table.rows() {
        let cells = row.cells.into_iter().map(|cell| match cell {
            Typed::Nothing => Value::Null,
            Typed::Number(text) | Typed::Date(text) | Typed::Text(text) => out::text(text),
        });
        let fixed = [out::text(row.home), out::text(row.period)];
        listing.add(fixed.into_iter().chain(cells));
    }
    listing
}

/// The columns of a field: its value, and a box for each code that was delivered. A field that is
/// broken down has a column for its whole only where one was delivered without its boxes, and one says
/// from what it was worked out only where one was.
fn columns_of(field: &v1::Field, deliveries: &[v1::Delivery], has_flags: bool) -> Vec<Column> {
    let own = || {
        deliveries
            .iter()
            .filter(|delivery| delivery.field == field.name)
    };
    let values = || own().filter_map(|delivery| delivery.value.as_ref());
    let mut codes: Vec<String> = Vec::new();
    for cell in values().filter_map(grid).flat_map(|grid| &grid.cells) {
        let code = cell.codes.join("/");
        if !codes.contains(&code) {
            codes.push(code);
        }
    }
    let has_whole = codes.is_empty() || values().any(|value| grid(value).is_none());
    let name = || field.name.clone();
    let whole = has_whole.then(|| Column::Value(name()));
    let boxes = codes.into_iter().map(|code| Column::Box(name(), code));
    let flags = has_flags.then(|| Column::Flags(name()));
    let is_worked_out = has_flags && own().any(|delivery| delivery.worked_out.is_some());
    let from = is_worked_out.then(|| Column::From(name()));
    let of_value = whole.into_iter().chain(boxes);
    of_value.chain(flags).chain(from).collect()
}

fn grid(value: &v1::DeliveredValue) -> Option<&v1::Grid> {
    match value.said.as_ref()? {
        Said::Number(number) => number.grid.as_ref(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::out::Format;
    use super::*;

    fn delivery(home: &str, field: &str, said: Said, flag: v1::DeliveryFlag) -> v1::Delivery {
        v1::Delivery {
            home: format!("homes/{home}"),
            period: "2026-11".into(),
            field: field.into(),
            value: Some(v1::DeliveredValue { said: Some(said) }),
            flags: vec![flag.into()],
            ..v1::Delivery::default()
        }
    }

    #[test]
    fn a_home_and_period_take_one_row_in_the_asks_columns() {
        let field = |name: &str| v1::Field {
            name: name.into(),
            ..v1::Field::default()
        };
        let ask = v1::Ask {
            fields: ["beds", "off", "ok"].map(field).into(),
            ..v1::Ask::default()
        };
        let cell = |code: &str, value: &str| v1::Cell {
            codes: vec![code.into()],
            value: value.into(),
        };
        let whole = |total: &str| v1::DeliveredNumber {
            total: total.into(),
            ..v1::DeliveredNumber::default()
        };
        let grid = v1::DeliveredNumber {
            grid: Some(v1::Grid {
                dimensions: vec!["job_role".into()],
                cells: vec![cell("nurse", "1"), cell("care", "4")],
            }),
            ..v1::DeliveredNumber::default()
        };
        let declined = v1::Declined {
            reason: v1::DeclineReason::NotHeld.into(),
            note: String::new(),
        };
        let as_given = v1::DeliveryFlag::AsGiven;
        let deliveries = [
            delivery("1-2", "off", Said::Number(grid), as_given),
            delivery(
                "1-1",
                "off",
                Said::Number(whole("6")),
                v1::DeliveryFlag::NotBrokenDown,
            ),
            delivery("1-1", "beds", Said::Number(whole("40")), as_given),
            delivery(
                "1-1",
                "ok",
                Said::Declined(declined),
                v1::DeliveryFlag::Declined,
            ),
        ];
        let csv = listing(&ask, &deliveries, false)
            .render(Format::Csv)
            .unwrap();
        assert_eq!(
            csv,
            "home,period,beds,off,off[nurse],off[care],ok\n\
             1-1,2026-11,40,6,,,not-held\n\
             1-2,2026-11,,,1,4,\n"
        );
        let csv = listing(&ask, &deliveries[1..], true)
            .render(Format::Csv)
            .unwrap();
        assert_eq!(
            csv,
            "home,period,beds,beds:flags,off,off:flags,ok,ok:flags\n\
             1-1,2026-11,40,as-given,6,not-broken-down,not-held,declined\n"
        );
    }
}
