/// Which of some places are new, or gone, where there are fewer before or after: those of `more` that are left over when each
/// of `fewer` is matched with one of them, in order, with the least sum of distances. Both ascend.
///
/// ```
/// assert_eq!(nn::geometry::left_over(&[0.1, 0.8], &[0.15, 0.4, 0.45, 0.7]), [1, 2]);
/// ```
///
/// # Panics
/// If `fewer` are more.
pub fn left_over(fewer: &[f64], more: &[f64]) -> Vec<usize> {
    assert!(fewer.len() <= more.len(), "{} and {} places", fewer.len(), more.len());
    // The least sums for the first i of `fewer` and the first j of `more`, row by row.
    let width = more.len() + 1;
    let mut least = vec![0.0; (fewer.len() + 1) * width];
    for i in 1..=fewer.len() {
        least[i * width + i - 1] = f64::INFINITY;
        for j in i..=more.len() {
            let matched = least[(i - 1) * width + j - 1] + (fewer[i - 1] - more[j - 1]).abs();
            least[i * width + j] = matched.min(least[i * width + j - 1]);
        }
    }
    let (mut i, mut over) = (fewer.len(), Vec::new());
    for j in (1..=more.len()).rev() {
        if i == 0 || least[i * width + j - 1] <= least[i * width + j] {
            over.push(j - 1);
        } else {
            i -= 1;
        }
    }
    over.reverse();
    over
}
