//! Marching squares.

use super::{Contour, Field};

/// In place of an edge.
const NONE: usize = usize::MAX;

/// Columns of cells in a block.
const BLOCK: usize = 8;

/// What tracing needs besides the field, kept from level to level.
pub(super) struct Workspace {
    /// The least and the largest value at the corners of each block of cells in a row.
    ranges: Vec<(f64, f64)>,
    /// The points that each edge's point is connected to.
    neighbours: Vec<[usize; 2]>,
    /// Whether the point of an edge is part of a line already.
    used: Vec<bool>,
    /// The edges with a point.
    met: Vec<usize>,
}

impl Workspace {
    pub fn new(field: &Field) -> Self {
        let edges = edge_count(field);
        let rows = field.values.chunks_exact(field.columns);
        let ranges = rows.clone().zip(rows.skip(1)).flat_map(|(lower, upper)| {
            (0..field.columns - 1).step_by(BLOCK).map(move |from| {
                let to = (from + BLOCK + 1).min(lower.len());
                let corners = lower[from..to].iter().chain(&upper[from..to]);
                corners.fold((f64::INFINITY, f64::NEG_INFINITY), |(least, most), &value| {
                    (least.min(value), most.max(value))
                })
            })
        });
        Self {
            ranges: ranges.collect(),
            neighbours: vec![[NONE; 2]; edges],
            used: vec![false; edges],
            met: Vec::new(),
        }
    }
}

/// The level set as joined lines.
///
/// Points lie on edges of the grid and are known by their edge. In each cell, points are connected
/// in pairs; an edge belongs to two cells at most, so every point has at most two neighbours, and
/// lines are found by walking.
pub(super) fn trace(field: &Field, level: f64, workspace: &mut Workspace) -> Contour {
    let Workspace { ranges, neighbours, used, met } = workspace;
    let blocks = (field.columns - 1).div_ceil(BLOCK);
    for (block, &(least, most)) in ranges.iter().enumerate() {
        // Most blocks are on one side.
        if level <= least || level > most {
            continue;
        }
        let (from, j) = (block % blocks * BLOCK, block / blocks);
        let to = (from + BLOCK).min(field.columns - 1);
        let lower = &field.values[j * field.columns + from..=j * field.columns + to];
        let upper = &field.values[(j + 1) * field.columns + from..=(j + 1) * field.columns + to];
        let mut left = [lower[0] >= level, upper[0] >= level];
        for (k, i) in (from..to).enumerate() {
            let right = [lower[k + 1] >= level, upper[k + 1] >= level];
            // And so are most cells.
            if left != right || right[0] != right[1] {
                for [a, b] in pieces(field, i, j, level).into_iter().flatten() {
                    connect(neighbours, met, a, b);
                    connect(neighbours, met, b, a);
                }
            }
            left = right;
        }
    }
    met.sort_unstable();
    let mut contour = Contour { level, points: Vec::new(), starts: vec![0] };
    // Lines with ends first: what is left then is closed.
    for closed in [false, true] {
        for &edge in met.iter() {
            if !used[edge] && (closed || neighbours[edge][1] == NONE) {
                walk(field, neighbours, used, edge, &mut contour);
            }
        }
    }
    for edge in met.drain(..) {
        neighbours[edge] = [NONE; 2];
        used[edge] = false;
    }
    contour
}

fn connect(neighbours: &mut [[usize; 2]], met: &mut Vec<usize>, from: usize, to: usize) {
    let [first, second] = &mut neighbours[from];
    if *first == NONE {
        *first = to;
        met.push(from);
    } else {
        *second = to;
    }
}

