//! Handwritten digits.

use ravine_data::{DataError, Idx, parse_idx};

/// 1,797 handwritten digits: images of 8 by 8 pixels from 0 to 16, and what they show. The data set "Optical
/// Recognition of Handwritten Digits" of the UCI Machine Learning Repository (Alpaydin and Kaynak 1998,
/// doi:10.24432/C50P49, CC BY 4.0), its test set.
///
/// ```
/// let (images, labels) = ravine_nn::digits()?;
/// assert_eq!((images.sizes, labels.sizes), (vec![1797, 8, 8], vec![1797]));
/// assert_eq!(labels.numbers[..4], [0.0, 1.0, 2.0, 3.0]);
/// # Ok::<(), ravine_data::DataError>(())
/// ```
///
/// # Errors
///
/// None: the data are built in.
pub fn digits() -> Result<(Idx, Idx), DataError> {
    let images = include_bytes!("../data/digits-images.idx3-ubyte");
    let labels = include_bytes!("../data/digits-labels.idx1-ubyte");
    Ok((parse_idx(images, "digits")?, parse_idx(labels, "digits")?))
}
