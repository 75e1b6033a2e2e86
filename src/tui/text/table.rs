//! Markdown tables: columns side by side where they fit, else a line a cell.

use crate::tui::theme::Role;

use super::shown::Shown;

/// Rows of cells; the first is the head.
#[derive(Debug, Default)]
pub(super) struct Table {
    rows: Vec<Vec<Shown>>,
}

impl Table {
    /// Starts a row.
    pub(super) fn row(&mut self) {
        self.rows.push(Vec::new());
    }

    /// Ends a cell.
    pub(super) fn cell(&mut self, cell: Shown) {
        if let Some(row) = self.rows.last_mut() {
            row.push(cell.one_line());
        }
    }

    /// The table as text of this width.
    pub(super) fn text(&self, width: usize) -> Shown {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let wide = |n: usize| self.rows.iter().filter_map(|row| row.get(n)).map(Shown::width).max().unwrap_or(0);
        let widths: Vec<usize> = (0..columns).map(wide).collect();
        if widths.iter().sum::<usize>() + 3 * columns.saturating_sub(1) <= width {
            self.aligned(&widths)
        } else {
            self.listed()
        }
    }

    fn aligned(&self, widths: &[usize]) -> Shown {
        let mut text = Shown::default();
        for (n, row) in self.rows.iter().enumerate() {
            if n > 0 {
                text.push(Role::Text, "\n");
            }
            for (place, (cell, width)) in row.iter().zip(widths).enumerate() {
                if place > 0 {
                    text.push(Role::Rule, " │ ");
                }
                text.append(cell);
                text.push(Role::Text, &" ".repeat(width.saturating_sub(cell.width())));
            }
            if n == 0 {
                let rule: Vec<String> = widths.iter().map(|width| "─".repeat(*width)).collect();
                text.push(Role::Rule, &format!("\n{}", rule.join("─┼─")));
            }
        }
        text
    }

    fn listed(&self) -> Shown {
        let mut text = Shown::default();
        let Some((head, rows)) = self.rows.split_first() else { return text };
        for row in rows {
            for (name, cell) in head.iter().zip(row) {
                text.append(name);
                text.push(Role::Quiet, ": ");
                text.append(cell);
                text.push(Role::Text, "\n");
            }
        }
        text
    }
}
