//! All events by their start. How many there are before any of them, and what stands so far behind it, is known without
//! going through what lies between. Pure.

/// The most events of one sheet: a new one moves as many at most.
const SHEET_MAX: usize = 1_024;

/// Start and id of events, in order, on sheets that are never empty.
#[derive(Debug, Default)]
pub struct Calendar {
    sheets: Vec<Vec<(i64, i64)>>,
}

impl Calendar {
    /// Puts an event in that is not there.
    pub fn put(&mut self, start: i64, id: i64) {
        let Some(nth) = self.sheet((start, id)).or_else(|| self.sheets.len().checked_sub(1)) else {
            self.sheets.push(vec![(start, id)]);
            return;
        };
        let sheet = &mut self.sheets[nth];
        sheet.insert(sheet.partition_point(|other| *other < (start, id)), (start, id));
        if sheet.len() > SHEET_MAX {
            let half = sheet.split_off(SHEET_MAX / 2);
            self.sheets.insert(nth + 1, half);
        }
    }

    /// Takes an event out.
    pub fn remove(&mut self, start: i64, id: i64) {
        let Some(nth) = self.sheet((start, id)) else { return };
        let sheet = &mut self.sheets[nth];
        if let Ok(at) = sheet.binary_search(&(start, id)) {
            sheet.remove(at);
        }
        if sheet.is_empty() {
            self.sheets.remove(nth);
        }
    }

    /// How many start before.
    pub fn before(&self, start: i64) -> usize {
        let first = (start, i64::MIN);
        let Some(nth) = self.sheet(first) else { return self.sheets.iter().map(Vec::len).sum() };
        let here = self.sheets[nth].partition_point(|other| *other < first);
        self.sheets[..nth].iter().map(Vec::len).sum::<usize>() + here
    }

    /// Ids from this place on.
    pub fn from(&self, place: usize) -> impl Iterator<Item = i64> {
        let (mut nth, mut skipped) = (0, place);
        while let Some(sheet) = self.sheets.get(nth).filter(|sheet| sheet.len() <= skipped) {
            skipped -= sheet.len();
            nth += 1;
        }
        self.sheets[nth..].iter().flatten().skip(skipped).map(|(_, id)| *id)
    }

    /// The sheet on which it stands or would; `None` behind all.
    fn sheet(&self, key: (i64, i64)) -> Option<usize> {
        let nth = self.sheets.partition_point(|sheet| sheet.last().is_some_and(|last| *last < key));
        Some(nth).filter(|nth| *nth < self.sheets.len())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_is_a_list_in_order(
            events in prop::collection::vec((0..50_i64, 0..200_i64, prop::bool::weighted(0.8)), 0..3_000),
            at in 0..50_i64,
        ) {
            let (mut calendar, mut list) = (Calendar::default(), BTreeSet::new());
            for (start, id, there) in events {
                match there {
                    true if list.insert((start, id)) => calendar.put(start, id),
                    true => {}
                    false => {
                        list.remove(&(start, id));
                        calendar.remove(start, id);
                    }
                }
            }
            let before = list.range(..(at, i64::MIN)).count();
            prop_assert_eq!(calendar.before(at), before);
            let ids: Vec<_> = list.iter().skip(before).map(|(_, id)| *id).collect();
            prop_assert_eq!(calendar.from(before).collect::<Vec<_>>(), ids);
            prop_assert!(calendar.sheets.iter().all(|sheet| (1..=SHEET_MAX).contains(&sheet.len())));
        }
    }
}
