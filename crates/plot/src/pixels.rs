//! Reduces pixels, and encodes them as PNG.

/// Pixels per point in a PNG.
pub(crate) const PIXELS: u32 = 2;
/// Each pixel is the mean of this many samples in each direction.
pub(crate) const SAMPLES: u32 = 2;

/// Encodes a picture of `width` by `height` points as PNG. `fine` has `PIXELS * SAMPLES` RGB
/// samples per point in each direction.
pub(crate) fn png(fine: &[u8], (width, height): (u32, u32)) -> Result<Vec<u8>, png::EncodingError> {
    let pixels = reduced(fine, (width * PIXELS * SAMPLES) as usize);
    let mut content = vec![];
    let mut encoder = png::Encoder::new(&mut content, width * PIXELS, height * PIXELS);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::High);
    // A point is 1/72 inch.
    let density = (f64::from(PIXELS) * 72.0 / 0.0254).round() as u32;
    encoder.set_pixel_dims(Some(png::PixelDimensions { xppu: density, yppu: density, unit: png::Unit::Meter }));
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&pixels)?;
    writer.finish()?;
    Ok(content)
}

/// The RGB picture with [`SAMPLES`] times fewer pixels in each direction.
fn reduced(fine: &[u8], width: usize) -> Vec<u8> {
    let samples = SAMPLES as usize;
    let (columns, rows) = (width / samples, fine.len() / (3 * width) / samples);
    let mut pixels = Vec::with_capacity(3 * columns * rows);
    for row in 0..rows {
        for column in 0..columns {
            for channel in 0..3 {
                let at = |i: usize| {
                    let (y, x) = (row * samples + i / samples, column * samples + i % samples);
                    u32::from(fine[3 * (y * width + x) + channel])
                };
                let total: u32 = (0..samples * samples).map(at).sum();
                pixels.push((total / (SAMPLES * SAMPLES)) as u8);
            }
        }
    }
    pixels
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pixels_are_means() {
        let fine = [0, 0, 0, 4, 4, 4, 8, 8, 8, 12, 12, 12];
        assert_eq!(reduced(&fine, 2), [6, 6, 6]);
    }
}
