//! The table of results: its columns, and their values.

use suasion_results::{Field, FieldKind, FieldValue, Tabular};
use suasion_table::{ColumnValues, NamedColumn};

/// The column with the reason why work ended early.
pub(crate) const STOPPED: &str = "stopped";

/// A result of a unit: its row in the table and its line of JSON.
#[derive(Clone, Debug, PartialEq)]
pub struct UnitResult {
    /// A value for each column.
    pub row: Vec<FieldValue>,
    /// The line of JSON, without the line break.
    pub text: String,
}

impl UnitResult {
    /// A result with its printed line, without the line break.
    #[must_use]
    pub fn new(result: &impl Tabular, text: String) -> Self {
        Self { row: result.row(), text }
    }
}

/// A column with its name, unit and meaning.
pub(crate) fn named(name: &str, unit: &str, meaning: &str, values: ColumnValues) -> NamedColumn {
    NamedColumn::from((name, values)).with(unit, meaning)
}

/// The column with index `place`, from the rows of all results. A value of another kind counts as
/// missing.
pub(crate) fn column(field: &Field, place: usize, rows: &[&[FieldValue]]) -> NamedColumn {
    let values = rows.iter().map(|row| row.get(place).unwrap_or(&FieldValue::Missing));
    let values = match field.kind {
        FieldKind::Text => ColumnValues::MaybeTexts(values.map(text).collect()),
        FieldKind::Count => ColumnValues::Integers(values.map(|value| count(value).unwrap_or(0)).collect()),
        FieldKind::Number => ColumnValues::Maybe(values.map(number).collect()),
        FieldKind::Flag => ColumnValues::Flags(values.map(|value| matches!(value, FieldValue::Flag(true))).collect()),
        FieldKind::Numbers => ColumnValues::NumberLists(values.map(|value| Some(numbers(value))).collect()),
        FieldKind::Texts => ColumnValues::TextLists(values.map(texts).collect()),
    };
    named(field.name, field.unit, field.meaning, values)
}

fn text(value: &FieldValue) -> Option<String> {
    if let FieldValue::Text(text) = value { Some(text.clone()) } else { None }
}

fn count(value: &FieldValue) -> Option<u64> {
    if let FieldValue::Count(count) = value { Some(*count) } else { None }
}

fn number(value: &FieldValue) -> Option<f64> {
    if let FieldValue::Number(number) = value { Some(*number) } else { None }
}

fn numbers(value: &FieldValue) -> Vec<f64> {
    if let FieldValue::Numbers(numbers) = value { numbers.clone() } else { vec![] }
}

fn texts(value: &FieldValue) -> Vec<String> {
    if let FieldValue::Texts(texts) = value { texts.clone() } else { vec![] }
}

#[cfg(test)]
mod tests {
    use super::*;
    use suasion_results::{
        AlignRequest, EquilibriaRequest, FrontierRequest, ReduceRequest, ReduceResult, Request, SolveRequest,
    };

    fn requests() -> [Request; 5] {
        [
            Request::Solve(SolveRequest::default()),
            Request::Equilibria(EquilibriaRequest::default()),
            Request::Frontier(FrontierRequest::default()),
            Request::Align(AlignRequest::default()),
            Request::HullReduce(ReduceRequest::default()),
        ]
    }

    #[test]
    fn out_of_rows() {
        let result = ReduceResult {
            table: Some("scores.csv".into()),
            rows: 9,
            dropped: 0,
            target: "human".into(),
            agents: vec!["a".into(), "b".into()],
            groups: 1,
            factors: 3,
            output: "000000.factor".into(),
        };
        // Check the values in the form of a journal.
        let text = serde_json::to_string(&result.row()).unwrap();
        let read: Vec<FieldValue> = serde_json::from_str(&text).unwrap();
        assert_eq!(read, result.row());
        let fields = Request::HullReduce(ReduceRequest::default()).fields();
        let of = |name: &str| {
            let place = fields.iter().position(|field| field.name == name).unwrap();
            column(&fields[place], place, &[&read, &[]]).values
        };
        assert_eq!(of("table"), ColumnValues::MaybeTexts(vec![Some("scores.csv".into()), None]));
        assert_eq!(of("agents"), ColumnValues::Integers(vec![2, 0]));
        assert_eq!(of("rows"), ColumnValues::Integers(vec![9, 0]));
    }

    #[test]
    fn names_are_names_of_one_column() {
        for request in requests() {
            let fields = request.fields();
            let mut names: Vec<&str> = fields.iter().map(|field| field.name).collect();
            names.sort_unstable();
            assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "{request}: {names:?}");
            assert!(!names.contains(&"unit"));
            assert_eq!(names.contains(&STOPPED), request.reads_instances(), "{request}");
        }
    }
}
