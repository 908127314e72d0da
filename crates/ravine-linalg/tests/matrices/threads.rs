//! Products on several threads.

use ravine_linalg::Threads;
use ravine_linalg::matrix::{Matrix, SparseMatrix, SparseRows};
use ravine_linalg::random::Random;

fn with<R>(threads: usize, work: impl FnOnce() -> R) -> R {
    Threads::new(threads).unwrap().during(work)
}

#[test]
fn dense_products_are_the_same_bits() {
    let mut random = Random::new(1);
    // Sizes that no number of threads divides.
    let a = Matrix::from_fn(1009, 613, |_, _| random.normal());
    let x: Vec<f64> = (0..613).map(|_| random.normal()).collect();
    let t: Vec<f64> = (0..1009).map(|_| random.normal()).collect();
    let xs: Vec<Vec<f64>> = (0..37).map(|_| (0..613).map(|_| random.normal()).collect()).collect();
    let products = || {
        let (mut y, mut z, mut ys) = (vec![0.0; 1009], vec![0.0; 613], vec![vec![0.0; 1009]; 37]);
        a.multiply(&x, &mut y);
        a.multiply_transposed(&t, &mut z);
        a.multiply_all(&xs, &mut ys);
        let mut zs = vec![vec![0.0; 613]; 37];
        a.multiply_transposed_all(&ys, &mut zs);
        (y, z, ys, zs)
    };
    let one = products();
    for threads in [2, 3, 7] {
        let several = with(threads, products);
        assert_eq!((&several.0, &several.1), (&one.0, &one.1), "{threads}");
        for (a, b) in
            several.2.iter().chain(&several.3).flatten().zip(one.2.iter().chain(&one.3).flatten())
        {
            assert!((a - b).abs() <= 1e-11 * b.abs().max(1e2), "{threads}: {a} {b}");
        }
        assert_eq!(several, with(threads, products));
    }
}

#[test]
fn sparse_products_agree() {
    let mut random = Random::new(2);
    let mut rows = SparseRows::default();
    let mut triplets = Vec::new();
    for i in 0..20_011 {
        let row: Vec<(u32, f64)> =
            (0..30).map(|_| ((random.uniform() * 997.0) as u32, random.normal())).collect();
        triplets.extend(row.iter().map(|&(j, value)| (i, j as usize, value)));
        rows.push_row(&row);
    }
    rows.push_row(&[(996, 1.0)]);
    triplets.push((20_011, 996, 1.0));
    let columns = SparseMatrix::from_triplets(20_012, 997, &triplets);
    let x: Vec<f64> = (0..997).map(|_| random.normal()).collect();
    let t: Vec<f64> = (0..20_012).map(|_| random.normal()).collect();
    let products = || {
        let mut all = [vec![0.0; 20_012], vec![0.0; 20_012], vec![0.0; 997], vec![0.0; 997]];
        rows.multiply(&x, &mut all[0]);
        columns.multiply(&x, &mut all[1]);
        rows.multiply_transposed(&t, &mut all[2]);
        columns.multiply_transposed(&t, &mut all[3]);
        all
    };
    let one = products();
    for threads in [2, 5] {
        let several = with(threads, products);
        for (a, b) in several.iter().flatten().zip(one.iter().flatten()) {
            assert!((a - b).abs() < 1e-11, "{threads}: {a} {b}");
        }
        assert_eq!(several, with(threads, products));
    }
}
