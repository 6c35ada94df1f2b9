//! Writes tables as files of every format.
use arrow_array::types::Int32Type;
use arrow_array::{
    ArrayRef, BooleanArray, Decimal128Array, DictionaryArray, Float32Array, Float64Array, Int64Array, LargeStringArray,
    RecordBatch, StringArray, StringViewArray, UInt8Array,
};
use arrow_ipc::CompressionType;
use arrow_ipc::writer::{FileWriter, IpcWriteOptions};
use arrow_schema::{DataType, Field, Schema};
use parquet::arrow::ArrowWriter;
use parquet::basic::{BrotliLevel, Compression, GzipLevel, ZstdLevel};
use parquet::file::properties::WriterProperties;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use std::fmt::Write as _;
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use suasion_table::{Reader, Table, TableError};

/// Names of columns as for NumPy's arrays.
pub fn names(columns: usize) -> Vec<String> {
    (0..columns).map(|k| format!("column_{k}")).collect()
}

/// Random columns, with numbers of all magnitudes.
pub fn random(rows: usize, columns: usize, seed: u64) -> Vec<Vec<f64>> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let odd = [0.0, -0.0, 1.0, f64::MIN_POSITIVE, f64::MAX, 5e-324, 0.1, f64::INFINITY];
    let mut value =
        || if rng.random_bool(0.1) { odd[rng.random_range(0..odd.len())] } else { rng.random_range(-1e3..1e3) };
    (0..columns).map(|_| (0..rows).map(|_| value()).collect()).collect()
}

pub fn batch(columns: &[Vec<f64>]) -> RecordBatch {
    let fields: Vec<Field> =
        names(columns.len()).iter().map(|name| Field::new(name, DataType::Float64, true)).collect();
    let arrays = columns.iter().map(|values| Arc::new(Float64Array::from(values.clone())) as ArrayRef).collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).unwrap()
}

/// Columns of many types, with nulls.
pub fn mixed() -> RecordBatch {
    let dictionary: DictionaryArray<Int32Type> = [Some("x"), None, Some("y"), Some("x")].into_iter().collect();
    let decimals = Decimal128Array::from(vec![Some(125), Some(-10), None, Some(12_345_678_901_234_567_890_123)])
        .with_precision_and_scale(30, 2)
        .unwrap();
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("double", Arc::new(Float64Array::from(vec![Some(0.1), None, Some(f64::NAN), Some(-0.0)]))),
        ("single", Arc::new(Float32Array::from(vec![Some(0.1), None, Some(2.0), None]))),
        ("whole", Arc::new(Int64Array::from(vec![Some(-3), None, Some(1 << 60), Some(0)]))),
        ("byte", Arc::new(UInt8Array::from(vec![255, 0, 1, 2]))),
        ("truth", Arc::new(BooleanArray::from(vec![Some(true), Some(false), None, Some(true)]))),
        ("decimal", Arc::new(decimals)),
        ("text", Arc::new(StringArray::from(vec![Some("a"), Some(""), None, Some("a")]))),
        ("large", Arc::new(LargeStringArray::from(vec!["p", "q", "p", "p"]))),
        (
            "view",
            Arc::new(StringViewArray::from(vec![Some("a longer text than fits in place"), None, None, Some("v")])),
        ),
        ("dictionary", Arc::new(dictionary)),
    ];
    RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, array)| (name, array, true))).unwrap()
}

/// Writes a batch as Parquet, with row groups and pages of these sizes.
pub fn write_parquet(path: &Path, batch: &RecordBatch, group: usize, page: usize, compression: Compression) {
    let properties = WriterProperties::builder()
        .set_compression(compression)
        .set_max_row_group_row_count(Some(group))
        .set_data_page_row_count_limit(page)
        .set_write_batch_size(page)
        .build();
    let mut writer = ArrowWriter::try_new(File::create(path).unwrap(), batch.schema(), Some(properties)).unwrap();
    writer.write(batch).unwrap();
    writer.close().unwrap();
}

