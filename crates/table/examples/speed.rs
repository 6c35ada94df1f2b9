//! Measures how fast a table is read: `speed FILE [THREADS] [PART]`. Or makes a table: `speed
//! --make FILE ROWS COLUMNS`; the extension decides the format (parquet, npy, csv).

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::time::Instant;
use suasion_table::{ColumnValues, NamedColumn, Table, TableError, expand, write_parquet};

fn make(path: &str, rows: usize, columns: usize) -> Result<(), Box<dyn std::error::Error>> {
    let mut rng = ChaCha8Rng::seed_from_u64(0);
    let names = (0..columns).map(|k| format!("column_{k}"));
    let extension = Path::new(path).extension().unwrap_or_default();
    if extension == "parquet" {
        let columns: Vec<NamedColumn> =
            names.map(|name| (name, ColumnValues::Numbers((0..rows).map(|_| rng.random()).collect())).into()).collect();
        return Ok(write_parquet(path, &columns, &[])?);
    }
    let mut file = BufWriter::new(std::fs::File::create(path)?);
    if extension == "npy" {
        let header = format!("{{'descr': '<f8', 'fortran_order': False, 'shape': ({rows}, {columns}), }}\n");
        file.write_all(b"\x93NUMPY\x01\x00")?;
        file.write_all(&(header.len() as u16).to_le_bytes())?;
        file.write_all(header.as_bytes())?;
        for _ in 0..rows * columns {
            file.write_all(&rng.random::<f64>().to_le_bytes())?;
        }
    } else {
        writeln!(file, "{}", names.collect::<Vec<_>>().join(","))?;
        for _ in 0..rows {
            let row: Vec<String> = (0..columns).map(|_| rng.random::<f64>().to_string()).collect();
            writeln!(file, "{}", row.join(","))?;
        }
    }
    Ok(file.flush()?)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [flag, path, rows, columns] = arguments.as_slice()
        && flag == "--make"
    {
        return make(path, rows.parse()?, columns.parse()?);
    }
    let number = |k: usize, default: usize| arguments.get(k).map_or(Ok(default), |text| text.parse());
    let (threads, rows) = (number(1, 1)?, number(2, 1 << 16)?);
    let start = Instant::now();
    let table = Table::open(&expand(&arguments[..1.min(arguments.len())])?)?;
    let names: Vec<String> = table.columns().iter().map(|column| column.name.clone()).collect();
    let reader = table.select(&names, &[])?;
    let opened = start.elapsed();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
    let parts = reader.parts(rows);
    let sum = |part| {
        let mut sum = 0.0;
        reader.read::<TableError>(part, |batch| {
            // One number per column, so that the time is that of reading.
            sum += (0..names.len()).map(|k| batch.numbers(k)[0]).sum::<f64>();
            Ok(())
        })?;
        Ok::<f64, TableError>(sum)
    };
    let sums: Vec<f64> = pool.install(|| parts.par_iter().map(sum).collect::<Result<_, _>>())?;
    let seconds = start.elapsed().as_secs_f64() - opened.as_secs_f64();
    let bytes = reader.rows() as f64 * names.len() as f64 * 8.0;
    let (open, speed) = (opened.as_secs_f64(), bytes / seconds / 1e9);
    println!("{} rows, {} parts, open {open:.3} s, read {seconds:.3} s, {speed:.2} GB/s", reader.rows(), parts.len());
    println!("{}", sums.iter().sum::<f64>());
    Ok(())
}
