//! Groups of columns of a sparse matrix that have no row in common.

use ravine_linalg::matrix::SparseMatrix;

/// A partition of the columns of a sparse matrix into groups, no two columns of which have an entry in
/// the same row: one product with the sum of the unit vectors of a group gives all their entries.
///
/// Columns join, those with most entries first, the first group that has room for them.
///
/// Source: Curtis, Powell and Reid, On the estimation of sparse Jacobian matrices (1974); Gebremedhin,
/// Manne, Pothen, What color is your Jacobian? (2005), section 3.
///
/// ```
/// use ravine::matrix::SparseMatrix;
/// use ravine::objective::ColumnGroups;
///
/// // Three diagonals need three groups, however long they are.
/// let n = 50usize;
/// let near = |i: usize| i.saturating_sub(1)..(i + 2).min(n);
/// let entries: Vec<_> = (0..n).flat_map(|i| near(i).map(move |j| (i, j, 1.0))).collect();
/// assert_eq!(ColumnGroups::new(&SparseMatrix::from_triplets(n, n, &entries)).count(), 3);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnGroups {
    groups: Vec<Vec<usize>>,
}

impl ColumnGroups {
    /// Of the pattern of `a`; its values do not matter.
    pub fn new(a: &SparseMatrix) -> Self {
        let rows = |j: usize| &a.row_indices()[a.column_starts()[j]..a.column_starts()[j + 1]];
        let mut order: Vec<usize> = (0..a.columns()).collect();
        order.sort_by_key(|&j| std::cmp::Reverse(rows(j).len()));
        let mut groups: Vec<Vec<usize>> = Vec::new();
        // The groups with an entry in each row, and for each group the last column that it cannot take.
        let mut in_row: Vec<Vec<usize>> = vec![Vec::new(); a.rows()];
        let mut taken: Vec<usize> = Vec::new();
        for j in order {
            for &i in rows(j) {
                in_row[i].iter().for_each(|&group| taken[group] = j);
            }
            let group = taken.iter().position(|&by| by != j).unwrap_or_else(|| {
                taken.push(usize::MAX);
                groups.push(Vec::new());
                groups.len() - 1
            });
            groups[group].push(j);
            for &i in rows(j) {
                in_row[i].push(group);
            }
        }
        Self { groups }
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.groups.len()
    }

    /// The columns of each.
    pub fn iter(&self) -> impl Iterator<Item = &[usize]> {
        self.groups.iter().map(Vec::as_slice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ravine_linalg::random::Random;

    #[test]
    fn no_two_columns_of_a_group_share_a_row() {
        let mut random = Random::new(3);
        for trial in 0..100 {
            let (m, n) = (1 + random.below(20), 1 + random.below(20));
            let entries: Vec<_> =
                (0..random.below(60)).map(|_| (random.below(m), random.below(n), 1.0)).collect();
            let a = SparseMatrix::from_triplets(m, n, &entries);
            let groups = ColumnGroups::new(&a);
            let mut columns: Vec<usize> = groups.iter().flatten().copied().collect();
            columns.sort_unstable();
            assert!(columns.into_iter().eq(0..n), "trial {trial}");
            for group in groups.iter() {
                for i in 0..m {
                    let in_row = group.iter().filter(|&&j| a.get(i, j) != 0.0).count();
                    assert!(in_row <= 1, "trial {trial}");
                }
            }
        }
    }
}
