//! Writes a table of named columns as one Parquet file, the same bytes for the same table; it leaves out reading and
//! what the columns mean.

use std::collections::BTreeSet;
use std::io::Write;
use std::ops::Range;
use std::sync::Arc;

use ::parquet::basic::{Compression, LogicalType, Repetition, Type as PhysicalType};
use ::parquet::data_type::{ByteArray, ByteArrayType, DataType, DoubleType, Int64Type};
use ::parquet::errors::ParquetError as FormatError;
use ::parquet::file::properties::{EnabledStatistics, WriterProperties, WriterVersion};
use ::parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use ::parquet::schema::types::{Type, TypePtr};
use thiserror::Error;

/// Rows in every row group but the last.
pub const ROW_GROUP_ROWS: usize = 10_000;

type Made = Result<TypePtr, FormatError>;
type Written = Result<(), FormatError>;
type Group<'a, W> = SerializedRowGroupWriter<'a, W>;

/// Why a table was refused or a file not written.
#[derive(Debug, Error)]
pub enum ParquetError {
    /// A table or a record, named by its path, has no columns, which Parquet cannot say.
    #[error("`{0}` has no columns")]
    NoColumns(String),
    /// Two columns side by side have the same name; the path is given.
    #[error("column `{0}` appears twice")]
    DuplicateColumn(String),
    /// A column is longer or shorter than the first.
    #[error("column `{column}` has {found} rows, the first column has {expected}")]
    LengthMismatch {
        /// The column's path.
        column: String,
        /// Rows in the first column.
        expected: usize,
        /// Rows in this column.
        found: usize,
    },
    /// A number, by its column's path and its row, isn't finite; what is undefined must be absent instead.
    #[error("column `{0}` holds a number that is not finite (row {1}, from 0)")]
    NotFinite(String, usize),
    /// The Parquet library or the stream under it failed.
    #[error("the Parquet file could not be written")]
    Write(#[from] FormatError),
}

/// One turn of a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Who speaks: `system`, `user`, `assistant`, ...
    pub role: String,
    /// What is said.
    pub content: String,
}

/// A column's values, one a row.
#[derive(Debug, Clone, PartialEq)]
pub enum Values {
    /// UTF-8 strings.
    Text(Vec<String>),
    /// UTF-8 strings that may be absent.
    OptionalText(Vec<Option<String>>),
    /// 64-bit signed integers.
    Int(Vec<i64>),
    /// 64-bit signed integers that may be absent.
    OptionalInt(Vec<Option<i64>>),
    /// Finite 64-bit floats.
    Real(Vec<f64>),
    /// Finite 64-bit floats that may be absent.
    OptionalReal(Vec<Option<f64>>),
    /// Conversations: a list of `{role, content}`, possibly empty.
    Messages(Vec<Vec<Message>>),
    /// A group of columns that is always present.
    Record(Vec<Column>),
}

impl Values {
    /// Number of rows; a record is as long as its first column.
    fn row_count(&self) -> usize {
        match self {
            Self::Text(values) => values.len(),
            Self::OptionalText(values) => values.len(),
            Self::Int(values) => values.len(),
            Self::OptionalInt(values) => values.len(),
            Self::Real(values) => values.len(),
            Self::OptionalReal(values) => values.len(),
            Self::Messages(values) => values.len(),
            Self::Record(columns) => columns.first().map_or(0, |column| column.values.row_count()),
        }
    }

    /// The first row whose number is not finite.
    fn first_not_finite(&self) -> Option<usize> {
        match self {
            Self::Real(values) => values.iter().position(|value| !value.is_finite()),
            Self::OptionalReal(values) => values.iter().position(|value| value.is_some_and(|value| !value.is_finite())),
            _ => None,
        }
    }
}

/// A named column.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// The name, distinct among the columns beside it.
    pub name: String,
    /// The values.
    pub values: Values,
}

/// Columns of equal length with distinct names.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    columns: Vec<Column>,
}

impl Table {
    /// Checks the columns, and those inside records, and keeps their order.
    ///
    /// # Errors
    /// No columns, a name twice, unequal lengths, or a number that is not finite.
    pub fn new(columns: Vec<Column>) -> Result<Self, ParquetError> {
        let row_count = columns.first().map_or(0, |column| column.values.row_count());
        check_columns(&columns, "", row_count)?;
        Ok(Self { columns })
    }

