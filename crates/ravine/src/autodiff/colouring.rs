//! Star colouring: few directions that give all entries of a sparse symmetric matrix.

/// A star colouring of the graph of a symmetric matrix: no two neighbours share a colour, and
/// every path of four vertices has at least three colours.
///
/// Two colours then induce disjoint stars, so every entry `H_ij` stands alone in a product of H
/// with the sum of the unit vectors of one colour: in that of the colour of j, at row i, if j is
/// the only neighbour of i with that colour; else i is the centre of a star, and `H_ij` stands
/// alone in the product of the colour of i, at row j.
///
/// Vertices are coloured greedily, those with most neighbours first, each with the smallest colour
/// that leaves the colouring a star colouring.
///
/// Source: Gebremedhin, Tarafdar, Manne, Pothen, New acyclic and star coloring algorithms (2007),
/// section 4; Gebremedhin, Manne, Pothen, What color is your Jacobian? (2005), section 4.
pub(super) struct StarColouring {
    /// The colour of each vertex.
    pub colours: Vec<u32>,
    /// The number of colours.
    pub count: usize,
    /// The colours around each vertex.
    around: Vec<Vec<Around>>,
}

/// A colour among the neighbours of a vertex.
struct Around {
    colour: u32,
    /// The first neighbour that got it.
    first: u32,
    /// How many neighbours have it.
    count: u32,
}

const NONE: u32 = u32::MAX;

impl StarColouring {
    /// Colours the graph with `neighbours[starts[v]..starts[v + 1]]` at vertex v; the relation
    /// must be symmetric, and v itself is left out.
    pub fn of(starts: &[usize], neighbours: &[usize]) -> Self {
        let n = starts.len() - 1;
        let degree = |v: usize| starts[v + 1] - starts[v];
        let mut order: Vec<usize> = (0..n).collect();
        order.sort_by_key(|&v| std::cmp::Reverse(degree(v)));

        let mut colours = vec![NONE; n];
        let mut around: Vec<Vec<Around>> = (0..n).map(|_| Vec::new()).collect();
        // For each vertex, the colours of the centres of the stars that it is a tip of.
        let mut centres: Vec<Vec<u32>> = vec![Vec::new(); n];
        let mut forbidden: Vec<usize> = Vec::new();
        for v in order {
            let others = || neighbours[starts[v]..starts[v + 1]].iter().filter(move |&&w| w != v);
            for a in &around[v] {
                forbidden[a.colour as usize] = v;
            }
            for &w in others().filter(|&&w| colours[w] != NONE) {
                // v at the end of a path v, w, centre, tip.
                for &c in &centres[w] {
                    forbidden[c as usize] = v;
                }
                // v between two neighbours of the same colour: a path x, v, w, y.
                if around[v].iter().any(|a| a.colour == colours[w] && a.count > 1) {
                    for a in &around[w] {
                        forbidden[a.colour as usize] = v;
                    }
                }
            }
            let colour = match forbidden.iter().position(|&by| by != v) {
                Some(colour) => colour as u32,
                None => {
                    forbidden.push(usize::MAX);
                    forbidden.len() as u32 - 1
                }
            };
            colours[v] = colour;
            for &w in others() {
                let centre = match around[w].iter_mut().find(|a| a.colour == colour) {
                    Some(a) => {
                        a.count += 1;
                        Some(a.first)
                    }
                    None => {
                        around[w].push(Around { colour, first: v as u32, count: 1 });
                        None
                    }
                };
                if let (Some(first), true) = (centre, colours[w] != NONE) {
                    insert(&mut centres[first as usize], colours[w]);
                    insert(&mut centres[v], colours[w]);
                }
                if around[v].iter().any(|a| a.colour == colours[w] && a.count > 1) {
                    insert(&mut centres[w], colour);
                }
            }
        }
        Self { colours, count: forbidden.len(), around }
    }

