//! QR codes: text to dark and light, and to a picture. Error correction M at least, so that a crease or a scratch on a
//! screen does no harm. Knows nothing of what the text says. Pure.

use std::fmt::Write as _;

use qrcodegen::{QrCode, QrCodeEcc};

use crate::error::Error;

/// The light edge around a code, in modules, that ISO/IEC 18004 asks for: without it scanners don't find the code.
pub const QUIET_ZONE: u32 = 4;
/// How many pixels of the picture make one module, each way.
const MODULE_PIXELS: u32 = 8;

/// A QR code.
pub struct Qr(QrCode);

impl Qr {
    /// The smallest code that says `text`; `None` where it is longer than any code holds.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        QrCode::encode_text(text, QrCodeEcc::Medium).ok().map(Self)
    }

    /// How many modules it has each way, with its quiet zone.
    #[must_use]
    pub fn size(&self) -> u32 {
        self.0.size().unsigned_abs() + 2 * QUIET_ZONE
    }

    /// Whether a module is dark; none of the quiet zone is.
    fn is_dark(&self, x: u32, y: u32) -> bool {
        let inner = |at: u32| i32::try_from(at).unwrap_or(i32::MAX).saturating_sub_unsigned(QUIET_ZONE);
        self.0.get_module(inner(x), inner(y))
    }

    /// The dark modules as the data of an SVG path, one unit a module.
    #[must_use]
    pub fn path(&self) -> String {
        let mut path = String::new();
        for y in 0..self.size() {
            let mut x = 0;
            while x < self.size() {
                let run = (x..self.size()).take_while(|&x| self.is_dark(x, y)).count();
                if run > 0 {
                    // Writing to a String can't fail.
                    _ = write!(path, "M{x} {y}h{run}v1h-{run}z");
                }
                x += u32::try_from(run).unwrap_or(u32::MAX).max(1);
            }
        }
        path
    }

    /// The code as a PNG, black on white.
    pub fn png(&self) -> Result<Vec<u8>, Error> {
        let defect = |error: png::EncodingError| Error::Defect(format!("encoding a PNG: {error}"));
        let side = self.size() * MODULE_PIXELS;
        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, side, side);
        encoder.set_color(png::ColorType::Grayscale);
        encoder.set_depth(png::BitDepth::One);
        let mut writer = encoder.write_header().map_err(defect)?;
        writer.write_image_data(&self.pixels()).map_err(defect)?;
        writer.finish().map_err(defect)?;
        Ok(file)
    }

    /// The picture's rows, a bit a pixel: a module is as wide as a byte.
    fn pixels(&self) -> Vec<u8> {
        const { assert!(MODULE_PIXELS == u8::BITS) };
        let row = |y| (0..self.size()).map(move |x| if self.is_dark(x, y) { 0x00 } else { 0xff });
        (0..self.size() * MODULE_PIXELS).flat_map(|pixel| row(pixel / MODULE_PIXELS)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a scanner reads off a picture.
    fn read(pixels: &[u8], side: usize) -> String {
        let mut seen = rqrr::PreparedImage::prepare_from_greyscale(side, side, |x, y| pixels[y * side + x]);
        let grids = seen.detect_grids();
        assert_eq!(grids.len(), 1);
        grids[0].decode().unwrap().1
    }

    #[test]
    fn a_picture_says_what_it_was_made_of() {
        for text in ["UT1:AAAA", "HTTPS://USHER.EXAMPLE/", &"UT1:2345".repeat(38)] {
            let file = Qr::new(text).unwrap().png().unwrap();
            let mut decoder = png::Decoder::new(std::io::Cursor::new(&file));
            decoder.set_transformations(png::Transformations::EXPAND);
            let mut reader = decoder.read_info().unwrap();
            let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
            let info = reader.next_frame(&mut pixels).unwrap();
            assert_eq!(read(&pixels, usize::try_from(info.width).unwrap()), text);
        }
    }

    #[test]
    fn a_path_covers_what_is_dark_and_nothing_else() {
        let qr = Qr::new("UT1:AAAA").unwrap();
        let mut dark = std::collections::HashSet::new();
        for run in qr.path().split('M').filter(|run| !run.is_empty()) {
            let (at, run) = run.split_once('h').unwrap();
            let (x, y) = at.split_once(' ').unwrap();
            let (x, y): (u32, u32) = (x.parse().unwrap(), y.parse().unwrap());
            let (width, _) = run.split_once('v').unwrap();
            dark.extend((x..x + width.parse::<u32>().unwrap()).map(|x| (x, y)));
        }
        for (x, y) in (0..qr.size()).flat_map(|y| (0..qr.size()).map(move |x| (x, y))) {
            assert_eq!(dark.contains(&(x, y)), qr.is_dark(x, y), "{x} {y}");
            let inside = |at| (QUIET_ZONE..qr.size() - QUIET_ZONE).contains(&at);
            assert!(!qr.is_dark(x, y) || (inside(x) && inside(y)), "the quiet zone is light: {x} {y}");
        }
    }

    #[test]
    fn more_than_a_code_holds_is_none() {
        assert!(Qr::new(&"A".repeat(4_000)).is_none());
    }
}
