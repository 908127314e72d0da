//! Designs of blocks beside the same numbers in one dense matrix.

use ravine_data::{Codes, Design};
use ravine_linalg::Threads;
use ravine_linalg::matrix::{Matrix, SparseRows};

/// Numbers without a pattern.
fn noise(k: usize) -> f64 {
    ((k * 7919 + 13) % 1009) as f64 / 504.5 - 1.0
}

/// A block of that kind (0 dense, 1 sparse, 2 codes), and its entries.
fn block(kind: usize, rows: usize, columns: usize, seed: usize) -> (Design, Matrix) {
    let names = (0..columns).map(|j| format!("c{seed}_{j}")).collect();
    let entry = |i: usize, j: usize| noise(seed + i * 31 + j * 577);
    match kind {
        0 => {
            let matrix = Matrix::from_fn(rows, columns, entry);
            (Design::dense(matrix.clone(), names), matrix)
        }
        1 => {
            let mut matrix = Matrix::zeros(rows, columns);
            let mut sparse = SparseRows::default();
            for i in 0..rows {
                let stored = (0..columns).filter(|&j| entry(i + 5, j) > 0.4 || i == 0);
                let row: Vec<(u32, f64)> = stored.map(|j| (j as u32, entry(i, j))).collect();
                row.iter().for_each(|&(j, x)| matrix[(i, j as usize)] = x);
                sparse.push_row(&row);
            }
            (Design::sparse(sparse).with_names(names), matrix)
        }
        _ => {
            // Some rows have no level, and the last level has no row.
            let level = |i: usize| ((noise(seed + i) + 1.0) * columns as f64 / 2.0) as usize;
            let usable = |i: usize| level(i) + 1 < columns && i % 5 != 3;
            let codes = (0..rows).map(|i| usable(i).then(|| level(i) as u32));
            let codes = Codes::new(codes, columns).unwrap();
            let matrix =
                Matrix::from_fn(rows, columns, |i, j| f64::from(codes.level(i) == Some(j)));
            (Design::categorical(codes, names), matrix)
        }
    }
}

fn assert_near(found: &[f64], expected: &[f64], what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (a, b) in found.iter().zip(expected) {
        assert!((a - b).abs() < 1e-12 * b.abs().max(1.0), "{what}: {a} in place of {b}");
    }
}

#[test]
fn products_of_every_pair_of_kinds_are_those_of_the_dense_matrix() {
    for rows in [1, 40] {
        for (left, right) in (0..3).flat_map(|a| (0..3).map(move |b| (a, b))) {
            for widths in [(1, 1), (3, 4)] {
                let (mut x, a) = block(left, rows, widths.0, 3);
                let (other, b) = block(right, rows, widths.1, 100);
                x.append(other).unwrap();
                x.add_intercept();
                let columns = 1 + widths.0 + widths.1;
                let dense = Matrix::from_fn(rows, columns, |i, j| match j {
                    0 => 1.0,
                    j if j <= widths.0 => a[(i, j - 1)],
                    j => b[(i, j - 1 - widths.0)],
                });
                let what = format!("{left} beside {right}, {rows} rows");
                let w: Vec<f64> = (0..columns).map(noise).collect();
                let r: Vec<f64> = (0..rows).map(|i| noise(i + 9)).collect();
                let (mut found, mut expected) = (vec![0.0; rows], vec![0.0; rows]);
                x.multiply(&w, &mut found);
                dense.multiply(&w, &mut expected);
                assert_near(&found, &expected, &what);
                let (mut found, mut expected) = (vec![0.0; columns], vec![0.0; columns]);
                x.multiply_transposed(&r, &mut found);
                dense.multiply_transposed(&r, &mut expected);
                assert_near(&found, &expected, &what);
                // Weights of either sign.
                for d in [r.clone(), r.iter().map(|r| r.abs()).collect::<Vec<_>>()] {
                    let mut found = Matrix::zeros(columns, columns);
                    x.gram(&d, &mut found);
                    let expected = Matrix::from_fn(columns, columns, |j, k| {
                        (0..rows).map(|i| d[i] * dense[(i, j)] * dense[(i, k)]).sum()
                    });
                    assert_near(found.entries(), expected.entries(), &what);
                    let mut squares = vec![0.0; columns - 1];
                    x.weighted_squares(&d, &mut squares);
                    let diagonal: Vec<f64> = (1..columns).map(|j| expected[(j, j)]).collect();
                    assert_near(&squares, &diagonal, &what);
                    let chosen: Vec<usize> = (0..columns - 1).rev().step_by(2).collect();
                    let mut found = Matrix::zeros(chosen.len(), chosen.len());
                    x.gram_of_chosen(&chosen, &d, &mut found);
                    let part = Matrix::from_fn(chosen.len(), chosen.len(), |j, k| {
                        expected[(1 + chosen[j], 1 + chosen[k])]
                    });
                    assert_near(found.entries(), part.entries(), &what);
                }
                let mut written = Matrix::zeros(rows, columns);
                x.write(0, &r, &mut written);
                let mut row = vec![0.0; columns];
                for i in 0..rows {
                    x.write_row(i, 2.0, &mut row);
                    for j in 0..columns {
                        assert_eq!(written[(i, j)], r[i] * dense[(i, j)]);
                        assert_eq!(row[j], 2.0 * dense[(i, j)]);
                    }
                }
                let mut subset = Design::default();
                x.select_rows(&[rows - 1, 0], &mut subset);
                let mut z = [0.0; 2];
                subset.multiply(&w, &mut z);
                let mut all = vec![0.0; rows];
                x.multiply(&w, &mut all);
                assert_near(&z, &[all[rows - 1], all[0]], &what);
            }
        }
    }
}

