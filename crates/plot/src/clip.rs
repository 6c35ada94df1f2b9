//! Clips lines and areas to the unit square.

/// A position in a frame; both coordinates are from 0 to 1.
pub(crate) type Place = (f64, f64);

fn inside(&(x, y): &Place) -> bool {
    (0.0..=1.0).contains(&x) && (0.0..=1.0).contains(&y)
}

/// The visible pieces of a line (Liang & Barsky 1984). A line that is inside does not change.
pub(crate) fn line(places: &[Place]) -> Vec<Vec<Place>> {
    if places.iter().all(inside) {
        return if places.is_empty() { vec![] } else { vec![places.to_vec()] };
    }
    let mut pieces: Vec<Vec<Place>> = vec![];
    for pair in places.windows(2) {
        let Some((from, to)) = segment(pair[0], pair[1]) else { continue };
        match pieces.last_mut() {
            Some(piece) if piece.last() == Some(&from) => piece.push(to),
            _ => pieces.push(vec![from, to]),
        }
    }
    pieces
}

fn segment(a: Place, b: Place) -> Option<(Place, Place)> {
    let (dx, dy) = (b.0 - a.0, b.1 - a.1);
    let (mut enters, mut leaves) = (0.0_f64, 1.0_f64);
    for (step, room) in [(-dx, a.0), (dx, 1.0 - a.0), (-dy, a.1), (dy, 1.0 - a.1)] {
        if step == 0.0 {
            if room < 0.0 {
                return None;
            }
        } else if step < 0.0 {
            enters = enters.max(room / step);
        } else {
            leaves = leaves.min(room / step);
        }
    }
    // The ends are exact, so that pieces join.
    let at = |t: f64| match t {
        0.0 => a,
        1.0 => b,
        _ => (a.0 + t * dx, a.1 + t * dy),
    };
    (enters <= leaves).then(|| (at(enters), at(leaves)))
}

/// The visible part of an area (Sutherland & Hodgman 1974). An area that is inside does not change.
pub(crate) fn area(outline: Vec<Place>) -> Vec<Place> {
    if outline.iter().all(inside) {
        return outline;
    }
    let sides: [fn(Place) -> f64; 4] = [|p| p.0, |p| 1.0 - p.0, |p| p.1, |p| 1.0 - p.1];
    let mut outline = outline;
    for room in sides {
        let mut kept = Vec::with_capacity(outline.len() + 4);
        for (i, &b) in outline.iter().enumerate() {
            let a = outline[if i == 0 { outline.len() - 1 } else { i - 1 }];
            let (from, to) = (room(a), room(b));
            if (from >= 0.0) != (to >= 0.0) {
                let t = from / (from - to);
                kept.push((a.0 + t * (b.0 - a.0), a.1 + t * (b.1 - a.1)));
            }
            if to >= 0.0 {
                kept.push(b);
            }
        }
        outline = kept;
    }
    outline
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_at_the_frame() {
        let within = [(0.0, 0.5), (0.5, 1.0), (1.0, 0.0)];
        assert_eq!(line(&within), [within.to_vec()]);
        assert_eq!(line(&[(-1.0, 0.5), (0.5, 0.5), (0.5, 2.0)]), [vec![(0.0, 0.5), (0.5, 0.5), (0.5, 1.0)]]);
        assert_eq!(line(&[(0.25, 0.5), (0.25, 1.5), (0.75, 1.5), (0.75, 0.5)]).len(), 2);
        assert!(line(&[(-1.0, 0.5), (-0.5, 0.5)]).is_empty());
        assert!(line(&[]).is_empty());
    }

    #[test]
    fn areas_end_at_the_frame() {
        let corners = vec![(-1.0, -1.0), (2.0, -1.0), (2.0, 0.5), (-1.0, 0.5)];
        let mut kept = area(corners);
        kept.sort_by(|a, b| a.partial_cmp(b).unwrap());
        kept.dedup();
        assert_eq!(kept, [(0.0, 0.0), (0.0, 0.5), (1.0, 0.0), (1.0, 0.5)]);
        assert!(area(vec![(2.0, 2.0), (3.0, 2.0), (3.0, 3.0)]).is_empty());
        assert!(area(vec![]).is_empty());
    }
}
