//! A fixed partition of work, and threads that share it: who does a part never changes what the part is.

use std::ops::Range;

/// Most parts of any work; also the most threads that can help.
pub(crate) const PARTS: usize = 8;
/// What a part should have to be worth a thread: about this many judgements or table cells.
pub(crate) const SMALLEST_PART: usize = 4096;

/// Cuts `0..length` into at most `parts` ranges of nearly equal length, none of them empty.
pub(crate) fn even(length: usize, parts: usize) -> Vec<Range<usize>> {
    let parts = parts.clamp(1, length.max(1));
    (0..parts).map(|part| part * length / parts..(part + 1) * length / parts).collect()
}

/// Cuts the items into at most `parts` ranges with nearly equal numbers of rows; `starts` as in [`super::Judgements`].
pub(crate) fn by_rows(starts: &[u32], parts: usize) -> Vec<Range<usize>> {
    let items = starts.len().saturating_sub(1);
    let rows = starts.last().copied().unwrap_or(0) as usize;
    let parts = parts.clamp(1, items.max(1));
    let mut cuts: Vec<usize> = (0..=parts)
        .map(|part| starts.partition_point(|&start| (start as usize) < part * rows / parts).min(items))
        .collect();
    cuts[0] = 0;
    cuts[parts] = items;
    cuts.windows(2).filter(|cut| cut[0] < cut[1] || items == 0).map(|cut| cut[0]..cut[1]).collect()
}

/// Does each task on one of `threads` threads. Tasks share nothing, so the threads' number changes no result.
pub(crate) fn run<T: Send>(threads: usize, tasks: &mut [T], work: impl Fn(&mut T) + Sync) {
    let share = tasks.len().div_ceil(threads.max(1)).max(1);
    if share >= tasks.len() {
        tasks.iter_mut().for_each(work);
        return;
    }
    let work = &work;
    std::thread::scope(|scope| {
        for mine in tasks.chunks_mut(share) {
            scope.spawn(move || mine.iter_mut().for_each(work));
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_cover_everything_once() {
        assert_eq!(even(10, 3), [0..3, 3..6, 6..10]);
        assert_eq!(even(0, 3), vec![0..0; 1]);
        assert_eq!(even(2, 8), [0..1, 1..2]);
        // one item holds nearly all rows
        let cut = by_rows(&[0, 1, 99, 100, 100], 4);
        assert_eq!(cut.first().map(|range| range.start), Some(0));
        assert_eq!(cut.last().map(|range| range.end), Some(4));
        assert!(cut.windows(2).all(|two| two[0].end == two[1].start));
    }

    #[test]
    fn every_task_is_done_on_any_number_of_threads() {
        for threads in [0, 1, 2, 3, 50] {
            let mut tasks: Vec<usize> = (0..11).collect();
            run(threads, &mut tasks, |task| *task *= 2);
            assert_eq!(tasks, (0..11).map(|task| task * 2).collect::<Vec<_>>());
        }
    }
}