/// Follows a line from one of its points to its end, or around to the same point.
fn walk(
    field: &Field,
    neighbours: &[[usize; 2]],
    used: &mut [bool],
    start: usize,
    contour: &mut Contour,
) {
    let first = contour.points.len();
    let mut before = NONE;
    let mut edge = start;
    loop {
        used[edge] = true;
        let (x, y) = crossing(field, edge, contour.level);
        let end = contour.points.len();
        // A level set through a node meets it on several edges.
        let repeated = end > first && contour.points[end - 2..] == [x, y];
        if !repeated {
            contour.points.extend([x, y]);
        }
        let [a, b] = neighbours[edge];
        let next = if a == before { b } else { a };
        if next == NONE {
            break;
        }
        if next == start {
            let [x, y] = [contour.points[first], contour.points[first + 1]];
            if contour.points[contour.points.len() - 2..] != [x, y] {
                contour.points.extend([x, y]);
            }
            break;
        }
        before = edge;
        edge = next;
    }
    // A single point is not a line.
    if contour.points.len() == first + 2 {
        contour.points.truncate(first);
    } else {
        contour.starts.push(contour.points.len() / 2);
    }
}

/// The horizontal edge to the right of a node.
fn horizontal(field: &Field, i: usize, j: usize) -> usize {
    j * (field.columns - 1) + i
}

/// The vertical edge above a node.
fn vertical(field: &Field, i: usize, j: usize) -> usize {
    field.rows * (field.columns - 1) + j * field.columns + i
}

fn edge_count(field: &Field) -> usize {
    field.rows * (field.columns - 1) + (field.rows - 1) * field.columns
}

/// Where the level is met on an edge.
fn crossing(field: &Field, edge: usize, level: f64) -> (f64, f64) {
    let horizontals = field.rows * (field.columns - 1);
    let at = |i: usize, j: usize| field.values[j * field.columns + i];
    let between = |a: f64, b: f64| {
        // Halves, so that the difference cannot overflow.
        let t = (0.5 * level - 0.5 * a) / (0.5 * b - 0.5 * a);
        t.clamp(0.0, 1.0)
    };
    if edge < horizontals {
        let (i, j) = (edge % (field.columns - 1), edge / (field.columns - 1));
        field.node(i as f64 + between(at(i, j), at(i + 1, j)), j as f64)
    } else {
        let (i, j) = ((edge - horizontals) % field.columns, (edge - horizontals) / field.columns);
        field.node(i as f64, j as f64 + between(at(i, j), at(i, j + 1)))
    }
}

/// The pieces in the cell whose lower left node is (i, j), as pairs of edges.
fn pieces(field: &Field, i: usize, j: usize, level: f64) -> [Option<[usize; 2]>; 2] {
    let at = |i: usize, j: usize| field.values[j * field.columns + i];
    // Corners and edges counterclockwise, from the lower left corner and the bottom.
    let corners = [at(i, j), at(i + 1, j), at(i + 1, j + 1), at(i, j + 1)];
    if !corners.iter().all(|c| c.is_finite()) {
        return [None; 2];
    }
    let edges = [
        horizontal(field, i, j),
        vertical(field, i + 1, j),
        horizontal(field, i, j + 1),
        vertical(field, i, j),
    ];
    let above = corners.map(|c| c >= level);
    let changes = |k: usize| above[k] != above[(k + 1) % 4];
    let mut met = (0..4).filter(|&k| changes(k));
    match (met.next(), met.next(), met.next()) {
        (Some(a), Some(b), None) => [Some([edges[a], edges[b]]), None],
        (Some(_), Some(_), Some(_)) => {
            // All four edges: opposite corners are on the same side of the level. Those on the
            // side of the saddle of the bilinear interpolant are joined. Relative to the level it
            // lies at (a c - b d) / (a + c - b - d), and as a and c have one sign and b and d the
            // other, the sign of the denominator is that of a.
            let [a, b, c, d] = corners.map(|c| c - level);
            let saddle_above = (a * c - b * d >= 0.0) == above[0];
            // Corners 0 and 2 joined: cut off corners 1 and 3.
            if saddle_above == above[0] {
                [Some([edges[0], edges[1]]), Some([edges[2], edges[3]])]
            } else {
                [Some([edges[3], edges[0]]), Some([edges[1], edges[2]])]
            }
        }
        _ => [None; 2],
    }
}
