//! `NumPy` files.

use npyz::{NpyFile, Order, WriterBuilder};
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::path::Path;

/// Numbers and their shape.
pub(super) struct Array {
    /// In C order, whatever the order in the file.
    pub numbers: Vec<f64>,
    /// One or two sizes.
    pub shape: Vec<usize>,
}

/// The magic string, the version, and the length of the header.
const PREFIX: u64 = 12;
const LONGEST_HEADER: u64 = 1 << 16;

/// Reads an array of one or two dimensions, in single or double precision.
///
/// The header's claim is compared with the length of the file before any memory is allocated.
pub(super) fn read(path: &Path) -> Result<Array, String> {
    if path.is_dir() {
        return Err("found a directory, expected a NumPy file".into());
    }
    let mut file = File::open(path).map_err(|cause| format!("cannot be opened: {cause}"))?;
    let length = file.metadata().map_err(|cause| format!("cannot be read: {cause}"))?.len();
    let elements: u64 = claimed(&mut file, length)?.iter().product();
    file.seek(SeekFrom::Start(0)).map_err(|cause| format!("cannot be read: {cause}"))?;
    let npy = NpyFile::new(BufReader::new(file)).map_err(|cause| format!("not a NumPy file: {cause}"))?;
    let shape: Vec<usize> = npy.shape().iter().map(|&size| size as usize).collect();
    if shape.is_empty() || shape.len() > 2 {
        return Err(format!("found {} dimensions, expected 1 or 2", shape.len()));
    }
    let order = npy.order();
    let kind = npy.dtype().descr();
    let size: u64 = match kind.trim_matches(['\'', '"']) {
        "<f8" | ">f8" => 8,
        "<f4" | ">f4" => 4,
        other => return Err(format!("found elements of type {other}, expected float64 (<f8) or float32 (<f4)")),
    };
    let start = length.checked_sub(elements * size).ok_or_else(|| {
        format!("truncated: found {length} bytes, expected at least {} for {elements} numbers", elements * size)
    })?;
    if start < PREFIX - 2 {
        return Err(format!("truncated: found {length} bytes for {elements} numbers and their header"));
    }
    // An array that the machine could never hold is refused here. The numbers themselves are read
    // through another library.
    let room = Vec::<f64>::new().try_reserve_exact(elements as usize);
    room.map_err(|_| format!("its {elements} numbers do not fit in memory"))?;
    let failed = |cause: io::Error| match cause.kind() {
        io::ErrorKind::UnexpectedEof => format!("truncated: it ends before all of {elements} numbers"),
        _ => format!("cannot be read: {cause}"),
    };
    let numbers = if size == 8 {
        npy.into_vec::<f64>().map_err(failed)?
    } else {
        npy.into_vec::<f32>().map_err(failed)?.into_iter().map(f64::from).collect()
    };
    Ok(Array { numbers: if order == Order::Fortran { transposed(&numbers, &shape) } else { numbers }, shape })
}

/// The number of rows of a table, from its header alone.
pub(super) fn rows(path: &Path) -> Result<usize, String> {
    let mut file = File::open(path).map_err(|cause| format!("cannot be opened: {cause}"))?;
    let length = file.metadata().map_err(|cause| format!("cannot be read: {cause}"))?.len();
    let shape = claimed(&mut file, length)?;
    Ok(if let &[rows, _] = &shape[..] { rows as usize } else { 1 })
}

/// The shape that the header claims. It is refused if any size is zero, or if a file of this length
/// cannot hold that many numbers.
fn claimed(file: &mut File, length: u64) -> Result<Vec<u64>, String> {
    let mut prefix = [0; PREFIX as usize];
    let truncated = |_| format!("truncated: found {length} bytes, less than a header");
    file.read_exact(&mut prefix).map_err(truncated)?;
    if &prefix[..6] != b"\x93NUMPY" {
        return Err("not a NumPy file: it does not begin with \\x93NUMPY".into());
    }
    let (header, start) = match prefix[6] {
        1 => (u64::from(u16::from_le_bytes([prefix[8], prefix[9]])), 10),
        _ => (u64::from(u32::from_le_bytes([prefix[8], prefix[9], prefix[10], prefix[11]])), 12),
    };
    if header > LONGEST_HEADER || start + header > length {
        return Err(format!("its header claims {header} bytes, and the file has {length}"));
    }
    let mut text = vec![0; header as usize];
    file.seek(SeekFrom::Start(start)).and_then(|_| file.read_exact(&mut text)).map_err(truncated)?;
    let text = String::from_utf8_lossy(&text);
    let bad = || "not a NumPy file: its header has no shape".to_owned();
    let (_, shape) = text.split_once("shape").ok_or_else(bad)?;
    let (_, shape) = shape.split_once('(').ok_or_else(bad)?;
    let (shape, _) = shape.split_once(')').ok_or_else(bad)?;
    let sizes = shape.split(',').map(str::trim).filter(|size| !size.is_empty());
    let mut elements = 1_u64;
    let mut claimed = vec![];
    for size in sizes {
        let size: u64 = size.trim_end_matches('L').parse().map_err(|_| bad())?;
        elements = elements
            .checked_mul(size.max(1))
            .filter(|&elements| elements <= length)
            .ok_or_else(|| format!("its header claims the shape ({shape}), and the file has {length} bytes"))?;
        if size == 0 {
            return Err(format!("its shape ({shape}) holds no number"));
        }
        claimed.push(size);
    }
    Ok(claimed)
}

fn transposed(numbers: &[f64], shape: &[usize]) -> Vec<f64> {
    let &[rows, columns] = shape else {
        return numbers.to_vec();
    };
    (0..rows * columns).map(|i| numbers[(i % columns) * rows + i / columns]).collect()
}

/// Writes an array in double precision and C order.
pub(super) fn write(out: impl Write, shape: &[u64], numbers: &[f64]) -> io::Result<()> {
    let mut writer =
        npyz::WriteOptions::new().default_dtype().shape(shape).writer(io::BufWriter::new(out)).begin_nd()?;
    writer.extend(numbers.iter().copied())?;
    writer.finish()
}
