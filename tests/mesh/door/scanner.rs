//! What a scanner sees: pictures in, the text of their QR code out. Draws SVG as a browser does, and reads codes with a
//! reader that knows nothing of how they were made.

use std::io::Cursor;

use resvg::{
    tiny_skia::{Color, Pixmap, Transform},
    usvg::{Options, Tree},
};
use rqrr::PreparedImage;

/// Pixels for each of an SVG's.
const SCALE: u16 = 2;

/// The text of the one code in an SVG.
#[track_caller]
pub fn read_svg(svg: &[u8]) -> String {
    let tree = Tree::from_data(svg, &Options::default()).unwrap();
    let size = tree.size().to_int_size().scale_by(f32::from(SCALE)).unwrap();
    let mut drawn = Pixmap::new(size.width(), size.height()).unwrap();
    // A page of a dark theme: what must be light has to be drawn.
    drawn.fill(Color::BLACK);
    resvg::render(&tree, Transform::from_scale(SCALE.into(), SCALE.into()), &mut drawn.as_mut());
    let width = size.width() as usize;
    read(width, size.height() as usize, |x, y| drawn.pixels()[y * width + x].green())
}

/// The text of the one code in a PNG.
#[track_caller]
pub fn read_png(file: &[u8]) -> String {
    let mut decoder = png::Decoder::new(Cursor::new(file));
    decoder.set_transformations(png::Transformations::EXPAND);
    let mut reader = decoder.read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let picture = reader.next_frame(&mut pixels).unwrap();
    assert_eq!(picture.color_type, png::ColorType::Grayscale);
    let width = picture.width as usize;
    read(width, picture.height as usize, |x, y| pixels[y * width + x])
}

#[track_caller]
fn read(width: usize, height: usize, light: impl Fn(usize, usize) -> u8) -> String {
    let mut seen = PreparedImage::prepare_from_greyscale(width, height, light);
    let codes = seen.detect_grids();
    assert_eq!(codes.len(), 1, "one code and no other");
    codes[0].decode().unwrap().1
}