#[test]
fn standardized_categories_are_written_out() {
    let (mut x, a) = block(2, 40, 3, 3);
    let (other, b) = block(0, 40, 2, 100);
    x.append(other).unwrap();
    let dense = Matrix::from_fn(40, 5, |i, j| if j < 3 { a[(i, j)] } else { b[(i, j - 3)] });
    let mut dense = Design::dense(dense, x.names().to_vec());
    for design in [&mut x, &mut dense] {
        design.add_intercept();
        design.standardize();
    }
    let w = [0.5, 1.0, -2.0, 0.7, 0.3, 1.1];
    let (mut found, mut expected) = (vec![0.0; 40], vec![0.0; 40]);
    x.multiply(&w, &mut found);
    dense.multiply(&w, &mut expected);
    assert_near(&found, &expected, "standardized");
}

#[test]
fn blocks_that_do_not_fit_are_refused() {
    let error = Codes::new([Some(0), Some(2)], 2).unwrap_err().to_string();
    assert_eq!(error, "codes[1]: is 2, but must be below 2");
    let (mut x, _) = block(0, 4, 1, 0);
    let error = x.append(block(2, 5, 2, 0).0).unwrap_err().to_string();
    assert_eq!(error, "other.rows(): is 5, but must be that of the design, 4");
    let mut other = block(0, 4, 1, 9).0;
    other.add_intercept();
    assert!(x.append(other).unwrap_err().to_string().starts_with("other: has an intercept"));
}

#[test]
fn codes_of_all_sizes_give_the_same_products_in_one_pass_as_entry_by_entry() {
    let rows = 9_001;
    let names = |count: usize| vec![String::new(); count];
    let mut x = Design::dense(Matrix::from_fn(rows, 2, |i, j| noise(i + 7 * j)), names(2));
    // As many levels as fit one byte, two and four, around the borders; some rows have none.
    for levels in [1, 3, 255, 256, 257, 65_535, 65_536] {
        let level = |i: usize| ((i * 7919 + levels) % levels) as u32;
        let codes = || Codes::new((0..rows).map(|i| (i % 11 != 4).then(|| level(i))), levels);
        let codes = codes().unwrap();
        assert_eq!((codes.level(0), codes.level(4)), (Some(level(0) as usize), None));
        x.append(Design::categorical(codes.clone(), names(levels))).unwrap();
        let values = (0..rows).map(|i| noise(i + levels)).collect();
        let product = codes.with_values(values).unwrap();
        x.append(Design::categorical(product, names(levels))).unwrap();
    }
    let (sparse, n) = (x.to_rows(), x.columns());
    let w: Vec<f64> = (0..n).map(noise).collect();
    let d: Vec<f64> = (0..rows).map(|i| noise(i + 3).abs()).collect();
    let (mut y, mut g, mut squares) = (vec![0.0; rows], vec![0.0; n], vec![0.0; n]);
    let mut total = 0.0;
    for i in 0..rows {
        let (columns, entries) = sparse.row(i);
        let terms = || columns.iter().map(|&j| j as usize).zip(entries);
        y[i] = terms().map(|(j, x)| x * w[j]).sum();
        let r = d[i] * (y[i] + 0.75);
        total += r;
        terms().for_each(|(j, x)| g[j] += x * r);
        terms().for_each(|(j, x)| squares[j] += d[i] * x * x);
    }
    let assert_near = |found: &[f64], expected: &[f64], what: &str| {
        for (a, b) in found.iter().zip(expected) {
            assert!((a - b).abs() < 1e-10 * b.abs().max(1.0), "{what}: {a} in place of {b}");
        }
    };
    let evaluate = || {
        let (mut product, mut found) = (vec![0.0; rows], vec![0.0; n]);
        x.multiply_columns(&w, &mut product);
        assert_near(&product, &y, "product");
        let sum = x.multiply_gram_of_columns(&d, 0.75, &w, &mut found);
        assert!((sum - total).abs() < 1e-10 * total.abs());
        assert_near(&found, &g, "product with the Gram matrix");
        let mut of_squares = vec![0.0; n];
        x.weighted_squares(&d, &mut of_squares);
        assert_near(&of_squares, &squares, "squares");
        let r: Vec<f64> = product.iter().zip(&d).map(|(y, d)| d * (y + 0.75)).collect();
        x.multiply_columns_transposed(&r, &mut found);
        assert_near(&found, &g, "transposed product");
        found
    };
    evaluate();
    let three = Threads::new(3).unwrap();
    assert_eq!(three.during(evaluate), three.during(evaluate));
    let message = Codes::new([Some(65_536)], 65_536).unwrap_err().to_string();
    assert!(message.contains("codes[0]") && message.contains("65536"), "{message}");
}

