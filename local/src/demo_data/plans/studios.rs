//! The seating plans of small stages.

use super::ROWS;
use crate::demo_data::layout::{Block, Plan};

/// All of them.
pub(super) static PLANS: [Plan; 4] = [
    Plan {
        name: "Thrust studio",
        plain_letters: false,
        blocks: &[
            Block {
                section: "Centre",
                prefix: "CENTRE",
                rows: 5,
                first: 10,
                growth: 1,
                wheelchair: &[1],
                zones: &[(3, 60), (u16::MAX, 50)],
                ..ROWS
            },
            Block {
                section: "Left",
                prefix: "LEFT",
                rows: 3,
                first: 9,
                turn: -90.0,
                start: 8.5,
                zones: &[(u16::MAX, 45)],
                ..ROWS
            },
            Block {
                section: "Right",
                prefix: "RIGHT",
                rows: 3,
                first: 9,
                turn: 90.0,
                start: 8.5,
                zones: &[(u16::MAX, 45)],
                ..ROWS
            },
        ],
        boxes: &[],
    },
    Plan {
        name: "In the round",
        plain_letters: false,
        blocks: &[
            Block {
                section: "South",
                prefix: "SOUTH",
                rows: 4,
                first: 9,
                growth: 1,
                wheelchair: &[1],
                zones: &[(2, 65), (u16::MAX, 55)],
                ..ROWS
            },
            Block {
                section: "West",
                prefix: "WEST",
                rows: 4,
                first: 8,
                growth: 1,
                turn: -90.0,
                zones: &[(2, 60), (u16::MAX, 50)],
                ..ROWS
            },
            Block {
                section: "North",
                prefix: "NORTH",
                rows: 4,
                first: 9,
                growth: 1,
                turn: 180.0,
                zones: &[(2, 60), (u16::MAX, 50)],
                ..ROWS
            },
            Block {
                section: "East",
                prefix: "EAST",
                rows: 4,
                first: 8,
                growth: 1,
                turn: 90.0,
                zones: &[(2, 60), (u16::MAX, 50)],
                ..ROWS
            },
        ],
        boxes: &[],
    },
    Plan {
        name: "Recital room",
        plain_letters: false,
        blocks: &[Block {
            rows: 13,
            first: 14,
            parts: 2,
            wheelchair: &[2, 13],
            zones: &[(5, 80), (u16::MAX, 60)],
            ..ROWS
        }],
        boxes: &[],
    },
    Plan {
        name: "Court theatre",
        plain_letters: true,
        blocks: &[
            Block {
                prefix: "STALLS",
                rows: 13,
                first: 16,
                growth: 1,
                parts: 2,
                curve: Some(20.0),
                wheelchair: &[13],
                zones: &[(3, 80), (9, 100), (u16::MAX, 85)],
                ..ROWS
            },
            Block {
                section: "Circle",
                prefix: "CIRCLE",
                rows: 5,
                first: 26,
                growth: 1,
                parts: 3,
                start: 33.0,
                curve: Some(20.0),
                zones: &[(2, 90), (u16::MAX, 65)],
                restricted: Some((2, 3)),
                ..ROWS
            },
        ],
        boxes: &[],
    },
];