/// Writes a batch as an Arrow IPC file, with record batches of this size.
pub fn write_ipc(path: &Path, batch: &RecordBatch, rows: usize, compression: Option<CompressionType>) {
    let options = IpcWriteOptions::default().try_with_compression(compression).unwrap();
    let mut writer = FileWriter::try_new_with_options(File::create(path).unwrap(), &batch.schema(), options).unwrap();
    for from in (0..batch.num_rows()).step_by(rows) {
        writer.write(&batch.slice(from, rows.min(batch.num_rows() - from))).unwrap();
    }
    writer.finish().unwrap();
}

pub fn csv(columns: &[Vec<f64>]) -> String {
    let mut text = names(columns.len()).join(",");
    text.push('\n');
    for row in 0..columns[0].len() {
        for (k, column) in columns.iter().enumerate() {
            let comma = if k > 0 { "," } else { "" };
            write!(text, "{comma}{:?}", column[row]).unwrap();
        }
        text.push('\n');
    }
    text
}

/// An npy file with this header and data.
pub fn npy(kind: &str, fortran: bool, shape: &str, data: &[u8]) -> Vec<u8> {
    let fortran = if fortran { "True" } else { "False" };
    let mut header = format!("{{'descr': {kind}, 'fortran_order': {fortran}, 'shape': {shape}, }}");
    while (10 + header.len() + 1) % 64 != 0 {
        header.push(' ');
    }
    header.push('\n');
    let mut file = b"\x93NUMPY\x01\x00".to_vec();
    file.extend((header.len() as u16).to_le_bytes());
    file.extend(header.as_bytes());
    file.extend(data);
    file
}

/// Columns as an npy file of little-endian doubles.
pub fn npy_of(columns: &[Vec<f64>], fortran: bool) -> Vec<u8> {
    let rows = columns[0].len();
    let data: Vec<u8> = if fortran {
        columns.iter().flatten().flat_map(|x| x.to_le_bytes()).collect()
    } else {
        (0..rows).flat_map(|row| columns.iter().flat_map(move |column| column[row].to_le_bytes())).collect()
    };
    npy("'<f8'", fortran, &format!("({rows}, {})", columns.len()), &data)
}

/// Members as an npz file.
pub fn npz(path: &Path, members: &[(&str, Vec<u8>)], packed: bool) {
    let mut archive = zip::ZipWriter::new(File::create(path).unwrap());
    let method = if packed { zip::CompressionMethod::Deflated } else { zip::CompressionMethod::Stored };
    let options = zip::write::SimpleFileOptions::default().compression_method(method);
    for (name, content) in members {
        archive.start_file(format!("{name}.npy"), options).unwrap();
        archive.write_all(content).unwrap();
    }
    archive.finish().unwrap();
}

