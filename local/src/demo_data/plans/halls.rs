//! The seating plans of concert halls, and of one arena.

use super::CURVED;
use crate::demo_data::layout::{Block, Boxes, Plan};

/// All of them.
pub(super) static PLANS: [Plan; 4] = [
    Plan {
        name: "Concert room",
        plain_letters: true,
        blocks: &[
            Block {
                section: "Parkett",
                prefix: "PARKETT",
                rows: 20,
                first: 26,
                curve: None,
                parts: 2,
                wheelchair: &[1, 20],
                zones: &[(4, 90), (14, 120), (u16::MAX, 95)],
                ..CURVED
            },
            Block {
                section: "Gallery",
                prefix: "GALLERY",
                rows: 6,
                first: 28,
                curve: None,
                start: 46.0,
                zones: &[(2, 80), (u16::MAX, 50)],
                ..CURVED
            },
        ],
        boxes: &[Boxes {
            section: "Side Boxes",
            prefix: "BOX",
            per_side: 8,
            abreast: 3,
            x: 19.0,
            start: 8.0,
            percent: 100,
        }],
    },
    Plan {
        name: "Shoebox",
        plain_letters: true,
        blocks: &[
            Block {
                section: "Parkett",
                prefix: "PARKETT",
                rows: 24,
                first: 30,
                curve: None,
                parts: 2,
                wheelchair: &[1, 24],
                zones: &[(4, 95), (16, 125), (u16::MAX, 100)],
                ..CURVED
            },
            Block {
                section: "Rang",
                prefix: "RANG",
                rows: 7,
                first: 32,
                curve: None,
                start: 54.0,
                zones: &[(2, 90), (u16::MAX, 60)],
                ..CURVED
            },
            Block {
                section: "Left Balcony",
                prefix: "LINKS",
                rows: 2,
                first: 36,
                parts: 3,
                curve: None,
                start: 21.0,
                turn: -90.0,
                zones: &[(1, 75), (u16::MAX, 45)],
                restricted: Some((2, 12)),
                ..CURVED
            },
            Block {
                section: "Right Balcony",
                prefix: "RECHTS",
                rows: 2,
                first: 36,
                parts: 3,
                curve: None,
                start: 21.0,
                turn: 90.0,
                zones: &[(1, 75), (u16::MAX, 45)],
                restricted: Some((2, 12)),
                ..CURVED
            },
            Block {
                section: "Choir",
                prefix: "CHOR",
                rows: 4,
                first: 26,
                curve: None,
                start: 9.0,
                turn: 180.0,
                zones: &[(u16::MAX, 40)],
                ..CURVED
            },
        ],
        boxes: &[],
    },
    Plan {
        name: "Vineyard",
        plain_letters: true,
        blocks: &[
            Block {
                section: "Centre Terrace",
                prefix: "C",
                rows: 16,
                first: 20,
                growth: 2,
                parts: 3,
                start: 12.0,
                curve: Some(12.0),
                wheelchair: &[1, 16],
                zones: &[(4, 120), (12, 150), (u16::MAX, 115)],
                ..CURVED
            },
            Block {
                section: "Upper Terrace",
                prefix: "U",
                rows: 8,
                first: 50,
                growth: 2,
                parts: 5,
                start: 45.0,
                curve: Some(12.0),
                zones: &[(3, 95), (u16::MAX, 70)],
                ..CURVED
            },
            Block {
                section: "Left Terrace",
                prefix: "L",
                rows: 12,
                first: 12,
                growth: 2,
                parts: 2,
                start: 13.0,
                curve: Some(2.0),
                turn: -101.0,
                zones: &[(5, 90), (u16::MAX, 65)],
                ..CURVED
            },
            Block {
                section: "Right Terrace",
                prefix: "R",
                rows: 12,
                first: 12,
                growth: 2,
                parts: 2,
                start: 13.0,
                curve: Some(2.0),
                turn: 101.0,
                zones: &[(5, 90), (u16::MAX, 65)],
                ..CURVED
            },
            Block {
                section: "Behind the Orchestra",
                prefix: "P",
                rows: 8,
                first: 14,
                growth: 2,
                parts: 2,
                start: 13.0,
                curve: Some(2.0),
                turn: 180.0,
                zones: &[(u16::MAX, 45)],
                ..CURVED
            },
        ],
        boxes: &[],
    },
    Plan {
        name: "Arena",
        plain_letters: true,
        blocks: &[
            Block {
                section: "Floor",
                prefix: "FLOOR",
                rows: 20,
                first: 30,
                parts: 3,
                start: 10.0,
                curve: None,
                zones: &[(5, 180), (u16::MAX, 140)],
                wheelchair: &[10, 20],
                ..CURVED
            },
            Block {
                section: "Lower Bowl",
                prefix: "LOWER",
                rows: 16,
                first: 56,
                growth: 1,
                parts: 5,
                start: 52.0,
                curve: Some(0.0),
                zones: &[(6, 110), (u16::MAX, 90)],
                wheelchair: &[16],
                ..CURVED
            },
            Block {
                section: "Upper Bowl",
                prefix: "UPPER",
                rows: 16,
                first: 78,
                growth: 1,
                parts: 6,
                start: 84.0,
                curve: Some(0.0),
                zones: &[(6, 60), (u16::MAX, 40)],
                restricted: Some((1, 6)),
                ..CURVED
            },
        ],
        boxes: &[],
    },
];
