//! Minima of the surfaces that have no closed form, to the last digit.

/// The four minima of Himmelblau's function, all of value 0.
pub(super) fn himmelblau() -> Vec<[f64; 2]> {
    vec![
        [3.0, 2.0],
        [-2.805118086952745, 3.131312518250573],
        [-3.779310253377747, -3.2831859912861696],
        [3.5844283403304917, -1.8481265269644036],
    ]
}

/// Both minima of the quartic in each variable.
pub(super) fn styblinski_tang() -> Vec<[f64; 2]> {
    let (low, high) = (-2.903534027771177, 2.746802770990837);
    vec![[low, low], [low, high], [high, low], [high, high]]
}

/// Three minima and their mirror images.
pub(super) fn six_hump_camel() -> Vec<[f64; 2]> {
    let half = [
        [0.08984201310031807, -0.7126564030207396],
        [1.7036067149699812, -0.7960835686726251],
        [1.6071047529201976, 0.5686514548841313],
    ];
    half.into_iter().flat_map(|[x, y]| [[x, y], [-x, -y]]).collect()
}

/// The two minima of Freudenstein and Roth, the higher one last.
pub(super) fn freudenstein_roth() -> Vec<[f64; 2]> {
    vec![[5.0, 4.0], [11.412778986902095, -0.8968052532744764]]
}

/// The minimum and its shift by (pi, pi), the two of the usual box.
pub(super) fn mccormick() -> Vec<[f64; 2]> {
    use std::f64::consts::{FRAC_PI_3, PI};
    let [x, y] = [0.5 - FRAC_PI_3, -0.5 - FRAC_PI_3];
    vec![[x, y], [x + PI, y + PI]]
}

/// The 121 minima of `|x|, |y| < 5.12`: eleven in each variable.
pub(super) fn rastrigin() -> Vec<[f64; 2]> {
    let positive = [
        0.9949586376523347,
        1.9899122337085495,
        2.9848557010394816,
        3.979783860300754,
        4.974691390895051,
    ];
    let one: Vec<f64> =
        std::iter::once(0.0).chain(positive.into_iter().flat_map(|t| [t, -t])).collect();
    one.iter().flat_map(|&x| one.iter().map(move |&y| [x, y])).collect()
}

/// The origin and the 120 local minima of `|x|, |y| < 5.12`, by the symmetries of the square.
pub(super) fn ackley() -> Vec<[f64; 2]> {
    let octant = [
        [0.9521665459501717, 0.0],
        [0.9684776587077244, 0.9684776587077244],
        [1.9589197181217173, 0.0],
        [1.9646166628629864, 0.9824160350791393],
        [1.9744519864841168, 1.9744519864841168],
        [2.964619443112052, 0.0],
        [2.9672595287625643, 0.9891541864816626],
        [2.973139419924383, 1.9821399503814776],
        [2.979223954691144, 2.979223954691144],
        [3.9694667433517576, 0.0],
        [3.9709183150642837, 0.9927672061700448],
        [3.9745401784682053, 1.9873106146274968],
        [3.978924750768195, 2.9842137381272384],
        [3.983067699689763, 3.983067699689763],
        [4.973611257996986, 0.0],
        [4.974497722176982, 0.9949203738218393],
        [4.976843849330102, 1.9907648757355259],
        [4.97995793948682, 2.987995058852837],
        [4.983198896760883, 3.9865680979539455],
        [4.986180456997876, 4.986180456997876],
    ];
    let mut minima = vec![[0.0, 0.0]];
    for [a, b] in octant {
        for [x, y] in [[a, b], [a, -b], [-a, b], [-a, -b], [b, a], [b, -a], [-b, a], [-b, -a]] {
            if !minima.contains(&[x, y]) {
                minima.push([x, y]);
            }
        }
    }
    minima
}