/// Writes the same columns in every format, as `column_0`, ..., and returns the paths.
pub fn all(folder: &Path, columns: &[Vec<f64>]) -> Vec<PathBuf> {
    let place = |name: &str| folder.join(name);
    let batch = batch(columns);
    let rows = columns[0].len();
    write_parquet(&place("a.parquet"), &batch, rows.max(1), 1 << 20, Compression::SNAPPY);
    write_parquet(&place("b.pq"), &batch, rows / 3 + 1, 100, Compression::ZSTD(ZstdLevel::default()));
    write_parquet(&place("c.parquet"), &batch, rows / 2 + 1, 77, Compression::LZ4_RAW);
    write_parquet(&place("d.parquet"), &batch, rows / 2 + 1, 77, Compression::GZIP(GzipLevel::default()));
    write_parquet(&place("e.parquet"), &batch, rows / 2 + 1, 77, Compression::BROTLI(BrotliLevel::default()));
    write_parquet(&place("f"), &batch, rows / 2 + 1, 77, Compression::UNCOMPRESSED);
    write_ipc(&place("g.arrow"), &batch, 100, None);
    write_ipc(&place("h.feather"), &batch, rows / 2 + 1, Some(CompressionType::ZSTD));
    write_ipc(&place("i"), &batch, 999, Some(CompressionType::LZ4_FRAME));
    std::fs::write(place("j.csv"), csv(columns)).unwrap();
    std::fs::write(place("k.tsv"), csv(columns).replace(',', "\t").replace('\n', "\r\n")).unwrap();
    let quoted = csv(columns).replace(',', "\",\"").replace('\n', "\"\n\"");
    std::fs::write(place("l.txt"), format!("\u{feff}\"{}", quoted.trim_end_matches("\n\""))).unwrap();
    std::fs::write(place("m.npy"), npy_of(columns, false)).unwrap();
    std::fs::write(place("n.npy"), npy_of(columns, true)).unwrap();
    std::fs::write(place("o"), npy_of(columns, true)).unwrap();
    npz(&place("p.npz"), &[("column", npy_of(columns, false))], false);
    npz(&place("q.npz"), &[("column", npy_of(columns, true))], true);
    let singles = names(columns.len());
    let members: Vec<(&str, Vec<u8>)> = singles
        .iter()
        .zip(columns)
        .map(|(name, v)| {
            let data: Vec<u8> = v.iter().flat_map(|x| x.to_be_bytes()).collect();
            (name.as_str(), npy("'>f8'", false, &format!("({rows},)"), &data))
        })
        .collect();
    npz(&place("r"), &members, true);
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

/// Numbers and labels by columns.
pub type Columns = (Vec<Vec<f64>>, Vec<Vec<Option<String>>>);

/// Reads all selected columns, in parts of about this many rows, on this many threads.
pub fn read(reader: &Reader, rows: usize, threads: usize) -> Result<Columns, TableError> {
    let parts = reader.parts(rows);
    let mut next = 0;
    for part in &parts {
        assert_eq!(part.first(), next);
        assert!(part.rows() > 0);
        next += part.rows();
    }
    assert_eq!(next, reader.rows());
    let part = |part: &suasion_table::Part| {
        let mut numbers = vec![vec![]; reader.numbers().len()];
        let mut labels = vec![vec![]; reader.labels().len()];
        let mut next = part.first();
        reader.read::<TableError>(part, |batch| {
            assert_eq!(batch.first(), next);
            assert!(batch.rows() > 0 && batch.rows() <= suasion_table::BATCH);
            next += batch.rows() as u64;
            for (k, out) in numbers.iter_mut().enumerate() {
                out.extend_from_slice(batch.numbers(k));
            }
            for (k, out) in labels.iter_mut().enumerate() {
                assert_eq!(batch.labels(k).codes().len(), batch.rows());
                out.extend((0..batch.rows()).map(|row| batch.labels(k).get(row).map(str::to_owned)));
            }
            Ok(())
        })?;
        assert_eq!(next, part.first() + part.rows());
        Ok((numbers, labels))
    };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    let found: Vec<_> = pool.install(|| parts.par_iter().map(part).collect::<Result<_, TableError>>())?;
    let mut numbers = vec![vec![]; reader.numbers().len()];
    let mut labels = vec![vec![]; reader.labels().len()];
    for (some, others) in found {
        numbers.iter_mut().zip(some).for_each(|(out, more): (&mut Vec<f64>, _)| out.extend(more));
        labels.iter_mut().zip(others).for_each(|(out, more): (&mut Vec<Option<String>>, _)| out.extend(more));
    }
    Ok((numbers, labels))
}

/// Reads some columns of files as numbers.
pub fn numbers(paths: &[PathBuf], columns: &[String]) -> Result<Vec<Vec<f64>>, TableError> {
    read(&Table::open(paths)?.select(columns, &[])?, 1000, 1).map(|(numbers, _)| numbers)
}

pub fn bits(columns: &[Vec<f64>]) -> Vec<Vec<u64>> {
    columns.iter().map(|column| column.iter().map(|x| x.to_bits()).collect()).collect()
}
