//! Tables of scores, reduced to factors.

use crate::columns::{FieldValue, columns};
use serde::{Deserialize, Serialize};

/// The result of `hull reduce` for a table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReduceResult {
    /// The table's file, in a batch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub table: Option<String>,
    /// The number of rows that were read.
    pub rows: u64,
    /// The number of rows that were left out because they lack a value.
    pub dropped: u64,
    /// The column that is fitted.
    pub target: String,
    /// The agents' columns.
    pub agents: Vec<String>,
    /// The number of groups of rows.
    pub groups: usize,
    /// The number of factors.
    pub factors: usize,
    /// The file of the factors.
    pub output: String,
}

columns! {
    /// The table of reductions.
    ReduceResult {
        []
        "table" "" Text: "the table's file" => |r| r.table.clone().into();
        "target" "" Text: "the column that is fitted" => |r| FieldValue::text(&r.target);
        "agents" "" Count: "the number of agents" => |r| FieldValue::length(&r.agents);
        "rows" "" Count: "the number of rows that were read" => |r| r.rows.into();
        "dropped" "" Count: "the number of rows that were left out because they lack a value" => |r| r.dropped.into();
        "factors" "" Count: "the number of factors" => |r| (r.factors as u64).into();
        "output" "" Text: "the file of its factors, in the output's folder" => |r| FieldValue::text(&r.output);
    }
}