#[test]
fn gram_products_and_sums_of_every_storage_agree() {
    let (rows, columns) = (3_000, 40);
    let matrix = Matrix::from_fn(rows, columns, |i, j| noise(i * 17 + j * 571));
    let mut sparse = SparseRows::default();
    for i in 0..rows {
        let row: Vec<(u32, f64)> = (0..columns).map(|j| (j as u32, matrix[(i, j)])).collect();
        sparse.push_row(&row);
    }
    let names: Vec<String> = (0..columns).map(|j| format!("x{j}")).collect();
    let mut designs = [Design::dense(matrix, names), Design::sparse(sparse)];
    let w: Vec<f64> = (0..columns).map(noise).collect();
    let d: Vec<f64> = (0..rows).map(|i| noise(i + 3)).collect();
    for standardized in 0..2 {
        let mut results = Vec::new();
        for x in &mut designs {
            if standardized == 1 {
                x.add_intercept();
                x.standardize();
            }
            let mut g = vec![0.0; columns];
            let total = x.multiply_gram_of_columns(&d, 0.5, &w, &mut g);
            let (mut gram, mut sums) = (Matrix::zeros(columns, columns), vec![0.0; columns]);
            x.gram_and_sums(&d, &mut gram, &mut sums);
            let all: f64 = d.iter().sum();
            let expected: Vec<f64> = (0..columns)
                .map(|i| (0..columns).map(|j| gram[(i, j)] * w[j]).sum::<f64>() + 0.5 * sums[i])
                .collect();
            let scale = |x: f64| 1e-11 * (x.abs() + 100.0);
            g.iter().zip(&expected).for_each(|(a, b)| assert!((a - b).abs() < scale(*b)));
            let of_sums: f64 = sums.iter().zip(&w).map(|(s, w)| s * w).sum();
            assert!((total - of_sums - 0.5 * all).abs() < scale(total));
            results.push(g);
        }
        let (a, b) = (&results[0], &results[1]);
        a.iter().zip(b).for_each(|(a, b)| assert!((a - b).abs() < 1e-9 * (b.abs() + 1.0)));
    }
}

/// One column of each storage beside each other: dense, stored in all rows, sparse, codes.
fn all_storages(rows: usize) -> (Design, Matrix) {
    let (mut x, dense) = block(0, rows, 2, 3);
    let mut full = SparseRows::default();
    (0..rows).for_each(|i| full.push_row(&[(0, noise(i + 50)), (1, noise(i + 70))]));
    x.append(Design::sparse(full)).unwrap();
    let (sparse, of_sparse) = block(1, rows, 3, 40);
    x.append(sparse).unwrap();
    let (codes, of_codes) = block(2, rows, 3, 60);
    x.append(codes).unwrap();
    x.add_intercept();
    let all = Matrix::from_fn(rows, 10, |i, j| match j {
        0 | 1 => dense[(i, j)],
        2 | 3 => noise(i + [50, 70][j - 2]),
        4..=6 => of_sparse[(i, j - 4)],
        _ => of_codes[(i, j - 7)],
    });
    (x, all)
}

