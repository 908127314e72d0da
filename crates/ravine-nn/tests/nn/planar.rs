//! Points in the plane, and what a network predicts there.

use ravine_nn::{Cases, Cpu, FisherBlock, Input, Loss, MeanLoss, Planar, PlanarPoints, Unary, mlp};

/// Without noise, `(x, y, class)`.
fn exact(set: Planar) -> Vec<(f64, f64, usize)> {
    let PlanarPoints { inputs, classes } = set.points(600, 0.0, 7).unwrap();
    inputs.chunks(2).zip(classes).map(|(p, class)| (p[0], p[1], class as usize)).collect()
}

#[test]
fn points_without_noise_lie_where_their_class_does() {
    for (x, y, class) in exact(Planar::Moons) {
        // Half circles of radius 1.2 around (-0.6, -0.3) and (0.6, 0.3).
        let (dx, dy) = if class == 0 { (x + 0.6, y + 0.3) } else { (x - 0.6, y - 0.3) };
        assert!((dx.hypot(dy) - 1.2).abs() < 1e-12, "{x} {y}");
        assert!(if class == 0 { dy >= 0.0 } else { dy <= 1e-12 }, "{x} {y}");
    }
    for (x, y, class) in exact(Planar::Rings) {
        assert!((x.hypot(y) - [0.75, 1.7][class]).abs() < 1e-12);
    }
    for (x, y, class) in exact(Planar::Xor) {
        assert_eq!(class == 0, x * y > 0.0);
        assert!(x.abs().min(y.abs()) >= 0.15 && x.abs().max(y.abs()) <= 1.7);
    }
    for (x, y, class) in exact(Planar::Spirals) {
        // The angle is 3 pi times the part of the arm, half a turn more for the other one.
        let part = (x.hypot(y) - 0.15) / 1.75;
        let angle = 3.0 * std::f64::consts::PI * part + std::f64::consts::PI * class as f64;
        assert!((x - x.hypot(y) * angle.cos()).abs() < 1e-9 && (-1e-12..=1.0).contains(&part));
    }
    let mut centres = [(0.0, 0.0); 3];
    for (x, y, class) in exact(Planar::Blobs) {
        centres[class] = (centres[class].0 + x / 200.0, centres[class].1 + y / 200.0);
    }
    // 200 points in a disc of radius 0.55: the mean has deviations of 0.55 / 2 / sqrt(200), of which four are allowed.
    for (k, (x, y)) in centres.into_iter().enumerate() {
        let angle = std::f64::consts::PI * (0.5 + 2.0 / 3.0 * k as f64);
        assert!((x - 1.25 * angle.cos()).hypot(y - 1.25 * angle.sin()) < 0.08, "{x} {y}");
    }
}

#[test]
fn noise_has_its_deviation_and_seeds_their_points() {
    for (name, set) in Planar::NAMES {
        assert_eq!((set.name(), name.parse()), (name, Ok(set)));
        let points = |seed| set.points(50, 0.2, seed).unwrap();
        assert_eq!(points(1), points(1));
        assert_ne!(points(1), points(2));
        let PlanarPoints { classes, .. } = points(1);
        for class in 0..set.classes() {
            let count = classes.iter().filter(|&&c| c == class as f64).count();
            assert!(count.abs_diff(50 / set.classes()) <= 1, "{name}");
        }
    }
    // On a circle, noise is seen across it.
    let PlanarPoints { inputs, classes } = Planar::Rings.points(4000, 0.1, 3).unwrap();
    let across =
        inputs.chunks(2).zip(classes).map(|(p, c)| p[0].hypot(p[1]) - [0.75, 1.7][c as usize]);
    let variance = across.map(|d| d * d).sum::<f64>() / 4000.0;
    assert!((variance.sqrt() - 0.1).abs() < 0.006, "{variance}");
}

#[test]
fn what_there_is_not_is_refused() {
    let message = |count, noise| Planar::Blobs.points(count, noise, 1).unwrap_err().to_string();
    assert!(message(2, 0.1).contains("points: is 2") && message(200_000, 0.1).contains("points"));
    assert!(message(20, f64::NAN).contains("noise") && message(20, 11.0).contains("noise"));
    assert!("moon".parse::<Planar>().unwrap_err().to_string().contains("moons, spirals"));
}

/// The exact block of each layer applied to each unit vector is the product with the Fisher information.
#[test]
fn fisher_blocks_are_those_of_the_products() {
    let network = mlp(Input::Features(vec![2]), &[4, 3], 3, Unary::Tanh).unwrap();
    let PlanarPoints { inputs, classes } = Planar::Blobs.points(17, 0.3, 2).unwrap();
    let cpu = Cpu::<f64>::new();
    let cases = Cases::new(&cpu, &network, &Loss::CrossEntropy, &inputs, &classes).unwrap();
    let x = network.start(&cpu, None, 5);
    let loss = MeanLoss::new(cpu, network, Loss::CrossEntropy, cases).unwrap();
    let all: Vec<usize> = (0..17).collect();
    let mut seen = Vec::new();
    for block in loss.network().coverage() {
        let FisherBlock { exact, .. } = loss.fisher_block(&x, &all, &block).unwrap().unwrap();
        let bias = block.bias.unwrap();
        let (rows, n) = (x.block(bias).len(), exact.rows());
        let wide = n / rows;
        // Entry p of (W b) by rows.
        let place = |p: usize| match p % wide {
            j if j + 1 == wide => (bias, p / wide),
            j => (block.weight, p / wide * (wide - 1) + j),
        };
        for q in 0..n {
            let mut unit = ravine::Vector::zeros_like(&x);
            let mut product = unit.clone();
            let (of, at) = place(q);
            unit.blocks_mut()[of][at] = 1.0;
            loss.fisher_product(&x, &all, &unit, &mut product).unwrap();
            for p in 0..n {
                let (of, at) = place(p);
                let error = (product.block(of)[at] - exact[(p, q)]).abs();
                assert!(error < 1e-14, "{p} {q}: {error}");
            }
        }
        seen.push(n);
    }
    assert_eq!(seen, [12, 15, 12]);
}
