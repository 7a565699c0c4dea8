//! A page of a list: its number, and what it leaves out. Pure.

use usher::reason::Refusal;

use crate::error::Error;

const SIZE: i64 = 30;
const NUMBER_MAX: i32 = 10_000;

/// A page's number, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page(i32);

impl Page {
    /// The page that a request names; 0 is the first.
    pub fn new(number: i32) -> Result<Self, Error> {
        match number {
            0 => Ok(Self(1)),
            number @ 1..=NUMBER_MAX => Ok(Self(number)),
            _ => Err(Refusal::field("page", "must be 1 to 10,000").into()),
        }
    }

    /// Its number.
    pub const fn number(self) -> i32 {
        self.0
    }

    /// The most that it holds.
    #[expect(clippy::unused_self, reason = "every page is of one size, which is nobody else's business")]
    pub const fn size(self) -> i64 {
        SIZE
    }

    /// How many come before it.
    pub fn offset(self) -> i64 {
        i64::from(self.0 - 1) * SIZE
    }

    /// How many pages `total` fill.
    #[expect(clippy::unused_self, reason = "as above")]
    pub fn pages_for(self, total: i64) -> i32 {
        i32::try_from((total + SIZE - 1) / SIZE).unwrap_or(i32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_begin_at_one_and_end() {
        let page = Page::new(0).unwrap();
        assert_eq!((page.number(), page.offset()), (1, 0));
        assert_eq!(Page::new(3).unwrap().offset(), 60);
        assert!(Page::new(-1).is_err() && Page::new(10_001).is_err());
        assert_eq!([0, 1, 30, 31].map(|total| page.pages_for(total)), [0, 1, 1, 2]);
    }
}
