//! The seating plans of big theatres and opera houses.

use super::CURVED;
use crate::demo_data::layout::{Block, Boxes, Plan};

/// All of them.
pub(super) static PLANS: [Plan; 4] = [
    Plan {
        name: "Playhouse",
        plain_letters: true,
        blocks: &[
            Block { rows: 18, first: 20, growth: 1, parts: 3, wheelchair: &[18], ..CURVED },
            Block {
                section: "Dress Circle",
                prefix: "CIRCLE",
                rows: 7,
                first: 34,
                growth: 1,
                parts: 3,
                start: 43.0,
                zones: &[(3, 140), (u16::MAX, 105)],
                restricted: Some((5, 2)),
                ..CURVED
            },
            Block {
                section: "Balcony",
                prefix: "BALCONY",
                rows: 4,
                first: 30,
                growth: 1,
                start: 60.0,
                zones: &[(2, 60), (u16::MAX, 40)],
                restricted: Some((1, 3)),
                ..CURVED
            },
        ],
        boxes: &[Boxes { section: "Boxes", prefix: "BOX", per_side: 3, abreast: 2, x: 24.0, start: 2.0, percent: 120 }],
    },
    Plan {
        name: "Broadway house",
        plain_letters: true,
        blocks: &[
            Block {
                section: "Orchestra",
                prefix: "ORCH",
                rows: 22,
                first: 24,
                growth: 1,
                parts: 3,
                zones: &[(2, 120), (12, 180), (u16::MAX, 130)],
                wheelchair: &[20, 22],
                restricted: Some((18, 2)),
                ..CURVED
            },
            Block {
                section: "Mezzanine",
                prefix: "MEZZ",
                rows: 10,
                first: 36,
                growth: 1,
                parts: 3,
                start: 50.0,
                zones: &[(3, 140), (6, 110), (u16::MAX, 85)],
                ..CURVED
            },
            Block {
                section: "Balcony",
                prefix: "BALC",
                rows: 6,
                first: 38,
                growth: 1,
                parts: 3,
                start: 72.0,
                zones: &[(2, 65), (u16::MAX, 45)],
                restricted: Some((1, 3)),
                ..CURVED
            },
        ],
        boxes: &[Boxes { section: "Boxes", prefix: "BOX", per_side: 2, abreast: 2, x: 27.0, start: 1.0, percent: 150 }],
    },
    Plan {
        name: "Municipal opera",
        plain_letters: true,
        blocks: &[
            Block { rows: 16, first: 18, growth: 1, wheelchair: &[14], ..CURVED },
            Block {
                section: "First Balcony",
                prefix: "BALCONY 1",
                rows: 4,
                first: 32,
                growth: 1,
                parts: 3,
                start: 39.0,
                zones: &[(1, 140), (u16::MAX, 100)],
                ..CURVED
            },
            Block {
                section: "Gallery",
                prefix: "GALLERY",
                rows: 3,
                first: 34,
                growth: 1,
                parts: 3,
                start: 50.0,
                zones: &[(u16::MAX, 35)],
                restricted: Some((2, 5)),
                ..CURVED
            },
        ],
        boxes: &[Boxes { section: "Boxes", prefix: "BOX", per_side: 8, abreast: 2, x: 22.0, start: 4.0, percent: 125 }],
    },
    Plan {
        name: "Horseshoe",
        plain_letters: true,
        blocks: &[
            Block {
                rows: 22,
                first: 22,
                growth: 1,
                parts: 2,
                zones: &[(4, 160), (14, 200), (u16::MAX, 160)],
                wheelchair: &[20, 22],
                ..CURVED
            },
            Block {
                section: "Balcony",
                prefix: "BALCONY",
                rows: 5,
                first: 46,
                growth: 2,
                parts: 4,
                start: 54.0,
                zones: &[(2, 130), (u16::MAX, 95)],
                ..CURVED
            },
            Block {
                section: "Gallery",
                prefix: "GALLERY",
                rows: 5,
                first: 48,
                growth: 2,
                parts: 4,
                start: 66.0,
                zones: &[(2, 45), (u16::MAX, 25)],
                restricted: Some((3, 6)),
                ..CURVED
            },
        ],
        boxes: &[
            Boxes {
                section: "Parterre Boxes",
                prefix: "BOX",
                per_side: 14,
                abreast: 2,
                x: 29.0,
                start: 3.0,
                percent: 170,
            },
            Boxes {
                section: "Grand Tier Boxes",
                prefix: "TIER BOX",
                per_side: 14,
                abreast: 2,
                x: 33.5,
                start: 3.0,
                percent: 140,
            },
        ],
    },
];