    /// Number of rows.
    #[must_use]
    pub fn row_count(&self) -> usize {
        self.columns.first().map_or(0, |column| column.values.row_count())
    }
}

/// Checks one level of columns; `path` is the dotted name of the record around them, empty at the top.
fn check_columns(columns: &[Column], path: &str, row_count: usize) -> Result<(), ParquetError> {
    if columns.is_empty() {
        let within = if path.is_empty() { "table" } else { path };
        return Err(ParquetError::NoColumns(within.to_owned()));
    }
    let mut names = BTreeSet::new();
    for column in columns {
        let name = if path.is_empty() { column.name.clone() } else { format!("{path}.{}", column.name) };
        if !names.insert(&column.name) {
            return Err(ParquetError::DuplicateColumn(name));
        }
        if let Values::Record(children) = &column.values {
            check_columns(children, &name, row_count)?;
            continue;
        }
        let found = column.values.row_count();
        if found != row_count {
            return Err(ParquetError::LengthMismatch { column: name, expected: row_count, found });
        }
        if let Some(row) = column.values.first_not_finite() {
            return Err(ParquetError::NotFinite(name, row));
        }
    }
    Ok(())
}

/// Writes `table` to `writer` and flushes it: Snappy, no statistics, [`ROW_GROUP_ROWS`] rows a group.
///
/// A table without rows becomes a file with a schema and no row groups. The writer's name in the footer has no version,
/// so that an upgrade of ours changes no bytes.
///
/// # Errors
/// [`ParquetError::Write`] when the stream fails.
pub fn write_table<W: Write + Send>(table: &Table, writer: W) -> Result<(), ParquetError> {
    let properties = WriterProperties::builder()
        .set_created_by("guildhall".to_owned())
        .set_writer_version(WriterVersion::PARQUET_1_0)
        .set_compression(Compression::SNAPPY)
        .set_statistics_enabled(EnabledStatistics::None)
        .set_offset_index_disabled(true)
        .build();
    let schema = Arc::new(Type::group_type_builder("schema").with_fields(field_types(&table.columns)?).build()?);
    let mut file = SerializedFileWriter::new(writer, schema, Arc::new(properties))?;
    let row_count = table.row_count();
    for start in (0..row_count).step_by(ROW_GROUP_ROWS) {
        let rows = start..row_count.min(start + ROW_GROUP_ROWS);
        let mut group = file.next_row_group()?;
        for column in &table.columns {
            write_values(&mut group, &column.values, rows.clone())?;
        }
        group.close()?;
    }
    file.close()?;
    Ok(())
}

fn field_types(columns: &[Column]) -> Result<Vec<TypePtr>, FormatError> {
    columns.iter().map(column_type).collect()
}

fn column_type(column: &Column) -> Made {
    let name = column.name.as_str();
    match &column.values {
        Values::Text(_) => leaf_type(name, PhysicalType::BYTE_ARRAY, Repetition::REQUIRED),
        Values::OptionalText(_) => leaf_type(name, PhysicalType::BYTE_ARRAY, Repetition::OPTIONAL),
        Values::Int(_) => leaf_type(name, PhysicalType::INT64, Repetition::REQUIRED),
        Values::OptionalInt(_) => leaf_type(name, PhysicalType::INT64, Repetition::OPTIONAL),
        Values::Real(_) => leaf_type(name, PhysicalType::DOUBLE, Repetition::REQUIRED),
        Values::OptionalReal(_) => leaf_type(name, PhysicalType::DOUBLE, Repetition::OPTIONAL),
        Values::Messages(_) => messages_type(name),
        Values::Record(children) => group_type(name, Repetition::REQUIRED, None, field_types(children)?),
    }
}

/// A leaf; bytes are always UTF-8 text.
fn leaf_type(name: &str, physical: PhysicalType, repetition: Repetition) -> Made {
    let is_text = physical == PhysicalType::BYTE_ARRAY;
    let leaf = Type::primitive_type_builder(name, physical)
        .with_logical_type(is_text.then_some(LogicalType::String))
        .with_repetition(repetition);
    leaf.build().map(Arc::new)
}

fn group_type(name: &str, repetition: Repetition, logical: Option<LogicalType>, fields: Vec<TypePtr>) -> Made {
    let group = Type::group_type_builder(name).with_logical_type(logical).with_repetition(repetition);
    group.with_fields(fields).build().map(Arc::new)
}

