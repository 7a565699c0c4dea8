//! The seating plans of cinemas.

use super::ROWS;
use crate::demo_data::layout::{Block, Plan};

/// The back of a cinema is dearer than its front.
const FRONT_BACK: &[(u16, u32)] = &[(2, 85), (6, 100), (u16::MAX, 110)];

/// All of them.
pub(super) static PLANS: [Plan; 5] = [
    Plan {
        name: "Snug",
        plain_letters: false,
        blocks: &[Block { rows: 7, first: 12, parts: 1, wheelchair: &[1], zones: &[(1, 85), (u16::MAX, 100)], ..ROWS }],
        boxes: &[],
    },
    Plan {
        name: "Matinée",
        plain_letters: false,
        blocks: &[Block { rows: 8, first: 10, growth: 1, parts: 2, wheelchair: &[8], zones: FRONT_BACK, ..ROWS }],
        boxes: &[],
    },
    Plan {
        name: "Fan",
        plain_letters: false,
        blocks: &[Block {
            rows: 9,
            first: 10,
            growth: 1,
            parts: 2,
            curve: Some(14.0),
            zones: FRONT_BACK,
            wheelchair: &[1, 9],
            ..ROWS
        }],
        boxes: &[],
    },
    Plan {
        name: "Two aisles",
        plain_letters: true,
        blocks: &[Block {
            rows: 11,
            first: 16,
            parts: 3,
            start: 8.0,
            zones: &[(2, 85), (7, 100), (u16::MAX, 115)],
            wheelchair: &[3],
            restricted: Some((1, 0)),
            ..ROWS
        }],
        boxes: &[],
    },
    Plan {
        name: "Picture palace",
        plain_letters: true,
        blocks: &[
            Block {
                prefix: "STALLS",
                rows: 12,
                first: 16,
                parts: 3,
                start: 9.0,
                curve: Some(40.0),
                zones: FRONT_BACK,
                wheelchair: &[12],
                ..ROWS
            },
            Block {
                section: "Balcony",
                prefix: "BALCONY",
                rows: 5,
                first: 18,
                growth: 1,
                parts: 3,
                start: 33.0,
                curve: Some(40.0),
                zones: &[(2, 130), (u16::MAX, 110)],
                restricted: Some((4, 2)),
                ..ROWS
            },
        ],
        boxes: &[],
    },
];
