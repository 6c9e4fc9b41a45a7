//! Rows of one table, and the one statement that writes them.

use std::cmp::Ordering;

use tokio_postgres::types::Type;

use super::column::Values;
use crate::store::postgres::place::EventAt;

/// A statement with what it takes.
pub(super) struct Ready<'a> {
    pub(super) sql: &'static str,
    pub(super) params: Vec<(Values<'a>, Type)>,
}

/// How rows of a table come and go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sort {
    /// The event is in the key: written once.
    Once,
    /// The latest event that said something of the key.
    Latest,
}

/// A row of a table.
pub(super) trait Row<'a>: Sized {
    /// The table.
    const TABLE: &'static str;
    /// How its rows come and go.
    const SORT: Sort;

    /// The statement that writes any number of them.
    fn sql() -> &'static str;

    /// Where the event was written.
    fn at(&self) -> EventAt;

    /// The order in which rows are written: that of the key, but for the event in it.
    fn order(&self, other: &Self) -> Ordering;

    /// One array a column, in the order of the statement.
    fn params(rows: Vec<Self>) -> Vec<(Values<'a>, Type)>;
}

/// The statement for some rows; none for none. Of rows that say how one thing stands, the one of
/// the latest event is written.
pub(super) fn ready<'a, R: Row<'a>>(mut rows: Vec<R>) -> Option<Ready<'a>> {
    if rows.is_empty() {
        return None;
    }
    if R::SORT == Sort::Latest {
        rows.sort_by(|a, b| a.order(b).then(b.at().cmp(&a.at())));
        rows.dedup_by(|later, first| later.order(first) == Ordering::Equal);
    }
    Some(Ready {
        sql: R::sql(),
        params: R::params(rows),
    })
}

/// The text of a statement that writes rows of a table: columns with their array types and casts.
pub(super) fn statement(
    (table, sort): (&str, Sort),
    keys: &[&str],
    columns: &[(&'static str, &str, &str)],
) -> String {
    let event = ["era", "transaction", "ordinal"];
    let plain = |name: &'static str| name.trim_start_matches("r#");
    let names: Vec<&str> = columns.iter().map(|(name, _, _)| plain(name)).collect();
    let listed = names.join(", ");
    let taken: Vec<String> = (columns.iter().enumerate())
        .map(|(place, (_, array, _))| format!("${}::{array}", place + 1))
        .collect();
    let made: Vec<String> = (names.iter().zip(columns))
        .map(|(name, (_, _, cast))| format!("{name}{cast}"))
        .collect();
    let mut sql = format!(
        "INSERT INTO {table} ({listed}) SELECT {} FROM unnest({}) AS given ({listed})",
        made.join(", "),
        taken.join(", ")
    );
    if sort == Sort::Latest {
        let is_said = |name: &&&str| !keys.contains(name);
        let set: Vec<String> = (names.iter().filter(is_said))
            .map(|name| format!("{name} = excluded.{name}"))
            .collect();
        let of = |row: &str| event.map(|column| format!("{row}.{column}")).join(", ");
        sql = format!(
            "{sql} ON CONFLICT ({}) DO UPDATE SET {} WHERE ({}) < ({})",
            keys.join(", "),
            set.join(", "),
            of(table),
            of("excluded")
        );
    }
    sql
}

/// A row's members are the table's columns, in order; `at` is the event's three.
macro_rules! row {
    (
        $(#[$doc:meta])*
        $name:ident<$life:lifetime> in $table:literal, $sort:ident by ($($key:ident),*) {
            $($column:ident: $kind:ty,)+
        }
    ) => {
        $(#[$doc])*
        pub(super) struct $name<$life> {
            $(pub(super) $column: $kind,)+
            pub(super) at: EventAt,
        }

        impl<$life> Row<$life> for $name<$life> {
            const TABLE: &'static str = $table;
            const SORT: Sort = Sort::$sort;

            fn sql() -> &'static str {
                static SQL: OnceLock<String> = OnceLock::new();
                let columns = [
                    $((
                        stringify!($column),
                        <$kind as Column<$life>>::SQL,
                        <$kind as Column<$life>>::CAST,
                    ),)+
                    ("era", i32::SQL, ""),
                    ("transaction", i64::SQL, ""),
                    ("ordinal", i32::SQL, ""),
                ];
                let keys = [$(stringify!($key)),*];
                SQL.get_or_init(|| statement(($table, Sort::$sort), &keys, &columns))
            }

            fn at(&self) -> EventAt {
                self.at
            }

            fn order(&self, other: &Self) -> Ordering {
                Ordering::Equal$(.then_with(|| self.$key.cmp(&other.$key)))*
            }

            fn params(rows: Vec<Self>) -> Vec<(Values<$life>, Type)> {
                let era = i32::gather(rows.iter().map(|row| row.at.era));
                let transaction = i64::gather(rows.iter().map(|row| row.at.transaction));
                let ordinal = i32::gather(rows.iter().map(|row| row.at.ordinal));
                $(let mut $column = Vec::with_capacity(rows.len());)+
                for row in rows {
                    $($column.push(row.$column);)+
                }
                vec![
                    $((
                        <$kind as Column<$life>>::gather($column.into_iter()),
                        <$kind as Column<$life>>::ARRAY,
                    ),)+
                    (era, i32::ARRAY),
                    (transaction, i64::ARRAY),
                    (ordinal, i32::ARRAY),
                ]
            }
        }
    };
}

pub(super) use row;