/// The standard three-level list. Source: Parquet format specification, LogicalTypes, Lists.
fn messages_type(name: &str) -> Made {
    let text = |name| leaf_type(name, PhysicalType::BYTE_ARRAY, Repetition::REQUIRED);
    let turn = vec![text("role")?, text("content")?];
    let element = group_type("element", Repetition::REQUIRED, None, turn)?;
    let list = group_type("list", Repetition::REPEATED, None, vec![element])?;
    group_type(name, Repetition::REQUIRED, Some(LogicalType::List), vec![list])
}

/// Writes one row group's part of a column, leaf by leaf in schema order.
///
/// Records are always present and add no levels, so a leaf's levels depend only on its own kind.
fn write_values<W: Write + Send>(group: &mut Group<'_, W>, values: &Values, rows: Range<usize>) -> Written {
    match values {
        Values::Text(values) => {
            let texts: Vec<_> = values[rows].iter().map(|text| ByteArray::from(text.as_str())).collect();
            write_leaf::<ByteArrayType, W>(group, &texts, None, None)
        }
        Values::OptionalText(values) => {
            let texts: Vec<_> = values[rows].iter().map(|text| text.as_deref().map(ByteArray::from)).collect();
            write_optional::<ByteArrayType, W>(group, &texts)
        }
        Values::Int(values) => write_leaf::<Int64Type, W>(group, &values[rows], None, None),
        Values::OptionalInt(values) => write_optional::<Int64Type, W>(group, &values[rows]),
        Values::Real(values) => write_leaf::<DoubleType, W>(group, &values[rows], None, None),
        Values::OptionalReal(values) => write_optional::<DoubleType, W>(group, &values[rows]),
        Values::Messages(values) => write_messages(group, &values[rows]),
        Values::Record(columns) => {
            columns.iter().try_for_each(|column| write_values(group, &column.values, rows.clone()))
        }
    }
}

/// Definition level 1 is present, 0 absent.
fn write_optional<T: DataType, W: Write + Send>(group: &mut Group<'_, W>, values: &[Option<T::T>]) -> Written {
    let definition: Vec<i16> = values.iter().map(|value| i16::from(value.is_some())).collect();
    let present: Vec<T::T> = values.iter().flatten().cloned().collect();
    write_leaf::<T, W>(group, &present, Some(&definition), None)
}

/// Definition level 1 is a turn, 0 an empty list; repetition level 0 opens a row, 1 continues it.
fn write_messages<W: Write + Send>(group: &mut Group<'_, W>, rows: &[Vec<Message>]) -> Written {
    let (mut definition, mut repetition) = (Vec::<i16>::new(), Vec::<i16>::new());
    for row in rows {
        definition.extend(std::iter::repeat_n(1, row.len()));
        repetition.extend((0..row.len()).map(|turn| i16::from(turn > 0)));
        if row.is_empty() {
            definition.push(0);
            repetition.push(0);
        }
    }
    let turns = || rows.iter().flatten();
    let roles: Vec<_> = turns().map(|turn| ByteArray::from(turn.role.as_str())).collect();
    write_leaf::<ByteArrayType, W>(group, &roles, Some(&definition), Some(&repetition))?;
    let contents: Vec<_> = turns().map(|turn| ByteArray::from(turn.content.as_str())).collect();
    write_leaf::<ByteArrayType, W>(group, &contents, Some(&definition), Some(&repetition))
}