    /// Where the entry of row i and column j stands alone: the colour and the row.
    pub fn place(&self, i: usize, j: usize) -> (u32, usize) {
        // The same place for (i, j) and (j, i), so that the matrix is symmetric to the last bit.
        let (i, j) = (i.min(j), i.max(j));
        let alone = self.around[i].iter().any(|a| a.colour == self.colours[j] && a.count == 1);
        if i == j || alone { (self.colours[j], i) } else { (self.colours[i], j) }
    }
}

fn insert(set: &mut Vec<u32>, colour: u32) {
    if !set.contains(&colour) {
        set.push(colour);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Neighbours in compressed form, both directions, with the diagonal.
    fn graph(n: usize, edges: &[(usize, usize)]) -> (Vec<usize>, Vec<usize>) {
        let mut lists: Vec<Vec<usize>> = (0..n).map(|v| vec![v]).collect();
        for &(a, b) in edges {
            lists[a].push(b);
            lists[b].push(a);
        }
        let mut starts = vec![0];
        let mut neighbours = Vec::new();
        for mut list in lists {
            list.sort_unstable();
            list.dedup();
            neighbours.extend(list);
            starts.push(neighbours.len());
        }
        (starts, neighbours)
    }

    /// Brute force over all paths of four vertices, and over all places of entries.
    fn assert_star(n: usize, edges: &[(usize, usize)]) -> usize {
        let (starts, neighbours) = graph(n, edges);
        let colouring = StarColouring::of(&starts, &neighbours);
        let around = |v: usize| {
            neighbours[starts[v]..starts[v + 1]].iter().copied().filter(move |&w| w != v)
        };
        let c = &colouring.colours;
        for v in 0..n {
            for w in around(v) {
                assert_ne!(c[v], c[w], "neighbours {v} and {w}");
                for x in around(w).filter(|&x| x != v) {
                    for y in around(x).filter(|&y| y != w && y != v) {
                        assert!(c[v] != c[x] || c[w] != c[y], "path {v} {w} {x} {y}: {c:?}");
                    }
                }
            }
            for w in around(v).chain([v]) {
                let (colour, row) = colouring.place(v, w);
                let column = if row == v { w } else { v };
                let in_row = around(row).chain([row]).filter(|&u| c[u] == colour);
                assert_eq!(in_row.collect::<Vec<_>>(), [column], "entry ({v}, {w})");
            }
        }
        assert_eq!(colouring.count, c.iter().max().map_or(0, |&c| c as usize + 1));
        colouring.count
    }

    #[test]
    fn known_graphs() {
        let path: Vec<_> = (0..19).map(|i| (i, i + 1)).collect();
        assert_eq!(assert_star(20, &path), 3);
        let star: Vec<_> = (0..19).map(|i| (i, 19)).collect();
        assert_eq!(assert_star(20, &star), 2);
        assert_eq!(assert_star(5, &[]), 1);
        assert_eq!(assert_star(0, &[]), 0);
        let complete: Vec<_> = (0..6).flat_map(|i| (0..i).map(move |j| (i, j))).collect();
        assert_eq!(assert_star(6, &complete), 6);
        // A band of half width w needs no more than 2 w + 1 colours in natural order.
        let band: Vec<_> = (0..40).flat_map(|i| (1..4).map(move |k| (i, i + k))).collect();
        assert!(assert_star(43, &band) <= 7);
    }

    #[test]
    fn random_graphs() {
        let mut state = 1u64;
        let mut random = move |below: usize| {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            (state >> 33) as usize % below
        };
        for trial in 0..300 {
            let n = 2 + random(14);
            let edges: Vec<_> = (0..random(3 * n)).map(|_| (random(n), random(n))).collect();
            let edges: Vec<_> = edges.into_iter().filter(|(a, b)| a != b).collect();
            assert!(assert_star(n, &edges) <= n, "trial {trial}");
        }
    }
}
