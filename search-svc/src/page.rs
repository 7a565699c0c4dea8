//! The arithmetic of pages. Pure.

use serde::{Deserialize, Serialize};

/// How many events a page has.
pub const PAGE_SIZE: i64 = 30;
/// The last page that can be asked for.
const PAGE_MAX: i32 = 10_000;

/// The number of a page, from 1 to 10,000.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "i32", into = "i32")]
pub struct Page(i32);

impl From<Page> for i32 {
    fn from(page: Page) -> Self {
        page.0
    }
}

impl TryFrom<i32> for Page {
    type Error = &'static str;

    fn try_from(number: i32) -> Result<Self, Self::Error> {
        Some(number).filter(|number| *number > 0).and_then(Self::parse).ok_or("no page has that number")
    }
}

impl Page {
    /// How many events a page has.
    #[expect(clippy::cast_possible_truncation, reason = "it is 30")]
    pub const SIZE: usize = PAGE_SIZE as usize;

    /// The page that was asked for; 0, the contract's way to say nothing, is the first. `None` out of bounds.
    pub const fn parse(asked: i32) -> Option<Self> {
        match asked {
            0 => Some(Self(1)),
            1..=PAGE_MAX => Some(Self(asked)),
            _ => None,
        }
    }

    /// The number.
    pub const fn number(self) -> i32 {
        self.0
    }

    /// How many events stand on the pages before.
    pub const fn offset(self) -> i64 {
        (self.0 as i64 - 1) * PAGE_SIZE
    }

    /// How many events there are over all pages, where a page of `found` events tells: it is neither full, nor an
    /// empty one past the end. `None` means to count.
    pub fn total(self, found: usize) -> Option<i64> {
        let found = i64::try_from(found).ok()?;
        let tells = found < PAGE_SIZE && (found > 0 || self.0 == 1);
        tells.then_some(self.offset() + found)
    }
}

/// How many pages `total` events fill.
pub fn pages(total: i64) -> i32 {
    i32::try_from((total + PAGE_SIZE - 1) / PAGE_SIZE).unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn pages_go_from_one_to_ten_thousand() {
        assert_eq!(Page::parse(0), Page::parse(1));
        assert_eq!(Page::parse(PAGE_MAX).map(Page::number), Some(PAGE_MAX));
        for asked in [-1, i32::MIN, PAGE_MAX + 1, i32::MAX] {
            assert_eq!(Page::parse(asked), None, "{asked}");
        }
    }

    #[test]
    fn nothing_fills_no_page() {
        assert_eq!((pages(0), pages(1), pages(30), pages(31), pages(i64::MAX - 30)), (0, 1, 1, 2, i32::MAX));
    }

    proptest! {
        #[test]
        fn every_event_stands_on_exactly_one_page(total in 0_i64..2_000) {
            let on = |page: i32| {
                let page = Page::parse(page).unwrap();
                (total - page.offset()).clamp(0, PAGE_SIZE)
            };
            prop_assert_eq!((1..=pages(total)).map(on).sum::<i64>(), total);
            prop_assert!((1..=pages(total)).all(|page| on(page) > 0));
            prop_assert_eq!(on(pages(total) + 1), 0);
        }

        #[test]
        fn a_page_that_tells_the_total_tells_the_truth(total in 0_i64..2_000, page in 1_i32..=80) {
            let page = Page::parse(page).unwrap();
            let found = usize::try_from((total - page.offset()).clamp(0, PAGE_SIZE)).unwrap();
            if let Some(told) = page.total(found) {
                prop_assert_eq!(told, total);
            }
        }
    }
}