fn write_leaf<T: DataType, W: Write + Send>(
    group: &mut Group<'_, W>,
    values: &[T::T],
    definition: Option<&[i16]>,
    repetition: Option<&[i16]>,
) -> Written {
    let mut column = group
        .next_column()?
        .ok_or_else(|| FormatError::General("the schema has fewer columns than the table".to_owned()))?;
    column.typed::<T>().write_batch(values, definition, repetition)?;
    column.close()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ::parquet::file::reader::{FileReader, SerializedFileReader};
    use ::parquet::record::RowAccessor;

    fn column(name: &str, values: Values) -> Column {
        Column { name: name.to_owned(), values }
    }

    fn conversation(turns: usize) -> Vec<Message> {
        (0..turns).map(|turn| Message { role: "user".to_owned(), content: format!("ünï \u{1F600}\0 {turn}") }).collect()
    }

    /// A column of every kind.
    fn table(rows: usize) -> Table {
        let at = |row: usize| i64::try_from(row).unwrap();
        let inner = vec![
            column("release", Values::Text((0..rows).map(|row| format!("r{row}")).collect())),
            column(
                "deep",
                Values::Record(vec![column(
                    "turns",
                    Values::Messages((0..rows).map(|row| conversation(row % 2)).collect()),
                )]),
            ),
        ];
        Table::new(vec![
            column("prompt", Values::Messages((0..rows).map(|row| conversation(row % 4)).collect())),
            column("text", Values::Text((0..rows).map(|row| format!("é{row}")).collect())),
            column(
                "maybe_text",
                Values::OptionalText((0..rows).map(|row| (row % 3 > 0).then(|| row.to_string())).collect()),
            ),
            column("int", Values::Int((0..rows).map(at).collect())),
            column("maybe_int", Values::OptionalInt((0..rows).map(|row| (row % 2 > 0).then(|| at(row))).collect())),
            column("real", Values::Real((0..rows).map(|row| f64::from(u32::try_from(row).unwrap()) / 7.0).collect())),
            column("maybe_real", Values::OptionalReal((0..rows).map(|row| (row % 5 > 0).then_some(0.5)).collect())),
            column("provenance", Values::Record(inner)),
        ])
        .unwrap()
    }

    fn reader(bytes: &[u8]) -> SerializedFileReader<std::fs::File> {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        SerializedFileReader::new(file).unwrap()
    }

    fn written(table: &Table) -> Vec<u8> {
        let mut out = Vec::new();
        write_table(table, &mut out).unwrap();
        out
    }

    #[test]
    fn reads_back_what_was_written_across_row_groups() {
        let rows = ROW_GROUP_ROWS + 3;
        let reader = reader(&written(&table(rows)));
        assert_eq!(reader.num_row_groups(), 2);
        assert_eq!(reader.metadata().file_metadata().created_by(), Some("guildhall"));
        let read: Vec<_> = reader.get_row_iter(None).unwrap().map(Result::unwrap).collect();
        assert_eq!(read.len(), rows);
        for (at, row) in read.iter().enumerate() {
            assert_eq!(row.get_list(0).unwrap().len(), at % 4);
            assert_eq!(row.get_string(1).unwrap(), &format!("é{at}"));
            assert_eq!(row.get_string(2).ok().cloned(), (at % 3 > 0).then(|| at.to_string()));
            assert_eq!(row.get_long(3).unwrap(), i64::try_from(at).unwrap());
            assert_eq!(row.get_long(4).is_ok(), at % 2 > 0);
            assert_eq!(row.get_group(7).unwrap().get_string(0).unwrap(), &format!("r{at}"));
        }
    }

    #[test]
    fn writes_the_same_bytes_twice_and_a_schema_for_no_rows() {
        assert_eq!(written(&table(50)), written(&table(50)));
        let reader = reader(&written(&table(0)));
        assert_eq!((reader.num_row_groups(), reader.metadata().file_metadata().num_rows()), (0, 0));
        assert_eq!(reader.metadata().file_metadata().schema_descr().num_columns(), 11);
    }

    #[test]
    fn refuses_tables_that_do_not_fit_together() {
        let refusal = |columns| Table::new(columns).unwrap_err().to_string();
        let int = |name, rows| column(name, Values::Int(vec![1; rows]));
        assert_eq!(refusal(vec![]), "`table` has no columns");
        assert_eq!(refusal(vec![int("a", 1), int("a", 1)]), "column `a` appears twice");
        assert_eq!(refusal(vec![int("a", 1), int("b", 2)]), "column `b` has 2 rows, the first column has 1");
        let record = |children| vec![int("a", 1), column("p", Values::Record(children))];
        assert_eq!(refusal(record(vec![])), "`p` has no columns");
        assert_eq!(refusal(record(vec![int("x", 1), int("x", 1)])), "column `p.x` appears twice");
        assert_eq!(refusal(record(vec![int("x", 3)])), "column `p.x` has 3 rows, the first column has 1");
        let real = refusal(vec![column("q", Values::Real(vec![0.5, f64::NAN]))]);
        assert_eq!(real, "column `q` holds a number that is not finite (row 1, from 0)");
    }

    #[test]
    fn reports_a_stream_that_fails() {
        struct Full;
        impl Write for Full {
            fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
                Err(std::io::Error::from(std::io::ErrorKind::StorageFull))
            }
            fn flush(&mut self) -> std::io::Result<()> {
                Ok(())
            }
        }
        assert!(matches!(write_table(&table(2), Full), Err(ParquetError::Write(_))));
    }
}