#[test]
fn columns_are_moved_where_all_their_entries_are_stored() {
    let (x, entries) = all_storages(40);
    let stored: Vec<bool> = x.stored_ranges(40).iter().map(Option::is_some).collect();
    assert_eq!(stored, [true, true, true, true, false, false, false, false, false, false]);
    let first = |j: usize| (0..7).map(|i| entries[(i, j)]).fold(f64::INFINITY, f64::min);
    assert_eq!(x.stored_ranges(7)[2].unwrap().0, first(2));
    let mut shifts = vec![0.0; 10];
    shifts[..4].copy_from_slice(&[1.0, 0.0, -2.5, 3.0]);
    let moved = x.shifted(&shifts).unwrap();
    let w: Vec<f64> = (0..11).map(noise).collect();
    let (mut found, mut expected) = (vec![0.0; 40], vec![0.0; 40]);
    moved.multiply(&w, &mut found);
    Matrix::from_fn(40, 10, |i, j| entries[(i, j)] - shifts[j]).multiply(&w[1..], &mut expected);
    expected.iter_mut().for_each(|e| *e += w[0]);
    assert_near(&found, &expected, "moved");
    for j in 4..10 {
        let mut shifts = vec![0.0; 10];
        shifts[j] = 1.0;
        assert_eq!(x.shifted(&shifts), None, "{j}");
    }
    // Twice in a row and once not at all is not once in each row.
    let mut twice = SparseRows::default();
    twice.push_row(&[(0, 1.0), (0, 2.0)]);
    twice.push_row(&[]);
    assert_eq!(Design::sparse(twice).shifted(&[1.0]), None);
}

#[test]
fn moments_about_numbers_are_those_of_the_entries() {
    let (x, entries) = all_storages(40);
    let d: Vec<f64> = (0..40).map(|i| noise(i + 11) + 1.5).collect();
    let centers: Vec<(usize, f64)> = (0..10).rev().map(|j| (j, noise(j + 5))).collect();
    let of = |j: usize, c: f64, power: i32| -> f64 {
        (0..40).map(|i| d[i] * (entries[(i, j)] - c).powi(power)).sum()
    };
    let expected: Vec<f64> =
        centers.iter().flat_map(|&(j, c)| [of(j, c, 1), of(j, c, 2)]).collect();
    let pairs = |moments: Vec<(f64, f64)>| -> Vec<f64> {
        moments.into_iter().flat_map(|(sum, square)| [sum, square]).collect()
    };
    assert_near(&pairs(x.moments_about(&d, &centers)), &expected, "blocks");
    let mut rows = Design::sparse(x.to_rows());
    assert_near(&pairs(rows.moments_about(&d, &centers)), &expected, "sparse");
    // Of standardized columns, whose means are subtracted without being stored.
    rows.add_intercept();
    rows.standardize();
    let Some(known) = rows.standardization().cloned() else { panic!() };
    let of_column = rows.moments_about(&d, &[(4, 0.25)])[0];
    let standard = |i: usize| (entries[(i, 4)] - known.means[4]) / known.deviations[4] - 0.25;
    let expected: f64 = (0..40).map(|i| d[i] * standard(i).powi(2)).sum();
    assert_near(&[of_column.1], &[expected], "standardized");
}

#[test]
fn products_of_batches_add_up_to_those_of_all_rows() {
    let (x, _) = all_storages(40);
    let d: Vec<f64> = (0..40).map(|i| noise(i + 11) + 1.5).collect();
    for x in [x.clone(), Design::sparse(x.to_rows())] {
        let (mut gram, mut sums) = (Matrix::zeros(10, 10), vec![0.0; 10]);
        x.gram_and_sums(&d, &mut gram, &mut sums);
        let (mut added, mut added_sums) = (Matrix::zeros(10, 10), vec![0.0; 10]);
        for rows in [0..13, 13..14, 14..40] {
            let numbers: Vec<usize> = rows.clone().collect();
            let mut batch = Design::default();
            x.select_rows(&numbers, &mut batch);
            batch.add_gram_and_sums(&d[rows], &mut added, &mut added_sums);
        }
        assert_near(&added_sums, &sums, "sums");
        for j in 0..10 {
            assert_near(&added.column(j)[j..], &gram.column(j)[j..], "gram");
        }
    }
}
